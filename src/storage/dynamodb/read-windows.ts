/** The windows of shards' read limits in the state table: one item per shard, which TTL removes when nobody reads. */
import { type DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import type { ReadWindowStore } from "../../streams/store.ts";
import { conditionally, expiryValue, numberValue, readNumber } from "./client.ts";
import { readWindowKey } from "./keys.ts";

export interface DynamoReadWindowsOptions {
  readonly client: DynamoDBClient;
  readonly stateTable: string;
}

/** Longer than the largest page takes to be paid off. */
const LIFETIME_MS = 3_600_000;

export function dynamodbReadWindows({
  client,
  stateTable: TableName,
}: DynamoReadWindowsOptions): ReadWindowStore {
  return {
    async get(shard) {
      const { Item: item } = await client.send(
        new GetItemCommand({ TableName, Key: readWindowKey(shard), ConsistentRead: true }),
      );
      return (
        item && {
          second: readNumber(item, "second"),
          callCount: readNumber(item, "calls"),
          byteCount: readNumber(item, "bytes"),
        }
      );
    },

    async replace(shard, before, after) {
      const { kind } = await conditionally(
        client.send(
          new PutItemCommand({
            TableName,
            Item: {
              ...readWindowKey(shard),
              second: numberValue(after.second),
              calls: numberValue(after.callCount),
              bytes: numberValue(after.byteCount),
              expiresAt: expiryValue(after.second * 1000 + LIFETIME_MS),
            },
            ...(before === undefined
              ? { ConditionExpression: "attribute_not_exists(pk)" }
              : {
                  ConditionExpression: "#second = :second AND calls = :calls AND #bytes = :bytes",
                  ExpressionAttributeNames: { "#second": "second", "#bytes": "bytes" },
                  ExpressionAttributeValues: {
                    ":second": numberValue(before.second),
                    ":calls": numberValue(before.callCount),
                    ":bytes": numberValue(before.byteCount),
                  },
                }),
          }),
        ),
      );
      return kind === "done" ? "replaced" : "conflict";
    },
  };
}
