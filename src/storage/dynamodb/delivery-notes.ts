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
import type { DeliveryNote, DeliveryNotes, FlushNote, FlushPlace } from "../../delivery/ports.ts";
import { DELIVERY_NOTE_LIFETIME_MS } from "../../limits.ts";
import type { ShardKey } from "../../log/store.ts";
import { expiryValue, numberValue, readNumber, readString, stringValue } from "./client.ts";
import {
  deliveryNoteKey,
  flushesEnd,
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

  /** Of the flushes from one sort key to the other, both included. */
  async function between(
    shard: ShardKey,
    [first, last]: readonly [string, string],
    { limit, isForward = false }: { readonly limit: number; readonly isForward?: boolean },
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
            ":first": stringValue(first),
            ":last": stringValue(last),
          },
          ScanIndexForward: isForward,
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
            ...flushNoteKey(shard, readerId, flush),
            flush: stringValue(JSON.stringify(flush)),
            expiresAt: expiryValue(untilMs),
          },
        }),
      );
    },

    async flushOf(shard, readerId, block) {
      const upTo = [flushSortKey(readerId, START), flushesEnd(readerId, block)] as const;
      const [flush] = await between(shard, upTo, { limit: 1 });
      return flush && block < flush.toBlock ? flush : undefined;
    },

    flushesBehind(shard, readerId, block, limit) {
      const from = flushesEnd(readerId, block);
      const end = flushesEnd(readerId, Number.MAX_SAFE_INTEGER);
      return between(shard, [from, end], { limit, isForward: true });
    },

    async flushes(shard, readerId, { before, limit }) {
      const first = flushSortKey(readerId, START);
      const last = before
        ? lastBefore(readerId, before)
        : flushesEnd(readerId, Number.MAX_SAFE_INTEGER);
      return last === undefined ? [] : between(shard, [first, last], { limit });
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

const START: FlushPlace = { fromBlock: 0 };

/** The last sort key before a place; `undefined`: it is the first of all. */
function lastBefore(readerId: string, place: FlushPlace): string | undefined {
  const { fromBlock, toBlock, plannedAtMs } = place;
  if (toBlock !== undefined && plannedAtMs !== undefined) {
    return flushSortKey(readerId, { ...place, plannedAtMs: plannedAtMs - 1 });
  }
  return fromBlock === 0 ? undefined : flushesEnd(readerId, fromBlock - 1);
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
