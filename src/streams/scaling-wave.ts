/**
 * A scaling cut into waves: as many of its steps at once as leave the producers without a shard for a moment
 * only. What is still to be done follows from the shards, so that nothing but the target has to be remembered.
 */
import { RESHARD_STEP_MAX_CHILDREN, RESHARD_WAVE_MAX_CHILDREN } from "../limits.ts";
import { scalingSteps } from "./scaling.ts";
import { openShards } from "./shard-map.ts";
import type { Reshard, ReshardMoment } from "./split-and-merge.ts";
import type { Scaling, Shard } from "./stream.ts";

/** `undefined` when the target is reached; `too-large` when a step takes more shards than a stream can note. */
export function nextWave(
  shards: readonly Shard[],
  { targetShardCount, firstNewIndex }: Scaling,
  moment: ReshardMoment,
): Reshard | "too-large" | undefined {
  const open = openShards(shards);
  const steps = scalingSteps(open, { targetShardCount, firstNewIndex, ...moment });
  if (steps.some((step) => step.children.length > RESHARD_STEP_MAX_CHILDREN)) return "too-large";
  const [first, ...others] = steps;
  if (first === undefined) return undefined;
  const parentIndexes = [...first.parentIndexes];
  const children = [...first.children];
  for (const step of others) {
    if (children.length + step.children.length > RESHARD_WAVE_MAX_CHILDREN) break;
    parentIndexes.push(...step.parentIndexes);
    children.push(...step.children);
  }
  return { parentIndexes, children };
}
