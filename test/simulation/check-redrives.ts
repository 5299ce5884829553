/**
 * What redrives promise, decided from a history alone (`checker.ts`). Of each object of failed records:
 *
 * - G5 what comes of it are its records, each of them once, whoever redrives it and however often
 * - G4 it counts as redriven when each of its records is in an object that came of it, delivered or failed anew, or was dropped
 * - G5 a redrive is over when all that it was asked for and that stood when it began is redriven
 * - G4 none is put aside before it is redriven, nor loses anything by it
 * - G5 a redrive that is asked to put them aside has done so with all of these when it is over, and counted all of them
 * - G7 in the end none is under way
 */
import type { Violation } from "./checker.ts";
import type { Aside, EventOf, HistoryEvent } from "./history.ts";

interface Failed {
  readonly event: EventOf<"object">;
  /** Its place in the history. */
  readonly at: number;
  /** Record by record, how often it is in what came of it. */
  readonly came: Map<string, number>;
  readonly dropped: Set<string>;
  isRedriven: boolean;
  /** What was done with it, and for whom. */
  readonly aside: Set<Aside>;
  readonly movers: Set<string>;
}

export function checkRedrives(events: readonly HistoryEvent[]): readonly Violation[] {
  const violations: Violation[] = [];
  /** By stream and key. */
  const failed = new Map<string, Failed>();
  const begun = new Map<string, { readonly event: EventOf<"redrive">; readonly at: number }>();
  /** By stream and record: a receiver may have it already. */
  const doubted = new Set<string>();
  const nameOf = (stream: string, key: string) => `${stream} ${key}`;

  function fail(guarantee: Violation["guarantee"], message: string): void {
    violations.push({ guarantee, message });
  }

  function object(event: EventOf<"object">, at: number): void {
    const { stream, key, from, records, isOfFailed, reader } = event;
    if (isOfFailed && reader === "delivery") {
      const none = {
        came: new Map(),
        dropped: new Set<string>(),
        isRedriven: false,
        aside: new Set<Aside>(),
        movers: new Set<string>(),
      };
      failed.set(nameOf(stream, key), { event, at, ...none });
    }
    if (from === undefined) return;
    const source = failed.get(nameOf(stream, from));
    if (source === undefined) return fail("G5", `${key} came of ${from}, which never was`);
    for (const record of records) {
      const count = (source.came.get(record) ?? 0) + 1;
      source.came.set(record, count);
      const standing = copiesIn(source, record);
      if (count > standing && !doubted.has(`${stream} ${record}`)) {
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
      const isDoubted = doubted.has(`${stream} ${record}`);
      if (!isDone && !isDoubted && !source.dropped.has(record)) {
        fail("G4", `${from} counts as redriven, and ${record} is in no object that came of it`);
      }
    }
  }

  function putAside({ stream, from, how, redrives, records }: EventOf<"put aside">): void {
    const source = failed.get(nameOf(stream, from));
    if (source === undefined) return fail("G5", `${from} was put aside and never was`);
    if (!source.isRedriven) fail("G4", `${from} was put aside before it was redriven`);
    if (source.event.records.join() !== records.join()) {
      fail("G4", `${from} was put aside and holds ${records.join()} since then`);
    }
    source.aside.add(how);
    if (how === "MOVE") for (const redrive of redrives) source.movers.add(redrive);
  }

  function ended({
    stream,
    redrive,
    state,
    doneCount = Number.POSITIVE_INFINITY,
  }: EventOf<"redrive ended">): void {
    if (state === "RUNNING") return fail("G7", `the redrive ${redrive} of ${stream} never ends`);
    const known = begun.get(redrive);
    if (state !== "COMPLETED" || known === undefined) return;
    const { event: asked, at: askedAt } = known;
    let owedCount = 0;
    for (const { event, at, isRedriven, aside, movers } of failed.values()) {
      const isAsked =
        event.stream === stream &&
        event.bucket === asked.bucket &&
        asked.prefixes.some((prefix) => event.key.startsWith(prefix)) &&
        at < askedAt &&
        event.atMs <= asked.startedAtMs;
      if (!isAsked) continue;
      const isOver = `the redrive ${redrive} of ${stream} is over, and ${event.key}`;
      if (!isRedriven) fail("G5", `${isOver} is not redriven`);
      const isAside = aside.has("MOVE") || (asked.after === "TAG" && aside.has("TAG"));
      if (asked.after !== undefined && !isAside) fail("G5", `${isOver} is not put aside`);
      // What another one has moved it may never have met.
      if (!aside.has("MOVE") || movers.has(redrive)) owedCount += 1;
    }
    if (doneCount < owedCount) {
      fail("G5", `the redrive ${redrive} of ${stream} counts ${doneCount} objects of ${owedCount}`);
    }
  }

  for (const [at, event] of events.entries()) {
    if (event.kind === "object") object(event, at);
    else if (event.kind === "doubted") doubted.add(`${event.stream} ${event.record}`);
    else if (event.kind === "redrive") begun.set(event.redrive, { event, at });
    else if (event.kind === "redriven") redriven(event);
    else if (event.kind === "put aside") putAside(event);
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
