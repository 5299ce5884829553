import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ShardKey } from "../../../../src/log/store.ts";
import { blockKey, chunksOf, parseLogKey, ringKey } from "../../../../src/storage/dynamodb/keys.ts";

const SHARD = "kinesis/clicks/5c1f09ab27de4410/0000000003" as ShardKey;

describe("the keys of blocks", () => {
  it("put 64 neighbours under one partition key, and the next under another", () => {
    const partition = (index: number) => blockKey(SHARD, index)["pk"]?.S;
    expect(partition(0)).toBe(`${SHARD}#0000000000000`);
    expect(partition(63)).toBe(partition(0));
    expect(partition(64)).toBe(`${SHARD}#0000000000001`);
    expect(partition(2 ** 47 - 1)).toBe(`${SHARD}#2199023255551`);
  });

  it("are those that the chunks of a range name, each once and in order", () => {
    const places = fc.tuple(fc.nat({ max: 1_000_000 }), fc.nat({ max: 300 }));
    fc.assert(
      fc.property(places, ([from, length]) => {
        const range = { shard: SHARD, from, to: from + length };
        const named = [...chunksOf(range)].flatMap(({ partition, first, last }) => {
          const indexes = Array.from(
            { length: Number(last) - Number(first) + 1 },
            (_, i) => Number(first) + i,
          );
          return indexes.map((index) => ({ index, partition }));
        });
        const expected = Array.from({ length }, (_, i) => ({
          index: from + i,
          partition: blockKey(SHARD, from + i)["pk"]?.S,
        }));
        expect(named).toEqual(expected);
        expect([...chunksOf(range)].at(-1)?.end ?? range.to).toBe(range.to);
      }),
    );
  });

  it("tell the doorbell the shard, and those of rings the time as well", () => {
    const parsed = (item: ReturnType<typeof blockKey>) =>
      parseLogKey(item["pk"]?.S ?? "", item["sk"]?.S ?? "");
    expect(parsed(blockKey(SHARD, 12_345))).toEqual({ shard: SHARD });
    expect(parsed(ringKey(SHARD, 1_795_428_000_123))).toEqual({
      shard: SHARD,
      openedAtMs: 1_795_428_000_123,
    });
  });
});
