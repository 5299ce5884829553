import { tableFromIPC } from "@uwdata/flechette";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parquetModule } from "../../../../src/delivery/formats/parquet-module.ts";
import { openParquetWriter, PARQUET_DEFAULTS } from "../../../../src/delivery/formats/parquet.ts";
import type { Row } from "../../../../src/delivery/formats/row.ts";
import {
  anyRow,
  anySchema,
  fileMetadata,
  readable,
  readFile,
  schemaOf,
  writeFile,
} from "../../../helpers/parquet-file.ts";

const EVENTS = schemaOf("id:bigint,name:string,tags:array<string>,who:struct<age:int>");

/** Without a period that would hide a mistake in an offset. */
function events(count: number, first = 0): Row[] {
  return Array.from({ length: count }, (_, i) => {
    const k = first + i;
    const tags = k % 7 === 0 ? null : [`t${k % 5}`, null, `u${(k * 7919) % 10_007}`];
    return [BigInt(k), k % 11 === 0 ? null : `name ${(k * 31) % 977} of ${k}`, tags, [k % 90]];
  });
}

describe("every value comes back", () => {
  test("of any schema, whatever is null", async () => {
    const table = anySchema().chain((schema) =>
      fc.tuple(fc.constant(schema), fc.array(anyRow(schema), { minLength: 1, maxLength: 20 })),
    );
    const options = fc.record({
      compression: fc.constantFrom("SNAPPY" as const, "GZIP" as const, "UNCOMPRESSED" as const),
      writerVersion: fc.constantFrom("V1" as const, "V2" as const),
      enableDictionaryCompression: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(table, options, async ([schema, rows], chosen) => {
        const file = await writeFile(schema, [rows], chosen);
        expect(await readFile(file)).toEqual(rows.map((row) => readable(row, schema)));
      }),
      { numRuns: 50 },
    );
  });

  test("of many batches", async () => {
    const rows = events(30_000);
    const file = await writeFile(EVENTS, [rows]);
    expect(await readFile(file)).toEqual(rows.map((row) => readable(row, EVENTS)));
  });

  test("to the last digit of a decimal", async () => {
    const schema = schemaOf("a:decimal(38,10),b:decimal(18,2),c:decimal(38,38)");
    const most = 10n ** 38n - 1n;
    const rows: Row[] = [
      [most, 10n ** 18n - 1n, most],
      [-most, 1n - 10n ** 18n, -1n],
      [2n ** 64n, 2n ** 32n, 2n ** 63n],
      [-(2n ** 64n), -(2n ** 32n), -(2n ** 63n)],
      [null, 0n, 0n],
    ];
    const encoder = await parquetModule();
    const table = encoder.readParquet(await writeFile(schema, [rows]));
    const columns = tableFromIPC(table.intoIPCStream(), { useDecimalInt: true });
    expect(columns.toArray().map((row) => Object.values(row as object))).toEqual(rows);
  });
});

describe("a file", () => {
  test("has columns that Hive, Athena and Spark know", async () => {
    const schema = schemaOf(
      "b:boolean,ti:tinyint,i:int,l:bigint,s:string,c:char(3),x:binary,d:date,t:timestamp,n:decimal(10,2),a:array<int>,m:map<string,int>,r:struct<Userid:int>",
    );
    const { schema: elements } = fileMetadata(await writeFile(schema, [[schema.map(() => null)]]));
    const described = elements
      .slice(1)
      .map(({ name, type, converted_type: converted, repetition_type: repetition }) =>
        [name, type, converted, repetition].filter(Boolean).join(" "),
      );
    expect(described).toEqual([
      "b BOOLEAN OPTIONAL",
      "ti INT32 INT_8 OPTIONAL",
      "i INT32 OPTIONAL",
      "l INT64 OPTIONAL",
      "s BYTE_ARRAY UTF8 OPTIONAL",
      "c BYTE_ARRAY UTF8 OPTIONAL",
      "x BYTE_ARRAY OPTIONAL",
      "d INT32 DATE OPTIONAL",
      "t INT64 TIMESTAMP_MICROS OPTIONAL",
      "n INT64 DECIMAL OPTIONAL",
      "a LIST OPTIONAL",
      "list REPEATED",
      "element INT32 OPTIONAL",
      "m MAP OPTIONAL",
      "key_value REPEATED",
      "key BYTE_ARRAY UTF8 REQUIRED",
      "value INT32 OPTIONAL",
      "r OPTIONAL",
      "Userid INT32 OPTIONAL",
    ]);
  });

  test.each(["SNAPPY", "GZIP", "UNCOMPRESSED"] as const)("is compressed by %s", async (codec) => {
    const file = await writeFile(EVENTS, [events(100)], { compression: codec });
    const columns = fileMetadata(file).row_groups.flatMap((group) => group.columns);
    expect(new Set(columns.map(({ meta_data: meta }) => meta?.codec))).toEqual(new Set([codec]));
  });

  test.each([
    ["V1", false, ["PLAIN", "RLE"]],
    ["V1", true, ["PLAIN", "RLE", "RLE_DICTIONARY"]],
    ["V2", false, ["DELTA_BYTE_ARRAY", "RLE"]],
    ["V2", true, ["PLAIN", "RLE", "RLE_DICTIONARY"]],
  ] as const)(
    "of version %s, dictionary %s, is encoded so",
    async (writerVersion, enableDictionaryCompression, encodings) => {
      const file = await writeFile(EVENTS, [events(100)], {
        writerVersion,
        enableDictionaryCompression,
      });
      const text = fileMetadata(file).row_groups[0]!.columns[1]!.meta_data!;
      expect(text.encodings.toSorted()).toEqual(encodings);
    },
  );

  test("has more pages the smaller they may be, and more row groups", async () => {
    const rows = events(20_000);
    const size = async (options: { pageSizeBytes?: number; blockSizeBytes?: number }) => {
      const file = await writeFile(EVENTS, [rows], { compression: "UNCOMPRESSED", ...options });
      const { row_groups: groups } = fileMetadata(file);
      expect(await readFile(file)).toHaveLength(rows.length);
      return { bytes: file.length, groups: groups.length };
    };
    const whole = await size({});
    const paged = await size({ pageSizeBytes: 65_536 });
    const grouped = await size({ blockSizeBytes: 200_000 });
    expect(paged.bytes).toBeGreaterThan(whole.bytes);
    expect([whole.groups, paged.groups]).toEqual([1, 1]);
    expect(grouped.groups).toBeGreaterThan(3);
  });

  test("of no rows is none", async () => {
    expect((await writeFile(EVENTS, [[], []])).length).toBe(0);
  });
});

describe("bytes", () => {
  test("depend on the rows alone, not on how they came", async () => {
    const rows = events(5000);
    const options = { enableDictionaryCompression: true, blockSizeBytes: 65_536 };
    const whole = await writeFile(EVENTS, [rows], options);
    const lengths = fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(lengths, async (all) => {
        const file = await writeFile(EVENTS, cut(rows, all), options);
        expect(file.equals(whole)).toBe(true);
      }),
      { numRuns: 5 },
    );
  });

  test("leave as soon as a row group is full", async () => {
    let sentBytes = 0;
    const options = { ...PARQUET_DEFAULTS, blockSizeBytes: 65_536 };
    const writer = await openParquetWriter(EVENTS, options, async (bytes) => {
      sentBytes += bytes.length;
    });
    for (let i = 0; i < 20; i++) await writer.write(events(1024, i * 1024));
    expect(sentBytes).toBeGreaterThan(100_000);
    await writer.end();
  });

  test("go to the sink one piece after the other", async () => {
    let underWay = 0;
    let most = 0;
    const options = { ...PARQUET_DEFAULTS, blockSizeBytes: 65_536 };
    const writer = await openParquetWriter(EVENTS, options, async () => {
      most = Math.max(most, ++underWay);
      await Promise.resolve();
      underWay--;
    });
    await writer.write(events(10_000));
    await writer.end();
    expect([underWay, most]).toEqual([0, 1]);
  });
});

