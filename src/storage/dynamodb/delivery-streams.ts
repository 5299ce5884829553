/** Delivery streams in the state table; created and removed together with their lanes' counters and readers. */
import {
  type DynamoDBClient,
  GetItemCommand,
  type TransactWriteItem,
  TransactionCanceledException,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import {
  BACKUP_READER,
  DELIVERY_READER,
  type DeliveryStream,
} from "../../delivery/delivery-stream.ts";
import type { DeliveryStreamStore } from "../../delivery/ports.ts";
import { readString, stringValue } from "./client.ts";
import { counterKey, DELIVERY_STREAMS_PARTITION, deliveryStreamKey, readerKey } from "./keys.ts";
import { listNames } from "./list-names.ts";
import { newCounterItem } from "./log.ts";
import { newReaderItem } from "./readers.ts";

export interface DynamoDeliveryStreamsOptions {
  readonly client: DynamoDBClient;
  readonly stateTable: string;
}

export function dynamodbDeliveryStreams({
  client,
  stateTable,
}: DynamoDeliveryStreamsOptions): DeliveryStreamStore {
  /** Whether the transaction took place; false when its first condition failed. */
  async function transact(token: string, items: TransactWriteItem[]): Promise<boolean> {
    try {
      await client.send(
        // The token makes a repeated attempt of the same transaction (its answer was lost) a success.
        new TransactWriteItemsCommand({ TransactItems: items, ClientRequestToken: token }),
      );
      return true;
    } catch (error) {
      const [first] =
        error instanceof TransactionCanceledException ? (error.CancellationReasons ?? []) : [];
      if (first?.Code === "ConditionalCheckFailed") return false;
      throw error;
    }
  }

  return {
    async create(stream, lanes, readers) {
      const created = await transact(`create-${stream.generation}`, [
        {
          Put: {
            TableName: stateTable,
            Item: {
              ...deliveryStreamKey(stream.name),
              generation: stringValue(stream.generation),
              stream: stringValue(JSON.stringify(stream)),
            },
            ConditionExpression: "attribute_not_exists(pk)",
          },
        },
        ...lanes.flatMap((lane) => [
          { Put: { TableName: stateTable, Item: newCounterItem(lane) } },
          ...readers.map(({ readerId, ...wakeRule }) => ({
            Put: {
              TableName: stateTable,
              Item: newReaderItem(lane, readerId, {
                checkpoint: { blockIndex: 0, byteOffset: 0 },
                wakeRule,
              }),
            },
          })),
        ]),
      ]);
      return created ? "created" : "exists";
    },

    async get(name) {
      const { Item: item } = await client.send(
        new GetItemCommand({
          TableName: stateTable,
          Key: deliveryStreamKey(name),
          ConsistentRead: true,
        }),
      );
      return item && (JSON.parse(readString(item, "stream")) as DeliveryStream);
    },

    list: (options) =>
      listNames({ client, stateTable, partition: DELIVERY_STREAMS_PARTITION, ...options }),

    async remove(stream, lanes) {
      const removed = await transact(`remove-${stream.generation}`, [
        {
          Delete: {
            TableName: stateTable,
            Key: deliveryStreamKey(stream.name),
            ConditionExpression: "generation = :generation",
            ExpressionAttributeValues: { ":generation": stringValue(stream.generation) },
          },
        },
        // Without its counter a lane refuses every reservation, also from a process that still caches the stream.
        ...lanes.flatMap((lane) => [
          { Delete: { TableName: stateTable, Key: counterKey(lane) } },
          { Delete: { TableName: stateTable, Key: readerKey(lane, DELIVERY_READER) } },
          { Delete: { TableName: stateTable, Key: readerKey(lane, BACKUP_READER) } },
        ]),
      ]);
      return removed ? "removed" : "gone";
    },
  };
}
