import { describe, expect, it } from "vitest";
import { parseSequenceNumber } from "../../../src/log/sequence.ts";
import { sequenceStart } from "../../../src/streams/iterator-start.ts";
import { recordSequenceNumber } from "../../../src/streams/record-sequence.ts";
import {
  endingSequenceNumber,
  startingSequenceNumber,
} from "../../../src/streams/shard-sequence.ts";
import type { Shard } from "../../../src/streams/stream.ts";

const CREATED_MS = 1_795_428_000_700;
const stream = { createdAtMs: CREATED_MS };
const shard: Shard = { index: 3, range: { start: 0n, end: 9n }, createdAtMs: CREATED_MS };
const HEAD = 10;
const start = (text: string, which: "at" | "after", of = shard) =>
  sequenceStart(stream, of, text, which, HEAD);
const numberAt = (blockIndex: number, position: number, arrivedAtMs = CREATED_MS + 5000) =>
  recordSequenceNumber(shard, { blockIndex, position, arrivedAtMs });
const record = (blockIndex: number, position: number) => ({
  kind: "start",
  start: { kind: "record", blockIndex, position },
});

describe("a record's number", () => {
  it("is above its shard's starting number from the first millisecond, and with a clock behind", () => {
    const lowest = BigInt(startingSequenceNumber(shard));
    for (const arrivedAtMs of [CREATED_MS - 10_000, CREATED_MS, CREATED_MS + 1]) {
      expect(BigInt(numberAt(0, 0, arrivedAtMs)) > lowest).toBe(true);
    }
  });

  it("tells where its record stands", () => {
    expect(parseSequenceNumber(numberAt(7, 9))).toMatchObject({ blockIndex: 7, position: 9 });
  });
});

describe("an iterator at a sequence number", () => {
  it("begins at the record, or behind it", () => {
    expect(start(numberAt(7, 2), "at")).toEqual(record(7, 2));
    expect(start(numberAt(7, 2), "after")).toEqual(record(7, 3));
  });

  it("begins with the first record for the shard's starting number, either way", () => {
    expect(start(startingSequenceNumber(shard), "at")).toEqual(record(0, 0));
    expect(start(startingSequenceNumber(shard), "after")).toEqual(record(0, 0));
  });

  it("begins at the tip for what was not given yet, and for the shard's ending number", () => {
    const closed = { ...shard, closed: { atMs: CREATED_MS + 9000, finalBlockIndex: HEAD } };
    expect(start(numberAt(12, 4), "at")).toEqual(record(HEAD, 0));
    expect(start(endingSequenceNumber(closed)!, "after", closed)).toEqual(record(HEAD, 0));
  });

  it("names the shard that a number came from", () => {
    const other = startingSequenceNumber({ ...shard, index: 5 });
    expect(start(other, "at")).toEqual({ kind: "otherShard", shardIndex: 5 });
  });

  it("knows a number of an earlier stream of the name", () => {
    const earlier = startingSequenceNumber({ ...shard, createdAtMs: CREATED_MS - 60_000 });
    expect(start(earlier, "at")).toEqual({ kind: "otherStream" });
    const earlierShard = { ...shard, index: 1, createdAtMs: CREATED_MS - 60_000 };
    expect(start(startingSequenceNumber(earlierShard), "at")).toEqual({ kind: "otherStream" });
  });

  it("takes numbers of Kinesis's older kinds for another stream's, and the rest for none", () => {
    const version1 = String(BigInt(`0x${"2".padEnd(46, "0")}1`));
    for (const old of ["0", "12345", version1])
      expect(start(old, "at")).toEqual({ kind: "otherStream" });
    const version3 = String(BigInt(`0x${"2".padEnd(46, "0")}3`));
    for (const bad of [version3, "9".repeat(129)])
      expect(start(bad, "after")).toEqual({ kind: "malformed" });
  });
});
