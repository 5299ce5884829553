/**
 * The proofs of producers' calls in the state table: one item per call, written once and, by a retry that had to put
 * something anew, replaced under condition of what that had read. TTL removes it some time after it is over.
 */
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type {
  ProofIndex,
  ProofKey,
  ProofStore,
  ProofTimes,
  ProofWritten,
} from "../../log/proof.ts";
import { conditionally, expiryValue, isThrottle, numberValue, readNumber } from "./client.ts";
import { type Item, proofItemKey, proofPartition } from "./keys.ts";
import { type ItemCalls, type ItemReads, promptCalls } from "./prompt-calls.ts";

/** An SDK gives each call an id of its own; somebody else may send one and the same for ever. */
const LISTED_MAX_COUNT = 20;

export interface DynamoProofsOptions {
  readonly client: DynamoDBClient;
  readonly stateTable: string;
  readonly calls?: ItemCalls & ItemReads;
}

const IS_NONE = "attribute_not_exists(pk) OR expiresAt <= :now";
const IS_AS_READ = "proof = :before AND expiresAt > :now";

export function dynamodbProofs({
  client,
  stateTable: TableName,
  calls = promptCalls(client),
}: DynamoProofsOptions): ProofStore & ProofIndex {
  async function tryToReplace(
    key: ProofKey,
    before: Uint8Array | undefined,
    next: Uint8Array,
    { nowMs, expiresAtMs }: ProofTimes,
  ): Promise<ProofWritten | { readonly kind: "unknown"; readonly error: unknown }> {
    try {
      const written = await conditionally(
        calls.putItem({
          TableName,
          Item: { ...proofItemKey(key), proof: { B: next }, expiresAt: expiryValue(expiresAtMs) },
          ConditionExpression: before === undefined ? IS_NONE : IS_AS_READ,
          ExpressionAttributeValues: {
            ":now": numberValue(Math.floor(nowMs / 1000)),
            ...(before && { ":before": { B: before } }),
          },
          ReturnValuesOnConditionCheckFailure: "ALL_OLD",
        }),
      );
      if (written.kind === "done") return { kind: "written" };
      const found = written.item && standing(written.item, nowMs);
      return { kind: found && Buffer.compare(found, next) === 0 ? "written" : "lost" };
    } catch (error) {
      return isThrottle(error) ? { kind: "throttled" } : { kind: "unknown", error };
    }
  }

  return {
    async get(key, nowMs) {
      const { Item: item } = await calls.getItem({
        TableName,
        Key: proofItemKey(key),
        ConsistentRead: true,
      });
      return item && standing(item, nowMs);
    },

    async list(invocation, nowMs) {
      const { Items: items = [] } = await calls.query({
        TableName,
        KeyConditionExpression: "pk = :pk",
        ExpressionAttributeValues: { ":pk": { S: proofPartition(invocation) } },
        ConsistentRead: true,
        Limit: LISTED_MAX_COUNT,
      });
      return items.flatMap((item) => standing(item, nowMs) ?? []);
    },

    async replace(...proof) {
      const first = await tryToReplace(...proof);
      // The condition and the value make of a repeat the same write.
      if (first.kind !== "unknown") return first;
      const again = await tryToReplace(...proof);
      if (again.kind === "unknown" || again.kind === "throttled") throw first.error;
      return again;
    },
  };
}

function standing(item: Item, nowMs: number): Uint8Array | undefined {
  return readNumber(item, "expiresAt") * 1000 > nowMs ? item["proof"]?.B : undefined;
}
