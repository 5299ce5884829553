/**
 * What a flush intends, written down before the first byte goes to S3. From it, and from the records that an object
 * holds, follows the object's name.
 */
import { derivedUuid, orderedUuid } from "../derived-uuid.ts";
import type { Span } from "../readers/span.ts";
import type { DeliveryStream, DeliveryTarget } from "./delivery-stream.ts";
import { fileExtension, objectKey } from "./naming/object-key.ts";
import type { StagedObject } from "./destinations/s3/object-writer.ts";
import { type ErrorOutputType, errorPrefixParts, prefixParts } from "./naming/prefix.ts";
import type { FlushCounts } from "./ports.ts";
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
  /** It was staged, and one of the uploads was lost: others may be objects by now, so that it is never void. */
  readonly mayStand?: true;
  /** Nothing of it can exist: whatever was tried was refused. It is planned anew, for the target as it is by then. */
  readonly isVoid?: true;
  /** Names of one second sort in the order of the log. Absent: made by a version that named objects otherwise. */
  readonly namesSort?: true;
  /** Failed invocations of the transform so far, when a run ended before its retries did. */
  readonly transformAttempts?: AttemptsByBatch;
  /**
   * Present: the outcome of the transform is fixed, and all that is left is to make these objects appear. A
   * function that answers differently the next time can then change nothing.
   */
  readonly staged?: readonly StagedObject[];
  /** Of what is staged, for people. */
  readonly counts?: FlushCounts;
}

/** A target without what says when to write to it, and whom to tell of it. */
export type PlannedTarget = Omit<
  DeliveryTarget,
  "bufferSizeMiB" | "bufferIntervalSeconds" | "errorLog"
>;

export interface PlannedObjects {
  readonly stream: DeliveryStream;
  /** The lane, or the data stream's shard. */
  readonly source: Pick<SourceShard, "index">;
  readonly readerId: string;
}

/** Only what is named here is kept: of a destination, say, not its source backup. */
export function plannedTarget(target: DeliveryTarget): PlannedTarget {
  const { roleArn, bucketArn, prefix, errorOutputPrefix, compression } = target;
  const { customTimeZone, stages, transform, conversion, delimiter } = target;
  const { fileExtension: extension } = target;
  return {
    roleArn,
    bucketArn,
    compression,
    ...(prefix !== undefined && { prefix }),
    ...(errorOutputPrefix !== undefined && { errorOutputPrefix }),
    ...(extension !== undefined && { fileExtension: extension }),
    ...(customTimeZone !== undefined && { customTimeZone }),
    ...(stages && { stages }),
    ...(transform && { transform }),
    ...(conversion && { conversion }),
    ...(delimiter !== undefined && { delimiter }),
  };
}

/** `arn:aws:s3:::my-logs` → `my-logs`. */
export function bucketName(bucketArn: string): string {
  return bucketArn.slice(bucketArn.indexOf(":::") + 3);
}

/** Where the records of a plan go, or with `errorOutputType` those of them that failed. */
export function plannedObject(
  { stream, source, readerId }: PlannedObjects,
  target: PlannedTarget,
  { span, versionId, namesSort }: DeliveryPlan,
  object: {
    /** Of the oldest record in it: the first one in the log. */
    readonly arrivedAtMs: number;
    readonly errorOutputType?: ErrorOutputType;
  },
): { readonly bucket: string; readonly key: string } {
  const { arrivedAtMs, errorOutputType } = object;
  const { from, to } = span;
  const place = [stream.name, stream.generation, readerId, source.index];
  const kind = errorOutputType ?? "";
  const { conversion: _none, ...unconverted } = target;
  const uuid = namesSort
    ? orderedUuid(from.blockIndex, ...place, to.blockIndex, kind)
    : derivedUuid(...place, from.blockIndex, to.blockIndex, kind);
  const key = objectKey({
    prefix: errorOutputType === undefined ? prefixParts(target.prefix) : errorPrefixParts(target),
    streamName: stream.name,
    versionId,
    instantMs: arrivedAtMs,
    uuid,
    extension: fileExtension(errorOutputType === undefined ? target : unconverted),
    timeZone: target.customTimeZone,
    errorOutputType,
  });
  return { bucket: bucketName(target.bucketArn), key };
}
