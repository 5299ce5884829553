/**
 * `hydrant credentials` as the `credential_process` of boto3 and of the AWS CLI, before a stack with an STS of its own: what they
 * are given signs for the role, under the role's policy, outlives a rotation, and ends when all keys are to end. Needs Python 3.
 */
import { spawn } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { ACCESS_KEY_CACHE_MAX_AGE_MS } from "../../../src/limits.ts";
import { startStack } from "../../helpers/stack-process.ts";
import { pythonWith } from "../python.ts";

const ROLE = "arn:aws:iam::000000000000:role/producer";
const HYDRANT = fileURLToPath(new URL("../../../bin/hydrant.mjs", import.meta.url));
const SESSION = ":assumed-role/producer/";

const tools = pythonWith("identities", ["boto3", "awscli"]);
const stack = await startStack();
const { apiEndpoint: endpoint, dataDir } = stack;
const folder = join(dataDir, "client");
mkdirSync(folder);
const hydrant = (...args: string[]) => [process.execPath, HYDRANT, ...args] as const;

writeFileSync(
  join(folder, "policy.json"),
  JSON.stringify({
    Statement: [{ Effect: "Allow", Action: ["kinesis:ListStreams"], Resource: ["*"] }],
  }),
);
const ask = [...hydrant("credentials"), "--endpoint-url", endpoint, "--role", ROLE];
writeFileSync(
  join(folder, "config"),
  `[profile hydrant]\nregion = us-east-1\ncredential_process = ${ask.join(" ")}\n`,
);

/** The first call of a client, one that its role may not do, and one that is made when the process is told to go on. */
const BOTO3 = `
import boto3, sys
session = boto3.Session(profile_name="hydrant")
client = session.client("kinesis", endpoint_url=sys.argv[1])
client.list_streams()
try:
    client.create_stream(StreamName="denied", ShardCount=1)
    print("NOT DENIED")
except Exception as error:
    print(error)
print("FIRST", flush=True)
for line in sys.stdin:
    try:
        client.list_streams()
        print("AGAIN", flush=True)
    except Exception as error:
        print("REFUSED", error, flush=True)
`;
const cli = (service: string, command: string) =>
  [
    join(tools, "aws"),
    "--profile",
    "hydrant",
    service,
    command,
    "--endpoint-url",
    endpoint,
  ] as const;

let failures = 0;
function check(what: string, isGood: boolean, output = ""): void {
  console.log(`${isGood ? "ok  " : "FAIL"} ${what}`);
  if (isGood) return;
  failures++;
  console.log(output);
}

try {
  const unlisted = await ran(cli("kinesis", "list-streams"));
  check("a role that is not listed is given nothing", unlisted.code !== 0, unlisted.output);
  const put = ["put", "--role", ROLE, "--policy", join(folder, "policy.json"), "--rate", "50"];
  const listed = await ran(hydrant("roles", ...put));
  check("its role is listed", listed.code === 0, listed.output);
  // The list is remembered for some seconds.
  await sleep(ACCESS_KEY_CACHE_MAX_AGE_MS);
  const allowed = await ran(cli("kinesis", "list-streams"));
  check("the CLI lists streams", allowed.code === 0, allowed.output);
  const denied = await ran(cli("firehose", "list-delivery-streams"));
  const isDenied = denied.code !== 0 && denied.output.includes(SESSION);
  check("and is refused what its role may not do, by its session's name", isDenied, denied.output);

  const boto3 = started([join(tools, "python3"), "-c", BOTO3, endpoint]);
  await boto3.until("FIRST");
  const first = boto3.output();
  check("boto3 lists streams", !first.includes("NOT DENIED") && first.includes(SESSION), first);
  const rotated = await ran(hydrant("roles", "rotate"));
  check("the key of sessions is rotated", rotated.code === 0, rotated.output);
  const twice = await ran(hydrant("roles", "rotate"));
  check("and not once more at once", twice.code !== 0, twice.output);
  await sleep(ACCESS_KEY_CACHE_MAX_AGE_MS);
  boto3.tell("go on");
  await boto3.until("AGAIN|REFUSED");
  check("what boto3 was given goes on", /AGAIN/.test(boto3.output()), boto3.output());
  const anew = await ran(cli("kinesis", "list-streams"));
  check("and the CLI is given another", anew.code === 0, anew.output);
  const ended = await ran(hydrant("roles", "rotate", "--at-once"));
  check("all keys are to end", ended.code === 0, ended.output);
  await sleep(ACCESS_KEY_CACHE_MAX_AGE_MS);
  boto3.tell("go on");
  await boto3.until("REFUSED|AGAIN[^]*AGAIN");
  check("and that of boto3 has ended", /REFUSED/.test(boto3.output()), boto3.output());
  const last = await ran(cli("kinesis", "list-streams"));
  check("whoever asks again is given one", last.code === 0, last.output);
  boto3.end();
} finally {
  await stack.kill9();
  rmSync(dataDir, { recursive: true, force: true });
}
process.exit(failures === 0 ? 0 : 1);

function environment(): NodeJS.ProcessEnv {
  return {
    PATH: `${tools}:${process.env["PATH"]}`,
    HOME: folder,
    HYDRANT_DATA_DIR: dataDir,
    AWS_CONFIG_FILE: join(folder, "config"),
    AWS_SHARED_CREDENTIALS_FILE: join(folder, "none"),
    AWS_EC2_METADATA_DISABLED: "true",
  };
}

function started([command, ...args]: readonly [string, ...string[]]) {
  const child = spawn(command, args, { env: environment() });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const end: { code?: number } = {};
  child.once("error", (error) => {
    output += error.message;
    end.code = -1;
  });
  child.once("close", (code) => (end.code ??= code ?? 1));
  return {
    output: () => output,
    tell: (line: string) => child.stdin.write(`${line}\n`),
    end: () => child.stdin.end(),
    async until(pattern: string): Promise<void> {
      while (!new RegExp(pattern).test(output) && end.code === undefined) await sleep(50);
    },
    async over() {
      while (end.code === undefined) await sleep(50);
      return { code: end.code, output };
    },
  };
}

function ran(command: readonly [string, ...string[]]) {
  return started(command).over();
}
