/**
 * A consumer of a whole stream across reshards, as client libraries do it: it reads a child only when it has read
 * all of the parents, and goes on after the last sequence number it knows when its iterator is of no more use.
 */
import { setTimeout as sleep } from "node:timers/promises";
import {
  type ChildShard,
  GetRecordsCommand,
  type GetRecordsCommandOutput,
  GetShardIteratorCommand,
  type KinesisClient,
  ListShardsCommand,
} from "@aws-sdk/client-kinesis";
import type { Random } from "../../src/random.ts";
import { kinesisClient } from "./kinesis-client.ts";
import type { Journal, ReadRecord } from "./kinesis-journal.ts";

export interface ConsumerOptions {
  readonly name: string;
  readonly endpoint: string;
  readonly streamName: string;
  readonly random: Random;
  readonly journal: Journal;
  isOver(): boolean;
}

export interface Consumer {
  readonly seen: ReadonlySet<string>;
  /** Shards read to their end, in the order of their ends. */
  readonly ended: readonly string[];
  readonly done: Promise<void>;
}

const PAUSE_MS = 150;
const PAUSE_AFTER_FAILURE_MS = 300;
/** One page in so many is followed by a start from the checkpoint, as by another worker. */
const PAGES_PER_RESTART = 40;

export function startConsumer(options: ConsumerOptions): Consumer {
  const { name, streamName, random, journal } = options;
  const client = kinesisClient(options.endpoint, 3);
  const seen = new Set<string>();
  const ended: string[] = [];
  const begun = new Map<string, Promise<void>>();

  async function follow(shardId: string): Promise<void> {
    let iterator: string | undefined;
    let last: string | undefined;
    while (!options.isOver()) {
      try {
        iterator ??= await iteratorAfter(client, streamName, shardId, last);
        const page: GetRecordsCommandOutput = await client.send(
          new GetRecordsCommand({
            ShardIterator: iterator,
            Limit: 1 + Math.floor(random.fraction() * 2000),
          }),
        );
        const records = recordsOf(page);
        journal.read({ reader: name, shardId, records });
        for (const record of records) seen.add(record.name);
        last = records.at(-1)?.sequenceNumber ?? last;
        if (page.NextShardIterator === undefined) {
          ended.push(shardId);
          return page.ChildShards?.forEach(beginChild);
        }
        const isRestart = Math.floor(random.fraction() * PAGES_PER_RESTART) === 0;
        iterator = isRestart ? undefined : page.NextShardIterator;
        if (page.MillisBehindLatest === 0) await sleep(PAUSE_MS);
      } catch {
        iterator = undefined;
        await sleep(PAUSE_AFTER_FAILURE_MS);
      }
    }
  }

  function begin(shardId: string): void {
    if (!begun.has(shardId)) begun.set(shardId, follow(shardId));
  }

  function beginChild({ ShardId, ParentShards }: ChildShard): void {
    if (ParentShards?.every((parent) => ended.includes(parent))) begin(ShardId ?? "");
  }

  async function run(): Promise<void> {
    const { Shards = [] } = await client.send(new ListShardsCommand({ StreamName: streamName }));
    for (const { ShardId, ParentShardId } of Shards) {
      if (ParentShardId === undefined) begin(ShardId ?? "");
    }
    // Children join while their parents are awaited.
    for (const following of begun.values()) await following;
    client.destroy();
  }

  return { seen, ended, done: run() };
}

/** All of a shard from its beginning on, as far as it goes now. */
export async function readShard(
  client: KinesisClient,
  streamName: string,
  shardId: string,
): Promise<readonly ReadRecord[]> {
  const records: ReadRecord[] = [];
  let iterator: string | undefined = await iteratorAfter(client, streamName, shardId, undefined);
  while (iterator !== undefined) {
    const page: GetRecordsCommandOutput = await client.send(
      new GetRecordsCommand({ ShardIterator: iterator }),
    );
    const found = recordsOf(page);
    records.push(...found);
    if (found.length === 0 && page.MillisBehindLatest === 0) break;
    iterator = page.NextShardIterator;
  }
  return records;
}

async function iteratorAfter(
  client: KinesisClient,
  StreamName: string,
  ShardId: string,
  last: string | undefined,
): Promise<string> {
  const start =
    last === undefined
      ? ({ ShardIteratorType: "TRIM_HORIZON" } as const)
      : ({ ShardIteratorType: "AFTER_SEQUENCE_NUMBER", StartingSequenceNumber: last } as const);
  const command = new GetShardIteratorCommand({ StreamName, ShardId, ...start });
  return (await client.send(command)).ShardIterator ?? "";
}

function recordsOf({ Records = [] }: GetRecordsCommandOutput): readonly ReadRecord[] {
  return Records.map(({ Data, PartitionKey = "", SequenceNumber = "" }) => {
    const [name = ""] = Buffer.from(Data ?? [])
      .toString("latin1")
      .split(" ", 1);
    return { name, key: PartitionKey, sequenceNumber: SequenceNumber };
  });
}
