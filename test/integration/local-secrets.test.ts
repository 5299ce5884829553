/**
 * Secrets of access keys on a laptop: no file of the data folder but the key's shows one, whatever of Hydrant has
 * run on it; folders from before they were sealed are taken over, and copies open as the original does.
 */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { KinesisClient, ListStreamsCommand } from "@aws-sdk/client-kinesis";
import { afterAll, expect, it } from "vitest";
import { claimLayout } from "../../offline/layout.ts";
import { provision } from "../../offline/provision.ts";
import { startServices } from "../../offline/services/host.ts";
import { dynamodbAccessKeys } from "../../src/storage/dynamodb/access-keys.ts";
import { dynamodbSecrets } from "../../src/storage/dynamodb/secrets.ts";
import { readResources } from "../helpers/resources.ts";
import { startStack } from "../helpers/stack-process.ts";

const scratch = mkdtempSync(join(tmpdir(), "hydrant-secrets-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const KEY = {
  id: "HYDOLDER",
  secret: "JAbZ27qQoS0mEvErYsEcReT9XKd3",
  createdAtMs: 1_795_428_000_000,
};
const TOKEN_SECRET = Buffer.from("0123456789abcdefghijklmnopqrstuv");

/** In clear, and without a key beside it. */
async function leaveOldFolder(dataDir: string): Promise<void> {
  mkdirSync(dataDir, { recursive: true });
  // One of another layout is refused before anything is sealed.
  claimLayout(dataDir);
  const services = await startServices({ dataDir, s3Port: 0 });
  const stateTable = (await provision(readResources(), services)).get("StateTable")?.ref ?? "";
  const client = new DynamoDBClient({
    endpoint: services.dynamodbEndpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  await dynamodbAccessKeys({ client, stateTable }).create(KEY);
  await dynamodbSecrets({ client, stateTable }).keepOnce("tokens", TOKEN_SECRET);
  client.destroy();
  await services.stop();
  rmSync(join(dataDir, "key"));
}

/** Files that show `text` in clear or in base64, as DynamoDB writes bytes. */
function filesWith(directory: string, text: Buffer): readonly string[] {
  const base64 = Buffer.from(text.toString("base64").replace(/=+$/, ""));
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((file) => {
      const bytes = readFileSync(file);
      return bytes.includes(text) || bytes.includes(base64);
    });
}

const secretFiles = (dataDir: string) => [
  ...filesWith(dataDir, Buffer.from(KEY.secret)),
  ...filesWith(dataDir, TOKEN_SECRET),
];

async function countStreams(endpoint: string): Promise<number> {
  const client = new KinesisClient({
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: KEY.id, secretAccessKey: KEY.secret },
  });
  const { StreamNames = [] } = await client.send(new ListStreamsCommand({}));
  client.destroy();
  return StreamNames.length;
}

it("takes over a folder with secrets in clear, and a copy of it, and shows none", async () => {
  const dataDir = join(scratch, "older");
  await leaveOldFolder(dataDir);
  expect(secretFiles(dataDir)).not.toEqual([]);

  const stack = await startStack({ dataDir });
  expect(await countStreams(stack.apiEndpoint)).toBe(0);
  expect(secretFiles(dataDir)).toEqual([]);
  expect(statSync(join(dataDir, "key")).mode & 0o777).toBe(0o600);
  await stack.stop();
  expect(secretFiles(dataDir)).toEqual([]);

  const copy = join(scratch, "copy");
  cpSync(dataDir, copy, { recursive: true });
  const second = await startStack({ dataDir: copy });
  expect(await countStreams(second.apiEndpoint)).toBe(0);
  await second.stop();
}, 180_000);
