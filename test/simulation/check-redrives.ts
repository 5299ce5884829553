/**
 * What redrives promise, decided from a history alone (`checker.ts`). Of each object of failed records:
 *
 * - G5 what comes of it are its records, each of them once, whoever redrives it and however often
 * - G4 it counts as redriven when each of its records is in an object that came of it, delivered or failed anew, or was dropped
 * - G5 a redrive is over when all that it was asked for and that stood when it began is redriven
 * - G7 in the end none is under way
 */
import type { Violation } from "./checker.ts";
import type { EventOf, HistoryEvent } from "./history.ts";

interface Failed {
  readonly event: EventOf<"object">;
  /** Its place in the history. */
  readonly at: number;
  /** Record by record, how often it is in what came of it. */
  readonly came: Map<string, number>;
  readonly dropped: Set<string>;
  isRedriven: boolean;
}

export function checkRedrives(events: readonly HistoryEvent[]): readonly Violation[] {
  const violations: Violation[] = [];
  /** By stream and key. */
  const failed = new Map<string, Failed>();
  const begun = new Map<string, { readonly event: EventOf<"redrive">; readonly at: number }>();
  const nameOf = (stream: string, key: string) => `${stream} ${key}`;

  function fail(guarantee: Violation["guarantee"], message: string): void {
    violations.push({ guarantee, message });
  }

  function object(event: EventOf<"object">, at: number): void {
    const { stream, key, from, records, isOfFailed, reader } = event;
    if (isOfFailed && reader === "delivery") {
      const none = { came: new Map(), dropped: new Set<string>(), isRedriven: false };
      failed.set(nameOf(stream, key), { event, at, ...none });
    }
    if (from === undefined) return;
    const source = failed.get(nameOf(stream, from));
    if (source === undefined) return fail("G5", `${key} came of ${from}, which never was`);
    for (const record of records) {
      const count = (source.came.get(record) ?? 0) + 1;
      source.came.set(record, count);
      const standing = copiesIn(source, record);
      if (count > standing) {
        fail("G5", `${record} was redriven ${count} times and stands ${standing} times in ${from}`);
      }
    }
  }

  function redriven({ stream, from }: EventOf<"redriven">): void {
    const source = failed.get(nameOf(stream, from));
    if (source === undefined) return fail("G5", `${from} was redriven and never was`);
    source.isRedriven = true;
    for (const record of source.event.records) {
      const isDone = (source.came.get(record) ?? 0) >= copiesIn(source, record);
      if (!isDone && !source.dropped.has(record)) {
        fail("G4", `${from} counts as redriven, and ${record} is in no object that came of it`);
      }
    }
  }

  function ended({ stream, redrive, state }: EventOf<"redrive ended">): void {
    if (state === "RUNNING") return fail("G7", `the redrive ${redrive} of ${stream} never ends`);
    const known = begun.get(redrive);
    if (state !== "COMPLETED" || known === undefined) return;
    const { event: asked, at: askedAt } = known;
    for (const { event, at, isRedriven } of failed.values()) {
      const isAsked =
        event.stream === stream &&
        event.bucket === asked.bucket &&
        asked.prefixes.some((prefix) => event.key.startsWith(prefix)) &&
        at < askedAt &&
        event.atMs <= asked.startedAtMs;
      if (isAsked && !isRedriven) {
        fail("G5", `the redrive ${redrive} of ${stream} is over, and ${event.key} is not redriven`);
      }
    }
  }

  for (const [at, event] of events.entries()) {
    if (event.kind === "object") object(event, at);
    else if (event.kind === "redrive") begun.set(event.redrive, { event, at });
    else if (event.kind === "redriven") redriven(event);
    else if (event.kind === "redrive ended") ended(event);
    else if (event.kind === "dropped" && event.from !== undefined) {
      failed.get(nameOf(event.stream, event.from))?.dropped.add(event.record);
    }
  }
  return violations;
}

function copiesIn({ event: { records } }: Failed, wanted: string): number {
  return records.filter((record) => record === wanted).length;
}
