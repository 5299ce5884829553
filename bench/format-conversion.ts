/**
 * How many megabytes of JSON does a core turn into Parquet? Nested events through the reader and the writer, against
 * the least that anyone must do with JSON: parse it, and throw the result away.
 */
import { hiveReader } from "../src/delivery/formats/hive-json.ts";
import { openXReader } from "../src/delivery/formats/openx-json.ts";
import {
  openParquetWriter,
  PARQUET_DEFAULTS,
  type ParquetOptions,
} from "../src/delivery/formats/parquet.ts";
import type { RecordReader } from "../src/delivery/formats/record-reader.ts";
import type { Row } from "../src/delivery/formats/row.ts";
import { readSchema, type Schema } from "../src/delivery/formats/schema.ts";
import { compareCpu } from "./measure.ts";
import { EVENT_COLUMNS, nestedEvents } from "./nested-events.ts";
import { fixed, type Table } from "./report.ts";

const EVENT_COUNT = 10_000;

export async function formatConversion(): Promise<readonly Table[]> {
  const records = nestedEvents(EVENT_COUNT);
  const byteCount = records.reduce((sum, { length }) => sum + length, 0);
  const schema = schemaOf(EVENT_COLUMNS);
  const openX = openXReader(schema);
  const hive = hiveReader(schema, { timestampFormats: ["yyyy-MM-dd'T'HH:mm:ss.SSSZ"] });
  const rows = records.flatMap((record) => rowsOf(openX, record));
  const measured = await compareCpu(
    [
      { name: "JSON.parse, the floor", run: () => parseAll(records) },
      { name: "JSON to rows, OpenX", run: () => readAll(openX, records) },
      { name: "JSON to rows, Hive", run: () => readAll(hive, records) },
      { name: "rows to Parquet, SNAPPY", run: () => write(schema, [rows], {}) },
      ...(["SNAPPY", "GZIP", "UNCOMPRESSED"] as const).map((compression) => ({
        name: `JSON to Parquet, ${compression}`,
        run: () => convert(openX, schema, records, { compression }),
      })),
      {
        name: "JSON to Parquet, SNAPPY with dictionaries",
        run: () => convert(openX, schema, records, { enableDictionaryCompression: true }),
      },
    ],
    { rounds: 11, runsPerRound: 1 },
  );
  return [
    {
      title: `Record format conversion per core: nested events of ${fixed(byteCount / EVENT_COUNT, 0)} B`,
      columns: ["step", "MB/s of JSON (median)", "MB/s (best)", "of the floor (quartiles)"],
      rows: measured.map(({ name, medianMs, leastMs, ratio, ratioQuartiles: [low, high] }) => [
        name,
        fixed(byteCount / 1e3 / medianMs, 1),
        fixed(byteCount / 1e3 / leastMs, 1),
        `${fixed(1 / ratio, 2)} (${fixed(1 / high, 2)}–${fixed(1 / low, 2)})`,
      ]),
    },
  ];
}

function schemaOf(columns: Readonly<Record<string, string>>): Schema {
  const result = readSchema(Object.entries(columns).map(([Name, Type]) => ({ Name, Type })));
  if (result.kind === "invalid") throw new Error(result.errorMessage);
  return result.schema;
}

function parseAll(records: readonly Buffer[]): void {
  for (const record of records) JSON.parse(record.toString());
}

function readAll(reader: RecordReader, records: readonly Buffer[]): void {
  for (const record of records) rowsOf(reader, record);
}

function rowsOf(reader: RecordReader, record: Buffer): readonly Row[] {
  const result = reader.read(record);
  if (result.kind === "failed") throw new Error(result.errorMessage);
  return result.rows;
}

function convert(
  reader: RecordReader,
  schema: Schema,
  records: readonly Buffer[],
  options: Partial<ParquetOptions>,
): Promise<void> {
  return write(schema, rowGroups(reader, records), options);
}

function* rowGroups(reader: RecordReader, records: readonly Buffer[]) {
  for (const record of records) yield rowsOf(reader, record);
}

async function write(
  schema: Schema,
  groups: Iterable<readonly Row[]>,
  options: Partial<ParquetOptions>,
): Promise<void> {
  const writer = await openParquetWriter(
    schema,
    { ...PARQUET_DEFAULTS, ...options },
    async () => {},
  );
  for (const rows of groups) await writer.write(rows);
  await writer.end();
}
