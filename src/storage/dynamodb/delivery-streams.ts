/** Delivery streams in the state table; created and removed together with their lanes' counters and readers. */
import { type DynamoDBClient, GetItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import {
  BACKUP_READER,
  DELIVERY_READER,
  type DeliveryStream,
} from "../../delivery/delivery-stream.ts";
import type { DeliveryStreamStore, JoiningReader, NewReader } from "../../delivery/ports.ts";
import type { ShardKey } from "../../log/store.ts";
import { REMOVED_LIFETIME_MS } from "../../limits.ts";
import { conditionally, expiryValue, readString, stringValue } from "./client.ts";
import {
  counterKey,
  DELIVERY_STREAMS_PARTITION,
  deliveryStreamKey,
  deliveryStreamNameKey,
  type Item,
  readerKey,
  removedDeliveryStreamKey,
} from "./keys.ts";
import { listNames } from "./list-names.ts";
import { refuseStreamOfOtherLayout } from "./layout.ts";
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

  const opening = (lanes: readonly ShardKey[], readers: readonly NewReader[]) =>
    lanes.flatMap((lane) => [
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
    ]);

  const joining = (readers: readonly JoiningReader[]) =>
    readers.map(({ lane, readerId, checkpoint, ...wakeRule }) => ({
      Put: { TableName: stateTable, Item: newReaderItem(lane, readerId, { checkpoint, wakeRule }) },
    }));

  /** Without its counter a lane refuses every reservation, also from a process that still caches the stream. */
  const removing = (lanes: readonly ShardKey[]) => [
    ...lanes.map((lane) => ({ Delete: { TableName: stateTable, Key: counterKey(lane) } })),
    ...removingReaders(lanes),
  ];

  /** A sealed counter refuses as well. */
  const retiring = (lanes: readonly ShardKey[], keptUntilMs: number) => [
    ...lanes.map((lane) => ({
      Update: {
        TableName: stateTable,
        Key: counterKey(lane),
        UpdateExpression: "SET sealed = :true, expiresAt = :until",
        ConditionExpression: "attribute_exists(pk)",
        ExpressionAttributeValues: { ":true": { BOOL: true }, ":until": expiryValue(keptUntilMs) },
      },
    })),
    ...removingReaders(lanes),
  ];

  const removingReaders = (lanes: readonly ShardKey[]) =>
    lanes
      .flatMap((lane) => [readerKey(lane, DELIVERY_READER), readerKey(lane, BACKUP_READER)])
      .map((Key) => ({ Delete: { TableName: stateTable, Key } }));

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
        {
          Put: {
            TableName: stateTable,
            Item: deliveryStreamNameKey(stream.name),
            // An older layout has the stream itself here.
            ConditionExpression: "attribute_not_exists(#stream)",
            ExpressionAttributeNames: { "#stream": "stream" },
          },
        },
        ...opening(lanes, readers),
      ]);
      if (created.kind === "done") return "created";
      // Our own earlier attempt, whose answer was lost.
      const standing = await read(deliveryStreamKey(stream.name));
      const isOurs = standing && readString(standing, "generation") === stream.generation;
      return isOurs ? "created" : "exists";
    },

    async get(name) {
      const item = await read(deliveryStreamKey(name));
      if (item) return JSON.parse(readString(item, "stream")) as DeliveryStream;
      refuseStreamOfOtherLayout(name, await read(deliveryStreamNameKey(name)));
      return undefined;
    },

    async update(before, after, lanes) {
      const Update = {
        TableName: stateTable,
        Key: deliveryStreamKey(before.name),
        UpdateExpression: "SET #stream = :after",
        ConditionExpression: "#stream = :before",
        ExpressionAttributeNames: { "#stream": "stream" },
        ExpressionAttributeValues: {
          ":before": stringValue(JSON.stringify(before)),
          ":after": stringValue(JSON.stringify(after)),
        },
      };
      const result = lanes
        ? await transact(client, [
            { Update },
            ...opening(lanes.opened, lanes.readers),
            ...(lanes.keptUntilMs === undefined
              ? removing(lanes.removed)
              : retiring(lanes.removed, lanes.keptUntilMs)),
            ...joining(lanes.joining ?? []),
          ])
        : await conditionally(client.send(new UpdateItemCommand(Update)));
      if (result.kind === "done") return "updated";
      // Our own earlier attempt, whose answer was lost.
      const standing = await read(deliveryStreamKey(before.name));
      return standing?.["stream"]?.S === JSON.stringify(after) ? "updated" : "conflict";
    },

    async sealLane(lane) {
      await conditionally(
        client.send(
          new UpdateItemCommand({
            TableName: stateTable,
            Key: counterKey(lane),
            UpdateExpression: "SET sealed = :true",
            ConditionExpression: "attribute_exists(pk)",
            ExpressionAttributeValues: { ":true": { BOOL: true } },
          }),
        ),
      );
    },

    list: (options) =>
      listNames({ client, stateTable, partition: DELIVERY_STREAMS_PARTITION, ...options }),

    async remove(stream, lanes, nowMs) {
      const removed = await transact(client, [
        {
          Delete: {
            TableName: stateTable,
            Key: deliveryStreamKey(stream.name),
            // Also of its lanes: one that was opened meanwhile would be left behind and go on taking records.
            ConditionExpression: "#stream = :stream",
            ExpressionAttributeNames: { "#stream": "stream" },
            ExpressionAttributeValues: { ":stream": stringValue(JSON.stringify(stream)) },
          },
        },
        { Delete: { TableName: stateTable, Key: deliveryStreamNameKey(stream.name) } },
        {
          Put: {
            TableName: stateTable,
            Item: {
              ...removedDeliveryStreamKey(stream),
              expiresAt: expiryValue(nowMs + REMOVED_LIFETIME_MS),
            },
          },
        },
        ...removing(lanes),
      ]);
      if (removed.kind === "done") return "removed";
      const standing = await read(deliveryStreamKey(stream.name));
      return standing?.["generation"]?.S === stream.generation ? "conflict" : "gone";
    },
  };
}
