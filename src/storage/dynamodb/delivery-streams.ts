/** Delivery streams in the state table; created and removed together with their lanes' counters and readers. */
import { type DynamoDBClient, GetItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import {
  BACKUP_READER,
  DELIVERY_READER,
  type DeliveryStream,
} from "../../delivery/delivery-stream.ts";
import type { DeliveryStreamStore } from "../../delivery/ports.ts";
import { conditionally, readString, stringValue } from "./client.ts";
import { counterKey, DELIVERY_STREAMS_PARTITION, deliveryStreamKey, readerKey } from "./keys.ts";
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
  return {
    async create(stream, lanes, readers) {
      const created = await transact(
        client,
        [
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
        ],
        `create-${stream.generation}`,
      );
      return created.kind === "done" ? "created" : "exists";
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

    async remove(stream, lanes) {
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
          // Without its counter a lane refuses every reservation, also from a process that still caches the stream.
          ...lanes.flatMap((lane) => [
            { Delete: { TableName: stateTable, Key: counterKey(lane) } },
            { Delete: { TableName: stateTable, Key: readerKey(lane, DELIVERY_READER) } },
            { Delete: { TableName: stateTable, Key: readerKey(lane, BACKUP_READER) } },
          ]),
        ],
        `remove-${stream.generation}`,
      );
      return removed.kind === "done" ? "removed" : "gone";
    },
  };
}
