/** Which replay, or redrive, of a stream was created last: an item that each creation replaces in its transaction. */
import type { DynamoDBClient, TransactWriteItem } from "@aws-sdk/client-dynamodb";
import { GetItemCommand } from "@aws-sdk/client-dynamodb";
import type { Room } from "../../delivery/room.ts";
import { REPLAY_LIFETIME_MS } from "../../limits.ts";
import { expiryValue, stringValue } from "./client.ts";
import type { Item } from "./keys.ts";

interface Table {
  readonly client: DynamoDBClient;
  readonly stateTable: string;
}

export async function readRoom({ client, stateTable }: Table, Key: Item): Promise<Room> {
  const { Item } = await client.send(
    new GetItemCommand({ TableName: stateTable, Key, ConsistentRead: true }),
  );
  return { last: Item?.["last"]?.S };
}

/** Longer than those live who were counted nobody need remember it. */
export function roomEntered(
  TableName: string,
  Key: Item,
  entered: { readonly id: string; readonly startedAtMs: number; readonly room: Room | undefined },
): TransactWriteItem {
  const { id, startedAtMs, room } = entered;
  const expiresAt = expiryValue(startedAtMs + REPLAY_LIFETIME_MS);
  const Put = { TableName, Item: { ...Key, last: stringValue(id), expiresAt } };
  if (room === undefined) return { Put };
  if (room.last === undefined) {
    return { Put: { ...Put, ConditionExpression: "attribute_not_exists(pk)" } };
  }
  return {
    Put: {
      ...Put,
      ConditionExpression: "#last = :last",
      ExpressionAttributeNames: { "#last": "last" },
      ExpressionAttributeValues: { ":last": stringValue(room.last) },
    },
  };
}
