/**
 * From one plan to the next, in pure steps: one that was refused, one that waits for its partitions' time, one that ends
 * what waits, and where what waits can go when its target is mended.
 */
import { isAhead } from "../../../clock.ts";
import { PARTITION_EARLY_SHARE } from "../../../limits.ts";
import type { ExecuteResult } from "../../../readers/reader.ts";
import type { Span } from "../../../readers/span.ts";
import type { Checkpoint } from "../../../readers/store.ts";
import { partitionKeysOf } from "../../naming/partition.ts";
import type { DeliveryTarget } from "../../delivery-stream.ts";
import {
  type DeliveryPlan,
  type PartitionHints,
  type PlannedTarget,
  plannedTarget,
} from "../../plan.ts";
import type { Refusal } from "../../ports.ts";

/**
 * Whether none of the plan's objects exists, now that it was refused.
 *
 * @param isKnown every attempt at it was seen
 */
export function standsNothing(
  refusal: Refusal | undefined,
  { staged, settling }: DeliveryPlan,
  isKnown: boolean,
): boolean {
  // All of a plan's objects are in one bucket, and gone with it.
  if (refusal !== "refused") return refusal === "no bucket";
  // With a receiver these are objects of failed records alone, and none appears before it is noted.
  return (isKnown || settling !== undefined) && staged === undefined;
}

export function refused({ staged: _none, left: _neither, ...plan }: DeliveryPlan): DeliveryPlan {
  return { ...plan, stands: "nothing", isRefused: true };
}

/** A receiver has settled it, and what failed goes to the bucket of now. */
export function withOtherBucket(
  { isRefused: _mended, ...plan }: DeliveryPlan,
  versionId: number,
  now: DeliveryTarget,
): DeliveryPlan {
  const before = plan.target!;
  const { receiver } = before;
  const target = { ...mendedTarget(before, plannedTarget(now)), ...(receiver && { receiver }) };
  return { ...plan, versionId, target };
}

/** All that waits, and nothing more, goes to its target. */
export function ending(plan: DeliveryPlan, at: Checkpoint): DeliveryPlan {
  const { isResting: _over, isRefused: _mended, transformAttempts: _of, ...standing } = plan;
  return { ...standing, span: emptySpan(at), stands: "nothing", isFinal: true };
}

function emptySpan(at: Checkpoint): Span {
  return { from: at, to: at, recordCount: 0, oldestArrivedAtMs: undefined };
}

/** Where records that wait for a target can go that S3 refuses: as it is now, but for what they were made ready for. */
export function mendedTarget(before: PlannedTarget, now: PlannedTarget): PlannedTarget {
  const keysOf = ({ prefix }: PlannedTarget) => JSON.stringify(partitionKeysOf(prefix));
  const { conversion: _theirs, prefix: theirs, ...rest } = now;
  const { conversion } = before;
  const prefix = keysOf(before) === keysOf(now) ? (theirs ?? before.prefix) : before.prefix;
  return { ...rest, ...(conversion && { conversion }), ...(prefix !== undefined && { prefix }) };
}

/** What is left rests until it is due. */
export function doneWith({
  left,
  span,
  versionId,
  target,
  namesSort,
}: DeliveryPlan): ExecuteResult<DeliveryPlan> {
  if (left === undefined) return { kind: "done" };
  const resting: DeliveryPlan = {
    span: emptySpan(span.to),
    versionId,
    ...(target && { target }),
    ...(namesSort && { namesSort }),
    stands: "nothing",
    waiting: left,
    isResting: true,
  };
  return { kind: "done", left: { plan: resting, checkpoint: left.from } };
}

/**
 * By the time that the plan was made: whoever runs it again comes to the same. Also what is due then and not a little later,
 * which is what a clock that is behind says of records: their reader has come for these, and would come again and again.
 */
export function duePartitions(
  { isFinal }: Pick<DeliveryPlan, "isFinal">,
  { intervalMs }: Pick<PartitionHints, "intervalMs">,
  nowMs: number,
) {
  const soonMs = nowMs + intervalMs * PARTITION_EARLY_SHARE;
  return (arrivedAtMs: number) =>
    isFinal === true ||
    [nowMs, soonMs].some((atMs) => !isAhead(arrivedAtMs + intervalMs, atMs, intervalMs));
}
