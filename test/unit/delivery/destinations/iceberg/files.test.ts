/** The bytes of files: Avro's containers, Parquet's ids, bounds of columns. */
import { deflateRawSync, zstdCompressSync, crc32 } from "node:zlib";
import fc from "fast-check";
import { parquetMetadata } from "hyparquet";
import { snappyCompressor } from "hysnappy";
import { describe, expect, test } from "vitest";
import {
  type AvroRecord,
  AvroUnreadable,
  readAvroFile,
  writeAvroFile,
} from "../../../../../src/delivery/destinations/iceberg/avro.ts";
import {
  ColumnMetrics,
  metricsMembers,
} from "../../../../../src/delivery/destinations/iceberg/column-metrics.ts";
import { FileWriter } from "../../../../../src/delivery/destinations/iceberg/file-writer.ts";
import {
  parseLongs,
  printLongs,
} from "../../../../../src/delivery/destinations/iceberg/json-longs.ts";
import { readManifestList } from "../../../../../src/delivery/destinations/iceberg/manifest.ts";
import { RecordSet } from "../../../../../src/delivery/destinations/iceberg/record-set.ts";
import {
  leavesOf,
  type PrimitiveType,
  readSchema,
} from "../../../../../src/delivery/destinations/iceberg/types.ts";

const SCHEMA = {
  type: "record",
  name: "r",
  fields: [
    { name: "l", type: "long", "field-id": 7 },
    { name: "s", type: ["null", "string"] },
    { name: "b", type: "bytes" },
    { name: "a", type: { type: "array", items: "int" } },
    { name: "m", type: { type: "map", values: "double" } },
    { name: "f", type: { type: "fixed", name: "two", size: 2 } },
    { name: "again", type: ["null", "two"] },
    { name: "t", type: "boolean" },
  ],
};

const recordArbitrary: fc.Arbitrary<AvroRecord> = fc.record({
  l: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
  s: fc.option(fc.string()),
  b: fc.uint8Array(),
  a: fc.array(fc.integer()),
  m: fc.dictionary(
    fc.string({ minLength: 1 }).filter((key) => key !== "__proto__"),
    fc.double(),
  ),
  f: fc.uint8Array({ minLength: 2, maxLength: 2 }),
  again: fc.option(fc.uint8Array({ minLength: 2, maxLength: 2 })),
  t: fc.boolean(),
});

describe("Avro", () => {
  test("gives back what was written, ids of fields and all", () => {
    fc.assert(
      fc.property(fc.array(recordArbitrary), (records) => {
        const read = readAvroFile(writeAvroFile(SCHEMA, { k: "v" }, records));
        expect(read.records).toEqual(records);
        expect(read.metadata["k"]).toBe("v");
        expect(JSON.parse(read.metadata["avro.schema"]!)).toEqual(SCHEMA);
      }),
      { numRuns: 50 },
    );
  });

  const block = Buffer.from([2, 2 * 3, 97, 98, 99]);
  const schema =
    '{"type":"record","name":"r","fields":[{"name":"n","type":"int"},{"name":"s","type":"string"}]}';

  function file(codec: string, packed: Uint8Array): Uint8Array {
    const sized = (bytes: Uint8Array) => Buffer.concat([long(bytes.length), bytes]);
    const entry = (name: string, value: string) =>
      Buffer.concat([sized(Buffer.from(name)), sized(Buffer.from(value))]);
    const sync = Buffer.alloc(16, 7);
    return Buffer.concat([
      Buffer.from("Obj\u0001", "latin1"),
      long(2),
      entry("avro.schema", schema),
      entry("avro.codec", codec),
      long(0),
      sync,
      long(1),
      sized(packed),
      sync,
    ]);
  }

  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(block));
  test.each([
    ["null", block],
    ["deflate", deflateRawSync(block)],
    ["zstandard", zstdCompressSync(block)],
    ["snappy", Buffer.concat([snappyCompressor()(block), checksum])],
  ])("is read by others' compression: %s", (codec, packed) => {
    expect(readAvroFile(file(codec, packed)).records).toEqual([{ n: 1, s: "abc" }]);
  });

  test("that is none, ends early or is compressed otherwise is refused", () => {
    const good = file("null", block);
    for (const bad of [Buffer.from("{}"), good.subarray(0, -5), file("bzip2", block)]) {
      expect(() => readAvroFile(bad)).toThrow(AvroUnreadable);
    }
  });

  test("lists of manifests of version 1 are read by their old names", () => {
    const old = {
      type: "record",
      name: "manifest_file",
      fields: [
        { name: "manifest_path", type: "string" },
        { name: "added_data_files_count", type: ["null", "int"] },
      ],
    };
    const bytes = writeAvroFile(old, {}, [{ manifest_path: "p", added_data_files_count: 3 }]);
    expect(readManifestList(bytes)).toEqual([
      expect.objectContaining({ manifest_path: "p", added_files_count: 3, sequence_number: 0 }),
    ]);
  });
});

