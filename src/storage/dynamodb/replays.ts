/** Replays in the state table: an item each, one for each of its parts, and a note while somebody has to settle it. */
import {
  type AttributeValue,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  paginateQuery,
  PutItemCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import type { PartProgress, Replay, ReplayPart } from "../../delivery/replay/replay.ts";
import type { ReplayStore } from "../../delivery/replay/store.ts";
import { REPLAY_LIFETIME_MS } from "../../limits.ts";
import {
  conditionally,
  expiryValue,
  numberValue,
  readNumber,
  readString,
  stringValue,
} from "./client.ts";
import {
  type Item,
  REPLAYS_LEFT_PARTITION,
  replayKey,
  replayLeftKey,
  replayOfLeftKey,
  replayPartition,
  replayPartKey,
  replayPartsPartition,
  replayRoomKey,
} from "./keys.ts";
import { readRoom, roomEntered } from "./rooms.ts";
import { transact } from "./transact.ts";

export interface DynamoReplaysOptions {
  readonly client: DynamoDBClient;
  readonly stateTable: string;
}

/** Stands in what `leave` left, so that `opened` does not take it away. */
const LEFT_AGAIN = "leftAgain";

export function dynamodbReplays({
  client,
  stateTable: TableName,
}: DynamoReplaysOptions): ReplayStore {
  async function read(Key: Item): Promise<Item | undefined> {
    const { Item } = await client.send(
      new GetItemCommand({ TableName, Key, ConsistentRead: true }),
    );
    return Item;
  }

  async function itemsOf(partition: string): Promise<Item[]> {
    const items: Item[] = [];
    const query = {
      TableName,
      ConsistentRead: true,
      KeyConditionExpression: "pk = :partition",
      ExpressionAttributeValues: { ":partition": stringValue(partition) },
    };
    for await (const { Items = [] } of paginateQuery({ client }, query)) items.push(...Items);
    return items;
  }

  return {
    async create(replay, room) {
      const created = await transact(client, [
        {
          Put: {
            TableName,
            Item: { ...replayKey(replay), ...replayValue(replay) },
            ConditionExpression: "attribute_not_exists(pk)",
          },
        },
        roomEntered(TableName, replayRoomKey(replay), {
          id: replay.replayId,
          startedAtMs: replay.startedAtMs,
          room,
        }),
        { Put: { TableName, Item: replayLeftKey(replay) } },
      ]);
      if (created.kind === "done") return "created";
      // Our own earlier attempt, whose answer was lost.
      const standing = await read(replayKey(replay));
      if (standing === undefined) return "crowded";
      return standing["replay"]?.S === JSON.stringify(replay) ? "created" : "exists";
    },

    room: (stream) => readRoom({ client, stateTable: TableName }, replayRoomKey(stream)),

    async get(replay) {
      const item = await read(replayKey(replay));
      return item && replayOf(item);
    },

    async list(stream) {
      return (await itemsOf(replayPartition(stream))).map(replayOf);
    },

    async update(before, after) {
      const { replay, expiresAt } = replayValue(after);
      const updated = await conditionally(
        client.send(
          new UpdateItemCommand({
            TableName,
            Key: replayKey(before),
            UpdateExpression: "SET replay = :after, expiresAt = :expires",
            ConditionExpression: "replay = :before",
            ExpressionAttributeValues: {
              ":before": stringValue(JSON.stringify(before)),
              ":after": replay,
              ":expires": expiresAt,
            },
          }),
        ),
      );
      if (updated.kind === "done") return "updated";
      // Our own earlier attempt, whose answer was lost.
      const standing = await read(replayKey(before));
      return standing?.["replay"]?.S === replay.S ? "updated" : "conflict";
    },

    async leave(replay) {
      const Item = { ...replayLeftKey(replay), [LEFT_AGAIN]: { BOOL: true } };
      await client.send(new PutItemCommand({ TableName, Item }));
    },

    async opened(replay) {
      await conditionally(
        client.send(
          new DeleteItemCommand({
            TableName,
            Key: replayLeftKey(replay),
            ConditionExpression: `attribute_not_exists(${LEFT_AGAIN})`,
          }),
        ),
      );
    },

    async settled(replay) {
      await client.send(new DeleteItemCommand({ TableName, Key: replayLeftKey(replay) }));
    },

    async left() {
      return (await itemsOf(REPLAYS_LEFT_PARTITION)).map(replayOfLeftKey);
    },

    async openPart(replay, part) {
      const { startedAtMs } = replay;
      const zero = numberValue(0);
      await conditionally(
        client.send(
          new PutItemCommand({
            TableName,
            Item: {
              ...replayPartKey(replay, part.shardIndex),
              part: stringValue(JSON.stringify(part)),
              readTo: numberValue(part.from.blockIndex),
              recordCount: zero,
              byteCount: zero,
              objectCount: zero,
              expiredCount: zero,
              expiresAt: expiryValue(startedAtMs + REPLAY_LIFETIME_MS),
            },
            ConditionExpression: "attribute_not_exists(pk)",
          }),
        ),
      );
    },

    async part(replay, shardIndex) {
      const item = await read(replayPartKey(replay, shardIndex));
      return item && progressOf(item);
    },

    async parts(replay) {
      return (await itemsOf(replayPartsPartition(replay))).map(progressOf);
    },

    async count(replay, shardIndex, done) {
      await conditionally(
        client.send(
          new UpdateItemCommand({
            TableName,
            Key: replayPartKey(replay, shardIndex),
            UpdateExpression:
              "SET readTo = :readTo ADD recordCount :records, byteCount :bytes, objectCount :objects, expiredCount :expired",
            ConditionExpression: "readTo < :readTo",
            ExpressionAttributeValues: {
              ":readTo": numberValue(done.readTo),
              ":records": numberValue(done.recordCount),
              ":bytes": numberValue(done.byteCount),
              ":objects": numberValue(done.objectCount),
              ":expired": numberValue(done.expiredCount),
            },
          }),
        ),
      );
    },

    async endPart(replay, shardIndex) {
      await conditionally(
        client.send(
          new UpdateItemCommand({
            TableName,
            Key: replayPartKey(replay, shardIndex),
            UpdateExpression: "SET hasEnded = :true",
            ConditionExpression: "attribute_exists(pk)",
            ExpressionAttributeValues: { ":true": { BOOL: true } },
          }),
        ),
      );
    },
  };
}

function replayValue(replay: Replay): {
  readonly replay: AttributeValue.SMember;
  readonly expiresAt: AttributeValue;
} {
  const { startedAtMs, endedAtMs = startedAtMs } = replay;
  return {
    replay: stringValue(JSON.stringify(replay)),
    expiresAt: expiryValue(endedAtMs + REPLAY_LIFETIME_MS),
  };
}

function replayOf(item: Item): Replay {
  return JSON.parse(readString(item, "replay")) as Replay;
}

function progressOf(item: Item): PartProgress {
  return {
    part: JSON.parse(readString(item, "part")) as ReplayPart,
    readTo: readNumber(item, "readTo"),
    recordCount: readNumber(item, "recordCount"),
    byteCount: readNumber(item, "byteCount"),
    objectCount: readNumber(item, "objectCount"),
    expiredCount: readNumber(item, "expiredCount"),
    hasEnded: item["hasEnded"]?.BOOL ?? false,
  };
}
