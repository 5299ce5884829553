/** The Lambda of the local stack: Hydrant's own functions and the user's, and the port where all are invoked. */
import { listenAsWished, type PortWish } from "../listen.ts";
import type { ExtraFunction } from "../functions.ts";
import { startGuard } from "../guard.ts";
import type { Invoke } from "../invoke.ts";
import type { FunctionDefinition } from "../mappings.ts";
import type { AllowedOrigins } from "../origins.ts";
import { createLambdaApi } from "./api.ts";
import { createInvoker } from "./invoker.ts";
import { invokeOwn, ownFunction } from "./own-function.ts";
import { userFunction } from "./user-function.ts";

export interface RunnerOptions {
  readonly own: readonly FunctionDefinition[];
  /** Names of those of them that have a thread to themselves. */
  readonly threaded: ReadonlySet<string>;
  /** Where they are built, once they are. */
  readonly codeDir: () => string;
  readonly users: readonly ExtraFunction[];
  /** Where those are built. */
  readonly bundleDir: string;
  /** What the user's functions see of the stack. */
  readonly variables: () => NodeJS.ProcessEnv;
  readonly ownVariables: (definition: ExtraFunction) => Readonly<Record<string, string>>;
  /** Shows what a function of the user's prints, in whole lines. */
  readonly print: (name: string, text: string) => void;
  readonly origins: AllowedOrigins;
  readonly report: (error: unknown) => void;
}

export interface Runner {
  /** For Hydrant's own functions. */
  readonly invoke: Invoke;
  listen(wish: PortWish): Promise<number>;
  /** Says of the user's functions what is wrong with them. */
  check(): void;
  stop(): void;
}

export function createRunner(options: RunnerOptions): Runner {
  const { print, report, threaded, origins, bundleDir: outDir } = options;
  const guard = startGuard();
  const own = options.own.map((definition) =>
    ownFunction({
      definition,
      codeDir: () => options.codeDir(),
      isThreaded: threaded.has(definition.name),
    }),
  );
  const users = options.users.map((definition) =>
    userFunction({
      definition,
      outDir,
      variables: () => options.variables(),
      ownVariables: () => options.ownVariables(definition),
      print: (text) => print(definition.name, text),
      guard: (pid) => guard.watch(pid),
    }),
  );
  const invoker = createInvoker([...own, ...users], report);
  const api = createLambdaApi({ invoker, origins, report });
  return {
    invoke: invokeOwn(own),
    listen: (wish) => listenAsWished(api, wish, "HYDRANT_LAMBDA_PORT"),
    check() {
      // One after the other: nobody waits, and the machine has other things to do.
      void users.reduce((before, each) => before.then(() => each.check()), Promise.resolve());
    },
    stop() {
      api.closeAllConnections();
      api.close();
      for (const each of users) each.stop();
      guard.stop();
    },
  };
}
