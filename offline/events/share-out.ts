/**
 * What a stream's batch is shared out among, when a mapping may run several batches of a shard at a time. Records of one
 * item stay in one part, in their order, as on Lambda; here all of a partition key do, so that parts are few.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html
 */
import { createHash } from "node:crypto";
import type { StreamRecord } from "./stream-batch.ts";

/** The partition key's name in all tables that resources/ declares. */
const PARTITION_KEY = "pk";

/** Only parts that hold something; one at least if there is anything. */
export function shareOut(
  records: readonly StreamRecord[],
  partCount: number,
): readonly (readonly StreamRecord[])[] {
  if (partCount === 1) return records.length === 0 ? [] : [records];
  const parts = Array.from({ length: partCount }, (): StreamRecord[] => []);
  for (const record of records) parts[partOf(record, partCount)]!.push(record);
  return parts.filter((part) => part.length > 0);
}

function partOf({ dynamodb: { Keys = {} } }: StreamRecord, partCount: number): number {
  const key = JSON.stringify(Keys[PARTITION_KEY] ?? Keys);
  return createHash("md5").update(key).digest().readUInt32BE(0) % partCount;
}
