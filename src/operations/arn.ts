/** Amazon Resource Names of what Hydrant keeps; policies and answers both hold them. */
import { partitionOf } from "../partition.ts";

interface Place {
  readonly region: string;
  /** Twelve digits. */
  readonly accountId: string;
}

/** @example "arn:aws:firehose:us-east-1:000000000000:deliverystream/access-logs" */
export function deliveryStreamArn({ region, accountId }: Place, name: string): string {
  return `arn:${partitionOf(region)}:firehose:${region}:${accountId}:deliverystream/${name}`;
}

/** @example "arn:aws:kinesis:us-east-1:000000000000:stream/clicks" */
export function dataStreamArn({ region, accountId }: Place, name: string): string {
  return `arn:${partitionOf(region)}:kinesis:${region}:${accountId}:stream/${name}`;
}

/** `name`: also with a version or an alias. @example "arn:aws:lambda:us-east-1:000000000000:function:clean:PROD" */
export function functionArn({ region, accountId }: Place, name: string): string {
  return `arn:${partitionOf(region)}:lambda:${region}:${accountId}:function:${name}`;
}

/** @example "arn:aws:s3:::my-logs" */
export function bucketArn({ region }: Pick<Place, "region">, name: string): string {
  return `arn:${partitionOf(region)}:s3:::${name}`;
}

/** @example "arn:aws:lambda:us-east-1:000000000000:event-source-mapping:7b1c…" */
export function mappingArn({ region, accountId }: Place, uuid: string): string {
  return `arn:${partitionOf(region)}:lambda:${region}:${accountId}:event-source-mapping:${uuid}`;
}
