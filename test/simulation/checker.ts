/**
 * Decides whether a history keeps the guarantees. It knows nothing of the code: it walks the events in order and
 * asks of each whether it could have happened after those before it.
 *
 * - G1 acknowledged records are in the log, and none is acknowledged by a stream that was already deleted
 * - G2 acknowledged before sent means earlier in the shard; no place is given twice
 * - G3 a place names one payload; a reader gives up nothing before its time, passes nothing that may still be written, and
 *   nothing appears behind it; data and tombstone never both
 * - G4 a checkpoint never moves back, nor over records whose objects do not stand
 * - G5 every record of the log is once in the objects of each reader; objects are never replaced, and each is named and
 *   placed by one version of its stream; the attempts of one call are one record, for an hour
 * - G7 in the end nothing waits; with `promptMs`, never longer than that
 * - pause: with `pausedMs`, a stream that has been paused for longer than that delivers nothing
 * - replay: what it was asked for, once each, and nothing else
 * - G12 what is sent when nothing is wrong any more is taken; with `takenMs`, within that
 *
 * - tags: changes of a stream come one behind the other (`check-tags.ts`)
 * - redrives: what is made of objects of failed records, and where these go (`check-redrives.ts`)
 * - metadata: what stands beside a record in an object is true of it (`check-metadata.ts`)
 * - where: what is answered of a call's records is true (`check-located.ts`)
 * - what a producer is told to be encrypted is sealed, and nothing else is
 *
 * What a destination other than S3 takes counts like an object, once for what it knows to be the same. Who gives up what such a
 * one took without anybody hearing of it may have it in both places.
 *
 * Nothing is owed for records whose retention is over, nor after their stream was deleted.
 */
import { checkRedrives } from "./check-redrives.ts";
import { checkLocated } from "./check-located.ts";
import { checkMetadata } from "./check-metadata.ts";
import { checkTags } from "./check-tags.ts";
import {
  ARRIVAL_DISORDER_MAX_MS,
  HOLE_FILL_TIMEOUT_MS,
  PLACE_WRITABLE_MS,
} from "../../src/limits.ts";
import type { Block, EventOf, HistoryEvent, Place } from "./history.ts";

export interface Violation {
  readonly guarantee:
    | "G1"
    | "G2"
    | "G3"
    | "G4"
    | "G5"
    | "G6"
    | "G7"
    | "G8"
    | "G10"
    | "G11"
    | "G12"
    | "seal"
    | "tags"
    | "metadata"
    | "where"
    | "pause"
    | "surprise";
  readonly message: string;
}

export interface CheckOptions {
  readonly retentionMs?: number;
  /** How far clocks may differ: retention may seem over that much too early. */
  readonly clockSkewMs?: number;
  /** Longest time from an acknowledgement, or the end of a pause, to the object; absent: not checked. */
  readonly promptMs?: number;
  /** Longest time that what was under way goes on after a pause; absent: not checked. */
  readonly pausedMs?: number;
  /** Longest time until what is sent when nothing is wrong any more is taken; absent: however long. */
  readonly takenMs?: number;
}

interface Logged {
  readonly records: readonly string[];
  readonly isSealed: boolean;
  readonly atMs: number;
}

/** One shard's log as seen so far. */
interface Shard {
  readonly stream: string;
  readonly name: string;
  readonly reserved: Map<number, EventOf<"reserved">>;
  readonly blocks: Map<number, Logged | "tombstone">;
  /** For each acknowledgement: its place in the history, and the furthest place in the shard so far. */
  readonly furthest: { readonly at: number; readonly block: number; readonly position: number }[];
  readonly checkpoints: Map<string, number>;
}

interface Call {
  readonly records: readonly string[];
  /** Its place in the history. */
  readonly at: number;
  readonly atMs: number;
  readonly isProbe: boolean;
  acknowledged?: EventOf<"acknowledged">;
}

/** For so long the attempts of a call are recognised. */
export const RETRY_PROMISE_MS = 3_600_000;

