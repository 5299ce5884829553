import { expect, test } from "vitest";
import { formatSequenceNumber, parseSequenceNumber } from "../../../src/log/sequence.ts";
import {
  endingSequenceNumber,
  startingSequenceNumber,
} from "../../../src/streams/shard-sequence.ts";
import { splitShard } from "../../../src/streams/split-and-merge.ts";
import { CREATED_AT_MS, newWorld } from "./reshards.ts";

const [first, second] = newWorld(2).shards;
const closed = {
  ...first!,
  closed: { atMs: CREATED_AT_MS + 5000, finalBlockIndex: 9, childIndexes: [] },
};

test("a shard starts at the number that Kinesis gives it", () => {
  expect(startingSequenceNumber(first!)).toBe(
    "49646437577108476416916876405825929425585429676275269634",
  );
  expect(startingSequenceNumber(second!)).toBe(
    "49646437577130777162115407028967465143858078037781250066",
  );
});

test("an open shard has no end; a closed one ends with every bit of the counter set", () => {
  expect(endingSequenceNumber(first!)).toBeUndefined();
  const digits = BigInt(endingSequenceNumber(closed)!).toString(16);
  expect(digits.slice(11, 27)).toBe("7fffffffffffffff");
  expect(parseSequenceNumber(endingSequenceNumber(closed)!)?.arrivedAtMs).toBe(
    CREATED_AT_MS + 5000,
  );
});

test("records lie between a shard's two ends, and children after the parent's", () => {
  const record = formatSequenceNumber({
    shardCreatedAtMs: CREATED_AT_MS,
    shardIndex: 0,
    blockIndex: 8,
    position: 499,
    arrivedAtMs: CREATED_AT_MS + 60_000,
  });
  const moment = { nextIndex: 2, nowMs: CREATED_AT_MS };
  const [child] = splitShard(first!, 100n, moment)!.children;
  const inOrder = [
    startingSequenceNumber(first!),
    record,
    endingSequenceNumber(closed)!,
    startingSequenceNumber(child!),
  ].map(BigInt);
  expect(inOrder.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(inOrder);
});
