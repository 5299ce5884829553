/**
 * Keys of an hour for AWS roles, as a function or an instance comes by them: the SDK's shared configuration names `hydrant
 * credentials`, and nothing is stored. The local STS confirms who asks.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { FirehoseClient, ListDeliveryStreamsCommand } from "@aws-sdk/client-firehose";
import { KinesisClient, ListStreamsCommand } from "@aws-sdk/client-kinesis";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { afterAll, afterEach, beforeAll, expect, inject, it, vi } from "vitest";

const LAUNCHER = fileURLToPath(new URL("../../bin/hydrant.mjs", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "hydrant-identities-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => vi.unstubAllEnvs());

const ROLE = "arn:aws:iam::000000000000:role/test/producer";
const LISTED = "arn:aws:iam::000000000000:role/producer";
const endpoint = inject("apiEndpoint");
const credentialsCommand = ["credentials", "--endpoint-url", endpoint, "--role", ROLE];

async function hydrant(...args: readonly string[]): Promise<string> {
  const env = { ...process.env, HYDRANT_DATA_DIR: inject("stackDataDir") };
  const { stdout } = await promisify(execFile)(process.execPath, [LAUNCHER, ...args], { env });
  return stdout;
}

beforeAll(async () => {
  const policy = join(folder, "policy.json");
  const statement = { Effect: "Allow", Action: "kinesis:ListStreams", Resource: "*" };
  writeFileSync(policy, JSON.stringify({ Statement: [statement] }));
  await hydrant("roles", "put", "--role", LISTED, "--policy", policy);
});

it("lets an SDK in whose profile has hydrant credentials as its credential_process", async () => {
  const config = join(folder, "config");
  const command = [process.execPath, LAUNCHER, ...credentialsCommand].join(" ");
  writeFileSync(config, `[profile hydrant]\ncredential_process = ${command}\n`);
  vi.stubEnv("AWS_CONFIG_FILE", config);
  vi.stubEnv("HYDRANT_DATA_DIR", inject("stackDataDir"));
  vi.stubEnv("AWS_ACCESS_KEY_ID", undefined);
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", undefined);
  const options = { endpoint, region: "us-east-1", profile: "hydrant" };
  const kinesis = new KinesisClient({ ...options, requestHandler: new NodeHttpHandler() });
  await expect(kinesis.send(new ListStreamsCommand({}))).resolves.toBeDefined();
  const firehose = new FirehoseClient(options);
  await expect(firehose.send(new ListDeliveryStreamsCommand({}))).rejects.toMatchObject({
    name: "AccessDeniedException",
    message: expect.stringContaining(
      "User: arn:aws:sts::000000000000:assumed-role/producer/hydrant-credentials is not authorized to perform: firehose:ListDeliveryStreams on resource: ",
    ),
  });
});

it("answers with a key of an hour, which is not to be seen among the stored ones", async () => {
  const given = JSON.parse(await hydrant(...credentialsCommand)) as Record<string, string>;
  expect(given).toMatchObject({ Version: 1, AccessKeyId: expect.stringMatching(/^HYS/) });
  const leftMs = Date.parse(given["Expiration"] ?? "") - Date.now();
  expect(leftMs).toBeGreaterThan(50 * 60_000);
  expect(leftMs).toBeLessThanOrEqual(60 * 60_000);
  expect(await hydrant("keys", "list")).not.toContain("HYS");
});

it("gives nothing to a role that is not listed", async () => {
  const other = ["--role", "arn:aws:iam::000000000000:role/stranger"];
  await expect(hydrant("credentials", "--endpoint-url", endpoint, ...other)).rejects.toMatchObject({
    stderr: expect.stringContaining("because this deployment does not list its role"),
  });
});

it.each([
  [["roles", "put", "--role", LISTED], "say what the role may do"],
  [["roles", "put", "--role", ROLE, "--allow-everything"], "without the role's path"],
  [["roles", "remove", "--role", `${LISTED}s`], "was not listed"],
  [["roles"], "usage: hydrant roles put"],
  [["credentials", "--endpoint-url", "x"], "--endpoint-url must be a URL"],
])("says in one sentence what is wrong with %s", async (args, sentence) => {
  await expect(hydrant(...args)).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining(sentence),
  });
});
