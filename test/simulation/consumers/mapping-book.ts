/**
 * What is known of the mappings at each moment of a history. A run goes by its mapping as it was when it took its
 * lease, so each of its deeds is judged by that, however late it is and whatever the mapping's owner wants by then.
 *
 * A record is *handled* once an invocation that held it succeeded, or its partial answer says so. It is *done* when it
 * is handled, reported, or *passed*: stored as behind a reader by a run that might leave it out, for that run's filter
 * did not want it, or it was to be given up and nobody told. Also when it expired, or its stream is gone.
 */
import type { ConsumerCheckOptions, Visitor } from "./checker.ts";
import type { ConsumerEventOf, MappingFacts } from "./history.ts";
import type { LogBook, Rec } from "./log-book.ts";

export interface Mapping {
  readonly uuid: string;
  /** As it is now. */
  facts: MappingFacts;
  readonly revisions: Map<number, MappingFacts>;
  /** By shard and epoch: what a run goes by. */
  readonly runs: Map<string, MappingFacts>;
  /** The lowest that was ever in force: what was given up once stays so. */
  maximumRetryCount: number;
  maximumAgeMs: number;
  /** As it was all the time, or `undefined`. */
  bisects: boolean | undefined;
  pausedAtMs: number;
  enabledAtMs: number;
  readonly handledAtMs: Map<string, number>;
  readonly reported: Set<string>;
  readonly passed: Set<string>;
  /** How many invocations that held it did not handle it, and how many of these held nothing else. */
  readonly failures: Map<string, { count: number; aloneCount: number }>;
}

interface Run {
  readonly mapping: string;
  readonly shard: number;
  readonly epoch: number;
}

export interface MappingBook {
  readonly visitor: Visitor;
  readonly mappings: ReadonlyMap<string, Mapping>;
  /** By its number. */
  callOf(call: number): ConsumerEventOf<"invoked">;
  goesBy(run: Run): MappingFacts;
  /** Its stream was deleted. */
  isGone(rec: Rec): boolean;
  isTooOld(mapping: Mapping, rec: Rec, nowMs: number): boolean;
  /** So often did it fail that it may be given up. */
  isExhausted(mapping: Mapping, rec: Rec): boolean;
  /** Whether the mapping has to see it, and it is not done. */
  isOpenWork(mapping: Mapping, rec: Rec, nowMs: number): boolean;
  /** Whether a run may go on without its being sent or reported. */
  mayPass(mapping: Mapping, by: MappingFacts, rec: Rec, nowMs: number): boolean;
}

export function createMappingBook(
  log: LogBook,
  { retentionMs, clockSkewMs }: ConsumerCheckOptions,
): MappingBook {
  const mappings = new Map<string, Mapping>();
  const calls = new Map<number, ConsumerEventOf<"invoked">>();
  const goneStreams = new Set<number>();

  const isGone = ({ stream }: Rec) => goneStreams.has(stream);

  function isTooOld({ maximumAgeMs }: Mapping, { arrivedAtMs }: Rec, nowMs: number): boolean {
    return nowMs - arrivedAtMs >= Math.min(maximumAgeMs, retentionMs) - 2 * clockSkewMs;
  }

  function isExhausted(mapping: Mapping, { id }: Rec): boolean {
    const { count = 0, aloneCount = 0 } = mapping.failures.get(id) ?? {};
    return (mapping.bisects ? aloneCount : count) > mapping.maximumRetryCount;
  }

  function isDone({ handledAtMs, reported, passed }: Mapping, rec: Rec, nowMs: number): boolean {
    if (handledAtMs.has(rec.id) || reported.has(rec.id) || passed.has(rec.id)) return true;
    return isGone(rec) || nowMs - rec.arrivedAtMs >= retentionMs - 2 * clockSkewMs;
  }

  const visitor: Visitor = {
    "stream gone"({ stream }) {
      goneStreams.add(stream);
    },

    mapping({ kind: _kind, atMs, ...facts }) {
      const mapping = mappings.get(facts.mapping) ?? newMapping(facts);
      mappings.set(facts.mapping, mapping);
      if (facts.status === "enabled") {
        if (mapping.facts.status !== "enabled") mapping.enabledAtMs = atMs;
        mapping.pausedAtMs = Infinity;
      } else if (facts.status !== "starting") {
        mapping.pausedAtMs = Math.min(mapping.pausedAtMs, atMs);
      }
      mapping.facts = facts;
      mapping.revisions.set(facts.revision, facts);
      const { maximumRetryCount = Infinity, maximumAgeMs = Infinity, bisects } = facts;
      mapping.maximumRetryCount = Math.min(mapping.maximumRetryCount, maximumRetryCount);
      mapping.maximumAgeMs = Math.min(mapping.maximumAgeMs, maximumAgeMs);
      if (bisects !== mapping.bisects) mapping.bisects = undefined;
    },

    leased({ mapping: uuid, shard, epoch, revision }) {
      const mapping = mappings.get(uuid)!;
      mapping.runs.set(`${shard} ${epoch}`, mapping.revisions.get(revision)!);
    },

    invoked(event) {
      calls.set(event.call, event);
    },

    returned({ call, outcome, atMs }) {
      const { mapping: uuid, records: ids, recordCount } = calls.get(call)!;
      const { handledAtMs, failures } = mappings.get(uuid)!;
      const handledCount =
        outcome.kind === "success" ? ids.length : outcome.kind === "partial" ? outcome.count : 0;
      ids.forEach((id, i) => {
        if (i < handledCount) {
          if (!handledAtMs.has(id)) handledAtMs.set(id, atMs);
          return;
        }
        const { count = 0, aloneCount = 0 } = failures.get(id) ?? {};
        const alone = recordCount === 1 ? 1 : 0;
        failures.set(id, { count: count + 1, aloneCount: aloneCount + alone });
      });
    },

    reported({ mapping, records: ids }) {
      for (const id of ids) mappings.get(mapping)!.reported.add(id);
    },
  };

  return {
    visitor,
    mappings,
    callOf: (call) => calls.get(call)!,
    goesBy({ mapping: uuid, shard, epoch }) {
      const mapping = mappings.get(uuid)!;
      return mapping.runs.get(`${shard} ${epoch}`) ?? mapping.facts;
    },
    isGone,
    isTooOld,
    isExhausted,
    isOpenWork: (mapping, rec, nowMs) =>
      !isDone(mapping, rec, nowMs) && log.isOwed(mapping.uuid, rec),
    mayPass(mapping, by, rec, nowMs) {
      if (!isWanted(by, rec)) return true;
      return (
        by.destination === undefined && (isExhausted(mapping, rec) || isTooOld(mapping, rec, nowMs))
      );
    },
  };
}

export function isWanted({ wantedKinds }: MappingFacts, { kind }: Rec): boolean {
  return wantedKinds === undefined || wantedKinds.includes(kind);
}

function newMapping(facts: MappingFacts): Mapping {
  return {
    uuid: facts.mapping,
    facts,
    revisions: new Map(),
    runs: new Map(),
    maximumRetryCount: Infinity,
    maximumAgeMs: Infinity,
    bisects: facts.bisects,
    pausedAtMs: Infinity,
    enabledAtMs: 0,
    handledAtMs: new Map(),
    reported: new Set(),
    passed: new Set(),
    failures: new Map(),
  };
}
