/** What the twins' model takes for an item's size, beside the items that the adapters write. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { expect, test } from "vitest";
import type { Block, ShardKey } from "../../../../src/log/store.ts";
import { counterKey, type Item } from "../../../../src/storage/dynamodb/keys.ts";
import { dynamodbLog } from "../../../../src/storage/dynamodb/log.ts";
import { createCapacity } from "../../../../src/storage/memory/capacity.ts";
import { itemBytes, requestsTo } from "../../../../src/storage/memory/limited.ts";
import {
  COUNTER_BYTES,
  entryBytes,
  limitedLog,
  TOMBSTONE_BYTES,
} from "../../../../src/storage/memory/limited-log.ts";
import { memoryLog } from "../../../../src/storage/memory/log.ts";

const SHARD = "kinesis/access-logs/5c1f09ab27de4410/0000000000" as ShardKey;
const NOW_MS = 1_790_000_000_000;

const BLOCK: Block = {
  kind: "data",
  shard: SHARD,
  index: 123_456,
  firstRecord: 123_456_789,
  recordCount: 500,
  byteOffset: 123_456_789_012,
  byteCount: 512_000,
  arrivedAtMs: NOW_MS,
  expiresAtMs: NOW_MS + 86_400_000,
  token: "0123456789abcdef",
  body: { kind: "inline", bytes: new Uint8Array(700) },
};

/** What the adapter would put into the log table. */
async function itemsOf(act: (log: ReturnType<typeof dynamodbLog>) => Promise<unknown>) {
  const items: Item[] = [];
  const put = (input: { readonly Item?: Item | undefined }) => {
    if (input.Item) items.push(input.Item);
    return Promise.resolve({ $metadata: {} });
  };
  const other = () => Promise.reject(new Error("nothing else is asked for"));
  const calls = { putItem: put, updateItem: other, getItem: other };
  const client = new DynamoDBClient({ region: "us-east-1" });
  await act(dynamodbLog({ client, logTable: "log", stateTable: "state", calls, fillCalls: calls }));
  return items;
}

test("blocks and tombstones are as large as their items, within a tenth", async () => {
  const [block] = await itemsOf((log) => log.write(BLOCK));
  const [tombstone] = await itemsOf((log) => log.fill(SHARD, 123_456, BLOCK.expiresAtMs));
  expect(entryBytes(BLOCK) / itemBytes(block!)).toBeCloseTo(1, 1);
  expect(Math.abs(TOMBSTONE_BYTES - itemBytes(tombstone!))).toBeLessThan(30);
});

test("a counter is one unit", () => {
  const counter = {
    ...counterKey(SHARD),
    ...Object.fromEntries(
      ["blocks", "records", "bytes", "windowSecond", "windowRecords", "windowBytes"].map((name) => [
        name,
        { N: "123456789" },
      ]),
    ),
  };
  expect(itemBytes(counter)).toBeLessThanOrEqual(COUNTER_BYTES);
});

test("sizes are counted as DynamoDB documents them", () => {
  expect(itemBytes({ pk: { S: "ab" }, n: { N: "1234567" }, b: { B: new Uint8Array(5) } })).toBe(
    2 + 2 + (1 + 5) + (1 + 5),
  );
  expect(itemBytes({ m: { M: { a: { BOOL: true } } }, l: { L: [{ S: "xy" }] } })).toBe(
    1 + 3 + (1 + 1) + 1 + (1 + 3 + 2 + 1),
  );
});

test("a range is read with one request for each chunk, whatever lies there", async () => {
  const capacity = createCapacity({ now: () => NOW_MS });
  const memory = memoryLog();
  memory.open(SHARD);
  for (const index of [0, 10, 70, 200]) await memory.write({ ...BLOCK, index });
  const found: number[] = [];
  for await (const { index } of limitedLog(memory, { capacity }).read({
    shard: SHARD,
    from: 0,
    to: 256,
  })) {
    found.push(index);
  }
  expect(found).toEqual([0, 10, 70, 200]);
  expect(capacity.figures().readUnits).toBe(4);
});

test("a new port's wrapper charges what it is told, and does nothing when that is refused", async () => {
  const capacity = createCapacity({ now: () => NOW_MS, limits: { keyWriteUnits: 2 } });
  const state = requestsTo({ capacity }, "state");
  let count = 0;
  const write = () => state.write(counterKey(SHARD), 1025, async () => ++count);
  await write();
  await expect(write()).rejects.toThrow(/too busy/);
  expect(count).toBe(1);
});
