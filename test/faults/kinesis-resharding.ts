/** Splits and merges a stream while it is used, and goes on when a call or the stack that makes it dies. */
import { setTimeout as sleep } from "node:timers/promises";
import {
  DescribeStreamSummaryCommand,
  type KinesisClient,
  ListShardsCommand,
  MergeShardsCommand,
  type Shard,
  SplitShardCommand,
} from "@aws-sdk/client-kinesis";
import type { Random } from "../../src/random.ts";

const OPEN_SHARDS_MIN = 2;
const OPEN_SHARDS_MAX = 4;
const POLL_MS = 100;

export interface Reshard {
  readonly description: string;
  /** Sends the call, or sends it again. */
  send(): Promise<void>;
}

/** A split of any open shard, or a merge of any two that touch. */
export async function nextReshard(
  client: KinesisClient,
  StreamName: string,
  random: Random,
): Promise<Reshard> {
  const open = (await shardsOf(client, StreamName))
    .filter((shard) => shard.SequenceNumberRange?.EndingSequenceNumber === undefined)
    .toSorted((a, b) => (startOf(a) < startOf(b) ? -1 : 1));
  const mustSplit = open.length <= OPEN_SHARDS_MIN;
  const splits = mustSplit || (open.length < OPEN_SHARDS_MAX && random.fraction() < 0.5);
  const at = Math.floor(random.fraction() * (splits ? open.length : open.length - 1));
  const { ShardId = "", HashKeyRange } = open[at]!;
  if (splits) {
    const end = BigInt(HashKeyRange?.EndingHashKey ?? 0);
    const NewStartingHashKey = String((startOf(open[at]!) + end) / 2n);
    const input = { StreamName, ShardToSplit: ShardId, NewStartingHashKey };
    return {
      description: `split ${ShardId}`,
      send: async () => void (await client.send(new SplitShardCommand(input))),
    };
  }
  const other = open[at + 1]?.ShardId ?? "";
  const input = { StreamName, ShardToMerge: ShardId, AdjacentShardToMerge: other };
  return {
    description: `merge ${ShardId} and ${other}`,
    send: async () => void (await client.send(new MergeShardsCommand(input))),
  };
}

export async function untilActive(client: KinesisClient, StreamName: string): Promise<void> {
  for (;;) {
    const { StreamDescriptionSummary: summary } = await client.send(
      new DescribeStreamSummaryCommand({ StreamName }),
    );
    if (summary?.StreamStatus === "ACTIVE") return;
    await sleep(POLL_MS);
  }
}

export async function shardsOf(client: KinesisClient, StreamName: string): Promise<Shard[]> {
  return (await client.send(new ListShardsCommand({ StreamName }))).Shards ?? [];
}

const startOf = ({ HashKeyRange }: Shard) => BigInt(HashKeyRange?.StartingHashKey ?? 0);
