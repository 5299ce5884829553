/**
 * Records that can be told apart in whatever is delivered: a line of an access log, the record's name, padding
 * now and then, and a checksum over it all, so that a damaged record cannot pass for a good one.
 */
import { crc32 } from "node:zlib";

export function recordLine(name: string, logLine: string, padding: string): string {
  const content = `${logLine.trimEnd()} pad=${padding} rec=${name}`;
  return `${content} crc=${checksum(content)}\n`;
}

/** The same within JSON, for streams whose records queries are asked of; now and then its size is no number. */
export function jsonLine(line: string): string {
  const number = Number(/\?n=(\d+) /.exec(line)?.[1]);
  const size = number % 31 === 0 ? "unknown" : line.length;
  return `${JSON.stringify({ number, size, line: line.trimEnd() })}\n`;
}

export interface ReadRecord {
  readonly name: string;
  /** It has gone through the transform. */
  readonly isMarked: boolean;
  /** Of the line in its access log: what the transform decides by. */
  readonly number: number;
}

const LINE =
  /^(?<mark>[0-9a-z]{6} )?(?<content>\d+\.\d+\.\d+\.\d+ - .*\?n=(?<number>\d+) .* rec=(?<name>\S+)) crc=(?<crc>[0-9a-f]{8})$/;

/** Reads a line with or without the mark that the transform puts in front; `undefined` for a damaged one. */
export function readRecordLine(text: string): ReadRecord | undefined {
  const line = text.startsWith("{") ? (JSON.parse(text) as { readonly line: string }).line : text;
  const groups = LINE.exec(line)?.groups;
  const { mark, content = "", number, name = "", crc } = groups ?? {};
  if (groups === undefined || checksum(content) !== crc) return undefined;
  return { name, number: Number(number), isMarked: mark !== undefined };
}

/** What `test/fixtures/functions/capricious.ts` drops. */
export const isDropped = ({ number }: Pick<ReadRecord, "number">): boolean => number % 50 === 0;

/** What it lets fail. */
export const isFailed = (record: Pick<ReadRecord, "number">): boolean =>
  record.number % 31 === 0 && !isDropped(record);

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, "0");
}
