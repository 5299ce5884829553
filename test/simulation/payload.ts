/**
 * What records look like in a simulation: their name, a space and filling, all of it a text of JSON, and a newline, since
 * the backup writes nothing between them. The transform marks what it has touched and may add what it likes behind the name.
 */
import type { JqResult } from "../../src/delivery/jq/engine.ts";
import type { RecordMetadata } from "../../src/delivery/stages/record-metadata.ts";

const MARK = "T:";

export function payloadOf(record: string, filling: string): Uint8Array {
  return Buffer.from(`"${record} ${filling}"\n`);
}

export function recordOf(data: Uint8Array): string {
  const text = Buffer.from(data).toString().replaceAll('"', "");
  const name = text.startsWith(MARK) ? text.slice(MARK.length) : text;
  return name.split(" ", 1)[0] as string;
}

/** But for what ends it. */
export function textOf(data: Uint8Array): string {
  return Buffer.from(data).toString().trimEnd();
}

export function transformed(record: string, comment: string): Uint8Array {
  return Buffer.from(`"${MARK}${record} ${comment}"`);
}

/** Of three partitions; two of them come to the same prefix. */
const PARTITIONS = [
  { a: "x", b: "yz" },
  { a: "xy", b: "z" },
  { a: "other", b: "one" },
] as const;

export function partitionKeys(record: string, draw = Number(/\d+(?=\.)/.exec(record)?.[0] ?? 0)) {
  return PARTITIONS[draw % PARTITIONS.length]!;
}

/** No queries of the fast path, so that jq is asked; what it answers comes from `partitionOfInput`. */
export const QUERY = "{a: partition(0), b: partition(1)}";
/** Has no partition for a few records. */
export const FLAWED_QUERY = "{a: partition(0), b: partition(1)} | flawed";

export function partitionOfInput(program: string, input: unknown): JqResult {
  const record = recordOf(Buffer.from(String(isWrapper(input) ? input.event : input)));
  return program.includes("flawed") && /9\.\d$/.test(record)
    ? { kind: "error", error: "no partition" }
    : { kind: "outputs", values: [partitionKeys(record)] };
}

/** Wraps each record, for it is no object of JSON. */
export const METADATA: RecordMetadata = [
  {
    name: "known",
    members: [
      { name: "id", field: "id" },
      { name: "arrivedAtMs", field: "arrivalMs" },
    ],
  },
  { name: "event", field: "data" },
];
/** Below it everything has metadata. */
export const METADATA_FOLDER = "known/";

interface Wrapper {
  readonly known: RecordFound["known"];
  readonly event: string;
}

function isWrapper(value: unknown): value is Wrapper {
  return typeof value === "object" && value !== null && "event" in value;
}

/** Written after each delivered record. */
export const DELIMITER = "\n";
export const FAILED_PREFIX = "failed/";

/** In objects of failed records: the same at all times. */
export const isOfFailed = (key: string) => key.startsWith(FAILED_PREFIX);

export interface RecordFound {
  readonly record: string;
  /** As it was put, but for what ends it; absent: it has been transformed. */
  readonly text: string | undefined;
  /** What is said of it beside it. */
  readonly known?: { readonly id?: string; readonly arrivedAtMs?: number };
}

/** The records of a delivered object, or of one with failed records. */
export function recordsOfObject(key: string, body: Uint8Array): readonly RecordFound[] {
  const lines = Buffer.from(body).toString().split(DELIMITER).filter(Boolean);
  return lines.map(isOfFailed(key) ? failedRecord : deliveredRecord);
}

function failedRecord(line: string): RecordFound {
  const { rawData, arrivalTimestamp, recordMetadata } = JSON.parse(line) as {
    readonly rawData: string;
    readonly arrivalTimestamp: number;
    readonly recordMetadata?: { readonly id?: string };
  };
  const found = deliveredRecord(textOf(Buffer.from(rawData, "base64")));
  return { ...found, known: { ...recordMetadata, arrivedAtMs: arrivalTimestamp } };
}

export function deliveredRecord(line: string): RecordFound {
  const value: unknown = JSON.parse(line);
  if (isWrapper(value)) {
    const { event, known } = value;
    return { ...deliveredRecord(JSON.stringify(event)), ...(known && { known }) };
  }
  const isTransformed = line.startsWith(`"${MARK}`);
  return { record: recordOf(Buffer.from(line)), text: isTransformed ? undefined : line };
}
