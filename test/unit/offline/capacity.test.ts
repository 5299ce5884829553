import { describe, expect, it } from "vitest";
import { createCapacity, type Demand } from "../../../offline/services/capacity/buckets.ts";
import { CALLS, itemBytes } from "../../../offline/services/capacity/demands.ts";

const write = (partition: string, units = 1): Demand => ({
  table: "log",
  kind: "Write",
  partition,
  units,
});

function capacityAt(clock: { ms: number }) {
  const capacity = createCapacity(() => clock.ms);
  /** How many of so many are let in. */
  const offer = (count: number, demand: Demand) =>
    Array.from({ length: count }, () => capacity.take([demand])).filter(
      (lack) => lack === undefined,
    ).length;
  return { ...capacity, offer };
}

describe("a partition key", () => {
  it("takes a thousand writes a second and as many that were not used in the one before, whatever others take", () => {
    const clock = { ms: 0 };
    const { offer } = capacityAt(clock);
    let taken = 0;
    for (; clock.ms < 10_000; clock.ms += 10) taken += offer(20, write("a"));
    expect(taken).toBeGreaterThanOrEqual(10_990);
    expect(taken).toBeLessThanOrEqual(11_000);
    expect(offer(500, write("b"))).toBe(500);
    expect(offer(5000, { table: "log", kind: "Read", partition: "a", units: 1 })).toBe(3000);
  });

  it("pays afterwards for what cost more than could be known, and says what is lacking", () => {
    const clock = { ms: 0 };
    const { take, settle } = capacityAt(clock);
    const demands = [write("a")];
    expect(take(demands)).toBeUndefined();
    settle(demands, 1500);
    expect(take(demands)).toEqual({ demand: demands[0], isKey: true });
    clock.ms += 499;
    expect(take(demands)).toBeDefined();
    clock.ms += 2;
    expect(take(demands)).toBeUndefined();
  });

  it("takes all of a transaction or nothing", () => {
    const { take, offer } = capacityAt({ ms: 0 });
    expect(take([write("a", 600), write("b", 600), write("b", 600)])).toBeDefined();
    expect([offer(2000, write("a")), offer(2000, write("b"))]).toEqual([1000, 1000]);
  });
});

it("lets a table take four thousand a second, and twice its best second when half an hour has passed", () => {
  const clock = { ms: 0 };
  const { offer, take } = capacityAt(clock);
  const keys = Array.from({ length: 20 }, (_, i) => write(`key-${i}`));
  const burst = () => keys.reduce((sum, demand) => sum + offer(1000, demand), 0);
  expect(burst()).toBe(4000);
  expect(take([write("another")])).toMatchObject({ isKey: false });
  clock.ms += 31 * 60_000;
  burst();
  clock.ms += 10_000;
  expect(burst()).toBe(8000);
});

describe("what a request wants", () => {
  const keyOf = () => "pk";
  const Item = {
    pk: { S: "a" },
    sk: { S: "b" },
    body: { B: Buffer.alloc(3000).toString("base64") },
  };

  it("of a put is its item's size", () => {
    expect(CALLS["PutItem"]?.({ TableName: "log", Item }, keyOf)).toEqual([
      { table: "log", kind: "Write", partition: '{"S":"a"}', units: 3 },
    ]);
    expect(itemBytes(Item)).toBe(3 + 3 + 3004);
    expect(itemBytes({ l: { L: [{ N: "-12.5" }, { M: { a: { BOOL: true } } }] } })).toBe(
      1 + 3 + (1 + 4) + (1 + (3 + 1 + 2)),
    );
  });

  it("of a query is the partition that its condition names", () => {
    const query = {
      TableName: "arn:aws:dynamodb:us-east-1:000000000000:table/log",
      KeyConditionExpression: "#b BETWEEN :from AND :to AND #a = :pk",
      ExpressionAttributeNames: { "#a": "pk", "#b": "sk" },
      ExpressionAttributeValues: { ":pk": { S: "a" }, ":from": { S: "0" }, ":to": { S: "9" } },
    };
    expect(CALLS["Query"]?.(query, keyOf)).toEqual([
      { table: "log", kind: "Read", partition: '{"S":"a"}', units: 0.5 },
    ]);
    expect(CALLS["Query"]?.({ ...query, IndexName: "by-name" }, keyOf)[0]?.table).toBe(
      "log/index/by-name",
    );
  });

  it("of a transaction is the double, for each of its actions", () => {
    const TransactItems = [
      { Put: { TableName: "log", Item } },
      { Update: { TableName: "state", Key: { pk: { S: "c" } } } },
    ];
    expect(CALLS["TransactWriteItems"]?.({ TransactItems }, keyOf)).toMatchObject([
      { table: "log", partition: '{"S":"a"}', units: 6 },
      { table: "state", partition: '{"S":"c"}', units: 2 },
    ]);
  });

  it("of a batch is that of all its items", () => {
    const RequestItems = {
      log: [{ PutRequest: { Item } }, { DeleteRequest: { Key: { pk: { S: "d" } } } }],
    };
    expect(CALLS["BatchWriteItem"]?.({ RequestItems }, keyOf)).toMatchObject([
      { partition: '{"S":"a"}', units: 3 },
      { partition: '{"S":"d"}', units: 1 },
    ]);
  });
});
