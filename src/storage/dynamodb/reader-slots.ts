/**
 * Which slots of a shard have readers in them, so that a list asks for as many partition keys as are used: one where a
 * shard has one reader. A slot that was ever used has an item, which counts the readers that were put there and says
 * when none is left. No reader that stands is missed, for the order is
 *
 *   opening    the reader is put ─ the count rises, the slot is in use
 *   removing   the reader goes ─ the count is read ─ nobody in the slot? ─ it is not in use, if the count is the same
 *
 * Whoever puts a reader behind the look into the slot raises the count behind it, too: either it is another by then, or
 * it rises, and with it the slot is in use again, afterwards. Who dies before the count has risen must open again.
 */
import {
  type DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import type { ShardKey } from "../../log/store.ts";
import { conditionally, numberValue, readNumber, readString, stringValue } from "./client.ts";
import {
  type Item,
  parseReaderSlot,
  type ReaderSlot,
  readerSlotKey,
  readerSlotPartition,
} from "./keys.ts";

export interface ReaderSlotsOptions {
  readonly client: DynamoDBClient;
  readonly stateTable: string;
}

export interface ReaderSlots {
  /** To be called when a reader was put there. */
  use(shard: ShardKey, slot: ReaderSlot): Promise<void>;
  /** To be called when a reader of it was removed. */
  leave(shard: ShardKey, slot: ReaderSlot): Promise<void>;
}

export function readerSlots({ client, stateTable }: ReaderSlotsOptions): ReaderSlots {
  return {
    async use(shard, slot) {
      await client.send(
        new UpdateItemCommand({
          TableName: stateTable,
          Key: readerSlotKey(shard, slot),
          UpdateExpression: "ADD opened :one REMOVE isEmpty",
          ExpressionAttributeValues: { ":one": numberValue(1) },
        }),
      );
    },

    async leave(shard, slot) {
      const Key = readerSlotKey(shard, slot);
      const { Item: standing } = await client.send(
        new GetItemCommand({ TableName: stateTable, Key, ConsistentRead: true }),
      );
      if (standing === undefined || usedSlot(standing) === undefined) return;
      const { Count: readerCount } = await client.send(
        new QueryCommand({
          TableName: stateTable,
          ConsistentRead: true,
          KeyConditionExpression: "pk = :slot",
          ExpressionAttributeValues: { ":slot": stringValue(readerSlotPartition(shard, slot)) },
          Select: "COUNT",
          Limit: 1,
        }),
      );
      if (readerCount !== 0) return;
      await conditionally(
        client.send(
          new UpdateItemCommand({
            TableName: stateTable,
            Key,
            UpdateExpression: "SET isEmpty = :true",
            ConditionExpression: "opened = :seen",
            ExpressionAttributeValues: {
              ":true": { BOOL: true },
              ":seen": numberValue(readNumber(standing, "opened")),
            },
          }),
        ),
      );
    },
  };
}

/** Of an item under the shard's own key: the slot that it says is in use; `undefined` for others, and for readers. */
export function usedSlot(item: Item): ReaderSlot | undefined {
  return item["isEmpty"] ? undefined : parseReaderSlot(readString(item, "sk"));
}