describe("a writer", () => {
  test("fails when its sink does", async () => {
    const options = { ...PARQUET_DEFAULTS, blockSizeBytes: 65_536 };
    const writer = await openParquetWriter(EVENTS, options, async () => {
      throw new Error("the bucket is gone");
    });
    const all = async () => {
      for (let i = 0; i < 20; i++) await writer.write(events(1024));
      await writer.end();
    };
    await expect(all()).rejects.toThrow("the bucket is gone");
    await writer.destroy();
  });

  test("sends nothing once it is destroyed, and others go on", async () => {
    const sent: number[] = [];
    const options = { ...PARQUET_DEFAULTS, blockSizeBytes: 65_536 };
    const sink = async (bytes: Uint8Array) => {
      sent.push(bytes.length);
    };
    const writer = await openParquetWriter(EVENTS, options, sink);
    await writer.write(events(10_000));
    await writer.destroy();
    const sentBefore = sent.length;
    const rows = events(10);
    expect(await readFile(await writeFile(EVENTS, [rows]))).toHaveLength(10);
    expect(sent.length).toBe(sentBefore);
    const unused = await openParquetWriter(EVENTS, options, sink);
    await unused.destroy();
  });

  test("works beside hundreds of others", async () => {
    const files: Buffer[][] = [];
    const writers = await Promise.all(
      Array.from({ length: 200 }, () => {
        const chunks: Buffer[] = [];
        files.push(chunks);
        return openParquetWriter(EVENTS, PARQUET_DEFAULTS, async (bytes) => {
          chunks.push(Buffer.from(bytes));
        });
      }),
    );
    for (let round = 0; round < 3; round++) {
      for (const [i, writer] of writers.entries())
        await writer.write(events(40, i * 1000 + round * 40));
    }
    for (const writer of writers) await writer.end();
    const rows = (i: number) => events(120, i * 1000).map((row) => readable(row, EVENTS));
    expect(await readFile(Buffer.concat(files[199]!))).toEqual(rows(199));
    expect(await readFile(Buffer.concat(files[0]!))).toEqual(rows(0));
  });
});

function* cut(rows: readonly Row[], lengths: readonly number[]) {
  for (let from = 0, i = 0; from < rows.length; i++) {
    yield rows.slice(from, (from += lengths[i % lengths.length]!));
  }
}
