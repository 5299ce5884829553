import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decodeRecordId,
  encodeRecordId,
  type RecordPlace,
} from "../../../../src/operations/firehose/record-id.ts";

const place: fc.Arbitrary<RecordPlace> = fc.record({
  generation: fc
    .uint8Array({ minLength: 8, maxLength: 8 })
    .map((bytes) => Buffer.from(bytes).toString("hex")),
  lane: fc.nat({ max: 9999 }),
  blockIndex: fc.nat({ max: 2 ** 48 - 1 }),
  position: fc.nat({ max: 2 ** 32 - 1 }),
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

  it("is not read from other text", () => {
    expect(decodeRecordId("access-logs", "")).toBeUndefined();
    expect(decodeRecordId("access-logs", "no id at all")).toBeUndefined();
  });
});
