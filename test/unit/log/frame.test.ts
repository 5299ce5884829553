import fc from "fast-check";
import { expect, test } from "vitest";
import { packRecords, unpackRecords } from "../../../src/log/frame.ts";
import { recordBytes } from "../../../src/log/record.ts";

const bytesOf = (records: readonly { readonly data: Uint8Array }[]) =>
  records.map(({ data }) => Buffer.from(data).toString("base64"));

test("records come back as they were, empty ones and none at all included", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 40 }), (datas) => {
      const records = datas.map((data) => ({ data }));
      expect(bytesOf(unpackRecords(packRecords(records)))).toEqual(bytesOf(records));
    }),
  );
});

test("partition keys come back with their records, whatever their letters", () => {
  const keyed = fc.record({ partitionKey: fc.string({ unit: "grapheme" }), data: fc.uint8Array() });
  fc.assert(
    fc.property(fc.array(keyed, { minLength: 1 }), (records) => {
      const recordCount = records.length;
      const byteCount = records.reduce((sum, record) => sum + recordBytes(record), 0);
      const back = unpackRecords(packRecords(records), { recordCount, byteCount });
      expect(back.map(({ partitionKey }) => partitionKey)).toEqual(
        records.map(({ partitionKey }) => partitionKey),
      );
      expect(bytesOf(back)).toEqual(bytesOf(records));
    }),
  );
});

test("a record of more than 2 MiB comes back whole", () => {
  const data = Buffer.alloc(2 ** 21 + 5, "0123456789");
  const packed = packRecords([{ data }]);
  // Whatever is known of it, and be it wrong.
  for (const known of [
    undefined,
    { recordCount: 1, byteCount: data.length },
    { recordCount: 0, byteCount: 0 },
  ]) {
    expect(bytesOf(unpackRecords(packed, known))).toEqual(bytesOf([{ data }]));
  }
});

test("records that resemble each other shrink", () => {
  const records = Array.from({ length: 500 }, (_, i) => ({
    data: Buffer.from(`203.0.113.9 - - "GET /page/${i} HTTP/1.1" 200`),
  }));
  const total = records.reduce((sum, { data }) => sum + data.length, 0);
  expect(packRecords(records).length).toBeLessThan(total / 4);
});

test("a lone small record stays raw: two bytes more than its data", () => {
  expect(packRecords([{ data: Buffer.from("hello") }])).toHaveLength(7);
});

test.each([
  ["an unknown encoding", Uint8Array.of(7, 1, 2)],
  ["a length without data", Uint8Array.of(0, 5, 1)],
  ["a length without end", Uint8Array.of(0, 0x80)],
  ["a key without a record", Uint8Array.of(2, 1, 65)],
])("refuses %s", (_what, body) => {
  expect(() => unpackRecords(body)).toThrow(/^block body: /);
});
