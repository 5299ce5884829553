/** The shard log on DynamoDB: blocks in the log table, counters in the state table. */
import {
  type DynamoDBClient,
  GetItemCommand,
  paginateQuery,
  PutItemCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from "@aws-sdk/client-dynamodb";
import type {
  Block,
  BlockBody,
  BlockExpiry,
  LogEntry,
  LogStore,
  ReserveResult,
  ShardKey,
  ShardLimit,
  ShardRoom,
} from "../../log/store.ts";
import {
  conditionally,
  isCleanThrottle,
  isThrottle,
  numberValue,
  readNumber,
  readOptionalNumber,
  readString,
  stringValue,
} from "./client.ts";
import { dynamodbBlockExpiry, expiryValue } from "./block-expiry.ts";
import { blockKey, counterKey, fixedWidth, type Item, ringKey } from "./keys.ts";

export interface DynamoLogOptions {
  readonly client: DynamoDBClient;
  readonly logTable: string;
  readonly stateTable: string;
}

const IS_OPEN = "attribute_exists(pk) AND attribute_not_exists(sealed)";

/** Rings are only there to be seen in the table's stream. */
const RING_LIFETIME_MS = 3_600_000;

interface Append extends ShardRoom {
  readonly limit?: ShardLimit;
}

export function dynamodbLog({
  client,
  logTable,
  stateTable,
}: DynamoLogOptions): LogStore & BlockExpiry {
  const expiry = dynamodbBlockExpiry({ client, logTable, stateTable });
  const advance = (
    shard: ShardKey,
    { recordCount, byteCount }: Append,
    input: Pick<
      UpdateItemCommandInput,
      "UpdateExpression" | "ConditionExpression" | "ExpressionAttributeValues"
    >,
  ) =>
    conditionally(
      client.send(
        new UpdateItemCommand({
          TableName: stateTable,
          Key: counterKey(shard),
          ...input,
          ConditionExpression: [IS_OPEN, input.ConditionExpression].filter(Boolean).join(" AND "),
          ExpressionAttributeValues: {
            ":one": numberValue(1),
            ":records": numberValue(recordCount),
            ":bytes": numberValue(byteCount),
            ...input.ExpressionAttributeValues,
          },
          ReturnValues: "ALL_NEW",
          ReturnValuesOnConditionCheckFailure: "ALL_OLD",
        }),
      ),
    );

  async function reserveUnlimited(shard: ShardKey, append: Append): Promise<ReserveResult> {
    const reserved = await advance(shard, append, {
      UpdateExpression: "ADD blocks :one, records :records, bytes :bytes",
    });
    return reserved.kind === "refused"
      ? { kind: "closed" }
      : toReserved(reserved.output.Attributes ?? {}, append);
  }

  /**
   * One update while the second lasts, under the condition that there is room; the first append of a second finds
   * the window of an earlier one and takes a second update to open its own. A clock that is ahead opens windows that
   * the others then share.
   */
  async function reserveLimited(
    shard: ShardKey,
    append: Append & { readonly limit: ShardLimit },
  ): Promise<ReserveResult> {
    const { recordCount, byteCount, limit } = append;
    const { perSecond } = limit;
    const nowSecond = Math.floor(limit.nowMs / 1000);
    // A second's worth or more, as one large record is: it never finds room among others, so it takes this second
    // and as many after it as it needs.
    const isLarge = byteCount >= perSecond.byteCount;
    let second = nowSecond;
    for (;;) {
      const inWindow = await advance(shard, append, {
        UpdateExpression:
          "ADD blocks :one, records :records, bytes :bytes, windowRecords :records, windowBytes :bytes",
        ConditionExpression:
          "windowSecond = :second AND windowRecords <= :recordRoom AND windowBytes <= :byteRoom",
        ExpressionAttributeValues: {
          ":second": numberValue(second),
          ":recordRoom": numberValue(perSecond.recordCount - recordCount),
          ":byteRoom": numberValue(perSecond.byteCount - byteCount),
        },
      });
      if (inWindow.kind === "done") return toReserved(inWindow.output.Attributes ?? {}, append);
      const standing = inWindow.item;
      if (standing === undefined || standing["sealed"]?.BOOL) return { kind: "closed" };
      const standingSecond = readOptionalNumber(standing, "windowSecond") ?? 0;
      if (standingSecond > second) {
        second = standingSecond;
        continue;
      }
      if (isLarge && standingSecond === nowSecond) {
        const taken = await advance(shard, append, {
          UpdateExpression:
            "SET windowSecond = :later, windowRecords = :zero, windowBytes = :zero ADD blocks :one, records :records, bytes :bytes",
          ConditionExpression: "windowSecond = :second",
          ExpressionAttributeValues: {
            ":second": numberValue(nowSecond),
            ":later": numberValue(nowSecond + Math.ceil(byteCount / perSecond.byteCount)),
            ":zero": numberValue(0),
          },
        });
        if (taken.kind === "done") return toReserved(taken.output.Attributes ?? {}, append);
        continue;
      }
      if (standingSecond === second) {
        return {
          kind: "throttled",
          room: {
            recordCount: Math.max(0, perSecond.recordCount - readNumber(standing, "windowRecords")),
            byteCount: Math.max(0, perSecond.byteCount - readNumber(standing, "windowBytes")),
          },
        };
      }
      // More than a second's worth (one large record) takes the seconds that it needs.
      const debtSeconds = Math.floor(Math.max(0, byteCount - 1) / perSecond.byteCount);
      const opened = await advance(shard, append, {
        UpdateExpression:
          "SET windowSecond = :second, windowRecords = :records, windowBytes = :windowBytes ADD blocks :one, records :records, bytes :bytes",
        ConditionExpression: "(attribute_not_exists(windowSecond) OR windowSecond < :now)",
        ExpressionAttributeValues: {
          ":now": numberValue(second),
          ":second": numberValue(second + debtSeconds),
          ":windowBytes": numberValue(byteCount - debtSeconds * perSecond.byteCount),
        },
      });
      if (opened.kind === "done") return toReserved(opened.output.Attributes ?? {}, append);
    }
  }

  return {
    ...expiry,
    async reserve(shard, append) {
      try {
        return append.limit === undefined
          ? await reserveUnlimited(shard, append)
          : await reserveLimited(shard, { ...append, limit: append.limit });
      } catch (error) {
        if (isThrottle(error)) return { kind: "throttled" };
        throw error;
      }
    },

    async write(block) {
      try {
        const written = await conditionally(
          client.send(
            new PutItemCommand({
              TableName: logTable,
              Item: blockToItem(block),
              ConditionExpression: "attribute_not_exists(pk)",
              ReturnValuesOnConditionCheckFailure: "ALL_OLD",
            }),
          ),
        );
        if (written.kind === "done") return { kind: "written" };
        const winner = itemToEntry(block.shard, written.item ?? {});
        if (winner.kind === "tombstone") return { kind: "lost", winner: "tombstone" };
        return winner.token === block.token
          ? { kind: "written" }
          : { kind: "lost", winner: "data" };
      } catch (error) {
        if (isCleanThrottle(error)) return { kind: "throttled" };
        throw error;
      }
    },

    async fill(shard, index, expiresAtMs) {
      const filled = await conditionally(
        client.send(
          new PutItemCommand({
            TableName: logTable,
            Item: {
              ...blockKey(shard, index),
              tombstone: { BOOL: true },
              expiresAt: expiryValue(expiresAtMs),
            },
            ConditionExpression: "attribute_not_exists(pk)",
            ReturnValuesOnConditionCheckFailure: "ALL_OLD",
          }),
        ),
      );
      if (filled.kind === "done") return { kind: "tombstone", shard, index };
      return itemToEntry(shard, filled.item ?? {});
    },

    async *read({ shard, from, to }) {
      if (to !== undefined && to <= from) return;
      const pages = paginateQuery(
        { client },
        {
          TableName: logTable,
          ConsistentRead: true,
          KeyConditionExpression: "pk = :shard AND sk BETWEEN :from AND :last",
          ExpressionAttributeValues: {
            ":shard": stringValue(shard),
            ":from": stringValue(fixedWidth(from)),
            ":last": stringValue(to === undefined ? "9".repeat(16) : fixedWidth(to - 1)),
          },
        },
      );
      for await (const page of pages) {
        for (const item of page.Items ?? []) yield itemToEntry(shard, item);
      }
    },

    async head(shard) {
      const { Item: counter } = await client.send(
        new GetItemCommand({ TableName: stateTable, Key: counterKey(shard), ConsistentRead: true }),
      );
      if (!counter) return undefined;
      return {
        blockIndex: readNumber(counter, "blocks"),
        recordCount: readNumber(counter, "records"),
        byteOffset: readNumber(counter, "bytes"),
        sealed: counter["sealed"]?.BOOL ?? false,
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

function toReserved(counter: Item, { recordCount, byteCount }: Append): ReserveResult {
  return {
    kind: "reserved",
    blockIndex: readNumber(counter, "blocks") - 1,
    firstRecord: readNumber(counter, "records") - recordCount,
    byteOffset: readNumber(counter, "bytes") - byteCount,
    ...(counter["retentionMs"] && { retentionMs: readNumber(counter, "retentionMs") }),
  };
}

/** The counter item of a shard to which nothing has been appended. */
export function newCounterItem(shard: ShardKey): Item {
  const zero = numberValue(0);
  return { ...counterKey(shard), blocks: zero, records: zero, bytes: zero };
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
    ...(block.requests.length > 0 && { requests: { B: block.requests } }),
    ...(body.kind === "inline"
      ? { body: { B: body.bytes } }
      : { object: stringValue(body.key), objectBytes: numberValue(body.byteCount) }),
  };
}

function itemToEntry(shard: ShardKey, item: Item): LogEntry {
  const index = Number(readString(item, "sk"));
  if (item["tombstone"]?.BOOL) return { kind: "tombstone", shard, index };
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
    requests: item["requests"]?.B ?? new Uint8Array(),
    body: readBody(item),
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
