import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type Deserializer,
  openRecordReader,
} from "../../../../src/delivery/formats/deserializer.ts";
import { OPENX_DEFAULTS } from "../../../../src/delivery/formats/openx-json.ts";
import type { Row } from "../../../../src/delivery/formats/row.ts";
import { anySchema, readable, readFile, writeFile } from "../../../helpers/parquet-file.ts";

const DESERIALIZERS: readonly Deserializer[] = [
  { kind: "openx", ...OPENX_DEFAULTS },
  { kind: "openx", ...OPENX_DEFAULTS, caseInsensitive: false },
  { kind: "hive", timestampFormats: [] },
  { kind: "hive", timestampFormats: ["yyyy-MM-dd'T'HH:mm:ssZ", "millis"] },
];

/** Values that fit some column, and some that fit none, under the names of `anySchema`. */
function anyRecord(): fc.Arbitrary<string> {
  const scalar = fc.oneof(
    fc.constantFrom(null, true, "", "true", "12", "1e3", "0x1F", "aGk=", "2026-11-30"),
    fc.constantFrom("2026-11-30 01:02:03", "2026-11-30T01:02:03+0100", 1764464523, -0, 1e300),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.string({ unit: "binary" }),
  );
  const name = fc.constantFrom("f0", "F1", "f2", "f3", "F4", "other");
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      scalar,
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(name, tie("value"), { maxKeys: 5 }),
    ),
  }));
  return fc.dictionary(name, value, { maxKeys: 6 }).map((record) => JSON.stringify(record));
}

test("whatever the bytes are, there are rows or a reason", () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    anyRecord().map((text) => Buffer.from(text)),
    fc.tuple(anyRecord(), fc.nat(40), fc.integer({ min: 0, max: 255 })).map(([text, at, byte]) => {
      const broken = Buffer.from(text);
      broken[at % broken.length] = byte;
      return broken;
    }),
  );
  const reader = fc.tuple(anySchema(), fc.constantFrom(...DESERIALIZERS));
  fc.assert(
    fc.property(reader, fc.array(bytes, { maxLength: 10 }), ([schema, deserializer], records) => {
      const one = openRecordReader(schema, deserializer);
      for (const record of records) {
        const result = one.read(record);
        if (result.kind === "failed") expect(result.errorCode).toMatch(/^DataFormatConversion\./);
        else expect(result.rows.every((row) => row.length === schema.length)).toBe(true);
      }
    }),
    { numRuns: 150 },
  );
});

test("every row that is read can be written", async () => {
  const reader = fc.tuple(anySchema(), fc.constantFrom(...DESERIALIZERS));
  const records = fc.array(anyRecord(), { minLength: 1, maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(reader, records, async ([schema, deserializer], texts) => {
      const one = openRecordReader(schema, deserializer);
      const rows = texts.flatMap((text) => rowsOf(one.read(Buffer.from(text))));
      const file = await writeFile(schema, [rows]);
      if (rows.length === 0) expect(file.length).toBe(0);
      else expect(await readFile(file)).toEqual(rows.map((row) => readable(row, schema)));
    }),
    { numRuns: 40 },
  );
});

function rowsOf(result: ReturnType<ReturnType<typeof openRecordReader>["read"]>): readonly Row[] {
  return result.kind === "rows" ? result.rows : [];
}
