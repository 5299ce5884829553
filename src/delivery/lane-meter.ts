/**
 * What a process sees of the load on lanes. A reservation answers how much was ever reserved in its lane, by whomever;
 * two of them make a rate, and nothing has to be asked for it. So a process that puts one record a second knows
 * of the thousand others, and a lane without puts costs nothing.
 */
import { type Clock, isFresh } from "../clock.ts";
import type { LogStore, ShardKey } from "../log/store.ts";
import { type DeliveryStream, laneKey, laneKeys, parseLaneKey } from "./delivery-stream.ts";
import type { LaneLoad } from "./lane-load.ts";

export interface LaneMeter {
  /** The same log; its reservations are watched. */
  watch(log: LogStore): LogStore;
  /** On all open lanes of the stream; `undefined`: too little was seen of them lately. */
  loadOf(stream: DeliveryStream): LaneLoad | undefined;
  /** Of all processes together; 0 where it is not known. */
  callsPerSecond(lane: ShardKey): number;
  /** Whether some lane had room for a call. */
  noteCall(stream: DeliveryStream, isTaken: boolean): void;
  /**
   * How many times as many calls this process had in the last second or two as there was room for, carefully: few
   * calls tell little. `undefined`: there was room for all.
   */
  excessOf(stream: DeliveryStream): number | undefined;
  /** Whether a process that is refused should look for other lanes again; then it is taken to look. */
  isLookDue(stream: DeliveryStream): boolean;
  /** Forgets what its lanes bear, as when they have become others. */
  forget(stream: DeliveryStream): void;
}

/** A rate is taken over so long a time at least. */
const RATE_OVER_MS = 1000;
/** Taken calls that an excess is told with beside those that were. */
const DOUBT_COUNT = 2;
/** A process that is refused looks at the stream's item so often at most. */
const LOOK_EVERY_MS = 250;
/** What was seen longer ago says nothing. */
const RATE_MAX_AGE_MS = 10_000;
/** Of all streams that the process serves; then it begins anew. */
const LANES_MAX_COUNT = 10_000;

interface Seen {
  readonly atMs: number;
  readonly blockCount: number;
  readonly byteCount: number;
  readonly rate?: LaneLoad & { readonly atMs: number };
}

interface Calls {
  readonly sinceMs: number;
  readonly count: number;
  readonly takenCount: number;
  /** Of the second before. */
  readonly excess?: number;
}

export function laneMeter(clock: Clock): LaneMeter {
  const lanes = new Map<ShardKey, Seen>();
  const calls = new Map<string, Calls>();
  const looks = new Map<string, number>();

  function note(lane: ShardKey, blockCount: number, byteCount: number): void {
    const atMs = clock.now();
    const last = lanes.get(lane);
    if (last === undefined || !isFresh(last.atMs, atMs, RATE_MAX_AGE_MS)) {
      if (lanes.size >= LANES_MAX_COUNT) lanes.clear();
      lanes.set(lane, { atMs, blockCount, byteCount });
      return;
    }
    const seconds = (atMs - last.atMs) / 1000;
    // Answers of several reservations may come in another order.
    if (seconds * 1000 < RATE_OVER_MS || blockCount <= last.blockCount) return;
    const rate = {
      atMs,
      blocksPerSecond: (blockCount - last.blockCount) / seconds,
      bytesPerSecond: (byteCount - last.byteCount) / seconds,
    };
    lanes.set(lane, { atMs, blockCount, byteCount, rate });
  }

  function callsOf(stream: DeliveryStream): Calls {
    const known = calls.get(streamKey(stream));
    const atMs = clock.now();
    if (known && isFresh(known.sinceMs, atMs, RATE_OVER_MS)) return known;
    const isLast = known && isFresh(known.sinceMs, atMs, 2 * RATE_OVER_MS);
    const excess = isLast ? excessIn(known) : undefined;
    return { sinceMs: atMs, count: 0, takenCount: 0, ...(excess !== undefined && { excess }) };
  }

  return {
    watch: (log) => ({
      ...log,
      async reserve(shard, append) {
        const result = await log.reserve(shard, append);
        if (parseLaneKey(shard) === undefined) return result;
        if (result.kind === "reserved") {
          note(shard, result.blockIndex + 1, result.byteOffset + append.byteCount);
        }
        return result;
      },
    }),

    loadOf(stream) {
      const open = stream.lanes?.open ?? [];
      const rates = open.flatMap((lane) => {
        const rate = lanes.get(laneKey(stream, lane))?.rate;
        return rate && isFresh(rate.atMs, clock.now(), RATE_MAX_AGE_MS) ? [rate] : [];
      });
      // Producers choose at random, so half of the lanes speak for all.
      if (rates.length === 0 || rates.length < open.length / 2) return undefined;
      const all = (of: (rate: LaneLoad) => number) =>
        (rates.reduce((sum, rate) => sum + of(rate), 0) / rates.length) * open.length;
      return {
        blocksPerSecond: all(({ blocksPerSecond }) => blocksPerSecond),
        bytesPerSecond: all(({ bytesPerSecond }) => bytesPerSecond),
      };
    },

    callsPerSecond: (lane) => lanes.get(lane)?.rate?.blocksPerSecond ?? 0,

    noteCall(stream, isTaken) {
      const known = callsOf(stream);
      if (calls.size >= LANES_MAX_COUNT) calls.clear();
      calls.set(streamKey(stream), {
        ...known,
        count: known.count + 1,
        takenCount: known.takenCount + (isTaken ? 1 : 0),
      });
    },

    excessOf(stream) {
      const known = callsOf(stream);
      const excess = Math.max(excessIn(known) ?? 0, known.excess ?? 0);
      return excess > 0 ? excess : undefined;
    },

    isLookDue(stream) {
      const key = streamKey(stream);
      const atMs = clock.now();
      const lookedAtMs = looks.get(key);
      if (lookedAtMs !== undefined && isFresh(lookedAtMs, atMs, LOOK_EVERY_MS)) return false;
      if (looks.size >= LANES_MAX_COUNT) looks.clear();
      looks.set(key, atMs);
      return true;
    },

    forget(stream) {
      for (const lane of laneKeys(stream)) lanes.delete(lane);
      calls.delete(streamKey(stream));
    },
  };
}

function excessIn({ count, takenCount }: Calls): number | undefined {
  return takenCount < count ? count / (takenCount + DOUBT_COUNT) : undefined;
}

const streamKey = ({ name, generation }: DeliveryStream) => `${name}/${generation}`;
