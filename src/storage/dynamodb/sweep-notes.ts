/** The sweep's notes in the state table, over a few partitions: thousands of buffers may open in a second. */
import {
  DeleteItemCommand,
  type DynamoDBClient,
  paginateQuery,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb";
import type { SweepNote, SweepNotes } from "../../readers/sweep-notes.ts";
import { conditionally, numberValue, readNumber, readString, stringValue } from "./client.ts";
import { type Item, SWEEP_PARTITIONS, sweepNoteKey } from "./keys.ts";

export interface DynamoSweepNotesOptions {
  readonly client: DynamoDBClient;
  readonly stateTable: string;
}

export function sweepNoteItem({ subject, token, atMs }: SweepNote): Item {
  return { ...sweepNoteKey(subject), token: stringValue(token), at: numberValue(atMs) };
}

export function dynamodbSweepNotes({ client, stateTable }: DynamoSweepNotesOptions): SweepNotes {
  async function listOf(partition: string): Promise<SweepNote[]> {
    const notes: SweepNote[] = [];
    const pages = paginateQuery(
      { client },
      {
        TableName: stateTable,
        ConsistentRead: true,
        KeyConditionExpression: "pk = :partition",
        ExpressionAttributeValues: { ":partition": stringValue(partition) },
      },
    );
    for await (const { Items = [] } of pages) notes.push(...Items.map(itemToNote));
    return notes;
  }

  return {
    async put(note) {
      await client.send(new PutItemCommand({ TableName: stateTable, Item: sweepNoteItem(note) }));
    },

    async list() {
      return (await Promise.all(SWEEP_PARTITIONS.map(listOf))).flat();
    },

    async drop({ subject, token }) {
      await conditionally(
        client.send(
          new DeleteItemCommand({
            TableName: stateTable,
            Key: sweepNoteKey(subject),
            ConditionExpression: "#token = :token",
            ExpressionAttributeNames: { "#token": "token" },
            ExpressionAttributeValues: { ":token": stringValue(token) },
          }),
        ),
      );
    },
  };
}

function itemToNote(item: Item): SweepNote {
  return {
    subject: readString(item, "sk") as SweepNote["subject"],
    token: readString(item, "token"),
    atMs: readNumber(item, "at"),
  };
}
