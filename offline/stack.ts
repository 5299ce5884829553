/**
 * The local stack, from the lock on its data to the banner. Three steps, as the framework's life cycle has them:
 * `prepare` before anything is bundled, `bringUp` before the functions can run, `serve` once they can.
 */
import { rmSync, writeFileSync } from "node:fs";
import { devNull } from "node:os";
import { join, resolve } from "node:path";
import { claimData } from "./account.ts";
import { takeApi, type ApiProvider, type DeclaredApi } from "./api-gateway/declared-api.ts";
import { gatewayResponses } from "./api-gateway/gateway-responses.ts";
import { createGateway } from "./api-gateway/gateway.ts";
import { type ApiPool, createApiPool } from "./api-gateway/workers/pool.ts";
import { ACCOUNT_ID, REGION } from "./aws-json.ts";
import { banner } from "./banner.ts";
import { buildFunctions, claimBuildDir } from "./builds.ts";
import { openCheckpoints } from "./checkpoints.ts";
import { applyDeclared, type DeclaredStack } from "./declared.ts";
import { openDeclaredStore } from "./declared-store.ts";
import type { Claimed } from "./claimed.ts";
import { createGlue } from "./services/glue.ts";
import { createEventBridge } from "./events/eventbridge.ts";
import { mayWrite, Nudge } from "./events/nudge.ts";
import { pollQueue } from "./events/queue-poller.ts";
import { startSchedule, type Rule, type Schedule } from "./events/schedule.ts";
import { pollStream } from "./events/stream-poller.ts";
import { freePort } from "./free-port.ts";
import { startConfiguredFront, type ConfiguredFront } from "./front/configured.ts";
import {
  exampleFunction,
  functionArn,
  functionEntries,
  readExtraFunctions,
  type ExtraFunction,
} from "./functions.ts";
import { tryOut } from "./health.ts";
import { createRunner, type Runner } from "./lambda/runner.ts";
import type { Invoke } from "./invoke.ts";
import { refuseLateCalls } from "./late-calls.ts";
import { listen } from "./listen.ts";
import { createLocalKey, LOCAL_KEY } from "./local-key.ts";
import { claimLayout } from "./layout.ts";
import { acquireLock, type Lock } from "./lock.ts";
import { readMappings, takeRules, type FunctionDefinition } from "./mappings.ts";
import { divertOutput, type Output } from "./output.ts";
import { provision } from "./provision.ts";
import { guardPages, JSON_REFUSAL, XML_REFUSAL } from "./services/pages.ts";
import { recordCalls } from "./recording/record.ts";
import { takeShortWay } from "./short-way/take.ts";
import { createSts } from "./services/sts.ts";
import { startServices, type RunningServices } from "./services/host.ts";
import type { Settings } from "./settings.ts";
import { tablesIn } from "./tables.ts";
import { localTargets } from "./targets.ts";
import { render, type Known, type Resource } from "./template.ts";

