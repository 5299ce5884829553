/** The shard log on DynamoDB: blocks in the log table, counters in the state table. */
import { type DynamoDBClient, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import type {
  Block,
  BlockBody,
  BlockExpiry,
  LogEntry,
  LogStore,
  ShardKey,
  WriteResult,
} from "../../log/store.ts";
import {
  conditionally,
  expiryValue,
  isThrottle,
  isTooOldToApply,
  numberValue,
  readNumber,
  readOptionalNumber,
  readString,
  stringValue,
} from "./client.ts";
import { dynamodbBlockExpiry } from "./block-expiry.ts";
import { queryChunks } from "./chunk-query.ts";
import { eagerReads } from "./eager-reads.ts";
import { LAYOUT_MEMBER, refuseOtherLayout } from "./layout.ts";
import { dynamodbReserve, reservedBeforeMs } from "./reserve.ts";
import { type ItemCalls, type ItemReads, patientCalls, promptCalls } from "./prompt-calls.ts";
import { dynamodbTimeMarks } from "./time-marks.ts";
import { blockKey, counterKey, type Item, ringKey } from "./keys.ts";

export interface DynamoLogOptions {
  readonly client: DynamoDBClient;
  readonly logTable: string;
  readonly stateTable: string;
  /** How places are reserved and blocks written: by one try, signed once. */
  readonly calls?: ItemCalls;
  /** How holes are closed; a reader has the time to try again. */
  readonly fillCalls?: ItemCalls;
  readonly reads?: ItemReads;
}

/** Rings are only there to be seen in the table's stream. */
const RING_LIFETIME_MS = 3_600_000;

export function dynamodbLog({
  client,
  logTable,
  stateTable,
  calls = promptCalls(client),
  fillCalls = patientCalls(client),
  reads = eagerReads(client),
}: DynamoLogOptions): LogStore & BlockExpiry {
  const expiry = dynamodbBlockExpiry({ client, logTable, stateTable });
  return {
    ...expiry,
    ...dynamodbTimeMarks({ client, calls, stateTable }),
    reserve: dynamodbReserve({ calls, stateTable }),

    async write(block) {
      const first = await tryToWrite(calls, logTable, block);
      // The condition and the token make of a repeat the same write.
      if (first.kind !== "unknown") return first;
      const again = await tryToWrite(calls, logTable, block);
      if (again.kind === "unknown" || again.kind === "throttled") throw first.error;
      return again;
    },

    async fill(shard, index, expiresAtMs) {
      const filled = await conditionally(
        fillCalls.putItem({
          TableName: logTable,
          Item: {
            ...blockKey(shard, index),
            tombstone: { BOOL: true },
            expiresAt: expiryValue(expiresAtMs),
          },
          ConditionExpression: "attribute_not_exists(pk)",
          ReturnValuesOnConditionCheckFailure: "ALL_OLD",
        }),
      );
      if (filled.kind === "done") return { kind: "tombstone", shard, index };
      return itemToEntry(shard, filled.item ?? {});
    },

    async *read(range) {
      for await (const item of queryChunks({ reads, logTable }, range)) {
        yield itemToEntry(range.shard, item);
      }
    },

    async head(shard) {
      const { Item: counter } = await reads.getItem({
        TableName: stateTable,
        Key: counterKey(shard),
        ConsistentRead: true,
      });
      if (!counter) return undefined;
      refuseOtherLayout(shard, counter);
      return {
        blockIndex: readNumber(counter, "blocks"),
        recordCount: readNumber(counter, "records"),
        byteOffset: readNumber(counter, "bytes"),
        sealed: counter["sealed"]?.BOOL ?? false,
        ...reservedBeforeMs(counter),
      };
    },

    async ring(shard, openedAtMs) {
      await client.send(
        new UpdateItemCommand({
          TableName: logTable,
          Key: ringKey(shard, openedAtMs),
          // Counted, because a write that changes nothing does not show in the table's stream.
          UpdateExpression: "SET expiresAt = :expiresAt ADD rings :one",
          ExpressionAttributeValues: {
            ":expiresAt": expiryValue(openedAtMs + RING_LIFETIME_MS),
            ":one": numberValue(1),
          },
        }),
      );
    },
  };
}

/**
 * One put, signed with the time of the place's reservation: once DynamoDB refuses that signature, the place stays empty,
 * whatever froze on the way and thaws. `unknown`: it may have been applied or not, or may still be.
 */
async function tryToWrite(
  calls: ItemCalls,
  logTable: string,
  block: Block,
): Promise<WriteResult | { readonly kind: "unknown"; readonly error: unknown }> {
  try {
    const written = await conditionally(
      calls.putItem(
        {
          TableName: logTable,
          Item: blockToItem(block),
          ConditionExpression: "attribute_not_exists(pk)",
          ReturnValuesOnConditionCheckFailure: "ALL_OLD",
        },
        { signedAtMs: block.arrivedAtMs },
      ),
    );
    if (written.kind === "done") return { kind: "written" };
    const winner = itemToEntry(block.shard, written.item ?? {});
    if (winner.kind === "tombstone") return { kind: "lost", winner: "tombstone" };
    return winner.token === block.token ? { kind: "written" } : { kind: "lost", winner: "data" };
  } catch (error) {
    if (isThrottle(error) || isTooOldToApply(error)) return { kind: "throttled" };
    return { kind: "unknown", error };
  }
}

/** The counter item of a shard to which nothing has been appended. */
export function newCounterItem(shard: ShardKey): Item {
  const zero = numberValue(0);
  return { ...counterKey(shard), ...LAYOUT_MEMBER, blocks: zero, records: zero, bytes: zero };
}

function blockToItem(block: Block): Item {
  const { body } = block;
  return {
    ...blockKey(block.shard, block.index),
    first: numberValue(block.firstRecord),
    records: numberValue(block.recordCount),
    offset: numberValue(block.byteOffset),
    bytes: numberValue(block.byteCount),
    at: numberValue(block.arrivedAtMs),
    expiresAt: expiryValue(block.expiresAtMs),
    token: stringValue(block.token),
    ...(body.kind === "inline"
      ? { body: { B: body.bytes } }
      : { object: stringValue(body.key), objectBytes: numberValue(body.byteCount) }),
    ...(block.envelope && { envelope: { B: block.envelope } }),
  };
}

function itemToEntry(shard: ShardKey, item: Item): LogEntry {
  const index = Number(readString(item, "sk"));
  if (item["tombstone"]?.BOOL) return { kind: "tombstone", shard, index };
  const envelope = item["envelope"]?.B;
  return {
    kind: "data",
    shard,
    index,
    firstRecord: readNumber(item, "first"),
    recordCount: readNumber(item, "records"),
    byteOffset: readNumber(item, "offset"),
    byteCount: readNumber(item, "bytes"),
    arrivedAtMs: readNumber(item, "at"),
    expiresAtMs: readNumber(item, "expiresAt") * 1000,
    token: readString(item, "token"),
    body: readBody(item),
    ...(envelope && { envelope }),
  };
}

function readBody(item: Item): BlockBody {
  const bytes = item["body"]?.B;
  if (bytes) return { kind: "inline", bytes };
  return {
    kind: "object",
    key: readString(item, "object"),
    byteCount: readOptionalNumber(item, "objectBytes") ?? 0,
  };
}
