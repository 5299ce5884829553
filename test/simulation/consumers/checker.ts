/**
 * Decides whether a history of mappings keeps the guarantees. It knows nothing of the code: it reads the whole log
 * first, and then walks the events and asks of each whether it could have happened after those before it.
 *
 * A record is *handled* by a mapping once an invocation that held it succeeded, or its partial answer says so. It is
 * *done* when it is handled, given up by the rules and, with a destination, reported there; or expired, or unwanted.
 *
 * - G1 acknowledged records are in the log, under the place that was answered
 * - G2 acknowledged before sent means earlier among the records of a key
 * - G4 what is stored of a reader never goes back, nor over records that are not done
 * - G6 no record is sent to a function before all earlier ones of its key are done or beside it; no child is begun
 *   before its parents are done
 * - G7 in the end all is done and nothing waits; with `promptMs`, never longer than that
 * - G10 nothing is sent that is not wanted, nothing is given up but by the rules; when all is calm, nothing is sent
 *   twice, a failed batch comes again as it was, and a mapping that is not enabled is left alone
 * - G8 messages for a reader do not become more and more
 */
import type { Violation } from "../checker.ts";
import type {
  ConsumerEvent,
  ConsumerEventOf,
  LanePlace,
  LoggedRecord,
  MappingFacts,
} from "./history.ts";
import { laneOf } from "../../../src/consumer/progress.ts";

export interface ConsumerCheckOptions {
  readonly retentionMs: number;
  /** How far clocks may differ. */
  readonly clockSkewMs: number;
  /** Nothing fails but what the function makes of poison. */
  readonly isCalm: boolean;
  /** Longest time from an acknowledgement to an invocation that succeeds; absent: not checked. */
  readonly promptMs?: number;
}

/** How many messages for one reader may be in the queue. */
const MESSAGES_MAX_COUNT = 24;
const MESSAGES_CALM_MAX_COUNT = 10;
/** How long a consumer may go on by what it remembers of its mapping, and then some. */
const OUTDATED_MAX_MS = 10_000;

interface Rec extends LoggedRecord {
  readonly shard: number;
  readonly place: LanePlace;
  readonly arrivedAtMs: number;
}

/** One mapping as seen so far. */
interface Mapping {
  facts: MappingFacts;
  /** The lowest that was ever in force. */
  maximumRetryCount: number;
  maximumAgeMs: number;
  /** As it was all the time, or `undefined`. */
  bisects: boolean | undefined;
  pausedAtMs: number;
  enabledAtMs: number;
  readonly ended: Set<number>;
  readonly handledAtMs: Map<string, number>;
  readonly reported: Set<string>;
  /** How many invocations that held it did not handle it, and how many of these held nothing else. */
  readonly failures: Map<string, { count: number; aloneCount: number }>;
  readonly progress: Map<number, { readonly block: number; readonly lanes: readonly LanePlace[] }>;
  /** By shard and first record: the batch that failed last. */
  readonly failedBatches: Map<string, readonly string[]>;
}

type Invoked = ConsumerEventOf<"invoked">;

