/** How long blocks live: the expiry on their items, and what a shard's counter asks of the blocks to come. */
import {
  type DynamoDBClient,
  paginateQuery,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from "@aws-sdk/client-dynamodb";
import type { BlockExpiry, ShardKey } from "../../log/store.ts";
import { chunkCondition } from "./chunk-query.ts";
import {
  conditionally,
  expiryValue,
  isThrottle,
  numberValue,
  readNumber,
  readOptionalNumber,
  stringValue,
} from "./client.ts";
import { counterKey, type Item, lastChunkOf } from "./keys.ts";

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
}: BlockExpiryOptions): Omit<BlockExpiry, "lastMark"> {
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

  const updateCounter = (
    shard: ShardKey,
    input: Omit<UpdateItemCommandInput, "TableName" | "Key">,
  ) =>
    conditionally(
      client.send(
        new UpdateItemCommand({
          TableName: stateTable,
          Key: counterKey(shard),
          ReturnValuesOnConditionCheckFailure: "ALL_OLD",
          ...input,
        }),
      ),
    );

  return {
    async noteRetention(shard, retentionMs) {
      await updateCounter(shard, {
        UpdateExpression: "SET retentionMs = :retentionMs",
        ConditionExpression: "attribute_exists(pk)",
        ExpressionAttributeValues: { ":retentionMs": numberValue(retentionMs) },
      });
    },

    async beginExtension(shard, { id, retentionMs }) {
      const begun = await updateCounter(shard, {
        UpdateExpression: "SET retentionMs = :retentionMs, extension = :id, extendBelow = blocks",
        ConditionExpression:
          "attribute_exists(pk) AND (attribute_not_exists(extension) OR extension < :id)",
        ExpressionAttributeValues: {
          ":retentionMs": numberValue(retentionMs),
          ":id": numberValue(id),
        },
        ReturnValues: "ALL_NEW",
      });
      const counter = begun.kind === "done" ? begun.output.Attributes : begun.item;
      // Where a later raise was noted, its own walk does more.
      return readOptionalNumber(counter ?? {}, "extension") === id
        ? readNumber(counter ?? {}, "extendBelow")
        : 0;
    },

    async extendExpiry(range, { lifetimeMs, nowMs, keepBody }) {
      if (range.to <= range.from) return range.from;
      const chunk = lastChunkOf(range);
      try {
        // A chunk's blocks may be larger than a page.
        const pages = paginateQuery(
          { client },
          {
            TableName: logTable,
            ConsistentRead: true,
            ...chunkCondition(chunk),
            ProjectionExpression: "pk, sk, expiresAt, #at, #object",
            ExpressionAttributeNames: { "#at": "at", ...OBJECT },
          },
        );
        for await (const { Items: items = [] } of pages) {
          for (let i = 0; i < items.length; i += CONCURRENCY) {
            const part = items.slice(i, i + CONCURRENCY);
            const extended = part.map((item) =>
              extend(item, Number(item["at"]?.N ?? nowMs) + lifetimeMs, keepBody),
            );
            await allOf(extended);
          }
        }
        return chunk.start;
      } catch (error) {
        if (isThrottle(error)) return "throttled";
        throw error;
      }
    },

    async noteExtended(shard, id, below) {
      await updateCounter(shard, {
        UpdateExpression: "SET extendBelow = :below",
        ConditionExpression: "extension = :id AND extendBelow > :below",
        ExpressionAttributeValues: { ":id": numberValue(id), ":below": numberValue(below) },
      });
    },
  };
}

/** Fails as the first of them did, once all are over: nothing goes on behind whoever comes again. */
async function allOf(work: readonly Promise<void>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(work)) {
    if (outcome.status === "rejected") throw outcome.reason;
  }
}
