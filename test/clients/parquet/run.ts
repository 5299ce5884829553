/**
 * Parquet files before readers that others wrote: pyarrow and DuckDB. Ours are written in every version, compression and
 * encoding, with values of all types, and each value is compared as text with what the readers say. Needs Python 3.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ParquetOptions } from "../../../src/delivery/formats/parquet.ts";
import type { Row, Value } from "../../../src/delivery/formats/row.ts";
import type { ColumnType } from "../../../src/delivery/formats/schema.ts";
import { schemaOf, writeFile } from "../../helpers/parquet-file.ts";
import { pythonWith } from "../python.ts";

const COLUMNS =
  "id:bigint,flag:boolean,tiny:tinyint,small:smallint,whole:int,single:float,twice:double,text:string,padded:char(6),short:varchar(4),raw:binary,day:date,at:timestamp,price:decimal(10,2),long:decimal(38,10),tags:array<string>,deep:array<array<struct<x:int,y:map<string,decimal(20,4)>>>>,counts:map<string,bigint>,who:struct<name:string,born:date,seen:timestamp>";
const SCHEMA = schemaOf(COLUMNS);
const ROW_COUNT = 3000;
const NANOS_PER_MICROSECOND = 1000n;

const folder = mkdtempSync(join(tmpdir(), "hydrant-parquet-"));
let code = 0;
try {
  const rows = Array.from({ length: ROW_COUNT }, (_, i) => rowOf(i));
  writeFileSync(
    join(folder, "expected.ndjson"),
    rows
      .map((row) => `${JSON.stringify(row.map((value, i) => told(value, SCHEMA[i]!.type)))}\n`)
      .join(""),
  );
  for (const { name, ...options } of variants()) {
    writeFileSync(join(folder, `${name}.parquet`), await writeFile(SCHEMA, [rows], options));
  }
  const tools = pythonWith("parquet", ["pyarrow", "duckdb", "pytz"]);
  const script = fileURLToPath(new URL("read.py", import.meta.url));
  execFileSync(join(tools, "python3"), [script, folder], { stdio: "inherit" });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  code = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(code);

function* variants(): Generator<Partial<ParquetOptions> & { readonly name: string }> {
  for (const compression of ["SNAPPY", "GZIP", "UNCOMPRESSED"] as const) {
    for (const writerVersion of ["V1", "V2"] as const) {
      for (const enableDictionaryCompression of [false, true]) {
        const kind = enableDictionaryCompression ? "dictionary" : "plain";
        const name = `${compression}-${writerVersion}-${kind}`.toLowerCase();
        yield { name, compression, writerVersion, enableDictionaryCompression };
        yield {
          name: `${name}-groups`,
          compression,
          writerVersion,
          enableDictionaryCompression,
          blockSizeBytes: 100_000,
          pageSizeBytes: 65_536,
        };
      }
    }
  }
}

/** All that a type can hold, its ends among it; every seventh value is null. */
function rowOf(i: number): Row {
  const ends = (least: bigint, most: bigint) =>
    i % 3 === 0 ? least : i % 3 === 1 ? most : BigInt(i);
  const present: Row = [
    ends(-(2n ** 63n), 2n ** 63n - 1n),
    i % 2 === 0,
    Number(ends(-128n, 127n)) % 128,
    Number(ends(-32_768n, 32_767n)),
    Number(ends(-(2n ** 31n), 2n ** 31n - 1n)),
    Math.fround(i / 3),
    i / 7,
    `wort ${i} äöü 😀 ${"x".repeat(i % 50)}`,
    "ab".padEnd(6),
    "äö",
    Buffer.from([i % 256, 0, 255]),
    (i - 1500) * 400,
    (BigInt(i) - 1500n) * 987_654_321_012_345n,
    ends(1n - 10n ** 10n, 10n ** 10n - 1n),
    ends(1n - 10n ** 38n, 10n ** 38n - 1n),
    i % 5 === 0 ? [] : [`t${i}`, null, ""],
    i % 11 === 0
      ? [[]]
      : [
          [
            [
              i,
              [
                ["k", BigInt(i)],
                [`k${i}`, null],
              ],
            ],
            null,
          ],
          null,
          [],
        ],
    [
      ["a", BigInt(i)],
      [`b${i}`, null],
    ],
    [`n${i % 100}`, i % 9 === 0 ? null : i, BigInt(i) * 1_000_000_000n],
  ];
  return present.map((value, column) => ((i + column) % 7 === 0 ? null : value));
}

/** As `read.py` tells it. */
function told(value: Value, type: ColumnType): unknown {
  if (value === null) return null;
  switch (type.kind) {
    case "array":
      return (value as Value[]).map((element) => told(element, type.element));
    case "map":
      return (value as [Value, Value][]).map(([key, element]) => [
        told(key, type.key),
        told(element, type.value),
      ]);
    case "struct":
      return type.fields.map((field, i) => told((value as Row)[i]!, field.type));
    case "bigint":
      return String(value);
    case "char":
      return (value as string).trimEnd();
    case "binary":
      return Buffer.from(value as Uint8Array).toString("hex");
    case "decimal": {
      const digits = String(value)
        .replace("-", "")
        .padStart(type.scale + 1, "0");
      const at = digits.length - type.scale;
      return `${(value as bigint) < 0n ? "-" : ""}${digits.slice(0, at)}.${digits.slice(at)}`;
    }
    case "timestamp":
      return String(BigInt.asIntN(64, floorDivided(value as bigint)));
    default:
      return value;
  }
}

function floorDivided(nanos: bigint): bigint {
  const rest = ((nanos % NANOS_PER_MICROSECOND) + NANOS_PER_MICROSECOND) % NANOS_PER_MICROSECOND;
  return (nanos - rest) / NANOS_PER_MICROSECOND;
}
