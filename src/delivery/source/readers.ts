/**
 * The readers of a delivery stream that has a data stream as its source: one per shard under the delivery stream's
 * own id, and another per shard for the source backup. Every shard has its buffer to itself.
 *
 * differs from AWS: Firehose buffers the records of all shards together.
 */
import { BYTES_PER_MIB, PARTITIONED_SPAN_MAX_BYTES } from "../../limits.ts";
import type { Follower } from "../../readers/follow.ts";
import type { WakeRule } from "../../readers/store.ts";
import type { DeliveryStream, S3Target } from "../delivery-stream.ts";

const KINDS = { source: "delivery", "source-backup": "backup" } as const;

type Identity = Pick<DeliveryStream, "name" | "generation">;

export interface SourceReader extends Identity {
  readonly kind: "delivery" | "backup";
}

/** `source/access-logs/5c1f09ab27de4410`, and `source-backup/…`. */
function readerId(prefix: keyof typeof KINDS, { name, generation }: Identity): string {
  return `${prefix}/${name}/${generation}`;
}

/** The delivery stream that a reader belongs to; `undefined` for readers of other kinds. */
export function parseSourceReader(id: string): SourceReader | undefined {
  const [prefix, name, generation] = id.split("/");
  if ((prefix !== "source" && prefix !== "source-backup") || !name || !generation) return undefined;
  return { kind: KINDS[prefix], name, generation };
}

export function deliveryFollower(stream: DeliveryStream): Follower {
  return { readerId: readerId("source", stream), wakeRule: wakeRuleOf(stream.destination) };
}

export function backupFollower(stream: DeliveryStream): Follower | undefined {
  const { backup } = stream.destination;
  return backup && { readerId: readerId("source-backup", stream), wakeRule: wakeRuleOf(backup) };
}

export function sourceFollowers(stream: DeliveryStream): readonly Follower[] {
  return [deliveryFollower(stream), backupFollower(stream)].filter(
    (follower) => follower !== undefined,
  );
}

/**
 * When more is to be read for partitions. What waits of them is put down anew with each flush, so the more it is the less
 * often that is done: a flush has at least half as much that is new, up to a bound for the time that it takes.
 */
export function partitionWakeRule(rule: WakeRule, waitingBytes: number): WakeRule {
  let { sizeBytes } = rule;
  while (sizeBytes < waitingBytes / 2 && sizeBytes < PARTITIONED_SPAN_MAX_BYTES) sizeBytes *= 2;
  return { ...rule, sizeBytes };
}

/** When a buffer of that target is due. */
export function wakeRuleOf({ bufferSizeMiB, bufferIntervalSeconds }: S3Target): WakeRule {
  return { sizeBytes: bufferSizeMiB * BYTES_PER_MIB, intervalMs: bufferIntervalSeconds * 1000 };
}