function long(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value * 2;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Buffer.from([...bytes, rest]);
}

test("64-bit numbers survive JSON", () => {
  const text =
    '{"snapshot-id":8744736658442914487,"n":1,"f":1.5,"none":-1,"s":"8744736658442914487"}';
  expect(parseLongs(text)).toEqual({
    "snapshot-id": 8_744_736_658_442_914_487n,
    n: 1,
    f: 1.5,
    none: -1,
    s: "8744736658442914487",
  });
  expect(printLongs(parseLongs(text))).toBe(text);
});

test("a set of records is kept as few bytes", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(5000)), (places) => {
      const set = new RecordSet();
      for (const place of places) set.add(place);
      const kept = new RecordSet(set.pack());
      expect(kept.size).toBe(places.length);
      for (let place = 0; place < 5000; place++) {
        expect(kept.has(place)).toBe(places.includes(place));
      }
    }),
    { numRuns: 20 },
  );
});

describe("bounds", () => {
  function bounds(type: PrimitiveType, values: readonly (string | Uint8Array | number | null)[]) {
    const field = { id: 1, name: "c", type, isRequired: false };
    const metrics = new ColumnMetrics({ field, type, path: [0] });
    for (const value of values) metrics.note([value]);
    const members = metricsMembers([metrics]) as Readonly<
      Record<string, readonly { readonly value: Uint8Array }[]>
    >;
    const [lower, upper] = [members["lower_bounds"], members["upper_bounds"]];
    return { lower: lower?.[0]?.value, upper: upper?.[0]?.value, members };
  }

  test("of texts enclose all of them, in the order of their bytes, and are short", () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: "grapheme", maxLength: 40 }), { minLength: 1 }),
        (texts) => {
          const { lower, upper } = bounds({ kind: "string" }, texts);
          for (const text of texts) {
            expect(Buffer.compare(lower!, Buffer.from(text))).toBeLessThanOrEqual(0);
            if (upper) expect(Buffer.compare(upper, Buffer.from(text))).toBeGreaterThanOrEqual(0);
          }
          expect([...Buffer.from(lower!).toString()].length).toBeLessThanOrEqual(16);
        },
      ),
    );
  });

  test("are left out where none is short enough", () => {
    const last = "\u{10ffff}".repeat(17);
    expect(bounds({ kind: "string" }, [last]).upper).toBeUndefined();
    expect(bounds({ kind: "binary" }, [new Uint8Array(17).fill(0xff)]).upper).toBeUndefined();
    expect(bounds({ kind: "string" }, [`${"a".repeat(15)}\ud7ffx`]).upper).toEqual(
      Buffer.from(`${"a".repeat(15)}\ue000`),
    );
  });

  test("leave out what is no number, and count it", () => {
    const { lower, upper, members } = bounds({ kind: "double" }, [Number.NaN, 1, -0, null]);
    expect(Buffer.from(lower!).readDoubleLE()).toBe(-0);
    expect(Buffer.from(upper!).readDoubleLE()).toBe(1);
    expect(members).toMatchObject({
      value_counts: [{ key: 1, value: 4 }],
      null_value_counts: [{ key: 1, value: 1 }],
      nan_value_counts: [{ key: 1, value: 1 }],
    });
  });
});

test("columns of a file bear the table's ids, within others, too", async () => {
  const { fields } = readSchema({
    fields: [
      { id: 3, name: "id", type: "long", required: true },
      { id: 4, name: "l", type: { type: "list", "element-id": 5, element: "uuid" } },
      {
        id: 6,
        name: "m",
        type: { type: "map", "key-id": 7, key: "string", "value-id": 8, value: "fixed[3]" },
      },
      { id: 9, name: "s", type: { type: "struct", fields: [{ id: 10, name: "t", type: "time" }] } },
    ],
  });
  const writer = new FileWriter(fields, [], "SNAPPY");
  for (let id = 0; id < 200; id++) {
    const uuid = new Uint8Array(16).fill(id);
    await writer.append([BigInt(id), [uuid, null], [["k", new Uint8Array(3)]], [1n]], 10);
  }
  const { bytes, recordCount } = await writer.finish();
  expect(recordCount).toBe(200);
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  const { schema, num_rows: rowCount } = parquetMetadata(buffer as ArrayBuffer);
  expect(rowCount).toBe(200n);
  const ids = schema.flatMap((one) => (one.field_id === undefined ? [] : one.field_id));
  expect(ids).toEqual([3, 4, 5, 6, 7, 8, 9, 10]);
  expect(leavesOf(fields).map(({ field }) => field.id)).toEqual([3, 10]);
});
