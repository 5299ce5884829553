/** Policies as they are written for IAM, on the running stack: what the client's address and a stream's policy do. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import {
  CreateStreamCommand,
  DeleteStreamCommand,
  DescribeStreamSummaryCommand,
  KinesisClient,
  PutResourcePolicyCommand,
  waitUntilStreamExists,
} from "@aws-sdk/client-kinesis";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { afterAll, beforeAll, expect, inject, it } from "vitest";

const LAUNCHER = fileURLToPath(new URL("../../bin/hydrant.mjs", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "hydrant-policies-"));
const StreamName = `guarded-${Date.now()}`;
const StreamARN = `arn:aws:kinesis:us-east-1:000000000000:stream/${StreamName}`;

const clientOf = (accessKeyId: string, secretAccessKey: string) =>
  new KinesisClient({
    endpoint: inject("apiEndpoint"),
    region: "us-east-1",
    requestHandler: new NodeHttpHandler(),
    credentials: { accessKeyId, secretAccessKey },
  });
const everything = clientOf("test", "test");

beforeAll(async () => {
  await everything.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }));
  await waitUntilStreamExists({ client: everything, maxWaitTime: 30, minDelay: 1 }, { StreamName });
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await everything.send(new DeleteStreamCommand({ StreamName }));
});

/** A key of that name with one statement. */
async function keyOf(name: string, statement: object): Promise<KinesisClient> {
  const file = join(folder, `${name}.json`);
  writeFileSync(file, JSON.stringify({ Version: "2012-10-17", Statement: statement }));
  const args = ["keys", "create", "--name", name, "--policy", file, "--output", "json"];
  const env = { ...process.env, HYDRANT_DATA_DIR: inject("stackDataDir") };
  const { stdout } = await promisify(execFile)(process.execPath, [LAUNCHER, ...args], { env });
  const made = JSON.parse(stdout) as { readonly AccessKeyId: string; SecretAccessKey: string };
  return clientOf(made.AccessKeyId, made.SecretAccessKey);
}

const describeIt = () => new DescribeStreamSummaryCommand({ StreamName });
const reading = (ranges: readonly string[]) => ({
  Effect: "Allow",
  Action: "kinesis:Describe*",
  Resource: "arn:aws:kinesis:*:*:stream/guarded-*",
  Condition: { IpAddress: { "aws:SourceIp": ranges } },
});
const refusal = (name: string, why: string) => ({
  name: "AccessDeniedException",
  message: `User: arn:aws:iam::000000000000:user/${name} is not authorized to perform: kinesis:DescribeStreamSummary on resource: ${StreamARN} ${why}`,
  $metadata: { httpStatusCode: 400, attempts: 1 },
});

it("a key is held to its client's address, whatever the client says of it", async () => {
  const here = await keyOf(`here-${process.pid}`, reading(["127.0.0.0/8", "::1"]));
  await here.send(describeIt());
  const name = `elsewhere-${process.pid}`;
  const elsewhere = await keyOf(name, reading(["203.0.113.0/24"]));
  elsewhere.middlewareStack.add(
    (next) => (args) => {
      (args.request as { headers: Record<string, string> }).headers["X-Forwarded-For"] =
        "203.0.113.7";
      return next(args);
    },
    { step: "build" },
  );
  await expect(elsewhere.send(describeIt())).rejects.toMatchObject(
    refusal(
      name,
      "because no identity-based policy allows the kinesis:DescribeStreamSummary action",
    ),
  );
});

it("a stream's policy grants to a key by its name, and denies to it", async () => {
  const name = `named-${process.pid}`;
  const key = await keyOf(name, { ...reading([]), Condition: undefined, Action: "kinesis:List*" });
  const put = (Effect: string) =>
    everything.send(
      new PutResourcePolicyCommand({
        ResourceARN: StreamARN,
        Policy: JSON.stringify({
          Statement: {
            Effect,
            Principal: { AWS: `arn:aws:iam::000000000000:user/${name}` },
            Action: "kinesis:DescribeStreamSummary",
            Resource: StreamARN,
          },
        }),
      }),
    );
  const described = () =>
    key.send(describeIt()).then(
      () => "allowed",
      (error: Error) => error.message.replace(/.* (because|with)/, "$1"),
    );
  // Every process hears of a policy within seconds.
  const soon = { timeout: 30_000, interval: 500 };
  await put("Allow");
  await expect.poll(described, soon).toBe("allowed");
  await put("Deny");
  await expect.poll(described, soon).toBe("with an explicit deny in a resource-based policy");
});
