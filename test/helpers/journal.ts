/** What a mapping's function saw, from the file where `test/fixtures/functions/journal.ts` writes it down. */
import { rmSync } from "node:fs";
import {
  type JournalLine,
  journalPath,
  type WindowedEvent,
} from "../fixtures/functions/journal.ts";
import { growingLines } from "./growing-lines.ts";

export interface Invocation {
  readonly id: string;
  readonly atMs: number;
  readonly event: WindowedEvent;
  /** The records' data as text. */
  readonly texts: readonly string[];
  /** Absent while it is under way, and for ever when the function's process was killed. */
  readonly outcome?: "returned" | "threw";
  readonly answer?: unknown;
}

export interface Journal {
  /** As they were written: beginnings and ends. */
  lines(): readonly JournalLine[];
  /** In the order of their beginnings. */
  invocations(): readonly Invocation[];
  remove(): void;
}

export function openJournal(streamName: string, functionName?: string): Journal {
  const file = journalPath(streamName, functionName);
  const lines = growingLines(file, (line) => JSON.parse(line) as JournalLine);

  function invocations(): readonly Invocation[] {
    const found = new Map<string, Invocation>();
    for (const line of lines()) {
      const begun = found.get(line.id);
      if (line.kind === "begun") {
        const { id, atMs, event } = line;
        found.set(id, { id, atMs, event, texts: textsOf(event) });
      } else if (begun && line.kind === "returned") {
        found.set(line.id, { ...begun, outcome: line.kind, answer: line.answer });
      } else if (begun && line.kind === "threw") {
        found.set(line.id, { ...begun, outcome: line.kind });
      }
    }
    return [...found.values()];
  }

  function remove(): void {
    for (const each of [file, `${file}.meetings`]) rmSync(each, { force: true });
  }

  return { lines, invocations, remove };
}

export function textsOf({ Records }: Pick<WindowedEvent, "Records">): readonly string[] {
  return Records.map(({ kinesis }) => Buffer.from(kinesis.data, "base64").toString());
}
