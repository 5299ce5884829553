import { describe, expect, it } from "vitest";
import {
  BLOCK_INDEX_MAX,
  BLOCK_MAX_RECORDS,
  parseSequenceNumber,
} from "../../../src/log/sequence.ts";
import { sequenceStart } from "../../../src/streams/iterator-start.ts";
import { recordSequenceNumber } from "../../../src/streams/record-sequence.ts";
import {
  endingSequenceNumber,
  numberBefore,
  startingSequenceNumber,
} from "../../../src/streams/shard-sequence.ts";
import type { Shard } from "../../../src/streams/stream.ts";

const CREATED_MS = 1_795_428_000_700;
const shard: Shard = { index: 3, range: { start: 0n, end: 9n }, createdAtMs: CREATED_MS };
const HEAD = 10;
const start = (text: string, which: "at" | "after", of = shard) =>
  sequenceStart(of, text, which, HEAD);
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

  it("begins at the same place either way for a number between two records", () => {
    const number = numberBefore(shard, { blockIndex: 7, position: 3 });
    expect(BigInt(number)).toBeGreaterThan(BigInt(numberAt(7, 2)));
    expect(BigInt(number)).toBeLessThan(BigInt(numberAt(7, 3, CREATED_MS)));
    expect(start(number, "at")).toEqual(record(7, 3));
    expect(start(number, "after")).toEqual(record(7, 3));
  });

  it("begins at the tip for what was not given yet", () => {
    expect(start(numberAt(12, 4), "at")).toEqual(record(HEAD, 0));
  });

  it("cannot begin at a closed shard's ending number, nor where an open one's would be", () => {
    const closed = {
      ...shard,
      closed: { atMs: CREATED_MS + 9000, finalBlockIndex: HEAD, childIndexes: [] },
    };
    const ending = endingSequenceNumber(closed)!;
    for (const which of ["at", "after"] as const) {
      expect(start(ending, which, closed)).toEqual({ kind: "end" });
      expect(start(ending, which)).toEqual({ kind: "end" });
    }
    const last = numberAt(BLOCK_INDEX_MAX, BLOCK_MAX_RECORDS - 2);
    expect(start(last, "after", closed)).toEqual(record(HEAD, 0));
  });

  it("names the shard that a number came from", () => {
    const other = startingSequenceNumber({ ...shard, index: 5 });
    expect(start(other, "at")).toEqual({ kind: "otherShard", shardIndex: 5 });
  });

  it("knows a number of an earlier stream of the name", () => {
    const earlier = startingSequenceNumber({ ...shard, createdAtMs: CREATED_MS - 60_000 });
    expect(start(earlier, "at")).toEqual({ kind: "otherStream" });
    const earlierShard = { ...shard, index: 1, createdAtMs: CREATED_MS - 60_000 };
    const number = startingSequenceNumber(earlierShard);
    expect(start(number, "at")).toEqual({ kind: "otherShard", shardIndex: 1 });
  });

  it("takes numbers of Kinesis's older kinds for another shard's or stream's, and the rest for none", () => {
    const hex = (digits: string) => String(BigInt(`0x${digits}`));
    const version1 = hex(`${"2".padEnd(38, "0")}000000031`);
    for (const old of ["3", version1]) expect(start(old, "at")).toEqual({ kind: "otherStream" });
    expect(start("5", "at")).toEqual({ kind: "otherShard", shardIndex: 5 });
    const negative = hex("20000000000000000000000000000000000000800000002");
    expect(start(negative, "at")).toEqual({ kind: "otherShard", shardIndex: -(2 ** 31) });
    const version3 = hex(`${"2".padEnd(46, "0")}3`);
    const tooLateFirst = hex("13bb2cc3d80000000000000000000000");
    const tooLate = hex("23bb2cc3d80000000000000000000000000000000000032");
    for (const bad of [version3, tooLateFirst, tooLate, "9".repeat(129)])
      expect(start(bad, "after")).toEqual({ kind: "malformed" });
  });
});
