/**
 * From the log table's stream to doorbells: one per shard, however many blocks a batch brings. Shards are rung side by
 * side, and none waits for another's trouble: a ring that fails is left to a queue, which hands it out again.
 */
import { RINGS_AT_ONCE } from "../limits.ts";
import type { ShardKey } from "../log/store.ts";
import { inTurns } from "../streams/in-turns.ts";

export interface Ring {
  readonly shard: ShardKey;
  /** When the oldest of what rang arrived. */
  readonly openedAtMs: number;
}

/** Where rings wait that could not be answered. */
export interface RingQueue {
  send(ring: Ring): Promise<void>;
}

export interface RingPorts {
  readonly ringQueue: RingQueue;
  readonly answer: (ring: Ring) => Promise<void>;
  readonly reportFailure: (ring: Ring, error: unknown) => void;
}

/** One ring per shard, the earliest time of each. */
export function groupRings(rings: Iterable<Ring>): readonly Ring[] {
  const earliest = new Map<ShardKey, number>();
  for (const { shard, openedAtMs } of rings) {
    earliest.set(shard, Math.min(openedAtMs, earliest.get(shard) ?? openedAtMs));
  }
  return [...earliest].map(([shard, openedAtMs]) => ({ shard, openedAtMs }));
}

/** Throws only when a ring can neither be answered nor left to the queue: then all of them have to come again. */
export async function answerRings(
  { ringQueue, answer, reportFailure }: RingPorts,
  rings: readonly Ring[],
): Promise<void> {
  const serve = async (ring: Ring) => {
    try {
      await answer(ring);
    } catch (error) {
      reportFailure(ring, error);
      await ringQueue.send(ring);
    }
  };
  await inTurns(rings, serve, RINGS_AT_ONCE);
}
