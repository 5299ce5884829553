/**
 * The records in an object of failed ones: a line of JSON each, with the bytes as they were ingested, when they came and
 * how often they were tried. An object with any other line is none of these, and nothing of it is taken.
 */
import type { RecordIdentity } from "../record.ts";

export interface FailedLine {
  readonly data: Uint8Array;
  readonly arrivedAtMs: number;
  readonly attemptsMade: number;
  /** Of a stream that asked for record metadata. */
  readonly identity?: RecordIdentity;
}

/** `undefined`: it holds something else. */
export function parseErrorLines(contents: Uint8Array): readonly FailedLine[] | undefined {
  const bytes = Buffer.from(contents.buffer, contents.byteOffset, contents.byteLength);
  const lines: FailedLine[] = [];
  for (let start = 0; start < bytes.length;) {
    const newline = bytes.indexOf(0x0a, start);
    const end = newline < 0 ? bytes.length : newline;
    if (end > start) {
      const line = parseLine(bytes.toString("utf8", start, end));
      if (line === undefined) return undefined;
      lines.push(line);
    }
    start = end + 1;
  }
  return lines.length === 0 ? undefined : lines;
}

function parseLine(text: string): FailedLine | undefined {
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof line !== "object" || line === null) return undefined;
  const { rawData, arrivalTimestamp, attemptsMade, recordMetadata } = line as Readonly<
    Record<string, unknown>
  >;
  const arrivedAtMs = Number(arrivalTimestamp);
  const attempts = Number(attemptsMade);
  if (typeof rawData !== "string" || !Number.isSafeInteger(arrivedAtMs)) return undefined;
  if (!Number.isSafeInteger(attempts) || !isBase64(rawData)) return undefined;
  const identity = identityOf(recordMetadata);
  return {
    data: Buffer.from(rawData, "base64"),
    arrivedAtMs,
    attemptsMade: attempts,
    ...(identity && { identity }),
  };
}

const TEXTS = ["id", "partitionKey", "sequenceNumber", "shardId"] as const;
const NUMBERS = ["index", "subSequenceNumber"] as const;

function identityOf(given: unknown): RecordIdentity | undefined {
  if (typeof given !== "object" || given === null) return undefined;
  const members = given as Readonly<Record<string, unknown>>;
  const ofType = (names: readonly string[], type: "string" | "number") =>
    names.filter((name) => typeof members[name] === type).map((name) => [name, members[name]]);
  const entries = [...ofType(TEXTS, "string"), ...ofType(NUMBERS, "number")];
  return Object.fromEntries(entries) as RecordIdentity;
}

function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}