export function checkConsumers(
  events: readonly ConsumerEvent[],
  options: ConsumerCheckOptions,
): readonly Violation[] {
  const violations: Violation[] = [];
  const { retentionMs, clockSkewMs, isCalm, promptMs = Infinity } = options;
  const records = new Map<string, Rec>();
  const parents = new Map<number, readonly number[]>();
  const mappings = new Map<string, Mapping>();
  const calls = new Map<number, Invoked>();
  const sentAt = new Map<string, number>();
  const furthest = new Map<string, { readonly at: number; readonly rec: Rec }[]>();

  function fail(guarantee: Violation["guarantee"], message: string): void {
    violations.push({ guarantee, message });
  }

  for (const event of events) {
    if (event.kind === "shard") parents.set(event.shard, event.parents);
    if (event.kind !== "logged") continue;
    const { shard, arrivedAtMs } = event;
    for (const record of event.records) {
      const [, block = 0, position = 0, sub = 0] = record.id.split("/").map(Number);
      records.set(record.id, { ...record, shard, arrivedAtMs, place: [block, position, sub] });
    }
  }
  // A key's shards follow each other in the order of their indexes.
  const inOrder = [...records.values()].toSorted(compareRecords);
  const byKey = Map.groupBy(inOrder, ({ key }) => key);
  const byShard = Map.groupBy(inOrder, ({ shard }) => shard);
  const openedIn = openings(events);

  /** Whether the mapping has to see it: its reader begins before it, or at an ancestor of its shard. */
  function isOwed(mapping: string, { shard, place: [block] }: Rec): boolean {
    const opened = openedIn.get(mapping);
    const from = opened?.get(shard);
    if (from !== undefined && block >= from) return true;
    const isBegunBefore = (index: number): boolean =>
      (parents.get(index) ?? []).some((parent) => opened?.has(parent) || isBegunBefore(parent));
    return isBegunBefore(shard);
  }

  function isWanted({ facts: { wantedKinds } }: Mapping, { kind }: Rec): boolean {
    return wantedKinds === undefined || wantedKinds.includes(kind);
  }

  function isTooOld({ maximumAgeMs }: Mapping, { arrivedAtMs }: Rec, nowMs: number): boolean {
    return nowMs - arrivedAtMs >= Math.min(maximumAgeMs, retentionMs) - 2 * clockSkewMs;
  }

  /** So often did it fail that it may be given up. */
  function isExhausted(mapping: Mapping, { id }: Rec): boolean {
    const { count = 0, aloneCount = 0 } = mapping.failures.get(id) ?? {};
    return (mapping.bisects ? aloneCount : count) > mapping.maximumRetryCount;
  }

  function isDone(mapping: Mapping, rec: Rec, nowMs: number): boolean {
    const { facts, handledAtMs, reported } = mapping;
    if (!isWanted(mapping, rec) || handledAtMs.has(rec.id) || reported.has(rec.id)) return true;
    if (nowMs - rec.arrivedAtMs >= retentionMs - 2 * clockSkewMs) return true;
    return !facts.isReported && (isExhausted(mapping, rec) || isTooOld(mapping, rec, nowMs));
  }

  function isOpenWork(uuid: string, mapping: Mapping, rec: Rec, nowMs: number): boolean {
    return isOwed(uuid, rec) && !isDone(mapping, rec, nowMs);
  }

  const visit: {
    [Kind in ConsumerEvent["kind"]]: (event: ConsumerEventOf<Kind>, at: number) => void;
  } = {
    shard() {},
    logged() {},

    sent({ names }, at) {
      for (const name of names) sentAt.set(name, at);
    },

    acknowledged({ name, id }, at) {
      const rec = records.get(id);
      if (rec?.name !== name) return fail("G1", `${name} was acknowledged at ${id}: ${rec?.name}`);
      const before = furthest.get(rec.key) ?? [];
      furthest.set(rec.key, before);
      const last = before.findLast((one) => one.at < sentAt.get(name)!);
      if (last && compareRecords(last.rec, rec) >= 0) {
        fail(
          "G2",
          `${name} stands at ${id}, and ${last.rec.id} was acknowledged before it was sent`,
        );
      }
      const top = before.at(-1)?.rec;
      before.push({ at, rec: top && compareRecords(top, rec) > 0 ? top : rec });
    },

    mapping({ kind: _kind, atMs, ...facts }) {
      const known = mappings.get(facts.mapping);
      const mapping = known ?? newMapping(facts);
      mappings.set(facts.mapping, mapping);
      if (facts.status === "enabled") {
        if (mapping.facts.status !== "enabled") mapping.enabledAtMs = atMs;
        mapping.pausedAtMs = Infinity;
      } else if (facts.status !== "starting")
        mapping.pausedAtMs = Math.min(mapping.pausedAtMs, atMs);
      mapping.facts = facts;
      const { maximumRetryCount = Infinity, maximumAgeMs = Infinity, bisects } = facts;
      mapping.maximumRetryCount = Math.min(mapping.maximumRetryCount, maximumRetryCount);
      mapping.maximumAgeMs = Math.min(mapping.maximumAgeMs, maximumAgeMs);
      if (bisects !== mapping.bisects) mapping.bisects = undefined;
    },

    opened({ mapping: uuid, shard, block, atMs }) {
      const mapping = mappings.get(uuid);
      if (mapping === undefined) return;
      mapping.progress.set(shard, { block, lanes: [] });
      for (const parent of parents.get(shard) ?? []) {
        if (!openedIn.get(uuid)?.has(parent) && !isBegunAbove(uuid, parent)) continue;
        if (mapping.ended.has(parent)) continue;
        const open = (byShard.get(parent) ?? []).find((rec) =>
          isOpenWork(uuid, mapping, rec, atMs),
        );
        if (open) fail("G6", `${shard} was opened before ${open.id} of its parent was done`);
      }
    },

    ended({ mapping: uuid, shard, atMs }) {
      const mapping = mappings.get(uuid);
      if (mapping === undefined) return;
      mapping.ended.add(shard);
      for (const rec of byShard.get(shard) ?? []) {
        if (isOpenWork(uuid, mapping, rec, atMs)) {
          fail("G4", `${shard} ended for ${uuid} before ${rec.id} was done`);
        }
      }
    },

    progress({ mapping: uuid, shard, block, lanes, atMs }) {
      const mapping = mappings.get(uuid);
      if (mapping === undefined) return;
      const last = mapping.progress.get(shard);
      mapping.progress.set(shard, { block, lanes });
      if (last && block < last.block) fail("G4", `${uuid} went back in ${shard} to block ${block}`);
      const isSame = last?.lanes.length === lanes.length;
      lanes.forEach((next, lane) => {
        const before = last?.lanes[lane];
        if (isSame && before && comparePlaces(next, before) < 0) {
          const move = `from ${before.join("/")} to ${next.join("/")}`;
          fail("G4", `lane ${lane} of ${uuid} went back in ${shard} ${move}`);
        }
      });
      for (const rec of byShard.get(shard) ?? []) {
        const next = lanes[laneOf(rec.key, lanes.length)]!;
        const isPassed = comparePlaces(rec.place, next) < 0 || rec.place[0] < block;
        if (isPassed && isOpenWork(uuid, mapping, rec, atMs)) {
          fail("G4", `${uuid} was stored behind ${rec.id}, which is not done`);
        }
      }
    },

    invoked(event) {
      const { mapping: uuid, call, shard, records: ids, atMs } = event;
      calls.set(call, event);
      const mapping = mappings.get(uuid)!;
      if (isCalm && atMs - mapping.pausedAtMs > OUTDATED_MAX_MS) {
        fail("G10", `${uuid} was fed ${atMs - mapping.pausedAtMs} ms after it was ended`);
      }
      const beside = new Set<string>();
      let previous: Rec | undefined;
      for (const id of ids) {
        const rec = records.get(id);
        if (rec === undefined || rec.shard !== shard) {
          fail("G3", `call ${call} held ${id}, which is not in the log of ${shard}`);
          continue;
        }
        if (!isWanted(mapping, rec)) fail("G10", `call ${call} held ${id}, which is not wanted`);
        if (previous && compareRecords(previous, rec) >= 0) {
          fail("G6", `call ${call} held ${previous.id} before ${id}`);
        }
        previous = rec;
        checkEarlier(event, mapping, rec, beside);
        beside.add(id);
        const isOver = mapping.handledAtMs.has(id) || mapping.reported.has(id);
        if (isCalm && isOver) fail("G10", `call ${call} held ${id} again`);
      }
      if (isCalm && mapping.bisects === false) checkAgain(event, mapping);
    },

    returned({ call, outcome, atMs }) {
      const { mapping: uuid, records: ids, shard } = calls.get(call)!;
      const mapping = mappings.get(uuid)!;
      const handledCount =
        outcome.kind === "success" ? ids.length : outcome.kind === "partial" ? outcome.count : 0;
      ids.forEach((id, i) => {
        if (i < handledCount) {
          if (!mapping.handledAtMs.has(id)) mapping.handledAtMs.set(id, atMs);
          return;
        }
        const { count = 0, aloneCount = 0 } = mapping.failures.get(id) ?? {};
        const alone = ids.length === 1 ? 1 : 0;
        mapping.failures.set(id, { count: count + 1, aloneCount: aloneCount + alone });
      });
      const [first] = ids;
      if (first && outcome.kind === "failure" && mapping.bisects === false) {
        mapping.failedBatches.set(`${shard} ${first}`, ids);
      }
    },

    reported({ mapping: uuid, condition, invokeCount, records: ids, atMs }) {
      const mapping = mappings.get(uuid)!;
      const { maximumRetryCount, bisects } = mapping;
      for (const id of ids) {
        const rec = records.get(id);
        if (rec === undefined || !isWanted(mapping, rec)) {
          fail("G10", `${id} was reported and never wanted`);
          continue;
        }
        const isDue =
          condition === "RecordAgeExceeded"
            ? isTooOld(mapping, rec, atMs)
            : isExhausted(mapping, rec) && invokeCount > maximumRetryCount;
        const { count = 0 } = mapping.failures.get(id) ?? {};
        if (!isDue) {
          fail(
            "G10",
            `${id} was reported as ${condition} after ${count} failures, ${invokeCount} told`,
          );
        }
        mapping.reported.add(id);
      }
      if (bisects && condition === "RetryAttemptsExhausted" && ids.length > 1) {
        fail("G10", `${ids.join()} were given up together though they could be halved`);
      }
    },

    settled({ mapping, shard, block, head, isSealed, isEnded }) {
      if (isEnded || (block === head && !isSealed)) return;
      fail("G7", `${mapping} still lags ${head - block} blocks in ${shard}, sealed: ${isSealed}`);
    },

    messages({ mapping, shard, count }) {
      const most = isCalm ? MESSAGES_CALM_MAX_COUNT : MESSAGES_MAX_COUNT;
      if (count > most) fail("G8", `${count} messages for ${mapping} in ${shard} at once`);
    },

    surprise({ message }) {
      fail("surprise", message);
    },
  };

  function isBegunAbove(uuid: string, shard: number): boolean {
    const opened = openedIn.get(uuid);
    return (parents.get(shard) ?? []).some(
      (parent) => opened?.has(parent) || isBegunAbove(uuid, parent),
    );
  }

  /** G6, for one record of a batch: what stands before it among its key's records is done, or in the batch. */
  function checkEarlier(
    { mapping: uuid, call, atMs }: Invoked,
    mapping: Mapping,
    rec: Rec,
    beside: ReadonlySet<string>,
  ): void {
    for (const earlier of byKey.get(rec.key) ?? []) {
      if (earlier.id === rec.id) return;
      if (!beside.has(earlier.id) && isOpenWork(uuid, mapping, earlier, atMs)) {
        return fail("G6", `call ${call} to ${uuid} held ${rec.id} before ${earlier.id} was done`);
      }
    }
  }

  /** What failed as a whole comes again as a whole, save for what grew too old. */
  function checkAgain({ shard, call, records: ids }: Invoked, mapping: Mapping): void {
    const failed = mapping.failedBatches.get(`${shard} ${ids[0]}`);
    if (failed && failed.join() !== ids.join()) {
      fail("G10", `call ${call} held ${ids.join()} where ${failed.join()} had failed`);
    }
  }

  events.forEach((event, at) => {
    (visit[event.kind] as (event: ConsumerEvent, at: number) => void)(event, at);
  });
  const endMs = events.at(-1)?.atMs ?? 0;
  for (const [uuid, mapping] of mappings) {
    if (mapping.facts.status !== "enabled") continue;
    for (const rec of inOrder) {
      if (isOpenWork(uuid, mapping, rec, endMs)) fail("G7", `${rec.id} is not done by ${uuid}`);
    }
    for (const event of events) {
      if (event.kind === "acknowledged") checkPrompt(uuid, mapping, event);
    }
  }
  return violations;

  function checkPrompt(
    uuid: string,
    { handledAtMs, enabledAtMs }: Mapping,
    { id, atMs }: ConsumerEventOf<"acknowledged">,
  ): void {
    const waitedMs = (handledAtMs.get(id) ?? atMs) - Math.max(atMs, enabledAtMs);
    if (waitedMs > promptMs) fail("G7", `${id} was handled by ${uuid} after ${waitedMs} ms`);
  }
}

function newMapping(facts: MappingFacts): Mapping {
  return {
    facts,
    maximumRetryCount: Infinity,
    maximumAgeMs: Infinity,
    bisects: facts.bisects,
    pausedAtMs: Infinity,
    enabledAtMs: 0,
    ended: new Set(),
    handledAtMs: new Map(),
    reported: new Set(),
    failures: new Map(),
    progress: new Map(),
    failedBatches: new Map(),
  };
}

/** Where each mapping's readers were opened in the course of the history. */
function openings(events: readonly ConsumerEvent[]): Map<string, Map<number, number>> {
  const opened = new Map<string, Map<number, number>>();
  for (const event of events) {
    if (event.kind !== "opened") continue;
    const shards = opened.get(event.mapping) ?? new Map<number, number>();
    opened.set(event.mapping, shards.set(event.shard, event.block));
  }
  return opened;
}

function compareRecords(one: Rec, other: Rec): number {
  return one.shard - other.shard || comparePlaces(one.place, other.place);
}

function comparePlaces(one: LanePlace, other: LanePlace): number {
  return one[0] - other[0] || one[1] - other[1] || one[2] - other[2];
}
