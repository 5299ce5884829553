/** Putting into a stream and reading it back, beside the call that a test is about. */
import { sdk } from "./streams.ts";

export const [SHARD_0, SHARD_1, SHARD_2] = [
  "shardId-000000000000",
  "shardId-000000000001",
  "shardId-000000000002",
] as const;

export async function putText(
  StreamName: string,
  text: string,
  PartitionKey = "a",
): Promise<string> {
  const Data = Buffer.from(text);
  const { SequenceNumber } = await sdk.call("PutRecord", { StreamName, PartitionKey, Data });
  return SequenceNumber!;
}

export async function iteratorAt(
  StreamName: string,
  ShardId: string = SHARD_0,
  ShardIteratorType = "TRIM_HORIZON",
): Promise<string> {
  const place = { StreamName, ShardId, ShardIteratorType };
  return (await sdk.call("GetShardIterator", place)).ShardIterator!;
}

export async function recordsIn(StreamName: string, shardId?: string) {
  const ShardIterator = await iteratorAt(StreamName, shardId);
  return (await sdk.call("GetRecords", { ShardIterator })).Records!;
}

export function textsOf(records: readonly { readonly Data?: Uint8Array | undefined }[]): string[] {
  return records.map(({ Data }) => Buffer.from(Data!).toString());
}
