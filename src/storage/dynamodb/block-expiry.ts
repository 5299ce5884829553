/** How long blocks live: the expiry on their items, and what a shard's counter asks of the blocks to come. */
import { type DynamoDBClient, QueryCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import type { BlockExpiry } from "../../log/store.ts";
import { chunkCondition } from "./chunk-query.ts";
import { conditionally, expiryValue, numberValue, readNumber, stringValue } from "./client.ts";
import { chunksOf, counterKey, type Item } from "./keys.ts";

export interface BlockExpiryOptions {
  readonly client: DynamoDBClient;
  readonly logTable: string;
  readonly stateTable: string;
}

type KeepBody = Parameters<BlockExpiry["extendExpiry"]>[1]["keepBody"];

const OBJECT = { "#object": "object" };
const CONCURRENCY = 25;

export function dynamodbBlockExpiry({
  client,
  logTable,
  stateTable,
}: BlockExpiryOptions): BlockExpiry {
  async function extend(item: Item, expiresAtMs: number, keepBody: KeepBody): Promise<void> {
    const { pk, sk } = item;
    if (!pk || !sk) return;
    const expiresAt = expiryValue(expiresAtMs);
    if (readNumber(item, "expiresAt") >= Number(expiresAt.N)) return;
    const key = item["object"]?.S;
    const kept = key && (await keepBody(key));
    if (key !== undefined && kept === undefined) return;
    // A block that TTL removed meanwhile must not come back as an empty item.
    await conditionally(
      client.send(
        new UpdateItemCommand({
          TableName: logTable,
          Key: { pk, sk },
          UpdateExpression: `SET expiresAt = :expiresAt${kept ? ", #object = :object" : ""}`,
          ConditionExpression: "attribute_exists(pk) AND expiresAt < :expiresAt",
          ...(kept && { ExpressionAttributeNames: OBJECT }),
          ExpressionAttributeValues: {
            ":expiresAt": expiresAt,
            ...(kept && { ":object": stringValue(kept) }),
          },
        }),
      ),
    );
  }

  return {
    async noteRetention(shard, retentionMs) {
      const raised = await conditionally(
        client.send(
          new UpdateItemCommand({
            TableName: stateTable,
            Key: counterKey(shard),
            UpdateExpression: "SET retentionMs = :retentionMs",
            ConditionExpression: "attribute_exists(pk)",
            ExpressionAttributeValues: { ":retentionMs": numberValue(retentionMs) },
            ReturnValues: "ALL_NEW",
          }),
        ),
      );
      return raised.kind === "done" ? readNumber(raised.output.Attributes ?? {}, "blocks") : 0;
    },

    async extendExpiry(range, { retentionMs, nowMs, keepBody }) {
      const { value: chunk } = chunksOf(range).next();
      if (chunk === undefined) return range.to;
      const { Items: items = [], LastEvaluatedKey: last } = await client.send(
        new QueryCommand({
          TableName: logTable,
          ConsistentRead: true,
          ...chunkCondition(chunk),
          ProjectionExpression: "pk, sk, expiresAt, #at, #object",
          ExpressionAttributeNames: { "#at": "at", ...OBJECT },
        }),
      );
      for (let i = 0; i < items.length; i += CONCURRENCY) {
        const page = items.slice(i, i + CONCURRENCY);
        await Promise.all(
          page.map((item) => extend(item, Number(item["at"]?.N ?? nowMs) + retentionMs, keepBody)),
        );
      }
      return last === undefined ? chunk.end : Number(last["sk"]?.S) + 1;
    },
  };
}
