/** The doorbell has the rights that a ring takes, and none to what is not its own. */
import { expect, inject, test } from "vitest";
import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import type { ShardKey } from "../../src/log/store.ts";
import { SHARD_START, type WakeUp } from "../../src/readers/store.ts";
import { SweepSwitch } from "../../src/readers/sweep-switch.ts";
import { answerDoorbell } from "../../src/readers/wake.ts";
import { dynamodbDeliveryStreams } from "../../src/storage/dynamodb/delivery-streams.ts";
import { dynamodbLog, newCounterItem } from "../../src/storage/dynamodb/log.ts";
import { patientCalls } from "../../src/storage/dynamodb/prompt-calls.ts";
import { dynamodbReaders } from "../../src/storage/dynamodb/readers.ts";
import { dynamodbSweepNotes } from "../../src/storage/dynamodb/sweep-notes.ts";
import { seededRandom } from "../helpers/seeded-random.ts";
import { steppingClock } from "../helpers/stepping-clock.ts";
import { tablesUnder } from "../helpers/tables-under.ts";

const config = {
  endpoint: inject("dynamodbEndpoint"),
  region: "us-east-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
};
const names = { logTable: inject("logTable"), stateTable: inject("stateTable") };
const owner = { ...names, client: new DynamoDBClient(config) };
const ringing = tablesUnder("DoorbellRole");
/** All of its requests by the client that knows the role. */
const doorbell = { ...ringing, reads: patientCalls(ringing.client) };

test.each(["kinesis", "firehose"])("rings for a shard of %s by its own rights", async (kind) => {
  const shard = `${kind}/rung/${Date.now().toString(16)}/0000` as ShardKey;
  const Item = newCounterItem(shard);
  await owner.client.send(new PutItemCommand({ TableName: names.stateTable, Item }));
  const wakeRule = { sizeBytes: 1, intervalMs: 0 };
  await dynamodbReaders(owner).open(shard, "one", { checkpoint: SHARD_START, wakeRule });
  await dynamodbLog(owner).reserve(shard, { recordCount: 1, byteCount: 10 });
  const sent: WakeUp[] = [];
  const clock = steppingClock(Date.now());
  const notes = dynamodbSweepNotes(doorbell);
  const rule = { enable: () => Promise.resolve() };
  const ports = {
    log: dynamodbLog(doorbell),
    readers: dynamodbReaders(doorbell),
    queue: { send: async (wakeUp: WakeUp) => void sent.push(wakeUp) },
    sweep: new SweepSwitch({ notes, rule, clock, random: seededRandom(1) }),
    clock,
  };
  await answerDoorbell(ports, shard, clock.now());
  expect(sent).toEqual([{ shard, readerId: "one", blockIndex: 0 }]);
  const [woken] = await dynamodbReaders(owner).list(shard);
  expect(woken).toMatchObject({ woken: { level: "work" }, isNoted: true });
});

test("reads no delivery streams, and changes no counter", async () => {
  const streams = dynamodbDeliveryStreams(doorbell);
  await expect(streams.get("logs")).rejects.toThrow("DoorbellRole may not");
  const lane = "firehose/rung/0123456789abcdef/0000" as ShardKey;
  await expect(streams.sealLane(lane)).rejects.toThrow("DoorbellRole may not");
});
