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
  /** Whether a reservation was refused for its rate since the lane's load was last known. */
  isRefused(lane: ShardKey): boolean;
  /** Forgets a stream's lanes, as when they have become others. */
  forget(stream: DeliveryStream): void;
}

/** A rate is taken over so long a time at least. */
const RATE_OVER_MS = 1000;
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

export function laneMeter(clock: Clock): LaneMeter {
  const lanes = new Map<ShardKey, Seen>();
  const refused = new Set<ShardKey>();

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
    refused.delete(lane);
  }

  return {
    watch: (log) => ({
      ...log,
      async reserve(shard, append) {
        const result = await log.reserve(shard, append);
        if (parseLaneKey(shard) === undefined) return result;
        if (result.kind === "reserved") {
          note(shard, result.blockIndex + 1, result.byteOffset + append.byteCount);
        } else if (result.kind === "throttled") {
          if (refused.size >= LANES_MAX_COUNT) refused.clear();
          refused.add(shard);
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

    isRefused: (lane) => refused.has(lane),

    forget(stream) {
      for (const lane of laneKeys(stream)) {
        lanes.delete(lane);
        refused.delete(lane);
      }
    },
  };
}
