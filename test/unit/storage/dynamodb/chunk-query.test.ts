import { DynamoDBClient, QueryCommand } from "@aws-sdk/client-dynamodb";
import { mockClient } from "aws-sdk-client-mock";
import { beforeEach, describe, expect, it } from "vitest";
import type { ShardKey } from "../../../../src/log/store.ts";
import { queryChunks } from "../../../../src/storage/dynamodb/chunk-query.ts";
import { patientCalls } from "../../../../src/storage/dynamodb/prompt-calls.ts";

const SHARD = "firehose/access-logs/5c1f09ab27de4410/0000" as ShardKey;
const dynamodb = mockClient(DynamoDBClient);
const ports = { reads: patientCalls(new DynamoDBClient({})), logTable: "log" };

beforeEach(() => dynamodb.reset());

/** A table whose chunks hold what `itemCount` says; answers how many queries were under way at most. */
function serve(itemCount: (chunk: number) => number) {
  const counts = { underWay: 0, mostUnderWay: 0, asked: 0 };
  dynamodb.on(QueryCommand).callsFake(async ({ ExpressionAttributeValues: values }) => {
    counts.asked++;
    counts.mostUnderWay = Math.max(counts.mostUnderWay, ++counts.underWay);
    await new Promise(setImmediate);
    counts.underWay--;
    const chunk = Number(values[":chunk"].S.split("#")[1]);
    return { Items: Array.from({ length: itemCount(chunk) }, () => ({ pk: values[":chunk"] })) };
  });
  return counts;
}

describe("a query over chunks", () => {
  it("asks for two chunks when only the first block is wanted", async () => {
    const counts = serve(() => 64);
    for await (const item of queryChunks(ports, { shard: SHARD, from: 0, to: 1_000_000 })) {
      expect(item["pk"]?.S).toMatch(/#0+$/);
      break;
    }
    expect(counts.asked).toBe(2);
  });

  it("has a few under way in a long read, and more of them where there is nothing", async () => {
    const full = serve(() => 64);
    let itemCount = 0;
    for await (const _ of queryChunks(ports, { shard: SHARD, from: 0, to: 6400 })) itemCount++;
    expect(itemCount).toBe(6400);
    expect(full).toMatchObject({ asked: 100, mostUnderWay: 4 });

    const empty = serve((chunk) => (chunk === 999 ? 1 : 0));
    const found = [];
    for await (const item of queryChunks(ports, { shard: SHARD, from: 0, to: 64_000 })) {
      found.push(item);
    }
    expect(found).toHaveLength(1);
    expect(empty).toMatchObject({ asked: 1000, mostUnderWay: 32 });
  });

  it("goes on within a chunk whose blocks are larger than a page", async () => {
    const after = { pk: { S: "x" }, sk: { S: "y" } };
    dynamodb
      .on(QueryCommand)
      .resolvesOnce({ Items: [{ n: { N: "1" } }], LastEvaluatedKey: after })
      .on(QueryCommand, { ExclusiveStartKey: after })
      .resolves({ Items: [{ n: { N: "2" } }] });
    const numbers = [];
    for await (const item of queryChunks(ports, { shard: SHARD, from: 0, to: 64 })) {
      numbers.push(item["n"]?.N);
    }
    expect(numbers).toEqual(["1", "2"]);
  });

  it("fails when the chunk that failed has its turn, and not before", async () => {
    dynamodb.on(QueryCommand).callsFake(async ({ ExpressionAttributeValues: values }) => {
      if (values[":chunk"].S.endsWith("1")) throw new Error("out of reach");
      return { Items: [{ pk: values[":chunk"] }] };
    });
    const found: unknown[] = [];
    const read = async () => {
      for await (const item of queryChunks(ports, { shard: SHARD, from: 0, to: 128 })) {
        found.push(item);
      }
    };
    await expect(read()).rejects.toThrow("out of reach");
    expect(found).toHaveLength(1);
  });
});
