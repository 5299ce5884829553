/**
 * What a flush intends, written down before the first byte goes to S3. From it, and from the records that an object
 * holds, follows the object's name.
 */
import { derivedUuid, orderedUuid } from "../derived-uuid.ts";
import type { Span } from "../readers/span.ts";
import type { DeliveryStream, DeliveryTarget } from "./delivery-stream.ts";
import { fileExtension, objectKey } from "./naming/object-key.ts";
import type { Settling } from "./destinations/receivers/settling.ts";
import type { StagedObject } from "./destinations/s3/object-writer.ts";
import {
  type ErrorOutputType,
  errorPrefixParts,
  type PrefixPart,
  prefixParts,
} from "./naming/prefix.ts";
import type { FlushCounts, ObjectTarget } from "./ports.ts";
import { wakeRuleOf } from "./source/readers.ts";
import type { Waiting } from "./destinations/s3/waiting.ts";
import type { SourceShard } from "./source/shard.ts";
import type { AttemptsByBatch } from "./stages/transform.ts";

/** Plain JSON: it is stored with the reader. */
export interface DeliveryPlan {
  readonly span: Span;
  /** Of the stream when the plan was made; part of object keys. */
  readonly versionId: number;
  /**
   * As it was when the plan was made: an update of the stream touches no plan of which objects may stand already.
   * Absent: made by a version whose streams could not be updated.
   */
  readonly target?: PlannedTarget;
  /**
   * What exists of it. `nothing`: nor is anything under way that could make it; `perhaps`: a call to S3 may have had its
   * effect. Noted before that can change. Absent: made by a version that did not note it; perhaps.
   */
  readonly stands?: "nothing" | "perhaps";
  /** S3 has refused it, so that nothing of it exists. */
  readonly isRefused?: true;
  /** Names of one second sort in the order of the log. Absent: made by a version that named objects otherwise. */
  readonly namesSort?: true;
  /** When it was made: what jq's `now` answers, and what is due by the clock. Of partitioned streams. */
  readonly atMs?: number;
  /** Failed invocations of the transform so far, when a run ended before its retries did. */
  readonly transformAttempts?: AttemptsByBatch;
  /**
   * Present: the outcome of the transform is fixed, and all that is left is to make these objects appear. A
   * function that answers differently the next time can then change nothing.
   */
  readonly staged?: readonly StagedObject[];
  /** Of a partitioned stream: the records that earlier spans have left, and that come before those of this one. */
  readonly waiting?: Waiting;
  /** With what is staged: what is left of the records once it stands. */
  readonly left?: Waiting;
  /** Every partition is due: there is no more to wait for, or their target is not the stream's any more. */
  readonly isFinal?: true;
  /** There is nothing to be done: the records in `waiting` wait. */
  readonly isResting?: true;
  /** Of what is staged, for people. */
  readonly counts?: FlushCounts;
  /** Present: a receiver has it, in part or wholly, or may have. */
  readonly settling?: Settling;
}

/** A target without what says when to write to it, but for partitions, which have their own time, and whom to tell of it. */
export interface PlannedTarget extends Omit<
  DeliveryTarget,
  "bufferSizeMiB" | "bufferIntervalSeconds" | "errorLog" | "partitioning"
> {
  readonly partitioning?: PartitionHints;
}

/** How much of a partition comes into an object, and how long its oldest record may wait. */
export interface PartitionHints {
  readonly sizeBytes: number;
  readonly intervalMs: number;
}

export interface PlannedObjects {
  readonly stream: DeliveryStream;
  /** The lane, or the data stream's shard. */
  readonly source: Pick<SourceShard, "index">;
  readonly readerId: string;
}

/** Only what is named here is kept: of a destination, say, not its source backup. */
export function plannedTarget(target: DeliveryTarget): PlannedTarget {
  const { roleArn, bucketArn, prefix, errorOutputPrefix, compression } = target;
  const { customTimeZone, stages, transform, partitioning, conversion, delimiter } = target;
  const { fileExtension: extension, kmsKeyArn, receiver } = target;
  return {
    roleArn,
    bucketArn,
    compression,
    ...(kmsKeyArn !== undefined && { kmsKeyArn }),
    ...(prefix !== undefined && { prefix }),
    ...(errorOutputPrefix !== undefined && { errorOutputPrefix }),
    ...(extension !== undefined && { fileExtension: extension }),
    ...(customTimeZone !== undefined && { customTimeZone }),
    ...(stages && { stages }),
    ...(transform && { transform }),
    ...(partitioning && { partitioning: wakeRuleOf(target) }),
    ...(conversion && { conversion }),
    ...(delimiter !== undefined && { delimiter }),
    ...(receiver && { receiver }),
  };
}

/** `arn:aws:s3:::my-logs` → `my-logs`. */
export function bucketName(bucketArn: string): string {
  return bucketArn.slice(bucketArn.indexOf(":::") + 3);
}

export interface PlannedObject {
  /** Of the oldest record in it: the first one in the log. */
  readonly arrivedAtMs: number;
  readonly errorOutputType?: ErrorOutputType;
  /** Of a partition, the plan's objects are counted; the others have one of their kind. */
  readonly partition?: {
    readonly id: string;
    readonly prefix: readonly PrefixPart[];
    readonly count: number;
    /** Of its first record. */
    readonly blockIndex: number;
  };
}

/** Where an object goes, and who puts it there how. */
export type ObjectPlace = Pick<ObjectTarget, "bucket" | "key" | "roleArn" | "kmsKeyArn">;

/** Where the records of a plan go, or with `errorOutputType` those of them that failed. */
export function plannedObject(
  { stream, source, readerId }: PlannedObjects,
  target: PlannedTarget,
  { span, versionId, namesSort }: DeliveryPlan,
  object: PlannedObject,
): ObjectPlace {
  const { arrivedAtMs, errorOutputType, partition } = object;
  const { from, to } = span;
  const place = [stream.name, stream.generation, readerId, source.index];
  // Two partitions may come to the same prefix: the values `a/b` and `c` of two keys, and `a` and `b/c`.
  const kind = partition ? [partition.id, partition.count] : [errorOutputType ?? ""];
  const { conversion: _none, ...unconverted } = target;
  const uuid = namesSort
    ? orderedUuid(
        partition?.blockIndex ?? from.blockIndex,
        ...place,
        ...(partition ? [from.blockIndex] : []),
        to.blockIndex,
        ...kind,
      )
    : derivedUuid(...place, from.blockIndex, to.blockIndex, ...kind);
  const key = objectKey({
    prefix: prefixOf(target, object),
    streamName: stream.name,
    versionId,
    instantMs: arrivedAtMs,
    uuid,
    extension: fileExtension(errorOutputType === undefined ? target : unconverted),
    timeZone: target.customTimeZone,
    errorOutputType,
  });
  const { roleArn, kmsKeyArn } = target;
  const bucket = bucketName(target.bucketArn);
  return { bucket, key, roleArn, ...(kmsKeyArn !== undefined && { kmsKeyArn }) };
}

function prefixOf(
  target: PlannedTarget,
  { errorOutputType, partition }: PlannedObject,
): readonly PrefixPart[] {
  if (errorOutputType !== undefined) return errorPrefixParts(target);
  return partition?.prefix ?? prefixParts(target.prefix);
}
