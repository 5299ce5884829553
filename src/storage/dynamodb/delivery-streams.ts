/** Delivery streams in the state table; created and removed together with their lanes' counters and readers. */
import { type DynamoDBClient, GetItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import {
  BACKUP_READER,
  DELIVERY_READER,
  type DeliveryStream,
} from "../../delivery/delivery-stream.ts";
import type { DeliveryStreamStore } from "../../delivery/ports.ts";
import { REMOVED_LIFETIME_MS } from "../../limits.ts";
import { conditionally, expiryValue, readString, stringValue } from "./client.ts";
import {
  counterKey,
  DELIVERY_STREAMS_PARTITION,
  deliveryStreamKey,
  type Item,
  readerKey,
  removedDeliveryStreamKey,
} from "./keys.ts";
import { listNames } from "./list-names.ts";
import { newCounterItem } from "./log.ts";
import { newReaderItem } from "./readers.ts";
import { transact } from "./transact.ts";

export interface DynamoDeliveryStreamsOptions {
  readonly client: DynamoDBClient;
  readonly stateTable: string;
}

export function dynamodbDeliveryStreams({
  client,
  stateTable,
}: DynamoDeliveryStreamsOptions): DeliveryStreamStore {
  async function read(Key: Item): Promise<Item | undefined> {
    const { Item } = await client.send(
      new GetItemCommand({ TableName: stateTable, Key, ConsistentRead: true }),
    );
    return Item;
  }

  return {
    async create(stream, lanes, readers) {
      if (await read(removedDeliveryStreamKey(stream))) return "exists";
      const created = await transact(client, [
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
      if (created.kind === "done") return "created";
      // Our own earlier attempt, whose answer was lost.
      const standing = await read(deliveryStreamKey(stream.name));
      const isOurs = standing && readString(standing, "generation") === stream.generation;
      return isOurs ? "created" : "exists";
    },

    async get(name) {
      const item = await read(deliveryStreamKey(name));
      return item && (JSON.parse(readString(item, "stream")) as DeliveryStream);
    },

    async update(before, after) {
      const result = await conditionally(
        client.send(
          new UpdateItemCommand({
            TableName: stateTable,
            Key: deliveryStreamKey(before.name),
            UpdateExpression: "SET #stream = :after",
            ConditionExpression: "#stream = :before",
            ExpressionAttributeNames: { "#stream": "stream" },
            ExpressionAttributeValues: {
              ":before": stringValue(JSON.stringify(before)),
              ":after": stringValue(JSON.stringify(after)),
            },
            ReturnValuesOnConditionCheckFailure: "ALL_OLD",
          }),
        ),
      );
      if (result.kind === "done") return "updated";
      // Our own earlier attempt, whose answer was lost.
      return result.item?.["stream"]?.S === JSON.stringify(after) ? "updated" : "conflict";
    },

    list: (options) =>
      listNames({ client, stateTable, partition: DELIVERY_STREAMS_PARTITION, ...options }),

    async remove(stream, lanes, nowMs) {
      const removed = await transact(
        client,
        [
          {
            Delete: {
              TableName: stateTable,
              Key: deliveryStreamKey(stream.name),
              ConditionExpression: "generation = :generation",
              ExpressionAttributeValues: { ":generation": stringValue(stream.generation) },
            },
          },
          {
            Put: {
              TableName: stateTable,
              Item: {
                ...removedDeliveryStreamKey(stream),
                expiresAt: expiryValue(nowMs + REMOVED_LIFETIME_MS),
              },
            },
          },
          // Without its counter a lane refuses every reservation, also from a process that still caches the stream.
          ...lanes.flatMap((lane) => [
            { Delete: { TableName: stateTable, Key: counterKey(lane) } },
            { Delete: { TableName: stateTable, Key: readerKey(lane, DELIVERY_READER) } },
            { Delete: { TableName: stateTable, Key: readerKey(lane, BACKUP_READER) } },
          ]),
        ],
        { token: `remove-${stream.generation}` },
      );
      return removed.kind === "done" ? "removed" : "gone";
    },
  };
}
