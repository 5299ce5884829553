/** Redrives in the state table: an item each, and while one runs a shard without records, whose reader it is and that the sweep knows. */
import {
  type AttributeValue,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  paginateQuery,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import type { RedriveStore } from "../../delivery/redrive/ports.ts";
import {
  NEW_REDRIVE_READER,
  type Redrive,
  REDRIVE_READER,
  redriveShard,
} from "../../delivery/redrive/redrive.ts";
import { REPLAY_LIFETIME_MS } from "../../limits.ts";
import { conditionally, expiryValue, numberValue, readString, stringValue } from "./client.ts";
import {
  counterKey,
  type Item,
  readerKey,
  redriveKey,
  redrivePartition,
  redriveRoomKey,
} from "./keys.ts";
import { newCounterItem } from "./log.ts";
import { newReaderItem } from "./readers.ts";
import { sweepNoteItem } from "./sweep-notes.ts";
import { readRoom, roomEntered } from "./rooms.ts";
import { transact } from "./transact.ts";

export interface DynamoRedrivesOptions {
  readonly client: DynamoDBClient;
  readonly stateTable: string;
}

export function dynamodbRedrives({
  client,
  stateTable: TableName,
}: DynamoRedrivesOptions): RedriveStore {
  async function read(Key: Item): Promise<Item | undefined> {
    const { Item } = await client.send(
      new GetItemCommand({ TableName, Key, ConsistentRead: true }),
    );
    return Item;
  }

  return {
    async create(redrive, room) {
      const shard = redriveShard(redrive);
      const created = await transact(client, [
        {
          Put: {
            TableName,
            Item: { ...redriveKey(redrive), ...valueOf(redrive) },
            ConditionExpression: "attribute_not_exists(pk)",
          },
        },
        roomEntered(TableName, redriveRoomKey(redrive), {
          id: redrive.redriveId,
          startedAtMs: redrive.startedAtMs,
          room,
        }),
        // Something to do stands in it, and no more ever comes.
        { Put: { TableName, Item: { ...newCounterItem(shard), blocks: numberValue(1) } } },
        {
          Put: {
            TableName,
            Item: newReaderItem(shard, REDRIVE_READER, NEW_REDRIVE_READER),
          },
        },
        {
          Put: {
            TableName,
            Item: sweepNoteItem({
              subject: shard,
              token: redrive.redriveId,
              atMs: redrive.startedAtMs,
            }),
          },
        },
      ]);
      if (created.kind === "done") return "created";
      // Our own earlier attempt, whose answer was lost.
      const standing = await read(redriveKey(redrive));
      if (standing === undefined) return "crowded";
      return standing["redrive"]?.S === JSON.stringify(redrive) ? "created" : "exists";
    },

    room: (stream) => readRoom({ client, stateTable: TableName }, redriveRoomKey(stream)),

    async get(redrive) {
      const item = await read(redriveKey(redrive));
      return item && redriveOf(item);
    },

    async list(stream) {
      const redrives: Redrive[] = [];
      const query = {
        TableName,
        ConsistentRead: true,
        KeyConditionExpression: "pk = :partition",
        ExpressionAttributeValues: { ":partition": stringValue(redrivePartition(stream)) },
      };
      for await (const { Items = [] } of paginateQuery({ client }, query)) {
        redrives.push(...Items.map(redriveOf));
      }
      return redrives;
    },

    async update(before, after) {
      const { redrive, expiresAt } = valueOf(after);
      const updated = await conditionally(
        client.send(
          new UpdateItemCommand({
            TableName,
            Key: redriveKey(before),
            UpdateExpression: "SET redrive = :after, expiresAt = :expires",
            ConditionExpression: "redrive = :before",
            ExpressionAttributeValues: {
              ":before": stringValue(JSON.stringify(before)),
              ":after": redrive,
              ":expires": expiresAt,
            },
          }),
        ),
      );
      if (updated.kind === "done") return "updated";
      // Our own earlier attempt, whose answer was lost.
      const standing = await read(redriveKey(before));
      return standing?.["redrive"]?.S === redrive.S ? "updated" : "conflict";
    },

    async close(redrive) {
      const shard = redriveShard(redrive);
      for (const Key of [readerKey(shard, REDRIVE_READER), counterKey(shard)]) {
        await client.send(new DeleteItemCommand({ TableName, Key }));
      }
    },
  };
}

function valueOf(redrive: Redrive): {
  readonly redrive: AttributeValue.SMember;
  readonly expiresAt: AttributeValue;
} {
  const { startedAtMs, endedAtMs = startedAtMs } = redrive;
  return {
    redrive: stringValue(JSON.stringify(redrive)),
    expiresAt: expiryValue(endedAtMs + REPLAY_LIFETIME_MS),
  };
}

function redriveOf(item: Item): Redrive {
  return JSON.parse(readString(item, "redrive")) as Redrive;
}
