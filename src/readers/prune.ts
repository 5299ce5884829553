/**
 * Forgetting shards, so that what a stream costs depends on what is alive and not on its history. A closed shard goes
 * when three things are true:
 *
 * - all that it could hold has expired, and some time has passed since: it is listed no more, and nobody begins with it;
 * - every reader of it has come to its end and has opened those of its children: what came of a reader that is paused is
 *   not to be lost, so the shards that it still has to come through stay;
 * - its parents have gone: from the roots down, so that a reader which passes on from a shard finds its children.
 *
 * Its counter goes first: a reader that is not there, of a shard without a counter, has ended (`passOn`). Every step can
 * be repeated, and the shard itself goes last, so that whoever comes next finds what was left.
 */
import type { Clock } from "../clock.ts";
import { PRUNE_INTERVAL_MS, SHARD_FORGOTTEN_AFTER_MS, SHARDS_AT_ONCE } from "../limits.ts";
import { inTurns } from "../streams/in-turns.ts";
import { lifetimes, parentIndexes } from "../streams/lineage.ts";
import { retentionMs, trimHorizonMs } from "../streams/retention.ts";
import type { StreamStore } from "../streams/store.ts";
import { type DataStream, dataShardKey, type Shard } from "../streams/stream.ts";
import type { ReaderStore } from "./store.ts";
import { isAtWork } from "./sweep.ts";

export interface PrunePorts {
  readonly dataStreams: Pick<StreamStore, "shards" | "forget" | "update">;
  readonly readers: Pick<ReaderStore<unknown>, "list">;
  readonly clock: Clock;
  /** Readers whose owner is gone for good; absent: there are none. */
  readonly isNobodys?: (readerId: string) => boolean;
}

/** For a stream at rest whose `pruneAtMs` has come. Answers whether all was looked at before the time was over. */
export async function pruneShards(
  ports: PrunePorts,
  stream: DataStream,
  deadlineMs: number,
): Promise<boolean> {
  const { dataStreams, clock } = ports;
  const shards = await dataStreams.shards(stream);
  const lives = lifetimes(shards);
  const untilMs = ({ index }: Shard) => lives.get(index)?.untilMs ?? Infinity;
  const beforeMs = trimHorizonMs(stream, clock.now()) - SHARD_FORGOTTEN_AFTER_MS;
  const closed = new Map(
    shards.filter((shard) => shard.closed !== undefined).map((shard) => [shard.index, shard]),
  );
  const isRoot = (shard: Shard) => !parentIndexes(shard).some((index) => closed.has(index));
  let expired = [...closed.values()].filter((shard) => untilMs(shard) < beforeMs);
  for (;;) {
    const roots = expired.filter(isRoot);
    if (roots.length === 0) break;
    expired = expired.filter((shard) => !isRoot(shard));
    for (let i = 0; i < roots.length; i += SHARDS_AT_ONCE) {
      if (clock.now() >= deadlineMs) return false;
      await inTurns(roots.slice(i, i + SHARDS_AT_ONCE), async ({ index }) => {
        if (await isNeeded(ports, stream, index)) return;
        await dataStreams.forget(stream, index);
        closed.delete(index);
      });
    }
  }
  const { pruneAtMs: _over, ...rest } = stream;
  const nextMs = Math.min(...[...closed.values()].map(untilMs)) + retentionMs(stream);
  await dataStreams.update({
    ...rest,
    ...(closed.size > 0 && {
      pruneAtMs: Math.max(nextMs + SHARD_FORGOTTEN_AFTER_MS, clock.now() + PRUNE_INTERVAL_MS),
    }),
    // Should somebody have changed it meanwhile, it is looked at once more.
    revision: stream.revision + 1,
  });
  return true;
}

async function isNeeded(
  { readers, isNobodys = () => false }: PrunePorts,
  stream: DataStream,
  shardIndex: number,
): Promise<boolean> {
  const states = await readers.list(dataShardKey(stream, shardIndex));
  return states.some((state) => isAtWork(state) && !isNobodys(state.readerId));
}
