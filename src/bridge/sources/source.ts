/** What a row of the table of sources says. */
import type { Sequence } from "../brought.ts";

export interface DecodeOptions {
  /** Of the invocation: Lambda keeps it when it repeats an asynchronous one. */
  readonly requestId: string;
  /** What stands behind each record that AWS's own integration ends so: a newline, or nothing. */
  readonly lineEnd: "\n" | "";
  /** Of SNS: the message alone, without its envelope. */
  readonly isRawSns: boolean;
  /** Of SQS: the message with its attributes, not its body alone. */
  readonly isWholeSqs: boolean;
}

export interface Source {
  /** Whether an event can be this source's. */
  readonly matches: (event: unknown) => boolean;
  /** Of an event that matches. Throws on what the source never sends. */
  readonly decode: (event: never, options: DecodeOptions) => readonly Sequence[];
}

/** Of an event whose records name their source. */
export function isOf(event: unknown, source: string): boolean {
  const { Records: records } = members(event);
  const { eventSource, EventSource } = members(Array.isArray(records) ? records[0] : undefined);
  return (eventSource ?? EventSource) === source;
}

export function members(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
