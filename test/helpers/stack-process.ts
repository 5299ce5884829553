/**
 * A whole stack of a test's own, as a process: started by the same entry as `npm start`, on free ports and on its
 * own data, to be stopped, killed, started again, and to have its S3 taken away for a while.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { freePort } from "../../offline/free-port.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const START_TIMEOUT_MS = 60_000;
const POLL_MS = 25;

export interface StackOptions {
  /** A new temporary directory unless given. */
  readonly dataDir?: string;
  /** Free ones unless given; give those of the stack that is being restarted. */
  readonly ports?: { readonly api: number; readonly s3: number };
  readonly functionsFile?: string;
  readonly environment?: NodeJS.ProcessEnv;
}

export interface StackProcess {
  readonly apiEndpoint: string;
  readonly s3Endpoint: string;
  readonly sqsEndpoint: string;
  readonly dynamodbEndpoint: string;
  readonly lambdaEndpoint: string;
  readonly deliveryBucket: string;
  readonly dataDir: string;
  readonly ports: { readonly api: number; readonly s3: number };
  /** Kills the stack and everything it started, at once, as a power cut would. */
  kill9(): Promise<void>;
  /** Ctrl-C; answers the exit code. */
  stop(): Promise<number>;
  /** S3 refuses every connection until `resumeS3`. */
  pauseS3(): Promise<void>;
  resumeS3(): Promise<void>;
  /** What it has written to the terminal so far. */
  terminal(): string;
  /** What the stack has logged so far. */
  log(): string;
}

interface StackFacts {
  readonly pid: number;
  readonly servicesPid: number;
  readonly dynamodbPid: number;
  readonly sqsEndpoint: string;
  readonly dynamodbEndpoint: string;
  readonly lambdaEndpoint: string;
  readonly deliveryBucket: string;
}

const STARTS_MAX_COUNT = 3;

/** On free ports, where none are named; somebody may take one of them before it does, and then others are tried. */
export async function startStack(options: StackOptions = {}): Promise<StackProcess> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), "hydrant-stack-"));
  for (let startCount = 1; ; startCount++) {
    const ports = options.ports ?? { api: await freePort(), s3: await freePort() };
    try {
      return await startOn(ports, dataDir, options);
    } catch (error) {
      const isTaken = error instanceof Error && /port \d+ on [\d.]+ is taken/.test(error.message);
      if (!isTaken || options.ports || startCount === STARTS_MAX_COUNT) throw error;
    }
  }
}

async function startOn(
  ports: StackProcess["ports"],
  dataDir: string,
  options: StackOptions,
): Promise<StackProcess> {
  const child = spawnStart(
    options.functionsFile === undefined ? [] : ["--functions", options.functionsFile],
    {
      HYDRANT_PORT: String(ports.api),
      HYDRANT_S3_PORT: String(ports.s3),
      HYDRANT_DATA_DIR: dataDir,
      ...options.environment,
    },
  );
  const ended = child.ended;
  await waitUntil(`the stack in ${dataDir} is ready`, () => {
    if (child.process.exitCode !== null)
      throw new Error(`the stack did not start:\n${child.output()}`);
    return child.output().includes("Hydrant is ready");
  });
  const facts = JSON.parse(readFileSync(join(dataDir, "stack.json"), "utf8")) as StackFacts;
  const apiEndpoint = `http://127.0.0.1:${ports.api}`;
  const s3Endpoint = `http://127.0.0.1:${ports.s3}`;
  const toggleS3 = async (isUp: boolean) => {
    if ((await answers(s3Endpoint)) === isUp) return;
    process.kill(facts.servicesPid, "SIGUSR2");
    await waitUntil(
      `S3 is ${isUp ? "up" : "down"}`,
      async () => (await answers(s3Endpoint)) === isUp,
    );
  };
  return {
    apiEndpoint,
    s3Endpoint,
    sqsEndpoint: facts.sqsEndpoint,
    dynamodbEndpoint: facts.dynamodbEndpoint,
    lambdaEndpoint: facts.lambdaEndpoint,
    deliveryBucket: facts.deliveryBucket,
    dataDir,
    ports,
    async kill9() {
      for (const pid of [facts.pid, facts.servicesPid, facts.dynamodbPid]) {
        try {
          process.kill(pid, "SIGKILL");
        } catch {
          // Gone with its parent already.
        }
      }
      await ended;
      await waitUntil("the ports are free", async () => !(await answers(s3Endpoint)));
    },
    async stop() {
      child.process.kill("SIGINT");
      return await ended;
    },
    pauseS3: () => toggleS3(false),
    resumeS3: () => toggleS3(true),
    terminal: () => child.output(),
    log() {
      const file = join(dataDir, "logs", "stack.log");
      return `${child.output()}\n${existsSync(file) ? readFileSync(file, "utf8") : ""}`;
    },
  };
}

/** Runs the entry of `npm start`; for starts that are meant to fail, see `ended` and `output`. */
export function spawnStart(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
): { readonly process: ChildProcess; readonly ended: Promise<number>; output(): string } {
  const child = spawn(process.execPath, [join(root, "offline", "start.mjs"), ...args], {
    cwd: root,
    env: { ...withoutTestRunner(process.env), ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  }
  const ended = new Promise<number>((resolve) =>
    child.once("close", (code) => resolve(code ?? -1)),
  );
  return { process: child, ended, output: () => output };
}

/** What the test runner sets for itself is not for the stack, nor is a stack the user's shell may know. */
function withoutTestRunner(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(
    ([name]) => !/^(VITEST|NODE_ENV|NODE_OPTIONS|HYDRANT_(?!RECORD_CALLS)|AWS_|TEST$)/.test(name),
  );
  return Object.fromEntries(kept);
}

async function answers(endpoint: string): Promise<boolean> {
  try {
    await (await fetch(endpoint, { headers: { connection: "close" } })).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

async function waitUntil(what: string, isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (!(await isTrue())) {
    if (performance.now() > deadline) throw new Error(`gave up waiting until ${what}`);
    await sleep(POLL_MS);
  }
}
