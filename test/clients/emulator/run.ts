/**
 * A whole deployment in an emulator of AWS that runs CloudFormation, API Gateway, IAM, DynamoDB, SQS, S3 and Node
 * functions: `serverless deploy` as a user would, puts and reads by boto3 and by the JavaScript client, lanes that a load
 * opens, and `serverless remove`, IAM enforced. The emulator gathers answers, so that the function's other way of answering runs here. It
 * listens on all addresses of this machine while it runs. Needs Python 3.
 */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { createWriteStream, mkdtempSync, rmSync } from "node:fs";
import { Agent } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import {
  CreateStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  ListStreamsCommand,
  PutRecordCommand,
} from "@aws-sdk/client-kinesis";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { freePort } from "../../../offline/free-port.ts";
import { pythonWith } from "../python.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const STAGE = "emulated";
const STREAM = "events";
const START_TIMEOUT_MS = 60_000;

const tools = pythonWith("emulator", ["ministack==1.5.33", "boto3"]);
const folder = mkdtempSync(join(tmpdir(), "hydrant-emulator-"));
const port = await freePort();
const endpoint = `http://127.0.0.1:${port}`;
const env = {
  ...process.env,
  // Functions run as processes of the first Node that is found.
  PATH: `${dirname(process.execPath)}:${process.env["PATH"]}`,
  AWS_ENDPOINT_URL: endpoint,
  AWS_ACCESS_KEY_ID: "test",
  AWS_SECRET_ACCESS_KEY: "test",
  AWS_REGION: "us-east-1",
  AWS_DEFAULT_REGION: "us-east-1",
  GATEWAY_PORT: String(port),
  LAMBDA_EXECUTOR: "local",
  // IAM is enforced, as far as the emulator knows it: actions and resources, of conditions some.
  AUTH: "true",
};

const emulator = spawn(join(tools, "ministack"), { cwd: folder, env, stdio: "pipe" });
const log = createWriteStream(join(folder, "emulator.log"));
emulator.stdout.pipe(log);
emulator.stderr.pipe(log);
let isGood = false;
try {
  await untilUp();
  serverless("deploy");
  allowForEmulator();
  const outputs = describe();
  const apiId = new URL(outputs["ServiceEndpoint"]!).hostname.split(".")[0];
  const api = `http://${apiId}.execute-api.localhost:${port}/${STAGE}`;
  const key = createKey();
  await viaJavascript(api, key);
  execFileSync(
    join(tools, "python3"),
    [
      join(import.meta.dirname, "clients.py"),
      api,
      STAGE,
      STREAM,
      outputs["DeliveryBucketName"]!,
      key.AccessKeyId,
      key.SecretAccessKey,
    ],
    { env, stdio: "inherit" },
  );
  empty(`hydrant-${STAGE}-log-000000000000`);
  serverless("remove");
  isGood = true;
} finally {
  emulator.kill();
  if (isGood) rmSync(folder, { recursive: true, force: true });
  else console.error(`the emulator's log: ${join(folder, "emulator.log")}`);
}

async function untilUp(): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < deadline) {
    if (await fetch(endpoint).then(Boolean, () => false)) return;
    await sleep(200);
  }
  throw new Error("the emulator did not start");
}

function serverless(command: "deploy" | "remove"): void {
  const entry = createRequire(import.meta.url).resolve("serverless/bin/serverless.js");
  const args = [entry, command, "--stage", STAGE, "--param", "responses=BUFFERED"];
  const { status } = spawnSync(process.execPath, args, { cwd: root, env, stdio: "inherit" });
  if (status !== 0) throw new Error(`serverless ${command} ended with ${status}`);
}

/** The stack's outputs. */
function describe(): Readonly<Record<string, string>> {
  const script = [
    "import boto3, json",
    `stack = boto3.client("cloudformation").describe_stacks(StackName="hydrant-${STAGE}")["Stacks"][0]`,
    'print(json.dumps({o["OutputKey"]: o["OutputValue"] for o in stack["Outputs"]}))',
  ].join("\n");
  return JSON.parse(python(script)) as Record<string, string>;
}

/**
 * What the emulator has otherwise than AWS: it speaks http, which the buckets refuse, and calls a rule of the default bus
 * `rule/default/NAME`, so each policy that names one is there a second time under that name.
 */
function allowForEmulator(): void {
  const script = [
    "import boto3, json",
    's3, iam = boto3.client("s3"), boto3.client("iam")',
    'for bucket in s3.list_buckets()["Buckets"]:',
    '    s3.delete_bucket_policy(Bucket=bucket["Name"])',
    'for role in iam.list_roles()["Roles"]:',
    '    name = role["RoleName"]',
    '    for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:',
    '        text = json.dumps(iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"])',
    '        if ":rule/" in text:',
    '            other = text.replace(":rule/", ":rule/default/")',
    '            iam.put_role_policy(RoleName=name, PolicyName=policy + "-emulated", PolicyDocument=other)',
  ].join("\n");
  python(script);
}

function empty(bucket: string): void {
  python(`import boto3; boto3.resource("s3").Bucket("${bucket}").objects.all().delete()`);
}

function python(script: string): string {
  return execFileSync(join(tools, "python3"), ["-c", script], { env, encoding: "utf8" });
}

interface Key {
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
}

function createKey(): Key {
  const args = ["keys", "create", "--stage", STAGE, "--name", "suite", "--allow-everything"];
  const text = execFileSync(
    process.execPath,
    [join(root, "bin", "hydrant.mjs"), ...args, "--output", "json"],
    { env, encoding: "utf8" },
  );
  return JSON.parse(text) as Key;
}

async function viaJavascript(api: string, key: Key): Promise<void> {
  // Names under localhost are this machine, whatever its resolver thinks of them.
  const httpAgent = new Agent({
    lookup: (_, options, callback) =>
      options.all
        ? callback(null, [{ address: "127.0.0.1", family: 4 }])
        : callback(null, "127.0.0.1", 4),
  });
  const client = new KinesisClient({
    endpoint: api,
    region: "us-east-1",
    credentials: { accessKeyId: key.AccessKeyId, secretAccessKey: key.SecretAccessKey },
    requestHandler: new NodeHttpHandler({ httpAgent }),
  });
  await client.send(new CreateStreamCommand({ StreamName: STREAM, ShardCount: 1 }));
  const { StreamNames } = await client.send(new ListStreamsCommand({}));
  const Data = Buffer.from("grüße");
  await client.send(new PutRecordCommand({ StreamName: STREAM, PartitionKey: "k", Data }));
  const { ShardIterator } = await client.send(
    new GetShardIteratorCommand({
      StreamName: STREAM,
      ShardId: "shardId-000000000000",
      ShardIteratorType: "TRIM_HORIZON",
    }),
  );
  const { Records } = await client.send(new GetRecordsCommand({ ShardIterator }));
  const texts = Records!.map(({ Data: bytes }) => Buffer.from(bytes!).toString());
  const seen = JSON.stringify([StreamNames, texts]);
  if (seen !== JSON.stringify([[STREAM], ["grüße"]])) throw new Error(`JavaScript read ${seen}`);
  console.log("JavaScript: made a stream, put and read");
  client.destroy();
}
