/** Which of the SerDes reads a delivery stream's records, as plain JSON to be kept with the stream. */
import { type HiveOptions, hiveReader } from "./hive-json.ts";
import { type OpenXOptions, openXReader } from "./openx-json.ts";
import type { RecordReader } from "./record-reader.ts";
import type { Schema } from "./schema.ts";

export type Deserializer =
  | ({ readonly kind: "openx" } & OpenXOptions)
  | ({ readonly kind: "hive" } & HiveOptions);

/** To be kept as long as the schema is: making one costs more than reading a record. */
export function openRecordReader(schema: Schema, deserializer: Deserializer): RecordReader {
  return deserializer.kind === "openx"
    ? openXReader(schema, deserializer)
    : hiveReader(schema, deserializer);
}
