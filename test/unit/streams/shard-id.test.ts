import fc from "fast-check";
import { expect, test } from "vitest";
import { formatShardId, parseShardId } from "../../../src/streams/shard-id.ts";

test("prints twelve digits", () => {
  expect(formatShardId(0)).toBe("shardId-000000000000");
  expect(formatShardId(2 ** 31 - 1)).toBe("shardId-002147483647");
});

test("reads what it prints", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 31 - 1 }), (index) => {
      expect(parseShardId(formatShardId(index))).toBe(index);
    }),
  );
});

test.each([
  ["shardId-0", 0],
  ["a-000", 0],
  ["-12", 12],
  ["0", 0],
  ["2147483647", 2147483647],
])("%s names shard %d", (text, index) => {
  expect(parseShardId(text)).toBe(index);
});

test.each([
  "",
  "ABC",
  "shardId-",
  "shardId-x",
  "shardId-1-2",
  "shardId-1.0",
  "2147483648",
  "0x1",
  " 1",
])("%j names no shard", (text) => {
  expect(parseShardId(text)).toBeUndefined();
});
