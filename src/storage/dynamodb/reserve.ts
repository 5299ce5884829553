/**
 * The sequencer of a shard on DynamoDB: one update of its counter hands out the next block index and, for a shard with
 * a limit, keeps count of the present second.
 *
 *     windowSecond   the second that is being filled; it only grows. Of whose clock: the one that is furthest ahead,
 *                    and all others count by it (`log/shard-seconds.ts`)
 *     windowDebt     how many of the seconds up to it one large record has taken in advance: no clock has come to them
 *     windowRecords, windowBytes   what it holds
 */
import type { UpdateItemCommandInput, UpdateItemCommandOutput } from "@aws-sdk/client-dynamodb";
import type { LogStore, ReserveResult, ShardKey, ShardLimit, ShardRoom } from "../../log/store.ts";
import {
  conditionally,
  isThrottle,
  numberValue,
  readNumber,
  readOptionalNumber,
} from "./client.ts";
import type { ItemCalls } from "./prompt-calls.ts";
import { counterKey, type Item } from "./keys.ts";
import { IS_OF_LAYOUT, LAYOUT_VALUE, refuseOtherLayout } from "./layout.ts";

export interface DynamoReserveOptions {
  readonly calls: ItemCalls;
  readonly stateTable: string;
}

const IS_OPEN = `${IS_OF_LAYOUT} AND attribute_not_exists(sealed)`;

interface Append extends ShardRoom {
  readonly limit?: ShardLimit;
}

export function dynamodbReserve({ calls, stateTable }: DynamoReserveOptions): LogStore["reserve"] {
  async function advance(
    shard: ShardKey,
    { recordCount, byteCount }: Append,
    input: Pick<
      UpdateItemCommandInput,
      "UpdateExpression" | "ConditionExpression" | "ExpressionAttributeValues"
    >,
  ) {
    const advanced = await conditionally(
      calls.updateItem({
        TableName: stateTable,
        Key: counterKey(shard),
        ...input,
        ConditionExpression: [IS_OPEN, input.ConditionExpression].filter(Boolean).join(" AND "),
        ExpressionAttributeValues: {
          ...LAYOUT_VALUE,
          ":one": numberValue(1),
          ":records": numberValue(recordCount),
          ":bytes": numberValue(byteCount),
          ...input.ExpressionAttributeValues,
        },
        ReturnValues: "ALL_NEW",
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      }),
    );
    if (advanced.kind === "refused" && advanced.item) refuseOtherLayout(shard, advanced.item);
    return advanced;
  }

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
   * the window of an earlier one and takes a second update to open its own.
   */
  async function reserveLimited(
    shard: ShardKey,
    append: Append & { readonly limit: ShardLimit },
  ): Promise<ReserveResult> {
    const { recordCount, byteCount, limit } = append;
    const { perSecond } = limit;
    const callersSecond = Math.floor(limit.nowMs / 1000);
    // A second's worth or more, as one large record is: it never finds room among others, so it takes this second
    // and as many after it as it needs.
    const isLarge = byteCount >= perSecond.byteCount;
    let second = callersSecond;
    let window = second;
    const ahead = () => (second > callersSecond ? { aheadSecond: second } : {});
    const reserved = ({ Attributes: counter = {} }: UpdateItemCommandOutput) =>
      ({ ...toReserved(counter, append), ...ahead() }) satisfies ReserveResult;
    for (;;) {
      const inWindow = await advance(shard, append, {
        UpdateExpression:
          "ADD blocks :one, records :records, bytes :bytes, windowRecords :records, windowBytes :bytes",
        ConditionExpression:
          "windowSecond = :window AND windowRecords <= :recordRoom AND windowBytes <= :byteRoom",
        ExpressionAttributeValues: {
          ":window": numberValue(window),
          ":recordRoom": numberValue(perSecond.recordCount - recordCount),
          ":byteRoom": numberValue(perSecond.byteCount - byteCount),
        },
      });
      if (inWindow.kind === "done") return reserved(inWindow.output);
      const standing = inWindow.item;
      if (standing === undefined || standing["sealed"]?.BOOL) return { kind: "closed" };
      const standingWindow = readOptionalNumber(standing, "windowSecond") ?? 0;
      const debt = readOptionalNumber(standing, "windowDebt") ?? 0;
      second = Math.max(second, standingWindow - debt);
      if (standingWindow > window) {
        window = standingWindow;
        continue;
      }
      if (isLarge && standingWindow === second) {
        const debtSeconds = Math.ceil(byteCount / perSecond.byteCount);
        const taken = await advance(shard, append, {
          UpdateExpression:
            "SET windowSecond = :later, windowDebt = :debt, windowRecords = :zero, windowBytes = :zero ADD blocks :one, records :records, bytes :bytes",
          ConditionExpression: "windowSecond = :second",
          ExpressionAttributeValues: {
            ":second": numberValue(second),
            ":later": numberValue(second + debtSeconds),
            ":debt": numberValue(debtSeconds),
            ":zero": numberValue(0),
          },
        });
        if (taken.kind === "done") return reserved(taken.output);
        continue;
      }
      if (standingWindow === window) {
        return {
          kind: "throttled",
          room: {
            recordCount: Math.max(0, perSecond.recordCount - readNumber(standing, "windowRecords")),
            byteCount: Math.max(0, perSecond.byteCount - readNumber(standing, "windowBytes")),
          },
          ...ahead(),
        };
      }
      // More than a second's worth (one large record) takes the seconds that it needs.
      const debtSeconds = Math.floor(Math.max(0, byteCount - 1) / perSecond.byteCount);
      const opened = await advance(shard, append, {
        UpdateExpression:
          "SET windowSecond = :window, windowDebt = :debt, windowRecords = :records, windowBytes = :windowBytes ADD blocks :one, records :records, bytes :bytes",
        ConditionExpression: "(attribute_not_exists(windowSecond) OR windowSecond < :second)",
        ExpressionAttributeValues: {
          ":second": numberValue(second),
          ":window": numberValue(second + debtSeconds),
          ":debt": numberValue(debtSeconds),
          ":windowBytes": numberValue(byteCount - debtSeconds * perSecond.byteCount),
        },
      });
      if (opened.kind === "done") return reserved(opened.output);
    }
  }

  return async (shard, append) => {
    try {
      return append.limit === undefined
        ? await reserveUnlimited(shard, append)
        : await reserveLimited(shard, { ...append, limit: append.limit });
    } catch (error) {
      if (isThrottle(error)) return { kind: "throttled" };
      throw error;
    }
  };
}

function toReserved(counter: Item, { recordCount, byteCount }: Append) {
  return {
    kind: "reserved" as const,
    blockIndex: readNumber(counter, "blocks") - 1,
    firstRecord: readNumber(counter, "records") - recordCount,
    byteOffset: readNumber(counter, "bytes") - byteCount,
    ...(counter["retentionMs"] && { retentionMs: readNumber(counter, "retentionMs") }),
  };
}