/** What we use of the framework's view of serverless.yml. */
export interface Service {
  readonly service: string;
  readonly functions: Record<string, FunctionDefinition>;
  readonly resources: { readonly Resources: Readonly<Record<string, Resource>> };
  readonly provider: ApiProvider;
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
/** Functions that callers meet. They read secrets of the state table, as resources/roles.yml has it, and write the audit. */
const DOORS: readonly string[] = ["api", "subscribe"];
/** Functions that read or write blocks of encrypted streams. */
const BODY_READERS: readonly string[] = ["api", "subscribe", "mappings", "deliver", "consume"];
/** Functions that are named what shall be worked on. */
const NAMERS: readonly string[] = ["api", "subscribe", "mappings"];
/** Those that `bridges.yml` declares are both. */
const isBridge = (key: string) => key.startsWith("bridge-");
/** Functions of serverless.yml that stand for the user's, and are run as those are. */
const EXAMPLES = ["transform", "consumer"] as const;

export function createStack(service: Service, settings: Settings): Stack {
  const startedAt = performance.now();
  const functions = takeFunctions(service);
  const { dataDir, serviceDir } = settings;
  const logFile = dataDir === undefined ? undefined : join(dataDir, "logs", "stack.log");
  // There is no CloudWatch Logs; in memory nothing is kept of what it would hold.
  const errorLogFile =
    dataDir === undefined ? devNull : join(dataDir, "logs", "delivery-errors.jsonl");
  const secretsFile = resolve(
    serviceDir,
    process.env["HYDRANT_SECRETS_FILE"] || join(dataDir ?? ".hydrant", "secrets.json"),
  );
  const auditFile = dataDir === undefined ? undefined : join(dataDir, "logs", "audit.jsonl");
  const abort = new AbortController();
  const nudge = new Nudge();
  const checkpointFile = dataDir === undefined ? undefined : join(dataDir, "checkpoints.json");
  let output: Output = {
    say: console.log,
    note: console.error,
    show: console.log,
    recent: () => "",
  };
  let lock: Lock | undefined;
  let buildDir: Claimed | undefined;
  let codeDir = "";
  let front: ConfiguredFront | undefined;
  let services: Promise<RunningServices> | undefined;
  let building: Promise<void> | undefined;
  let schedule: Schedule | undefined;
  let checkpoints: ReturnType<typeof openCheckpoints> | undefined;
  let rules: readonly Rule[] = [];
  let api: DeclaredApi | undefined;
  let known: Known = new Map();
  /** By the names they have in templates. */
  const users: Record<string, ExtraFunction> = {};
  const seenByUsers: NodeJS.ProcessEnv = { ...process.env };
  let runner: Runner | undefined;
  let workers: ApiPool | undefined;
  const stacks: DeclaredStack[] = [
    { name: "serverless.yml", resources: service.resources.Resources },
  ];
  const ports = { lambda: 0, events: 0, glue: 0, sts: 0 };
  let isStopping = false;

  const report = (error: unknown) => {
    if (!isStopping)
      output.note(error instanceof Error ? (error.stack ?? error.message) : String(error));
  };

  async function prepare(): Promise<void> {
    buildDir = claimBuildDir(serviceDir);
    codeDir = join(buildDir.path, "build");
    // What is refused is refused before anything is started or written.
    takeUserFunctions();
    rules = takeRules(functions);
    api = takeApi(functions, service.provider);
    if (dataDir !== undefined) {
      lock = acquireLock(dataDir);
      claimLayout(dataDir);
      claimData(dataDir, ACCOUNT_ID);
    }
    output = divertOutput(logFile, settings.isVerbose);
    front = await startConfiguredFront(settings, (text) => output.say(text), report);
    const starting = startServices({
      s3Port: settings.s3Port,
      dynamodbPort: settings.dynamodbPort,
      sqsPort: settings.sqsPort,
      isLimited: settings.isLimited,
      ...(dataDir === undefined ? {} : { dataDir }),
      ...(settings.dynamodbEndpoint === undefined
        ? {}
        : { dynamodbEndpoint: settings.dynamodbEndpoint }),
    });
    services = starting;
    // Awaited in bringUp, as the build is; until then a failure must not count as unhandled.
    starting.catch(() => {});
    ports.events = await freePort();
    const handlers = new Set(Object.values(functions).map(({ handler }) => handler));
    building = buildFunctions({ serviceDir, outDir: codeDir, handlers: [...handlers] });
    building.catch(() => {});
  }

  function takeUserFunctions(): void {
    for (const key of EXAMPLES) {
      const definition = functions[key];
      delete functions[key];
      if (definition !== undefined) users[key] = exampleFunction(definition, serviceDir);
    }
    if (settings.functionsFile === undefined) return;
    const extra = readExtraFunctions(settings.functionsFile);
    const own = Object.entries({ ...functions, ...users });
    const taken = new Set(own.flatMap(([key, { name }]) => [key, name]));
    for (const definition of extra.functions) {
      const { name } = definition;
      if (taken.has(name)) {
        throw new Error(
          `${settings.functionsFile}: the name ${name} is taken by a function of Hydrant's own`,
        );
      }
      users[name] = definition;
    }
    stacks.push({ name: settings.functionsFile, resources: extra.resources });
  }

  function openRunner(): Runner {
    const threaded = THREADED.map((key) => functions[key]?.name ?? "");
    return createRunner({
      // The api is the gateway's to call.
      own: Object.values(functions).filter((definition) => definition !== api?.definition),
      threaded: new Set(threaded),
      codeDir: () => codeDir,
      users: Object.values(users),
      bundleDir: join(codeDir, "..", "functions"),
      variables: () => seenByUsers,
      ownVariables: ({ environment }) => render(environment, known) as Record<string, string>,
      print: (name, text) => output.show(text.trimEnd().replaceAll(/^/gm, `${name} | `)),
      origins: settings.origins,
      report,
    });
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
    runner = openRunner();
    ports.lambda = await runner.listen(settings.lambdaPort);
    const glue = createGlue(() => tablesIn(settings.functionsFile));
    guardPages(glue, settings.origins, JSON_REFUSAL);
    ports.glue = await listen(glue, 0);
    const sts = createSts(ACCOUNT_ID, LOCAL_KEY);
    guardPages(sts, settings.origins, XML_REFUSAL);
    ports.sts = await listen(sts, 0);
    const aws = {
      AWS_ACCESS_KEY_ID: LOCAL_KEY.id,
      AWS_SECRET_ACCESS_KEY: LOCAL_KEY.secret,
      AWS_REGION: REGION,
      AWS_DEFAULT_REGION: REGION,
      AWS_ENDPOINT_URL_DYNAMODB: settings.isLimited
        ? running.dynamodbDoor
        : running.dynamodbEndpoint,
      AWS_ENDPOINT_URL_DYNAMODB_STREAMS: running.dynamodbEndpoint,
      AWS_ENDPOINT_URL_SQS: running.sqsEndpoint,
      AWS_ENDPOINT_URL_S3: running.s3Endpoint,
      AWS_ENDPOINT_URL_LAMBDA: `http://127.0.0.1:${ports.lambda}`,
      AWS_ENDPOINT_URL_GLUE: `http://127.0.0.1:${ports.glue}`,
      AWS_ENDPOINT_URL_STS: `http://127.0.0.1:${ports.sts}`,
      AWS_ENDPOINT_URL_EVENTBRIDGE: `http://127.0.0.1:${ports.events}`,
    };
    Object.assign(process.env, aws);
    refuseLateCalls(aws.AWS_ENDPOINT_URL_DYNAMODB);
    // Another DynamoDB, or the door's limits, are met by the way that is everybody's.
    if (settings.dynamodbEndpoint === undefined && !settings.isLimited) {
      process.env["HYDRANT_SHORT_WAY"] = running.dynamodbEndpoint;
      takeShortWay(running.dynamodbEndpoint);
    }
    recordCalls(process.env["HYDRANT_RECORD_CALLS"]);
    const apiEndpoint = `http://127.0.0.1:${front?.port}`;
    Object.assign(seenByUsers, aws, {
      AWS_ENDPOINT_URL_KINESIS: apiEndpoint,
      AWS_ENDPOINT_URL_FIREHOSE: apiEndpoint,
      AWS_ENDPOINT_URL_STS: apiEndpoint,
      AWS_ENDPOINT_URL_CLOUDWATCH: apiEndpoint,
    });
    for (const variables of [process.env, seenByUsers]) {
      delete variables["AWS_PROFILE"];
      delete variables["AWS_SESSION_TOKEN"];
    }
    const { sealKeyFile, streamKeyFile } = running;
    for (const [key, definition] of Object.entries(functions)) {
      definition.environment = {
        ...(render(definition.environment ?? {}, known) as Record<string, unknown>),
        // No role is assumed where nothing asks for rights.
        ...((BODY_READERS.includes(key) || isBridge(key)) && {
          HYDRANT_STREAM_KEY_FILE: streamKeyFile,
          HYDRANT_ASSUMABLE_ROLES: "",
        }),
        ...((NAMERS.includes(key) || isBridge(key)) && localTargets(process.env)),
        ...(sealKeyFile !== undefined && DOORS.includes(key)
          ? { HYDRANT_SEAL_KEY_FILE: sealKeyFile }
          : {}),
        ...(auditFile !== undefined && DOORS.includes(key) && { HYDRANT_AUDIT_FILE: auditFile }),
        HYDRANT_REACH: "loopback",
        ...(key === "deliver" && {
          ...localTargets(process.env),
          HYDRANT_ERROR_LOG_FILE: errorLogFile,
          HYDRANT_SECRETS_FILE: secretsFile,
        }),
      };
    }
    await building;
  }

  async function serve(): Promise<void> {
    if (!services || !front || !api || !runner) {
      throw new Error("serve comes after bringUp");
    }
    const running = await services;
    surviveFunctions(report);
    // What a function wrote is seen as soon as what a client has.
    const invoke: Invoke = (...call) => runner!.invoke(...call).finally(() => nudge.give());
    const eventBridge = createEventBridge(
      (name, isEnabled) => schedule?.setEnabled(name, isEnabled) ?? false,
    );
    guardPages(eventBridge, settings.origins, JSON_REFUSAL);
    await listen(eventBridge, ports.events);
    const keyProblem = createLocalKey(serviceDir, { ...process.env, ...environmentOf("api") });
    const gateway = openGateway(api);
    const apiEndpoint = `http://127.0.0.1:${front.port}`;
    await workers?.load();
    await tryOut(gateway);
    const problem = await keyProblem;
    if (problem !== undefined) output.say(`Warning: ${problem}`);

    checkpoints = openCheckpoints(checkpointFile);
    const common = { invoke, signal: abort.signal, report, sqsEndpoint: running.sqsEndpoint };
    const { streams, queues } = readMappings(Object.values(functions), known);
    for (const mapping of streams) {
      void pollStream(mapping, {
        ...common,
        checkpoints,
        nudge,
        streamsEndpoint: running.dynamodbEndpoint,
      });
    }
    for (const mapping of queues) void pollQueue(mapping, common);
    schedule = startSchedule(rules, invoke, report);
    const withFunctions = new Map([...known, ...functionEntries({ ...functions, ...users })]);
    known = withFunctions;
    await applyDeclared(stacks, {
      store: openDeclaredStore(dataDir === undefined ? undefined : join(dataDir, "declared.json")),
      known: withFunctions,
      invoke,
      functionName: functions["mappings"]?.name ?? "",
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
        stsEndpoint: process.env["AWS_ENDPOINT_URL_STS"],
        ...(front.certFile === undefined
          ? {}
          : { tlsEndpoint: `https://127.0.0.1:${front.port}`, certFile: front.certFile }),
        lambdaEndpoint: process.env["AWS_ENDPOINT_URL_LAMBDA"],
        deliveryBucket,
        accountId: ACCOUNT_ID,
        environment: {
          ...environmentOf("deliver"),
          ...(running.sealKeyFile === undefined
            ? {}
            : { HYDRANT_SEAL_KEY_FILE: running.sealKeyFile }),
        },
      };
      writeFileSync(join(dataDir, "stack.json"), JSON.stringify(facts, null, 2));
    }
    // Not before: whoever finds the API healthy may put into what the user's file declares.
    front.open((request, response) => {
      const target = request.headers["x-amz-target"];
      if (mayWrite(target?.toString())) response.once("close", () => nudge.give());
      return gateway(request, response);
    });
    output.say(
      banner({
        apiEndpoint,
        s3Endpoint: running.s3Endpoint,
        sqsEndpoint: running.sqsEndpoint,
        dynamodbEndpoint: running.dynamodbDoor,
        certFile: front.certFile,
        lambdaEndpoint: process.env["AWS_ENDPOINT_URL_LAMBDA"]!,
        dataDir,
        logFile,
        ...(dataDir === undefined ? {} : { errorLogFile, auditFile }),
        deliveryBucket,
        accountId: ACCOUNT_ID,
        failureQueueArn: known.get("ConsumerFailureQueue")?.attributes["Arn"] ?? "",
        readyAfterMs: performance.now() - startedAt + Number(process.env["HYDRANT_LAUNCH_MS"] ?? 0),
        functionArns: Object.values(users).map(({ name }) => functionArn(name)),
      }),
    );
    runner.check();
  }

  function openGateway(declared: DeclaredApi) {
    const { definition, transferMode, binaryMediaTypes, maxMs, idleMaxMs } = declared;
    const { handler, environment = {} } = definition;
    workers = createApiPool({ source: { codeDir, handler, environment, transferMode } });
    return createGateway({
      api: workers.api,
      accountId: ACCOUNT_ID,
      binaryMediaTypes,
      responses: gatewayResponses(service.resources.Resources),
      bounds: { maxMs, idleMaxMs, isPaced: settings.isPaced },
      report,
    });
  }

  function environmentOf(key: string): NodeJS.ProcessEnv {
    return functions[key]?.environment as NodeJS.ProcessEnv;
  }

  let stopping: Promise<void> | undefined;
  // Asked for by us on a signal and by the framework at its end, whichever comes first; both wait for the same.
  const stop = (): Promise<void> => (stopping ??= stopAll());

  async function stopAll(): Promise<void> {
    isStopping = true;
    abort.abort();
    schedule?.stop();
    front?.stop();
    runner?.stop();
    workers?.stop();
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

/** From the framework, which would serve them on ports of its own. */
function takeFunctions(service: Service): Record<string, FunctionDefinition> {
  const functions = { ...service.functions };
  for (const key of Object.keys(functions)) delete service.functions[key];
  return functions;
}

/** A function's own stray rejection ends a Lambda sandbox, not the service; nor may it end the whole stack. */
function surviveFunctions(report: (error: unknown) => void): void {
  process.removeAllListeners("unhandledRejection");
  process.removeAllListeners("uncaughtException");
  process.on("unhandledRejection", report);
  process.on("uncaughtException", report);
}
