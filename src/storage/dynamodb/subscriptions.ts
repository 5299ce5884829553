/**
 * Subscriptions in the state table. Nothing is renewed while one lives: a later one may take its place after some
 * seconds anyway, and whether it did is all that the earlier one asks. An item outlives its subscription, for it says
 * when the place was asked for last; TTL removes it when nothing of that matters any more.
 *
 * All that run are one set in one item, added to under the condition that there are fewer than may be: of a hundred an
 * entry takes a few write units, once in five minutes.
 */
import { latestMs } from "../../clock.ts";
import {
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import type {
  RunningSubscription,
  SubscriptionPlace,
  SubscriptionStore,
} from "../../streams/store.ts";
import { conditionally, expiryValue, numberValue, readNumber, stringValue } from "./client.ts";
import { fixedWidth, type Item, runningSubscriptionsKey, subscriptionKey } from "./keys.ts";

export interface DynamoSubscriptionsOptions {
  readonly client: DynamoDBClient;
  readonly stateTable: string;
}

/** Absent once the place was released. */
const NAMES = { "#token": "token" };

const IS_UNKNOWN = "attribute_not_exists(calledAt)";
const IS_OURS = "#token = :token";
/** `:latest`: what is later was written before the clock was set back. */
const IS_IN_TIME = "(calledAt <= :callBefore OR calledAt > :latest)";
const IS_FREE = "(attribute_not_exists(#token) OR since <= :takeOverBefore OR since > :latest)";

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

  /** One that is counted already, by an attempt whose answer was lost, counts once. */
  function add({ token, overByMs }: RunningSubscription, maxCount: number) {
    const entry = entryOf(overByMs, token);
    return conditionally(
      client.send(
        new UpdateItemCommand({
          TableName,
          Key: runningSubscriptionsKey(),
          UpdateExpression: "ADD running :entries",
          ConditionExpression:
            "attribute_not_exists(running) OR size(running) < :max OR contains(running, :entry)",
          ExpressionAttributeValues: {
            ":entries": { SS: [entry] },
            ":entry": stringValue(entry),
            ":max": numberValue(maxCount),
          },
          ReturnValuesOnConditionCheckFailure: "ALL_OLD",
        }),
      ),
    );
  }

  async function remove(entries: string[]): Promise<void> {
    await client.send(
      new UpdateItemCommand({
        TableName,
        Key: runningSubscriptionsKey(),
        UpdateExpression: "DELETE running :entries",
        ExpressionAttributeValues: { ":entries": { SS: entries } },
      }),
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
              ":latest": numberValue(latestMs(nowMs, 0)),
            },
            ReturnValuesOnConditionCheckFailure: "ALL_OLD",
          }),
        ),
      );
      if (claimed.kind === "done") return "claimed";
      const standing = claimed.item ?? {};
      const calledAtMs = readNumber(standing, "calledAt");
      if (calledAtMs > callBeforeMs && calledAtMs <= latestMs(nowMs, 0)) return "too-soon";
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

    async enter({ token, maxCount, nowMs, overByMs }) {
      const running = { token, overByMs };
      const first = await add(running, maxCount);
      if (first.kind === "done") return running;
      // Those whose functions died without a word make room; it does no harm if another removes the same.
      const ended = (first.item?.["running"]?.SS ?? []).filter(
        (each) => each < entryOf(nowMs, "") || each > entryOf(latestMs(overByMs, 0), ""),
      );
      if (ended.length === 0) return "full";
      await remove(ended);
      return (await add(running, maxCount)).kind === "done" ? running : "full";
    },

    leave: ({ token, overByMs }) => remove([entryOf(overByMs, token)]),
  };
}

const entryOf = (overByMs: number, token: string) => `${fixedWidth(overByMs)}/${token}`;
