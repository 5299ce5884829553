/**
 * What became of flushes, in the state table: an item for each reader, and one for each of its flushes. TTL removes them
 * when they are of no use any more.
 */
import {
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from "@aws-sdk/client-dynamodb";
import type { DeliveryNote, DeliveryNotes, FlushNote } from "../../delivery/ports.ts";
import { DELIVERY_NOTE_LIFETIME_MS } from "../../limits.ts";
import type { ShardKey } from "../../log/store.ts";
import { expiryValue, numberValue, readNumber, readString, stringValue } from "./client.ts";
import {
  deliveryNoteKey,
  flushesPartition,
  flushNoteKey,
  flushSortKey,
  type Item,
} from "./keys.ts";

export interface DynamoDeliveryNotesOptions {
  readonly client: DynamoDBClient;
  readonly stateTable: string;
}

export function dynamodbDeliveryNotes({
  client,
  stateTable: TableName,
}: DynamoDeliveryNotesOptions): DeliveryNotes {
  async function update(
    shard: ShardKey,
    readerId: string,
    atMs: number,
    change: Pick<UpdateItemCommandInput, "UpdateExpression" | "ExpressionAttributeValues">,
  ): Promise<void> {
    await client.send(
      new UpdateItemCommand({
        TableName,
        Key: deliveryNoteKey(shard, readerId),
        UpdateExpression: change.UpdateExpression,
        ExpressionAttributeValues: {
          ...change.ExpressionAttributeValues,
          ":expires": expiryValue(atMs + DELIVERY_NOTE_LIFETIME_MS),
        },
      }),
    );
  }

  /** Of the flushes that begin at the block `to` or before. */
  async function latest(
    shard: ShardKey,
    readerId: string,
    to: number,
    limit: number,
  ): Promise<readonly FlushNote[]> {
    const found: FlushNote[] = [];
    let after: Item | undefined;
    do {
      const { Items: items = [], LastEvaluatedKey } = await client.send(
        new QueryCommand({
          TableName,
          KeyConditionExpression: "pk = :flushes AND sk BETWEEN :first AND :last",
          ExpressionAttributeValues: {
            ":flushes": stringValue(flushesPartition(shard)),
            ":first": stringValue(flushSortKey(readerId, 0)),
            ":last": stringValue(flushSortKey(readerId, to)),
          },
          ScanIndexForward: false,
          Limit: limit - found.length,
          ...(after && { ExclusiveStartKey: after }),
        }),
      );
      found.push(...items.map((item) => JSON.parse(readString(item, "flush")) as FlushNote));
      after = LastEvaluatedKey;
    } while (after !== undefined && found.length < limit);
    return found;
  }

  return {
    async flushed(shard, readerId, flush, untilMs) {
      await client.send(
        new PutItemCommand({
          TableName,
          Item: {
            ...flushNoteKey(shard, readerId, flush.fromBlock),
            flush: stringValue(JSON.stringify(flush)),
            expiresAt: expiryValue(untilMs),
          },
        }),
      );
    },

    async flushOf(shard, readerId, block) {
      const [flush] = await latest(shard, readerId, block, 1);
      return flush && block < flush.toBlock ? flush : undefined;
    },

    async flushes(shard, readerId, { beforeBlock = Number.MAX_SAFE_INTEGER, limit }) {
      return beforeBlock === 0 ? [] : latest(shard, readerId, beforeBlock - 1, limit);
    },

    async get(shard, readerId) {
      const { Item: item } = await client.send(
        new GetItemCommand({ TableName, Key: deliveryNoteKey(shard, readerId) }),
      );
      return item && noteOf(item);
    },

    delivered: (shard, readerId, { object, atMs }) =>
      update(
        shard,
        readerId,
        atMs,
        object === undefined
          ? { UpdateExpression: "SET expiresAt = :expires REMOVE failedAt, failedSince" }
          : {
              UpdateExpression:
                "SET expiresAt = :expires, objectBucket = :bucket, objectKey = :key, objectAt = :at REMOVE failedAt, failedSince",
              ExpressionAttributeValues: {
                ":bucket": stringValue(object.bucket),
                ":key": stringValue(object.key),
                ":at": numberValue(atMs),
              },
            },
      ),

    failed: (shard, readerId, { message, atMs, retryAtMs }) =>
      update(shard, readerId, atMs, {
        UpdateExpression:
          "SET expiresAt = :expires, failedSince = if_not_exists(failedSince, :at), failedAt = :at, retryAt = :retry, failure = :failure",
        ExpressionAttributeValues: {
          ":at": numberValue(atMs),
          ":retry": numberValue(retryAtMs),
          ":failure": stringValue(message),
        },
      }),
  };
}

function noteOf(item: Item): DeliveryNote {
  return {
    ...(item["objectAt"] && {
      lastObject: {
        bucket: readString(item, "objectBucket"),
        key: readString(item, "objectKey"),
        atMs: readNumber(item, "objectAt"),
      },
    }),
    ...(item["failedAt"] && {
      failure: {
        message: readString(item, "failure"),
        sinceMs: readNumber(item, "failedSince"),
        atMs: readNumber(item, "failedAt"),
        retryAtMs: readNumber(item, "retryAt"),
      },
    }),
  };
}
