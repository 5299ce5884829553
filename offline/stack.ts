/**
 * The local stack, from the lock on its data to the banner. Three steps, as the framework's life cycle has them:
 * `prepare` before anything is bundled, `bringUp` before the functions can run, `serve` once they can.
 */
import { rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { claimData } from "./account.ts";
import { takeApi, type ApiProvider, type DeclaredApi } from "./api-gateway/declared-api.ts";
import { loadFunction } from "./api-gateway/function.ts";
import { gatewayResponses } from "./api-gateway/gateway-responses.ts";
import { createGateway } from "./api-gateway/gateway.ts";
import { ACCOUNT_ID, REGION } from "./aws-json.ts";
import { banner } from "./banner.ts";
import { buildFunctions, claimBuildDir } from "./builds.ts";
import { openCheckpoints } from "./checkpoints.ts";
import { applyDeclared, type DeclaredStack } from "./declared.ts";
import { openDeclaredStore } from "./declared-store.ts";
import type { Claimed } from "./claimed.ts";
import { createEventBridge } from "./events/eventbridge.ts";
import { pollQueue } from "./events/queue-poller.ts";
import { startSchedule, type Rule, type Schedule } from "./events/schedule.ts";
import { pollStream } from "./events/stream-poller.ts";
import { freePort } from "./free-port.ts";
import { startConfiguredFront, type ConfiguredFront } from "./front/configured.ts";
import { functionArn, functionEntries, readExtraFunctions } from "./functions.ts";
import { acceptArns, watchServers, wordTimeoutsAsLambda, type ServerWatch } from "./gateway.ts";
import { waitForHealth } from "./health.ts";
import { invokeAt } from "./invoke.ts";
import { listen } from "./listen.ts";
import { createLocalKey, LOCAL_KEY, sealOldSecrets } from "./local-key.ts";
import { acquireLock, type Lock } from "./lock.ts";
import { readMappings, takeRules, type FunctionDefinition } from "./mappings.ts";
import { divertOutput, type Output } from "./output.ts";
import { provision } from "./provision.ts";
import { startServices, type RunningServices } from "./services/host.ts";
import { clearSecretsSealed } from "./services/seal-key.ts";
import type { Settings } from "./settings.ts";
import { render, type Known, type Resource } from "./template.ts";
import { giveThread } from "./threads/host.ts";

/** What we use of the framework's view of serverless.yml. */
export interface Service {
  readonly service: string;
  readonly functions: Record<string, FunctionDefinition>;
  readonly resources: { readonly Resources: Readonly<Record<string, Resource>> };
  readonly provider: ApiProvider & { environment?: Record<string, unknown> };
  custom: Record<string, Record<string, unknown> | undefined>;
}

export interface Stack {
  prepare(): Promise<void>;
  bringUp(): Promise<void>;
  serve(): Promise<void>;
  /** Stops everything that was started; safe at any moment. */
  stop(): Promise<void>;
  readonly output: Output;
}

/** Functions that compute much while others are waited for. */
const THREADED = ["deliver", "consume"] as const;
/** Functions that read secrets of the state table, as resources/roles.yml has it. */
const SECRET_READERS: readonly string[] = ["api", "subscribe"];

export function createStack(service: Service, settings: Settings): Stack {
  const startedAt = performance.now();
  const { dataDir, serviceDir } = settings;
  const logFile = dataDir === undefined ? undefined : join(dataDir, "logs", "stack.log");
  const abort = new AbortController();
  const checkpointFile = dataDir === undefined ? undefined : join(dataDir, "checkpoints.json");
  let output: Output = { say: console.log, note: console.error, recent: () => "" };
  let lock: Lock | undefined;
  let buildDir: Claimed | undefined;
  let codeDir = "";
  let front: ConfiguredFront | undefined;
  let services: Promise<RunningServices> | undefined;
  let building: Promise<void> | undefined;
  let servers: ServerWatch | undefined;
  let schedule: Schedule | undefined;
  let checkpoints: ReturnType<typeof openCheckpoints> | undefined;
  let rules: readonly Rule[] = [];
  let api: DeclaredApi | undefined;
  let known: Known = new Map();
  let extraNames: readonly string[] = [];
  const stacks: DeclaredStack[] = [
    { name: "serverless.yml", resources: service.resources.Resources },
  ];
  const ports = { lambda: 0, events: 0 };
  let isStopping = false;

  const report = (error: unknown) => {
    if (!isStopping)
      output.note(error instanceof Error ? (error.stack ?? error.message) : String(error));
  };

  async function prepare(): Promise<void> {
    buildDir = claimBuildDir(serviceDir);
    codeDir = join(buildDir.path, "build");
    const own = handlersOf(service.functions);
    // What is refused is refused before anything is started or written.
    addExtraFunctions();
    const extra = handlersOf(service.functions).filter((handler) => !own.includes(handler));
    rules = takeRules(service.functions);
    api = takeApi(service.functions, service.provider);
    if (dataDir !== undefined) {
      lock = acquireLock(dataDir);
      claimData(dataDir, ACCOUNT_ID);
    }
    output = divertOutput(logFile, settings.isVerbose);
    front = await startConfiguredFront(settings, (text) => output.say(text), report);
    const starting = startServices({
      s3Port: settings.s3Port,
      dynamodbPort: settings.dynamodbPort,
      sqsPort: settings.sqsPort,
      ...(dataDir === undefined ? {} : { dataDir }),
      ...(settings.dynamodbEndpoint === undefined
        ? {}
        : { dynamodbEndpoint: settings.dynamodbEndpoint }),
    });
    services = starting;
    // Awaited in bringUp, as the build is; until then a failure must not count as unhandled.
    starting.catch(() => {});
    [ports.lambda, ports.events] = await Promise.all([freePort(), freePort()]);
    service.custom["serverless-offline"] = {
      ...service.custom["serverless-offline"],
      host: "127.0.0.1",
      lambdaPort: ports.lambda,
      location: relative(serviceDir, codeDir),
    };
    building = buildFunctions([
      { serviceDir, outDir: codeDir, handlers: own, packages: "external" },
      { serviceDir, outDir: codeDir, handlers: extra, packages: "bundle" },
    ]);
    building.catch(() => {});
  }

  function addExtraFunctions(): void {
    if (settings.functionsFile === undefined) return;
    const extra = readExtraFunctions(
      settings.functionsFile,
      serviceDir,
      join(codeDir, "..", "functions"),
    );
    for (const { name, handler, timeoutSeconds } of extra.functions) {
      if (service.functions[name] !== undefined) {
        throw new Error(
          `${settings.functionsFile}: the name ${name} is taken by a function of Hydrant's own`,
        );
      }
      service.functions[name] = { name, handler, timeout: timeoutSeconds ?? 60, events: [] };
    }
    extraNames = extra.functions.map(({ name }) => name);
    stacks.push({ name: settings.functionsFile, resources: extra.resources });
  }

  async function bringUp(): Promise<void> {
    if (services === undefined) throw new Error("bringUp comes after prepare");
    const running = await services;
    running.process.once("exit", () => {
      if (isStopping) return;
      output.say("The embedded services ended unexpectedly; stopping.");
      void stop().then(() => process.exit(1));
    });
    known = await provision(service.resources.Resources, running);
    Object.assign(process.env, {
      AWS_ACCESS_KEY_ID: LOCAL_KEY.id,
      AWS_SECRET_ACCESS_KEY: LOCAL_KEY.secret,
      AWS_REGION: REGION,
      AWS_DEFAULT_REGION: REGION,
      AWS_ENDPOINT_URL_DYNAMODB: running.dynamodbEndpoint,
      AWS_ENDPOINT_URL_DYNAMODB_STREAMS: running.dynamodbEndpoint,
      AWS_ENDPOINT_URL_SQS: running.sqsEndpoint,
      AWS_ENDPOINT_URL_S3: running.s3Endpoint,
      AWS_ENDPOINT_URL_LAMBDA: `http://127.0.0.1:${ports.lambda}`,
      AWS_ENDPOINT_URL_EVENTBRIDGE: `http://127.0.0.1:${ports.events}`,
    });
    delete process.env["AWS_PROFILE"];
    delete process.env["AWS_SESSION_TOKEN"];
    // Options of the Node that AWS starts; this one is running already.
    delete service.provider.environment?.["NODE_OPTIONS"];
    const { sealKey } = running;
    for (const [key, definition] of Object.entries(service.functions)) {
      definition.environment = {
        ...(render(definition.environment ?? {}, known) as Record<string, unknown>),
        ...(sealKey !== undefined && SECRET_READERS.includes(key)
          ? { HYDRANT_SEAL_KEY_FILE: sealKey.file }
          : {}),
      };
    }
    if (dataDir !== undefined && sealKey?.mayHoldClearSecrets === true) {
      const environment = { ...process.env, ...environmentOf("api") };
      await sealOldSecrets(serviceDir, environment, join(dataDir, "dynamodb", "tables.db"));
      clearSecretsSealed(sealKey.file);
    }
    await building;
    servers = watchServers();
  }

  async function serve(): Promise<void> {
    if (!services || !servers || !front || !api) {
      throw new Error("serve comes after bringUp");
    }
    const running = await services;
    servers.end();
    await wordTimeoutsAsLambda();
    acceptArns(servers.at(ports.lambda));
    surviveFunctions(report);
    for (const key of THREADED) giveThread(codeDir, service.functions[key]!.handler);
    const invoke = invokeAt(`http://127.0.0.1:${ports.lambda}`);
    const eventBridge = createEventBridge(
      (name, isEnabled) => schedule?.setEnabled(name, isEnabled) ?? false,
    );
    await listen(eventBridge, ports.events);
    const keyProblem = createLocalKey(serviceDir, { ...process.env, ...environmentOf("api") });
    front.open(await openGateway(api));
    const apiEndpoint = `http://127.0.0.1:${front.port}`;
    await waitForHealth(`${apiEndpoint}/health`);
    const problem = await keyProblem;
    if (problem !== undefined) output.say(`Warning: ${problem}`);

    checkpoints = openCheckpoints(checkpointFile);
    const common = { invoke, signal: abort.signal, report, sqsEndpoint: running.sqsEndpoint };
    const { streams, queues } = readMappings(Object.values(service.functions), known);
    for (const mapping of streams) {
      void pollStream(mapping, {
        ...common,
        checkpoints,
        streamsEndpoint: running.dynamodbEndpoint,
      });
    }
    for (const mapping of queues) void pollQueue(mapping, common);
    schedule = startSchedule(rules, invoke, report);
    await applyDeclared(stacks, {
      store: openDeclaredStore(dataDir === undefined ? undefined : join(dataDir, "declared.json")),
      known: new Map([...known, ...functionEntries(service.functions)]),
      invoke,
      functionName: service.functions["mappings"]?.name ?? "",
      say: (text) => output.say(text),
    });

    const deliveryBucket = known.get("DeliveryBucket")?.ref ?? "";
    if (dataDir !== undefined) {
      const facts = {
        pid: process.pid,
        servicesPid: running.process.pid,
        dynamodbPid: running.dynamodbPid,
        apiEndpoint,
        s3Endpoint: running.s3Endpoint,
        sqsEndpoint: running.sqsEndpoint,
        dynamodbEndpoint: running.dynamodbDoor,
        ...(front.certFile === undefined
          ? {}
          : { tlsEndpoint: `https://127.0.0.1:${front.port}`, certFile: front.certFile }),
        lambdaEndpoint: process.env["AWS_ENDPOINT_URL_LAMBDA"],
        deliveryBucket,
        accountId: ACCOUNT_ID,
        environment: {
          ...environmentOf("deliver"),
          ...(running.sealKey === undefined ? {} : { HYDRANT_SEAL_KEY_FILE: running.sealKey.file }),
        },
      };
      writeFileSync(join(dataDir, "stack.json"), JSON.stringify(facts, null, 2));
    }
    output.say(
      banner({
        apiEndpoint,
        s3Endpoint: running.s3Endpoint,
        sqsEndpoint: running.sqsEndpoint,
        dynamodbEndpoint: running.dynamodbDoor,
        certFile: front.certFile,
        dataDir,
        deliveryBucket,
        accountId: ACCOUNT_ID,
        failureQueueArn: known.get("ConsumerFailureQueue")?.attributes["Arn"] ?? "",
        readyAfterMs: performance.now() - startedAt + Number(process.env["HYDRANT_LAUNCH_MS"] ?? 0),
        functionArns: ["transform", "consumer", ...extraNames].flatMap((key) => {
          const name = service.functions[key]?.name;
          return name === undefined ? [] : [functionArn(name)];
        }),
      }),
    );
  }

  async function openGateway(declared: DeclaredApi) {
    const { definition, transferMode, binaryMediaTypes, maxMs, idleMaxMs } = declared;
    const { handler, environment = {} } = definition;
    return createGateway({
      api: await loadFunction({ codeDir, handler, environment, transferMode }),
      accountId: ACCOUNT_ID,
      binaryMediaTypes,
      responses: gatewayResponses(service.resources.Resources),
      bounds: { maxMs, idleMaxMs, isPaced: settings.isPaced },
      report,
    });
  }

  function environmentOf(key: string): NodeJS.ProcessEnv {
    return service.functions[key]?.environment as NodeJS.ProcessEnv;
  }

  let stopping: Promise<void> | undefined;
  // Asked for by us on a signal and by the framework at its end, whichever comes first; both wait for the same.
  const stop = (): Promise<void> => (stopping ??= stopAll());

  async function stopAll(): Promise<void> {
    isStopping = true;
    abort.abort();
    schedule?.stop();
    front?.stop();
    checkpoints?.flush();
    buildDir?.release();
    const running = await services?.catch(() => undefined);
    await running?.stop();
    // It speaks of whoever holds the data.
    if (dataDir !== undefined && lock !== undefined) {
      rmSync(join(dataDir, "stack.json"), { force: true });
    }
    lock?.release();
  }

  return {
    prepare,
    bringUp,
    serve,
    stop,
    get output() {
      return output;
    },
  };
}

function handlersOf(functions: Service["functions"]): readonly string[] {
  return [...new Set(Object.values(functions).map(({ handler }) => handler))];
}

/** A function's own stray rejection ends a Lambda sandbox, not the service; nor may it end the whole stack. */
function surviveFunctions(report: (error: unknown) => void): void {
  process.removeAllListeners("unhandledRejection");
  process.removeAllListeners("uncaughtException");
  process.on("unhandledRejection", report);
  process.on("uncaughtException", report);
}
