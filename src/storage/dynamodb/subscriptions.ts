/**
 * Subscriptions in the state table. Nothing is renewed while one lives: a later one may take its place after some
 * seconds anyway, and whether it did is all that the earlier one asks.
 */
import {
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb";
import type { SubscriptionStore } from "../../streams/store.ts";
import { conditionally, numberValue, stringValue } from "./client.ts";
import { subscriptionKey } from "./keys.ts";

export interface DynamoSubscriptionsOptions {
  readonly client: DynamoDBClient;
  readonly stateTable: string;
}

const NAMES = { "#token": "token" };

export function dynamodbSubscriptions({
  client,
  stateTable: TableName,
}: DynamoSubscriptionsOptions): SubscriptionStore {
  return {
    async claim({ shard, consumerId }, { token, nowMs, takeOverBeforeMs }) {
      const { kind } = await conditionally(
        client.send(
          new PutItemCommand({
            TableName,
            Item: {
              ...subscriptionKey(shard, consumerId),
              token: stringValue(token),
              since: numberValue(nowMs),
            },
            ConditionExpression:
              "attribute_not_exists(pk) OR #token = :token OR since <= :takeOverBefore",
            ExpressionAttributeNames: NAMES,
            ExpressionAttributeValues: {
              ":token": stringValue(token),
              ":takeOverBefore": numberValue(takeOverBeforeMs),
            },
          }),
        ),
      );
      return kind === "done" ? "claimed" : "held";
    },

    async holder({ shard, consumerId }) {
      const { Item: item } = await client.send(
        new GetItemCommand({
          TableName,
          Key: subscriptionKey(shard, consumerId),
          ConsistentRead: true,
        }),
      );
      return item?.["token"]?.S;
    },

    async release({ shard, consumerId }, token) {
      await conditionally(
        client.send(
          new DeleteItemCommand({
            TableName,
            Key: subscriptionKey(shard, consumerId),
            ConditionExpression: "#token = :token",
            ExpressionAttributeNames: NAMES,
            ExpressionAttributeValues: { ":token": stringValue(token) },
          }),
        ),
      );
    },
  };
}
