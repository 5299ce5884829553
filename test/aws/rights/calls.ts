/** The kinds of calls that were recorded, one a line, in order and once each. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RecordedCall } from "./rights.ts";

const FILE = join(import.meta.dirname, "calls.jsonl");

export function readCalls(file = FILE): readonly RecordedCall[] {
  const lines = readFileSync(file, "utf8").split("\n").filter(Boolean);
  return lines.map((line) => JSON.parse(line) as RecordedCall);
}

export function writeCalls(calls: readonly RecordedCall[]): void {
  const lines = new Set(calls.map((call) => `${JSON.stringify(call)}\n`));
  writeFileSync(FILE, [...lines].toSorted().join(""));
}
