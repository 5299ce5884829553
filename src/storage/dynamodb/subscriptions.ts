/**
 * Subscriptions in the state table. Nothing is renewed while one lives: a later one may take its place after some
 * seconds anyway, and whether it did is all that the earlier one asks. An item outlives its subscription, for it says
 * when the place was asked for last; TTL removes it when nothing of that matters any more.
 */
import {
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import type { SubscriptionPlace, SubscriptionStore } from "../../streams/store.ts";
import { conditionally, expiryValue, numberValue, readNumber, stringValue } from "./client.ts";
import { type Item, subscriptionKey } from "./keys.ts";

export interface DynamoSubscriptionsOptions {
  readonly client: DynamoDBClient;
  readonly stateTable: string;
}

/** Absent once the place was released. */
const NAMES = { "#token": "token" };

const IS_UNKNOWN = "attribute_not_exists(calledAt)";
const IS_OURS = "#token = :token";
const IS_IN_TIME = "calledAt <= :callBefore";
const IS_FREE = "(attribute_not_exists(#token) OR since <= :takeOverBefore)";

export function dynamodbSubscriptions({
  client,
  stateTable: TableName,
}: DynamoSubscriptionsOptions): SubscriptionStore {
  /** Of several that come at once one is counted, which is all that the next one asks. */
  async function countCall({ shard, consumerId }: SubscriptionPlace, item: Item, nowMs: number) {
    await conditionally(
      client.send(
        new UpdateItemCommand({
          TableName,
          Key: subscriptionKey(shard, consumerId),
          UpdateExpression: "SET calledAt = :now",
          ConditionExpression: "calledAt = :before",
          ExpressionAttributeValues: {
            ":now": numberValue(nowMs),
            ":before": numberValue(readNumber(item, "calledAt")),
          },
        }),
      ),
    );
  }

  return {
    async claim(place, { token, nowMs, takeOverBeforeMs, callBeforeMs, overByMs }) {
      const claimed = await conditionally(
        client.send(
          new PutItemCommand({
            TableName,
            Item: {
              ...subscriptionKey(place.shard, place.consumerId),
              token: stringValue(token),
              since: numberValue(nowMs),
              calledAt: numberValue(nowMs),
              expiresAt: expiryValue(overByMs),
            },
            ConditionExpression: `${IS_UNKNOWN} OR ${IS_OURS} OR (${IS_IN_TIME} AND ${IS_FREE})`,
            ExpressionAttributeNames: NAMES,
            ExpressionAttributeValues: {
              ":token": stringValue(token),
              ":callBefore": numberValue(callBeforeMs),
              ":takeOverBefore": numberValue(takeOverBeforeMs),
            },
            ReturnValuesOnConditionCheckFailure: "ALL_OLD",
          }),
        ),
      );
      if (claimed.kind === "done") return "claimed";
      const standing = claimed.item ?? {};
      if (readNumber(standing, "calledAt") > callBeforeMs) return "too-soon";
      await countCall(place, standing, nowMs);
      return "held";
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
          new UpdateItemCommand({
            TableName,
            Key: subscriptionKey(shard, consumerId),
            UpdateExpression: "REMOVE #token",
            ConditionExpression: IS_OURS,
            ExpressionAttributeNames: NAMES,
            ExpressionAttributeValues: { ":token": stringValue(token) },
          }),
        ),
      );
    },
  };
}
