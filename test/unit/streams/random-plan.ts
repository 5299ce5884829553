/** A split, a merge or a scaling of any of a stream's open shards. */
import { nextWave } from "../../../src/streams/scaling-wave.ts";
import { openShards } from "../../../src/streams/shard-map.ts";
import { mergeShards, type Reshard, splitShard } from "../../../src/streams/split-and-merge.ts";
import type { DataStream, Scaling, Shard } from "../../../src/streams/stream.ts";

/** `pick(count)` chooses from 0 to `count - 1`. `undefined` where the rules refuse what was chosen. */
export function randomPlan(
  stream: DataStream,
  shards: readonly Shard[],
  nowMs: number,
  pick: (count: number) => number,
): { readonly reshard: Reshard; readonly scaling?: Scaling } | undefined {
  const open = openShards(shards);
  const moment = { nextIndex: stream.nextShardIndex, nowMs };
  const at = pick(open.length);
  const shard = open[at]!;
  const next = open[at + 1];
  switch (pick(3)) {
    case 0: {
      const targetShardCount = 1 + pick(2 * open.length);
      const scaling = { targetShardCount, firstNewIndex: stream.nextShardIndex };
      const wave = nextWave(shards, scaling, moment);
      return wave === "too-large" ? undefined : wave && { reshard: wave, scaling };
    }
    case 1: {
      const merge = next && mergeShards(shard, next, moment);
      return merge && { reshard: merge };
    }
    default: {
      const width = shard.range.end - shard.range.start;
      const split = splitShard(shard, shard.range.start + width / BigInt(2 + pick(5)), moment);
      return split && { reshard: split };
    }
  }
}
