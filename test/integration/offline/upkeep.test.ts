/** What the embedded DynamoDB leaves to us: expired items and old stream rows go, numbering goes on. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, it } from "vitest";
import { callAws } from "../../../offline/aws-json.ts";
import { startDynamodb, type RunningDynamodb } from "../../../offline/services/dynamodb.ts";
import { deleteExpired } from "../../../offline/services/expiry.ts";
import { openStreamRecords } from "../../../offline/services/stream-records.ts";

const directory = mkdtempSync(join(tmpdir(), "hydrant-upkeep-"));
const file = join(directory, "tables.db");
const DAY_MS = 24 * 60 * 60 * 1000;
let running: RunningDynamodb;

const call = <T>(operation: string, input: object) =>
  callAws<T>(running.endpoint, `DynamoDB_20120810.${operation}`, input);
const put = (pk: string, expiresAt: number) =>
  call("PutItem", {
    TableName: "items",
    Item: { pk: { S: pk }, expiresAt: { N: String(expiresAt) } },
  });
const sequenceNumbers = () => {
  const db = new DatabaseSync(file, { readOnly: true });
  const rows = db.prepare("SELECT sequence_number FROM _stream_records ORDER BY id").all();
  db.close();
  return rows.map((row) => Number(row["sequence_number"]));
};

beforeAll(async () => {
  running = await startDynamodb(file);
  await call("CreateTable", {
    TableName: "items",
    KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
    AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
    BillingMode: "PAY_PER_REQUEST",
    StreamSpecification: { StreamEnabled: true, StreamViewType: "KEYS_ONLY" },
  });
  await call("UpdateTimeToLive", {
    TableName: "items",
    TimeToLiveSpecification: { AttributeName: "expiresAt", Enabled: true },
  });
});
afterAll(() => {
  running.process.kill("SIGKILL");
  rmSync(directory, { recursive: true, force: true });
});

it("deletes the items whose time has come, and only those", async () => {
  await put("gone", 1000);
  await put("stays", 2000);
  await deleteExpired(running.endpoint, 1_500_000);
  const { Items } = await call<{ Items: readonly { pk: { S: string } }[] }>("Scan", {
    TableName: "items",
  });
  expect(Items.map(({ pk }) => pk.S)).toEqual(["stays"]);
});

it("trims old stream rows but the newest, from which numbering continues", async () => {
  const records = openStreamRecords(file);
  const before = sequenceNumbers();
  records.trim(Date.now());
  expect(sequenceNumbers()).toEqual(before);
  records.trim(Date.now() + DAY_MS + 60_000);
  expect(sequenceNumbers()).toEqual(before.slice(-1));
  records.close();
  await put("later", 3000);
  expect(sequenceNumbers().at(-1)).toBe((before.at(-1) ?? 0) + 1);
});
