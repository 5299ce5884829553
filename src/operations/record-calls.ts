/**
 * Calls on records, which come by the thousand, and what the audit is to know of them. All other operations are there to show
 * or change how things are; so is a new one, unless it is named here.
 */
export type RecordCall =
  /** Brings records. */
  | "put"
  /** Hands out payloads, or what they are read with. */
  | "read"
  /** Hands out payloads to somebody who looks into them: people by the command line, not consumers. */
  | "look";

export const RECORD_CALLS: ReadonlyMap<string, RecordCall> = new Map<string, RecordCall>([
  ["firehose:PutRecord", "put"],
  ["firehose:PutRecordBatch", "put"],
  ["kinesis:PutRecord", "put"],
  ["kinesis:PutRecords", "put"],
  ["kinesis:GetRecords", "read"],
  ["kinesis:GetShardIterator", "read"],
  ["kinesis:SubscribeToShard", "read"],
  ["hydrant:GetDeliveryRecords", "look"],
  ["hydrant:TestPipeline", "look"],
]);
