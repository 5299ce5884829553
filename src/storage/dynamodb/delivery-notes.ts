/** What became of flushes, in the state table: an item for each reader, which TTL removes when it is of no use any more. */
import {
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from "@aws-sdk/client-dynamodb";
import type { DeliveryNote, DeliveryNotes } from "../../delivery/ports.ts";
import { DELIVERY_NOTE_LIFETIME_MS } from "../../limits.ts";
import type { ShardKey } from "../../log/store.ts";
import { expiryValue, numberValue, readNumber, readString, stringValue } from "./client.ts";
import { deliveryNoteKey, type Item } from "./keys.ts";

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

  return {
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