export function checkHistory(
  events: readonly HistoryEvent[],
  options: CheckOptions = {},
): readonly Violation[] {
  const violations: Violation[] = [];
  const calls = new Map<string, Call>();
  const callOf = new Map<string, string>();
  const shards = new Map<string, Shard>();
  const places = new Map<string, string>();
  const deletedAt = new Map<string, number>();
  const keys = new Set<string>();
  /** Of each stream: from when on it was paused, until when. */
  const pauses = new Map<string, { readonly fromAtMs: number; toAtMs?: number }[]>();
  /** `stream record` → how often it stands in the log. */
  const copies = new Map<string, number>();
  /** The same of those that came within the time for which the attempts of a call are one record. */
  const promptCopies = new Map<string, number>();
  /** `stream reader record` → how often it was delivered, and when first. */
  const delivered = new Map<string, { count: number; firstAtMs: number }>();
  const dropped = new Set<string>();
  const doubted = new Set<string>();
  const passed = new Map<string, number>();
  const settled: EventOf<"settled">[] = [];
  /** `stream reader` → what it is asked for, and its place in the history. */
  const replays = new Map<string, { readonly asked: EventOf<"replay">; readonly at: number }>();
  const parts = new Map<string, EventOf<"replay part">[]>();
  /** `stream record` → where it stands in the log. */
  const standsAt = new Map<string, Place[]>();
  /** `stream record` → what was found of it first. */
  const texts = new Map<string, string>();

  function fail(guarantee: Violation["guarantee"], message: string): void {
    violations.push({ guarantee, message });
  }

  /** Retention counts from the arrival of a call, which is no earlier than when it was sent. */
  function isOver({ records, atMs }: Pick<Logged, "records" | "atMs">, nowMs: number): boolean {
    const { retentionMs = Number.POSITIVE_INFINITY, clockSkewMs = 0 } = options;
    const sentAtMs = records.map((record) => calls.get(callOf.get(record) ?? "")?.atMs ?? atMs);
    return nowMs >= Math.min(...sentAtMs) + retentionMs - 2 * clockSkewMs;
  }

  function shardOf({ stream, shard: name }: Block): Shard {
    const key = `${stream} ${name}`;
    const known = shards.get(key);
    if (known) return known;
    const shard = {
      stream,
      name,
      reserved: new Map(),
      blocks: new Map(),
      furthest: [],
      checkpoints: new Map(),
    };
    shards.set(key, shard);
    return shard;
  }

  const where = ({ stream, shard, block }: Block) => `block ${block} of ${stream} ${shard}`;

  const visit: { [Kind in HistoryEvent["kind"]]: (event: EventOf<Kind>, at: number) => void } = {
    sent({ call, records, isProbe = false, atMs }, at) {
      calls.set(call, { records, at, atMs, isProbe });
      for (const record of records) callOf.set(record, call);
    },

    acknowledged(event, at) {
      const call = calls.get(event.call);
      if (call === undefined) return fail("G3", `${event.call} was acknowledged and never sent`);
      const { block, position } = event;
      if (call.acknowledged) fail("G5", `${event.call} was acknowledged twice`);
      call.acknowledged = event;
      if ((deletedAt.get(event.stream) ?? at) < call.at) {
        fail("G1", `${event.call} was acknowledged by ${event.stream}, which had been deleted`);
      }
      call.records.forEach((record, i) => {
        const place = `${where(event)}, position ${position + i}`;
        const other = places.get(place);
        if (other !== undefined) fail("G2", `${place} was given to ${other} and to ${record}`);
        places.set(place, record);
      });
      const { furthest } = shardOf(event);
      const before = lastBefore(furthest, call.at);
      if (before && compare(before, event) >= 0) {
        const sentAfter = `something acknowledged at block ${before.block} before it was sent`;
        fail("G2", `${event.call} stands at ${where(event)}, not after ${sentAfter}`);
      }
      const last = furthest.at(-1);
      const next = last && compare(last, event) >= 0 ? last : { block, position };
      furthest.push({ at, block: next.block, position: next.position });
    },

    logged(event) {
      const { stream, block, records, isSealed = false, atMs } = event;
      const shard = shardOf(event);
      const standing = shard.blocks.get(block);
      if (standing === "tombstone") fail("G3", `${where(event)} was a tombstone, then data`);
      if (standing !== undefined && standing !== "tombstone") {
        if (standing.records.join() === records.join()) return;
        fail("G3", `${where(event)} held ${standing.records.join()}, then ${records.join()}`);
      }
      shard.blocks.set(block, { records, isSealed, atMs });
      for (const [position, record] of records.entries()) {
        add(copies, `${stream} ${record}`);
        checkText(`${stream} ${record}`, where(event), event.texts?.[position]);
        const known = standsAt.get(`${stream} ${record}`) ?? [];
        standsAt.set(`${stream} ${record}`, [...known, { ...event, position }]);
        const { atMs: sentAtMs = atMs } = calls.get(callOf.get(record) ?? "") ?? {};
        if (atMs <= sentAtMs + RETRY_PROMISE_MS) add(promptCopies, `${stream} ${record}`);
      }
      for (const [reader, checkpoint] of shard.checkpoints) {
        // What was under way before a replay's first block is no part of it.
        const part = parts.get(`${stream} ${reader}`)?.find(({ shard: of }) => of === event.shard);
        if (block < checkpoint && block >= (part?.block ?? 0)) {
          fail("G3", `${where(event)} appeared behind ${reader}, which stood at ${checkpoint}`);
        }
      }
    },

    reserved(event) {
      shardOf(event).reserved.set(event.block, event);
    },

    "given up"(event) {
      const waitedMs = event.atMs - (shardOf(event).reserved.get(event.block)?.atMs ?? event.atMs);
      // A clock that is set right amid the wait cuts it short.
      if (waitedMs < HOLE_FILL_TIMEOUT_MS && !options.clockSkewMs) {
        fail("G3", `${where(event)} was given up ${waitedMs} ms after it was taken`);
      }
    },

    tombstone(event) {
      const { blocks } = shardOf(event);
      const standing = blocks.get(event.block);
      if (standing !== undefined && standing !== "tombstone" && !isOver(standing, event.atMs))
        fail("G3", `${where(event)} was data, then a tombstone`);
      blocks.set(event.block, "tombstone");
    },

    checkpoint(event) {
      const { stream, reader, block: to, atMs } = event;
      const shard = shardOf(event);
      const from = shard.checkpoints.get(reader) ?? 0;
      shard.checkpoints.set(reader, to);
      if (to < from) fail("G4", `${reader} went back from ${from} to ${to} in ${stream}`);
      for (let block = from; block < to; block++) {
        const entry = shard.blocks.get(block);
        if (entry === "tombstone") continue;
        const place = where({ ...event, block });
        if (entry === undefined) {
          const arrivedAtMs = shard.reserved.get(block)?.arrivedAtMs ?? Number.POSITIVE_INFINITY;
          if (atMs <= arrivedAtMs + PLACE_WRITABLE_MS) {
            fail("G3", `${reader} passed ${place}, where nothing stands`);
          }
          continue;
        }
        const replay = replays.get(`${stream} ${reader}`);
        for (const [position, record] of entry.records.entries()) {
          if (replay && !isAskedFor(replay.asked, { ...event, block, position })) continue;
          const key = `${stream} ${reader} ${record}`;
          const owed = add(passed, key);
          if (isOver(entry, atMs) || dropped.has(key)) continue;
          if ((delivered.get(key)?.count ?? 0) < owed) {
            fail("G4", `${reader} passed ${place} before ${record} was in an object`);
          }
        }
      }
    },

    object({ stream, reader, key, records, texts: found = [], atMs, from, versions = [] }) {
      const name = `${stream} ${reader} ${key}`;
      if (new Set(versions).size > 1) {
        fail("G5", `${key} was named by one version of ${stream} and put where another says`);
      }
      if (keys.has(name)) fail("G5", `the object ${key} of ${reader} was replaced`);
      keys.add(name);
      for (const [i, record] of records.entries()) checkText(`${stream} ${record}`, key, found[i]);
      // Once more, whether the stream is paused or not.
      if (from !== undefined) return;
      const { pausedMs = Number.POSITIVE_INFINITY } = options;
      const pause = pauses.get(stream)?.at(-1);
      if (pause && pause.toAtMs === undefined && atMs - pause.fromAtMs > pausedMs) {
        fail("pause", `${reader} delivered ${atMs - pause.fromAtMs} ms after ${stream} was paused`);
      }
      if (replays.has(`${stream} ${reader}`)) checkInParts({ stream, reader, records });
      for (const record of records) {
        const id = `${stream} ${reader} ${record}`;
        const known = delivered.get(id);
        const count = (known?.count ?? 0) + 1;
        delivered.set(id, { count, firstAtMs: known?.firstAtMs ?? atMs });
        const standing = hasLog() ? (copies.get(`${stream} ${record}`) ?? 0) : 1;
        if (count > standing && !doubted.has(id)) {
          const times = `${count} times by ${reader}`;
          fail("G5", `${record} was delivered ${times} and stands ${standing} times in the log`);
        }
      }
    },

    dropped({ stream, reader, record, from }) {
      if (from === undefined) dropped.add(`${stream} ${reader} ${record}`);
    },

    paused({ stream, atMs }) {
      const known = pauses.get(stream) ?? [];
      pauses.set(stream, known);
      if (known.at(-1)?.toAtMs !== undefined || known.length === 0) known.push({ fromAtMs: atMs });
    },

    resumed({ stream, atMs }) {
      const last = pauses.get(stream)?.at(-1);
      if (last && last.toAtMs === undefined) last.toAtMs = atMs;
    },

    doubted({ stream, reader, record }) {
      doubted.add(`${stream} ${reader} ${record}`);
    },

    tagging() {},
    tagged() {},
    described() {},

    redrive() {},
    redriven() {},
    "redrive ended"() {},
    "put aside"() {},
    locating() {},
    located() {},

    deleted({ stream }, at) {
      deletedAt.set(stream, at);
    },

    replay(asked, at) {
      replays.set(`${asked.stream} ${asked.reader}`, { asked, at });
    },

    "replay part"(event) {
      const key = `${event.stream} ${event.reader}`;
      parts.set(key, [...(parts.get(key) ?? []), event]);
      shardOf(event).checkpoints.set(event.reader, event.block);
    },

    "replay ended"({ stream, reader, state }) {
      if (state === "COMPLETED") checkReplayed(stream, reader);
      else if (state !== "STOPPED") fail("G7", `the replay ${reader} of ${stream} is ${state}`);
    },

    settled(event) {
      settled.push(event);
      const lag = event.head - event.block;
      if (lag > 0)
        fail("G7", `${event.reader} still lags ${lag} blocks in ${event.stream} ${event.shard}`);
    },

    surprise({ message }) {
      fail("surprise", message);
    },
  };

  const hasLog = () => copies.size > 0;

  events.forEach((event, at) => {
    (visit[event.kind] as (event: HistoryEvent, at: number) => void)(event, at);
  });
  const lastMs = events.at(-1)?.atMs ?? 0;
  for (const [name, call] of calls) checkCall(name, call);
  return [
    ...violations,
    ...checkRedrives(events),
    ...checkTags(events),
    ...checkMetadata(events),
    ...checkLocated(events, { ...options, foundForMs: RETRY_PROMISE_MS }),
  ];

  function checkInParts({
    stream,
    reader,
    records,
  }: Pick<EventOf<"object">, "stream" | "reader" | "records">): void {
    const read = parts.get(`${stream} ${reader}`) ?? [];
    const { asked } = replays.get(`${stream} ${reader}`)!;
    for (const record of records) {
      const isRead = (standsAt.get(`${stream} ${record}`) ?? []).some(
        (place) =>
          read.some(
            ({ shard, block, to }) =>
              shard === place.shard && block <= place.block && place.block < to,
          ) && isAskedFor(asked, place),
      );
      if (!isRead) fail("G5", `${reader} delivered ${record}, which is not in its range`);
    }
  }

  /** Whatever becomes of a record, no byte of it is changed but by a transform. */
  function checkText(name: string, place: string, text: string | undefined): void {
    if (text === undefined) return;
    const first = texts.get(name) ?? text;
    texts.set(name, first);
    if (text !== first) fail("G5", `${name} stands in ${place} otherwise than before`);
  }

  function arrivalOf(place: Block): number {
    return shardOf(place).reserved.get(place.block)?.arrivedAtMs ?? Number.NaN;
  }

  function isAskedFor({ sinceMs, untilMs, from, to }: EventOf<"replay">, place: Place): boolean {
    const arrivedAtMs = arrivalOf(place);
    if (sinceMs !== undefined && arrivedAtMs < sinceMs) return false;
    if (untilMs !== undefined && arrivedAtMs >= untilMs) return false;
    if ((from ?? to ?? place).shard !== place.shard) return false;
    return !(from && compare(place, from) < 0) && !(to && compare(place, to) > 0);
  }

  /** By the time of an arrival only what came about when its neighbours did can be found. */
  function isOrderly(place: Block): boolean {
    const arrivedAtMs = arrivalOf(place);
    return [...shardOf(place).reserved.values()].every(
      (other) =>
        Math.sign(other.block - place.block) * (other.arrivedAtMs - arrivedAtMs) >=
        -ARRIVAL_DISORDER_MAX_MS,
    );
  }

  /** All that it was asked for and that was acknowledged before it began is in its objects, but for what has expired. */
  function checkReplayed(stream: string, reader: string): void {
    const { asked, at: beganAt } = replays.get(`${stream} ${reader}`)!;
    const isTimed = asked.sinceMs !== undefined || asked.untilMs !== undefined;
    for (const call of calls.values()) {
      const { acknowledged, records } = call;
      if (acknowledged === undefined || acknowledged.stream !== stream) continue;
      const isEarlier = events.indexOf(acknowledged) < beganAt;
      if (!isEarlier || isOver(call, events.at(-1)?.atMs ?? 0)) continue;
      for (const [i, record] of records.entries()) {
        const place = { ...acknowledged, position: acknowledged.position + i };
        if (!isAskedFor(asked, place) || (isTimed && !isOrderly(place))) continue;
        const key = `${stream} ${reader} ${record}`;
        if (!delivered.has(key) && !dropped.has(key)) {
          fail("G5", `${reader} is over, and ${record} was never replayed`);
        }
      }
    }
  }

  function checkCall(name: string, call: Call): void {
    const { records, acknowledged } = call;
    for (const stream of new Set([...shards.values()].map((shard) => shard.stream))) {
      for (const record of records) {
        const count = promptCopies.get(`${stream} ${record}`) ?? 0;
        if (count > 1) {
          fail("G5", `${record} stands ${count} times in the log of ${stream}`);
        }
      }
    }
    if (call.isProbe) checkTaken(name, call);
    if (acknowledged === undefined || deletedAt.has(acknowledged.stream)) return;
    if (hasLog()) checkInLog(name, call, acknowledged);
    for (const { stream, shard, reader } of settled) {
      if (stream !== acknowledged.stream || shard !== acknowledged.shard) continue;
      for (const record of records)
        checkDelivered(`${stream} ${reader} ${record}`, call, acknowledged);
    }
  }

  /** Once all faults are over, no clock that was wrong and no overload keeps a stream shut. */
  function checkTaken(name: string, { atMs, acknowledged }: Call): void {
    const { takenMs = Number.POSITIVE_INFINITY } = options;
    if (acknowledged === undefined) return fail("G12", `${name} was never taken`);
    const waitedMs = acknowledged.atMs - atMs;
    if (waitedMs > takenMs) fail("G12", `${name} was taken after ${waitedMs} ms`);
  }

  function checkInLog(name: string, call: Call, acknowledged: EventOf<"acknowledged">): void {
    const { block, position, isEncrypted = false } = acknowledged;
    const entry = shardOf(acknowledged).blocks.get(block);
    if (entry === undefined || entry === "tombstone") {
      if (!isOver(call, lastMs)) {
        fail("G1", `${name} was acknowledged at ${where(acknowledged)}, where no data stands`);
      }
      return;
    }
    if (entry.isSealed !== isEncrypted) {
      const said = isEncrypted ? "encrypted" : "not encrypted";
      fail("seal", `${name} was said to be ${said} at ${where(acknowledged)}, which is otherwise`);
    }
    call.records.forEach((record, i) => {
      const found = entry.records[position + i];
      if (found !== record) fail("G3", `${where(acknowledged)} holds ${found}, not ${record}`);
    });
  }

  function checkDelivered(key: string, call: Call, { atMs }: EventOf<"acknowledged">): void {
    const found = delivered.get(key);
    if (found === undefined) {
      if (dropped.has(key) || isOver(call, lastMs)) return;
      return fail("G5", `${key} was acknowledged and never delivered`);
    }
    const stream = key.split(" ")[0]!;
    const last = pauses.get(stream)?.findLast(({ fromAtMs }) => fromAtMs < found.firstAtMs);
    const resumedAtMs = last ? (last.toAtMs ?? found.firstAtMs) : 0;
    const waitedMs = found.firstAtMs - Math.max(atMs, resumedAtMs);
    if (waitedMs > (options.promptMs ?? Number.POSITIVE_INFINITY)) {
      fail("G7", `${key} was delivered after ${waitedMs} ms, not within ${options.promptMs} ms`);
    }
  }
}

function add(counts: Map<string, number>, key: string): number {
  const count = (counts.get(key) ?? 0) + 1;
  counts.set(key, count);
  return count;
}

type Position = Pick<Place, "block" | "position">;

function compare(a: Position, b: Position): number {
  return a.block - b.block || a.position - b.position;
}

/** The last of `list`, which rises in `at`, with `at` below the bound. */
function lastBefore<Item extends { readonly at: number }>(
  list: readonly Item[],
  bound: number,
): Item | undefined {
  return list.findLast(({ at }) => at < bound);
}
