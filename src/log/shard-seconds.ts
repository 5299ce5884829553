/**
 * What a process remembers of the seconds of the shards that it appends to. It spares a shard's counter, whose item
 * takes a thousand updates a second with the refused ones: what cannot find room any more in a second is not asked for
 * again in it.
 *
 * And it makes all go by one clock, without one that is wrong holding a shard shut. A shard's windows are counted by the
 * clock that is furthest ahead. Whoever meets a window that is ahead of his own clock takes its second to begin at that
 * moment, and from then on goes ahead by as much: his time is never later than that of whoever was ahead, so nobody's
 * window opens too early, and it goes on when that one is gone, so the shard stays shut for a second at most.
 */
import type { Clock } from "../clock.ts";
import { COUNTER_UPDATES_MAX_PER_SECOND, REMEMBERED_SECONDS_MAX_COUNT } from "../limits.ts";
import type { LogStore, ReserveResult, ShardKey, ShardRoom } from "./store.ts";

interface Known {
  /** How far the shard's clock is ahead of the process's, at least. */
  readonly aheadMs: number;
  /** By the shard's clock; what follows is of this second. */
  readonly second: number;
  readonly askedCount: number;
  /** What there was room for when it was last told. */
  readonly room?: ShardRoom;
}

/** @param clock the one by which the limits' `nowMs` are told */
export function rememberSeconds(log: LogStore, clock: Pick<Clock, "now">): LogStore {
  const shards = new Map<ShardKey, Known>();

  function note(shard: ShardKey, known: Known): void {
    shards.delete(shard);
    shards.set(shard, known);
    if (shards.size <= REMEMBERED_SECONDS_MAX_COUNT) return;
    const [longestUnused] = shards.keys();
    if (longestUnused !== undefined) shards.delete(longestUnused);
  }

  /** What is known of a shard's second, as far as it is this one. */
  function knownOf(shard: ShardKey, second: number): Known {
    const known = shards.get(shard);
    if (known?.second === second) return known;
    return { aheadMs: known?.aheadMs ?? 0, second, askedCount: 0 };
  }

  return {
    ...log,
    async reserve(shard, append) {
      const { limit } = append;
      if (limit === undefined) return log.reserve(shard, append);
      const nowMs = limit.nowMs + (shards.get(shard)?.aheadMs ?? 0);
      const second = Math.floor(nowMs / 1000);
      const known = knownOf(shard, second);
      // What is larger than a second's worth finds no room in any, and is taken all the same.
      const isLarge = append.byteCount >= limit.perSecond.byteCount;
      if (known.room !== undefined && !isLarge && !fits(append, known.room)) {
        return { kind: "throttled", room: known.room };
      }
      if (known.askedCount >= COUNTER_UPDATES_MAX_PER_SECOND) return { kind: "throttled" };
      note(shard, { ...known, askedCount: known.askedCount + 1 });
      const result = await log.reserve(shard, { ...append, limit: { ...limit, nowMs } });
      if (result.kind !== "closed") learn(shard, result, second);
      return result;
    },
  };

  function learn(
    shard: ShardKey,
    result: Exclude<ReserveResult, { kind: "closed" }>,
    askedSecond: number,
  ): void {
    const { aheadSecond, kind } = result;
    const toldSecond = aheadSecond ?? askedSecond;
    const latest = shards.get(shard);
    const known = latest && latest.second > toldSecond ? latest : knownOf(shard, toldSecond);
    // Its second may have begun long ago: this is the least that it can be ahead.
    const aheadMs = aheadSecond === undefined ? 0 : aheadSecond * 1000 - clock.now();
    const room = kind === "throttled" && known.second === toldSecond ? result.room : undefined;
    note(shard, {
      ...known,
      aheadMs: Math.max(known.aheadMs, aheadMs),
      ...(room && { room: known.room === undefined ? room : lesser(room, known.room) }),
    });
  }
}

function fits({ recordCount, byteCount, callCount = 1 }: ShardRoom, room: ShardRoom): boolean {
  const { callCount: callRoom = Number.POSITIVE_INFINITY } = room;
  return recordCount <= room.recordCount && byteCount <= room.byteCount && callCount <= callRoom;
}

/** Answers may overtake each other, and a second only fills. */
function lesser(a: ShardRoom, b: ShardRoom): ShardRoom {
  return {
    recordCount: Math.min(a.recordCount, b.recordCount),
    byteCount: Math.min(a.byteCount, b.byteCount),
    ...(a.callCount !== undefined &&
      b.callCount !== undefined && { callCount: Math.min(a.callCount, b.callCount) }),
  };
}
