/**
 * An emulator of AWS that runs CloudFormation, API Gateway, IAM, KMS, DynamoDB, SQS, S3, EventBridge and Node functions as
 * processes, with IAM enforced. It listens on all addresses of this machine while it runs. Needs Python 3.
 */
import { execFileSync, spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../offline/free-port.ts";
import { pythonWith } from "../clients/python.ts";

export const REGION = "us-east-1";
export const ACCOUNT_ID = "000000000000";

const START_TIMEOUT_MS = 60_000;

export interface Emulator {
  readonly endpoint: string;
  readonly port: number;
  /** For programs that are to take it for AWS. */
  readonly env: NodeJS.ProcessEnv;
  readonly logFile: string;
  /** For what belongs to this run; it goes with it. */
  readonly folder: string;
  /** The folder of Python and of what was installed with it. */
  readonly tools: string;
  /** `call("s3", "list_buckets")`: by boto3, with all rights. `value: any` on purpose: it is read as a script would. */
  // oxlint-disable-next-line typescript/no-explicit-any
  call(service: string, method: string, input?: object): any;
  stop(keepsLog: boolean): void;
}

export async function startEmulator(): Promise<Emulator> {
  const tools = pythonWith("emulator", ["ministack==1.5.33", "boto3"]);
  const folder = mkdtempSync(join(tmpdir(), "hydrant-emulator-"));
  const logFile = join(folder, "emulator.log");
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(AWS_|HYDRANT_|VITEST|NODE_OPTIONS)/.test(name),
  );
  const env = {
    ...Object.fromEntries(inherited),
    // Functions run as processes of the first Node that is found.
    PATH: `${dirname(process.execPath)}:${process.env["PATH"]}`,
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    GATEWAY_PORT: String(port),
    LAMBDA_EXECUTOR: "local",
    // IAM is enforced, as far as the emulator knows it: actions and resources, of conditions some.
    AUTH: "true",
  };
  // Not through this process: while that waits for a program, nobody would empty the pipe, and the emulator would stand still.
  const log = openSync(logFile, "a");
  const child = spawn(join(tools, "ministack"), {
    cwd: folder,
    // What it makes of functions goes with the folder.
    env: { ...env, TMPDIR: folder },
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  const stop = (keepsLog: boolean) => {
    child.kill();
    if (!keepsLog) rmSync(folder, { recursive: true, force: true });
  };
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (!(await fetch(endpoint).then(Boolean, () => false))) {
    if (child.exitCode !== null || performance.now() > deadline) {
      stop(true);
      throw new Error(`the emulator did not start; its log is ${logFile}`);
    }
    await sleep(200);
  }
  return {
    endpoint,
    port,
    env,
    logFile,
    folder,
    tools,
    call(service, method, input = {}) {
      const args = [join(import.meta.dirname, "aws.py"), service, method, JSON.stringify(input)];
      const maxBuffer = 64 * 1024 * 1024;
      const printed = execFileSync(join(tools, "python3"), args, {
        env,
        encoding: "utf8",
        maxBuffer,
      });
      return JSON.parse(printed) as unknown;
    },
    stop,
  };
}
