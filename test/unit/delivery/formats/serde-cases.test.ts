import { describe, expect, test } from "vitest";
import { hiveReader } from "../../../../src/delivery/formats/hive-json.ts";
import { openXReader } from "../../../../src/delivery/formats/openx-json.ts";
import { readSchema } from "../../../../src/delivery/formats/schema.ts";
import {
  hiveOptions,
  openXOptions,
  recordBytes,
  SERDE_CASES,
  type SerdeCase,
  type SerdeName,
  spelledRow,
  tableColumns,
} from "../../../helpers/serde-cases.ts";

const STRICT = "AWS reads JSON with Jackson, which takes nothing beyond the standard";
const MALFORMED = "what is no JSON is a failed record at AWS, never a row of nulls or nothing";
const DOCUMENTS = "AWS makes a row of each of a record's documents; a SerDe sees the first only";
const NO_FORMATS = "AWS offers OpenX no timestamp formats: its own ones are always on";

/** What we answer otherwise than the SerDe itself, and why. */
const DIFFERENCES: Readonly<Record<string, { readonly ours: unknown; readonly reason: string }>> = {
  "openx int-leading-zero": { ours: { fails: true }, reason: STRICT },
  "openx double-bare-nan": { ours: { fails: true }, reason: STRICT },
  "openx string-control-raw": { ours: { fails: true }, reason: STRICT },
  "openx string-bad-utf8": { ours: { fails: true }, reason: STRICT },
  "openx single-quotes": { ours: { fails: true }, reason: STRICT },
  "openx unquoted-key": { ours: { fails: true }, reason: STRICT },
  "openx comment": { ours: { fails: true }, reason: STRICT },
  "openx bom": { ours: { row: { a: 1 } }, reason: "Jackson passes over a byte order mark" },
  "openx not-json": { ours: { fails: true }, reason: MALFORMED },
  "openx csv": { ours: { fails: true }, reason: MALFORMED },
  "openx malformed-ignored": {
    ours: { fails: true },
    reason: "AWS has no option to let malformed JSON pass",
  },
  "openx top-scalar": { ours: { fails: true }, reason: MALFORMED },
  "openx top-string": { ours: { fails: true }, reason: MALFORMED },
  "openx top-null": { ours: { fails: true }, reason: MALFORMED },
  "openx empty-record": { ours: { fails: true }, reason: MALFORMED },
  "openx blank-record": { ours: { fails: true }, reason: MALFORMED },
  "openx top-array": {
    ours: { fails: true },
    reason: "AWS documents an array at the top level as invalid",
  },
  "openx uniontype": { ours: { fails: true }, reason: "Parquet has no such type" },
  "hive string-object": {
    ours: { fails: true },
    reason: "AWS refuses it; the SerDe alone would keep the first brace of the value",
  },
  "hive trailing-garbage": { ours: { fails: true }, reason: DOCUMENTS },
  "openx trailing-garbage": { ours: { fails: true }, reason: DOCUMENTS },
  ...Object.fromEntries(
    ["two-objects", "two-objects-space", "two-objects-newline"].flatMap((id) =>
      ["hive", "openx"].map((serde) => [
        `${serde} ${id}`,
        { ours: { rows: [{ a: 1 }, { a: 2 }] }, reason: DOCUMENTS },
      ]),
    ),
  ),
  "openx ts-format-iso-offset": {
    ours: { row: { a: { timestamp: "2026-11-29 23:02:03" } } },
    reason: NO_FORMATS,
  },
  "openx ts-format-apache": { ours: { fails: true }, reason: NO_FORMATS },
  "openx ts-format-millis": {
    ours: { row: { a: { timestamp: "2025-11-30 01:02:03.456" } } },
    reason: NO_FORMATS,
  },
  "openx ts-format-millis-number": {
    ours: { row: { a: { timestamp: "2025-11-30 01:02:03.456" } } },
    reason: NO_FORMATS,
  },
  "openx ts-format-millis-decimals": {
    ours: { row: { a: { timestamp: "2025-11-30 01:02:03.456123456" } } },
    reason: NO_FORMATS,
  },
  "openx ts-format-two": {
    ours: { row: { a: { timestamp: "1970-08-23 12:05:30" } } },
    reason: NO_FORMATS,
  },
  "openx ts-format-two-second": {
    ours: { row: { a: { timestamp: "2025-11-30 01:02:03.456" } } },
    reason: NO_FORMATS,
  },
  "openx ts-format-falls-back-to-sql": {
    ours: { row: { a: { timestamp: "2026-11-30 01:02:03" } } },
    reason: NO_FORMATS,
  },
};

function answerOf(serde: SerdeName, one: SerdeCase): unknown {
  const result = readSchema(tableColumns(one.columns));
  if (result.kind === "invalid") return { fails: true };
  const { schema } = result;
  const reader =
    serde === "hive"
      ? hiveReader(schema, hiveOptions(one))
      : openXReader(schema, openXOptions(one));
  const read = reader.read(recordBytes(one));
  if (read.kind === "failed") return { fails: true };
  const rows = read.rows.map((row) => spelledRow(row, schema));
  return rows.length === 1 ? { row: rows[0] } : { rows };
}

describe.each(["hive", "openx"] as const)("as the %s SerDe itself", (serde) => {
  test.each(SERDE_CASES)("$id", (one) => {
    const difference = DIFFERENCES[`${serde} ${one.id}`];
    const ours = answerOf(serde, one);
    if (difference === undefined) {
      expect(ours).toEqual(one[serde]);
    } else {
      expect(ours).toEqual(difference.ours);
      expect(ours).not.toEqual(one[serde]);
    }
  });
});

test("each difference is one of the cases", () => {
  const known = SERDE_CASES.flatMap(({ id }) => [`hive ${id}`, `openx ${id}`]);
  expect(Object.keys(DIFFERENCES).filter((name) => !known.includes(name))).toEqual([]);
});
