import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BLOCK_MAX_RECORDS } from "../../../src/log/sequence.ts";
import { decodeRecordId, recordIds, type RecordPlace } from "../../../src/delivery/record-id.ts";

const encodeRecordId = (streamName: string, at: RecordPlace) => recordIds(streamName, at, 1)[0]!;

const place: fc.Arbitrary<RecordPlace> = fc.record({
  generation: fc
    .uint8Array({ minLength: 8, maxLength: 8 })
    .map((bytes) => Buffer.from(bytes).toString("hex")),
  lane: fc.nat({ max: 2 ** 32 - 1 }),
  blockIndex: fc.nat({ max: 2 ** 48 - 1 }),
  position: fc.nat({ max: BLOCK_MAX_RECORDS - 1 }),
  arrivedAtMs: fc.nat({ max: 2 ** 48 - 1 }),
});

describe("a record id", () => {
  it("is sixty characters of base64 that lead back to the record", () => {
    fc.assert(
      fc.property(place, (at) => {
        const id = encodeRecordId("access-logs", at);
        expect(id).toMatch(/^[A-Za-z0-9+/]{60}$/);
        expect(decodeRecordId("access-logs", id)).toEqual(at);
      }),
    );
  });

  it("belongs to one stream", () => {
    fc.assert(
      fc.property(place, (at) => {
        expect(decodeRecordId("other", encodeRecordId("access-logs", at))).toBeUndefined();
      }),
    );
  });

  it("is not read when a character is changed", () => {
    fc.assert(
      fc.property(place, fc.nat({ max: 59 }), (at, index) => {
        const id = encodeRecordId("access-logs", at);
        const changed = id.slice(0, index) + (id[index] === "A" ? "B" : "A") + id.slice(index + 1);
        expect(decodeRecordId("access-logs", changed)).toBeUndefined();
      }),
    );
  });

  it("differs for every record of a block", () => {
    const first = { ...fc.sample(place, 1)[0]!, position: 0 };
    const ids = recordIds("access-logs", first, BLOCK_MAX_RECORDS);
    expect(new Set(ids).size).toBe(BLOCK_MAX_RECORDS);
    expect(decodeRecordId("access-logs", ids.at(-1)!)?.position).toBe(BLOCK_MAX_RECORDS - 1);
  });

  it("is not read from other text", () => {
    expect(decodeRecordId("access-logs", "")).toBeUndefined();
    expect(decodeRecordId("access-logs", "no id at all")).toBeUndefined();
  });
});
