/**
 * Decides whether a history of mappings keeps the guarantees. It knows nothing of the code but how keys are shared out
 * among lanes: it reads the whole log first, and then walks the events and asks of each whether it could have happened
 * after those before it. What is *done* is told in `mapping-book.ts`.
 *
 * - G1 acknowledged records are in the log, under the place that was answered, and their stream stands
 * - G2 acknowledged before sent means earlier among the records of a key
 * - G4 what is stored of a reader never goes back, nor over records that are not done
 * - G5 the attempts of one call are one record, for an hour
 * - G6 no record is sent to a function before all earlier ones of its key are done or beside it; no child is begun
 *   before its parents are done
 * - G7 in the end all is done and nothing waits; with `promptMs`, never longer than that
 * - G8 messages for a reader do not become more and more
 * - G10 nothing is sent that is not wanted, nothing is given up but by the rules; when all is calm, nothing is sent
 *   twice, a failed batch comes again as it was, and a mapping that is not enabled is left alone
 * - G11 the states of tumbling windows, see `check-windows.ts`
 * - G12 what may be taken is taken, and no more, see `check-taken.ts`
 */
import type { Violation } from "../checker.ts";
import { checkEnd } from "./check-end.ts";
import { checkInvocations } from "./check-invocations.ts";
import { checkProducers } from "./check-producers.ts";
import { checkProgress } from "./check-progress.ts";
import { checkReports } from "./check-reports.ts";
import { checkTaken } from "./check-taken.ts";
import { checkWindows } from "./check-windows.ts";
import type { ConsumerEvent, ConsumerEventOf } from "./history.ts";
import { type LogBook, readLog } from "./log-book.ts";
import { createMappingBook, type MappingBook } from "./mapping-book.ts";

export interface ConsumerCheckOptions {
  readonly retentionMs: number;
  /** How far clocks may differ. */
  readonly clockSkewMs: number;
  /** Nothing fails but what the function makes of poison. */
  readonly isCalm: boolean;
  /** Longest time from an acknowledgement to an invocation that succeeds; absent: not checked. */
  readonly promptMs?: number;
  /** Longest time until what is sent when nothing is wrong any more is taken; absent: not checked. */
  readonly takenMs?: number;
  /** Records that a shard takes in a second; absent: not checked. */
  readonly shardLimit?: number;
  /** How many clocks there are that may be ahead of each other. */
  readonly clockCount?: number;
}

/** What the parts of the checker share. */
export interface Check {
  readonly options: ConsumerCheckOptions;
  readonly log: LogBook;
  readonly book: MappingBook;
  fail(guarantee: Violation["guarantee"], message: string): void;
}

/** `at`: which event of the history it is. */
export type Visitor = {
  readonly [Kind in ConsumerEvent["kind"]]?: (event: ConsumerEventOf<Kind>, at: number) => void;
};

export interface Part {
  readonly visitor: Visitor;
  readonly finish?: (endMs: number) => void;
}

const PARTS: readonly ((check: Check) => Part)[] = [
  checkProducers,
  checkProgress,
  checkInvocations,
  checkReports,
  checkEnd,
  checkWindows,
  checkTaken,
];

export function checkConsumers(
  events: readonly ConsumerEvent[],
  options: ConsumerCheckOptions,
): readonly Violation[] {
  const violations: Violation[] = [];
  const log = readLog(events, options.clockSkewMs);
  const book = createMappingBook(log, options);
  const fail: Check["fail"] = (guarantee, message) => violations.push({ guarantee, message });
  // The book first: what an event means is known when it is judged.
  const parts: readonly Part[] = [book, ...PARTS.map((part) => part({ options, log, book, fail }))];
  events.forEach((event, at) => {
    for (const { visitor } of parts) {
      const visit = visitor[event.kind] as ((one: ConsumerEvent, at: number) => void) | undefined;
      visit?.(event, at);
    }
  });
  const endMs = events.at(-1)?.atMs ?? 0;
  for (const { finish } of parts) finish?.(endMs);
  return violations;
}
