/** What two operations say of a delivery stream: a row for its destination, and one for its source backup. */
import type { DeliveryStream } from "../../delivery/delivery-stream.ts";
import { type DeliveryProgress, deliveryProgress } from "../../delivery/progress.ts";
import { dataStreamArn } from "../arn.ts";
import type { DeliveryProgressContext } from "../context.ts";
import { statusOf } from "../firehose/delivery-stream-status.ts";

export interface WireDelivery {
  readonly DeliveryStreamName: string;
  readonly DeliveryStreamStatus: string;
  /** `delivery`, `backup` */
  readonly Kind: string;
  readonly BucketARN: string;
  /** Where else than to the bucket its records go. */
  readonly Destination?: string;
  readonly RecordsWaiting: number;
  readonly BytesWaiting: number;
  readonly OldestAgeMilliseconds: number;
  readonly LastObject?: { readonly Bucket: string; readonly Key: string; readonly Time: Date };
  readonly LastError?: string;
  readonly LastErrorTime?: Date;
  readonly FailingSince?: Date;
  readonly NextRetry?: Date;
  /** Why nothing can come any more. */
  readonly Problem?: string;
}

export async function wireDeliveries(
  context: DeliveryProgressContext,
  stream: DeliveryStream,
): Promise<readonly WireDelivery[]> {
  const [rows, problem] = await Promise.all([
    deliveryProgress({ ...context, readers: context.deliveryReaders }, stream),
    sourceProblem(context, stream),
  ]);
  return rows.map((row) => ({
    DeliveryStreamName: stream.name,
    DeliveryStreamStatus: statusOf(stream),
    ...toWire(row),
    ...(problem !== undefined && { Problem: problem }),
  }));
}

function toWire({ kind, lastObject, failure, ...row }: DeliveryProgress) {
  return {
    Kind: kind,
    BucketARN: row.bucketArn,
    ...(row.place !== undefined && { Destination: row.place }),
    RecordsWaiting: row.recordsWaiting,
    BytesWaiting: row.bytesWaiting,
    OldestAgeMilliseconds: row.oldestAgeMs,
    ...(lastObject && {
      LastObject: {
        Bucket: lastObject.bucket,
        Key: lastObject.key,
        Time: new Date(lastObject.atMs),
      },
    }),
    ...(failure && {
      LastError: failure.message,
      LastErrorTime: new Date(failure.atMs),
      FailingSince: new Date(failure.sinceMs),
      NextRetry: new Date(failure.retryAtMs),
    }),
  };
}

export async function sourceProblem(
  context: DeliveryProgressContext,
  { source }: DeliveryStream,
): Promise<string | undefined> {
  if (source === undefined) return undefined;
  const standing = await context.dataStreams.get(source.streamName);
  if (standing?.generation === source.streamGeneration && standing.status !== "DELETING") {
    return undefined;
  }
  const arn = dataStreamArn(context, source.streamName);
  return standing === undefined || standing.status === "DELETING"
    ? `Source stream not found: ${arn}`
    : `Source stream was deleted and created anew: ${arn}. Delete the delivery stream and create it again`;
}
