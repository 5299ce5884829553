/**
 * How an on-demand stream grows: a put that finds a shard at its limit splits that shard in the middle. There is
 * no watcher and no tally. A shard must be a minute old, so that a burst doubles what it hits and no more, and a
 * single hot key, which no split helps, does not make shards without end; their number is bounded as well.
 *
 * differs from AWS: shards are never merged again; one without traffic costs nothing here.
 * https://docs.aws.amazon.com/streams/latest/dev/how-do-i-size-a-stream.html
 */
import { ON_DEMAND_MAX_SHARD_COUNT, ON_DEMAND_SPLIT_MIN_AGE_MS } from "../limits.ts";
import { beginReshard, type ReshardPorts, resumeReshard } from "./reshard.ts";
import { openShards } from "./shard-map.ts";
import { type Reshard, splitShard } from "./split-and-merge.ts";
import type { DataStream, Shard } from "./stream.ts";

export interface Throttled {
  readonly stream: DataStream;
  readonly shards: readonly Shard[];
  /** The shards that took less than they were given. */
  readonly shardIndexes: readonly number[];
}

/** What the stream's mode, its shards' ages and their number allow to be split; `undefined` for nothing. */
export function planRelief(
  { stream, shards, shardIndexes }: Throttled,
  nowMs: number,
): Reshard | undefined {
  if (stream.mode !== "ON_DEMAND" || stream.status !== "ACTIVE") return undefined;
  const open = openShards(shards);
  const free = ON_DEMAND_MAX_SHARD_COUNT - open.length;
  const full = open.filter(
    ({ index, createdAtMs }) =>
      shardIndexes.includes(index) && nowMs - createdAtMs >= ON_DEMAND_SPLIT_MIN_AGE_MS,
  );
  const parentIndexes: number[] = [];
  const children: Shard[] = [];
  for (const shard of full.slice(0, Math.max(0, free))) {
    const { start, end } = shard.range;
    const nextIndex = stream.nextShardIndex + children.length;
    const split = splitShard(shard, start + (end - start + 1n) / 2n, { nextIndex, nowMs });
    if (split === undefined) continue;
    parentIndexes.push(...split.parentIndexes);
    children.push(...split.children);
  }
  return children.length === 0 ? undefined : { parentIndexes, children };
}

/** Whether anything was split. Of several puts that are throttled at once, one splits. */
export async function relieve(ports: ReshardPorts, throttled: Throttled): Promise<boolean> {
  const reshard = planRelief(throttled, ports.clock.now());
  if (reshard === undefined) return false;
  const begun = await beginReshard(ports, throttled.stream, reshard);
  if (begun === undefined) return false;
  await resumeReshard(ports, begun);
  return true;
}
