import { DynamoDBClient, type QueryCommandInput } from "@aws-sdk/client-dynamodb";
import { mockClient } from "aws-sdk-client-mock";
import { expect, test } from "vitest";
import type { ShardKey } from "../../../../src/log/store.ts";
import { dynamodbReaders, newReaderItem } from "../../../../src/storage/dynamodb/readers.ts";

const SHARD = "firehose/clicks/5c1f09ab27de4410/0000" as ShardKey;

test("lists the readers of a shard on all pages", async () => {
  const state = {
    checkpoint: { blockIndex: 1, recordOffset: 2, byteOffset: 3 },
    wakeRule: { sizeBytes: 1, intervalMs: 0 },
  };
  const items = ["a", "b", "c"].map((id) => newReaderItem(SHARD, id, state));
  const asked: QueryCommandInput["ExclusiveStartKey"][] = [];
  const reads = {
    getItem: () => Promise.reject(new Error("nothing is got")),
    async query({ ExclusiveStartKey: after }: QueryCommandInput) {
      asked.push(after);
      const index = asked.length - 1;
      const last = index < 2 && { LastEvaluatedKey: { sk: { S: `${index}` } } };
      return { $metadata: {}, Items: [items[index]!], ...last };
    },
  };
  const client = new DynamoDBClient({ region: "us-east-1" });
  const readers = await dynamodbReaders({ client, stateTable: "state", reads }).list(SHARD);
  expect(readers.map(({ readerId }) => readerId)).toEqual(["a", "b", "c"]);
  expect(asked).toEqual([undefined, { sk: { S: "0" } }, { sk: { S: "1" } }]);
});

test("tries a heartbeat once and soon tells that it failed, for the lease lasts no longer than patience would", async () => {
  const client = new DynamoDBClient({ region: "us-east-1", maxAttempts: 8 });
  const patient = mockClient(client);
  let beatCount = 0;
  const beats = {
    updateItem: () => {
      beatCount += 1;
      return Promise.reject(new Error("too busy"));
    },
  };
  const readers = dynamodbReaders({ client, stateTable: "state", beats });
  const lease = { shard: SHARD, readerId: "a", epoch: 1 };
  await expect(readers.renew(lease, 1000)).rejects.toThrow("too busy");
  expect(beatCount).toBe(1);
  expect(patient.calls()).toHaveLength(0);
});
