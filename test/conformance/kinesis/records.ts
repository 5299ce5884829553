/** Reading a shard back, for the tests of putting and reading. */
import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  type ShardIteratorType,
} from "@aws-sdk/client-kinesis";

export const SHARD_0 = "shardId-000000000000";

export async function iteratorOf(
  client: KinesisClient,
  StreamName: string,
  ShardIteratorType: ShardIteratorType = "TRIM_HORIZON",
  ShardId = SHARD_0,
): Promise<string> {
  const command = new GetShardIteratorCommand({ StreamName, ShardId, ShardIteratorType });
  return (await client.send(command)).ShardIterator!;
}

export async function textsFrom(client: KinesisClient, ShardIterator: string): Promise<string[]> {
  const { Records = [] } = await client.send(new GetRecordsCommand({ ShardIterator }));
  return Records.map(({ Data }) => Buffer.from(Data!).toString());
}
