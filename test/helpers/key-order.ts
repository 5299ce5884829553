/**
 * Whether a journal kept each partition key's order: records are numbered per key from 1 on, and none may be in an
 * invocation before the one in front of it was handled. What was handled may come again, in order, after a crash.
 */
import type { JournalLine } from "../fixtures/functions/journal.ts";

export interface KeyOrder {
  /** A sentence for each breach. */
  readonly problems: readonly string[];
  /** The last number handled of each key. */
  readonly handled: ReadonlyMap<string, number>;
  /** How often a record was given to the function although it was handled. */
  readonly repeatedCount: number;
}

/** @param isPoison records that count as handled once an invocation with nothing else has failed */
export function checkKeyOrder(
  lines: readonly JournalLine[],
  isPoison: (record: KeyedNumber) => boolean = () => false,
): KeyOrder {
  const problems: string[] = [];
  const handled = new Map<string, number>();
  const underWay = new Map<string, readonly KeyedNumber[]>();
  let repeatedCount = 0;
  for (const line of lines) {
    if (line.kind === "begun") {
      const records = line.event.Records.map(keyedNumber);
      const begun = new Map<string, number>();
      for (const record of records) {
        const { key, n } = record;
        const before = begun.get(key);
        const reached = handled.get(key) ?? 0;
        const isInOrder = before === undefined ? n <= reached + 1 : n === before + 1;
        if (!isInOrder) problems.push(`${key} ${n} came after ${before ?? reached}`);
        if (n <= reached && !isPoison(record)) repeatedCount++;
        begun.set(key, n);
      }
      underWay.set(line.id, records);
      continue;
    }
    const records = underWay.get(line.id) ?? [];
    const isOver = line.kind === "returned" || (records.length === 1 && isPoison(records[0]!));
    for (const { key, n } of isOver ? records : []) {
      handled.set(key, Math.max(n, handled.get(key) ?? 0));
    }
  }
  return { problems, handled, repeatedCount };
}

export interface KeyedNumber {
  readonly key: string;
  readonly n: number;
}

type JournalRecord = Extract<JournalLine, { kind: "begun" }>["event"]["Records"][number];

function keyedNumber({ kinesis }: JournalRecord): KeyedNumber {
  const text = Buffer.from(kinesis.data, "base64").toString();
  return { key: kinesis.partitionKey, n: (JSON.parse(text) as { readonly n: number }).n };
}
