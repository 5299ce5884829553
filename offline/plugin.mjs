/**
 * The framework's side of the local stack, and of what a deployment has of its own. Plain JavaScript, and nothing but hooks:
 * packaging and deploying load this file too, and must not load the stack.
 */
import { renderBridges } from "../resources/bridges.mjs";

const fail = async (stack, error) => {
  const say = stack?.output?.say ?? console.error;
  say(`Hydrant could not start: ${error instanceof Error ? error.message : String(error)}`);
  if (process.env.HYDRANT_VERBOSE) say(error?.stack ?? "");
  // A hook that throws leaves the process hanging; and what cannot be stopped must not stop us.
  setTimeout(() => process.exit(1), 3000);
  await stack?.stop().catch(() => {});
  process.exit(1);
};

export default class OfflineStack {
  constructor(serverless) {
    if (isOffline(serverless)) skipSchema(serverless);
    let stack;
    const step = (run) => async () => {
      if (!isOffline(serverless)) return;
      try {
        await run();
      } catch (error) {
        await fail(stack, error);
      }
    };
    const bringUp = step(() => stack.bringUp());
    const serve = step(() => stack.serve());
    const prepare = step(async () => {
      addBridges(serverless.service);
      const { createStack } = await import("./stack.ts");
      const { readSettings } = await import("./settings.ts");
      stack = createStack(serverless.service, readSettings(serverless.serviceDir, process.env));
      stopOnSignals(stack);
      failWithFramework(stack);
      await stack.prepare();
    });
    this.hooks = {
      initialize() {
        if (isOffline(serverless)) return prepare();
        addBridges(serverless.service);
      },
      "before:offline:start:init": bringUp,
      "after:offline:start:init": serve,
      // The framework ends the process at its end.
      "before:offline:start:end": step(() => stack.stop()),
    };
  }
}

/** To what serverless.yml declares, once its parameters are known and before anybody looks at its functions. */
function addBridges(service) {
  const { declared, ...deployment } = service.custom.bridges;
  const { environment } = service.functions.api;
  const { functions, resources } = renderBridges(declared, { ...deployment, environment });
  Object.assign(service.functions, functions);
  Object.assign(service.resources.Resources, resources);
}

const isOffline = ({ processedInput }) => processedInput.commands[0] === "offline";

/**
 * What serverless.yml may say is checked whenever it is packaged. Here the check would only cost half a second and hold
 * 60 MB, for the framework compiles a schema of all of CloudFormation's events.
 */
function skipSchema({ configSchemaHandler }) {
  configSchemaHandler.validateConfig = () => Promise.resolve();
}

/**
 * A step of the framework's own that fails, bundling above all, is reported where nobody looks and leaves the
 * process running with what we started. The exit code it sets by then gives it away.
 */
function failWithFramework(stack) {
  const timer = setInterval(() => {
    if (!process.exitCode) return;
    clearInterval(timer);
    void fail(stack, new Error(stack.output.recent().trim() || "the framework failed"));
  }, 50);
  timer.unref();
}

function stopOnSignals(stack) {
  let isAsked = false;
  // The last is what the closing of a terminal sends.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      if (isAsked) return;
      isAsked = true;
      setTimeout(() => process.exit(0), 4000);
      stack.stop().then(
        () => process.exit(0),
        () => process.exit(1),
      );
    });
  }
}
