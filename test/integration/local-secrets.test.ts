/**
 * Secrets of access keys on a laptop: no file of the data folder shows one, copies open as the original does, and a folder
 * without its key is refused.
 */
import {
  cpSync,
  existsSync,
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
import { systemRandom } from "../../src/random.ts";
import { dynamodbAccessKeys } from "../../src/storage/dynamodb/access-keys.ts";
import { sealFromFile } from "../../src/storage/seal.ts";
import { spawnStart, startStack, type StackProcess } from "../helpers/stack-process.ts";

const scratch = mkdtempSync(join(tmpdir(), "hydrant-secrets-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const KEY = {
  id: "HYDOLDER",
  secret: "JAbZ27qQoS0mEvErYsEcReT9XKd3",
  createdAtMs: 1_795_428_000_000,
};
/** As the stack's own tools do it. */
async function createKey({ dynamodbEndpoint, dataDir }: StackProcess): Promise<void> {
  const client = new DynamoDBClient({
    endpoint: dynamodbEndpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  const seal = sealFromFile(join(dataDir, "key"), systemRandom)!;
  await dynamodbAccessKeys({ client, stateTable: "hydrant-dev-state", seal }).create(KEY);
  client.destroy();
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

it("no file of a folder shows a secret, a copy of it opens, and without its key it is refused", async () => {
  const dataDir = join(scratch, "data");
  const stack = await startStack({ dataDir });
  await createKey(stack);
  expect(await countStreams(stack.apiEndpoint)).toBe(0);
  expect(filesWith(dataDir, Buffer.from(KEY.id))).not.toEqual([]);
  expect(filesWith(dataDir, Buffer.from(KEY.secret))).toEqual([]);
  expect(statSync(join(dataDir, "key")).mode & 0o777).toBe(0o600);
  await stack.stop();
  expect(filesWith(dataDir, Buffer.from(KEY.secret))).toEqual([]);

  const copy = join(scratch, "copy");
  cpSync(dataDir, copy, { recursive: true });
  const second = await startStack({ dataDir: copy });
  expect(await countStreams(second.apiEndpoint)).toBe(0);
  await second.stop();

  rmSync(join(copy, "key"));
  const third = spawnStart([], { HYDRANT_DATA_DIR: copy, HYDRANT_PORT: "0" });
  expect(await third.ended).not.toBe(0);
  expect(third.output()).toContain(`${join(copy, "key")} is missing`);
  expect(existsSync(join(copy, "key"))).toBe(false);
}, 180_000);
