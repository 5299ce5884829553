/**
 * Data streams in the state table. A stream may have thousands of shards, more than one transaction holds; so the
 * stream's own item says what is true, and its shards are written before it says so.
 */
import {
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  paginateQuery,
  PutItemCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import type { ShardKey } from "../../log/store.ts";
import type { StreamStore } from "../../streams/store.ts";
import { shardToText, streamToText, textToShard, textToStream } from "./stream-text.ts";
import { type DataStream, dataShardKey, type Shard } from "../../streams/stream.ts";
import { REMOVED_LIFETIME_MS } from "../../limits.ts";
import {
  conditionally,
  expiryValue,
  numberValue,
  readNumber,
  readString,
  stringValue,
} from "./client.ts";
import {
  counterKey,
  DATA_STREAMS_PARTITION,
  dataStreamKey,
  type Item,
  parseReaderSlot,
  readerKey,
  readerPartition,
  readerSlotKey,
  readerSlotPartition,
  removedStreamKey,
  shardKey,
  shardPartition,
} from "./keys.ts";
import { listNames } from "./list-names.ts";
import { newCounterItem } from "./log.ts";

export interface DynamoStreamsOptions {
  readonly client: DynamoDBClient;
  readonly stateTable: string;
}

/** Shards written or removed at once. */
const CONCURRENCY = 25;

/** Readers of a shard, or slots that it has for them, asked for at once; slots are fewer. */
const READERS_PAGE_COUNT = 100;

export function dynamodbStreams({ client, stateTable }: DynamoStreamsOptions): StreamStore {
  const putOnce = (item: Item, condition = "attribute_not_exists(pk)") =>
    conditionally(
      client.send(
        new PutItemCommand({
          TableName: stateTable,
          Item: item,
          ConditionExpression: condition,
          ReturnValuesOnConditionCheckFailure: "ALL_OLD",
        }),
      ),
    );
  const remove = (key: Item) =>
    client.send(new DeleteItemCommand({ TableName: stateTable, Key: key }));

  async function read(key: Item): Promise<Item | undefined> {
    const { Item: item } = await client.send(
      new GetItemCommand({ TableName: stateTable, Key: key, ConsistentRead: true }),
    );
    return item;
  }

  async function readShards(
    stream: Pick<DataStream, "name" | "generation">,
    limit = Infinity,
  ): Promise<Shard[]> {
    const shards: Shard[] = [];
    const pages = paginateQuery(
      { client, ...(limit < Infinity && { pageSize: limit }) },
      {
        TableName: stateTable,
        ConsistentRead: true,
        KeyConditionExpression: "pk = :shards",
        ExpressionAttributeValues: { ":shards": stringValue(shardPartition(stream)) },
      },
    );
    for await (const page of pages) {
      for (const item of page.Items ?? []) shards.push(textToShard(readString(item, "shard")));
      if (shards.length >= limit) break;
    }
    return shards.slice(0, limit);
  }

  async function removeReaders(shard: ShardKey): Promise<void> {
    const namesIn = (partition: string) =>
      listNames({ client, stateTable, partition, limit: READERS_PAGE_COUNT });
    const names = await namesIn(readerPartition(shard));
    for (const slot of names.flatMap((name) => parseReaderSlot(name) ?? [])) {
      let readerIds: readonly string[];
      do {
        readerIds = await namesIn(readerSlotPartition(shard, slot));
        for (const readerId of readerIds) await remove(readerKey(shard, readerId));
      } while (readerIds.length === READERS_PAGE_COUNT);
      await remove(readerSlotKey(shard, slot));
    }
  }

  async function forget(
    stream: Pick<DataStream, "name" | "generation">,
    shardIndex: number,
  ): Promise<void> {
    const shard = dataShardKey(stream, shardIndex);
    // The counter first: without it nobody opens another reader.
    await remove(counterKey(shard));
    await removeReaders(shard);
    await remove(shardKey(stream, shardIndex));
  }

  return {
    async create(stream) {
      if (await read(removedStreamKey(stream))) return "exists";
      const created = await putOnce({ ...dataStreamKey(stream.name), ...streamAttributes(stream) });
      if (created.kind === "done") return "created";
      // Our own earlier attempt, whose answer was lost.
      const standing = created.item && readString(created.item, "generation");
      return standing === stream.generation ? "created" : "exists";
    },

    async get(name) {
      const item = await read(dataStreamKey(name));
      return item && textToStream(readString(item, "stream"));
    },

    list: (options) =>
      listNames({ client, stateTable, partition: DATA_STREAMS_PARTITION, ...options }),

    async update(stream) {
      const updated = await conditionally(
        client.send(
          new PutItemCommand({
            TableName: stateTable,
            Item: { ...dataStreamKey(stream.name), ...streamAttributes(stream) },
            ConditionExpression: "generation = :generation AND revision = :before",
            ExpressionAttributeValues: {
              ":generation": stringValue(stream.generation),
              ":before": numberValue(stream.revision - 1),
            },
            ReturnValuesOnConditionCheckFailure: "ALL_OLD",
          }),
        ),
      );
      if (updated.kind === "done") return "updated";
      const isOurs = updated.item?.["stream"]?.S === streamToText(stream);
      return isOurs ? "updated" : "conflict";
    },

    async remove(stream, { shardLimit } = { shardLimit: Infinity }) {
      const shards = await readShards(stream, shardLimit);
      await inTurns(shards, ({ index }) => forget(stream, index));
      if (shards.length === shardLimit) return "more";
      // Before the stream, for who finds it gone must find this.
      await client.send(
        new PutItemCommand({
          TableName: stateTable,
          Item: {
            ...removedStreamKey(stream),
            expiresAt: expiryValue(stream.settledAtMs + REMOVED_LIFETIME_MS),
          },
        }),
      );
      await conditionally(
        client.send(
          new DeleteItemCommand({
            TableName: stateTable,
            Key: dataStreamKey(stream.name),
            ConditionExpression: "generation = :generation",
            ExpressionAttributeValues: { ":generation": stringValue(stream.generation) },
          }),
        ),
      );
      return "removed";
    },

    async addShards(stream, shards) {
      await inTurns(shards, async (shard) => {
        const counter = newCounterItem(dataShardKey(stream, shard.index));
        // A shard that comes and goes within one scaling is born closed: nothing is ever reserved in it. A counter that stands
        // already was raised after a restore, for a shard that is open.
        if (shard.closed) {
          await putOnce({ ...counter, sealed: { BOOL: true } }, "attribute_not_exists(sealed)");
        } else await putOnce(counter);
        await putOnce({ ...shardKey(stream, shard.index), shard: stringValue(shardToText(shard)) });
      });
    },

    forget,

    shards: (stream) => readShards(stream),

    async shard(stream, shardIndex) {
      const item = await read(shardKey(stream, shardIndex));
      return item && textToShard(readString(item, "shard"));
    },

    async seal(stream, shardIndex) {
      const { Attributes: counter } = await client.send(
        new UpdateItemCommand({
          TableName: stateTable,
          Key: counterKey(dataShardKey(stream, shardIndex)),
          UpdateExpression: "SET sealed = :true",
          ConditionExpression: "attribute_exists(pk)",
          ExpressionAttributeValues: { ":true": { BOOL: true } },
          ReturnValues: "ALL_NEW",
        }),
      );
      return { finalBlockIndex: readNumber(counter ?? {}, "blocks") };
    },

    async close(stream, shardIndex, closed) {
      const item = await read(shardKey(stream, shardIndex));
      if (!item) throw new Error(`no shard ${shardIndex} in ${stream.name}`);
      const shard = textToShard(readString(item, "shard"));
      // The first note stands: a repeated one has a later time.
      if (shard.closed) return;
      await conditionally(
        client.send(
          new UpdateItemCommand({
            TableName: stateTable,
            Key: shardKey(stream, shardIndex),
            UpdateExpression: "SET #shard = :shard",
            ConditionExpression: "#shard = :open",
            ExpressionAttributeNames: { "#shard": "shard" },
            ExpressionAttributeValues: {
              ":open": stringValue(readString(item, "shard")),
              ":shard": stringValue(shardToText({ ...shard, closed })),
            },
          }),
        ),
      );
    },
  };
}

function streamAttributes(stream: DataStream): Item {
  return {
    generation: stringValue(stream.generation),
    revision: numberValue(stream.revision),
    stream: stringValue(streamToText(stream)),
  };
}

async function inTurns<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  for (let i = 0; i < items.length; i += CONCURRENCY) {
    await Promise.all(items.slice(i, i + CONCURRENCY).map(act));
  }
}
