/**
 * The sequencer of a shard on DynamoDB: one update of its counter hands out the next block index and, for a shard with
 * a limit, keeps count of the present second.
 *
 *     windowSecond   the second that is being filled; it only grows. Of whose clock: the one that is furthest ahead,
 *                    and all others count by it (`log/shard-seconds.ts`)
 *     windowDebt     how many of the seconds up to it one large record has taken in advance: no clock has come to them
 *     windowRecords, windowBytes   what it holds, and windowCalls where the limit counts calls
 *     tenMinutes     the latest that anything arrived in; they only grow, and one reservation opens each
 */
import type {
  LogStore,
  ReserveResult,
  ShardHead,
  ShardKey,
  ShardLimit,
  ShardRoom,
  TimeMark,
} from "../../log/store.ts";
import { endOf, openingMark, tenMinutesOf } from "../ten-minutes.ts";
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
  readonly arrivedAtMs?: number;
  readonly limit?: ShardLimit;
}

/** One way to take a place: what is set and counted beside the place itself, and under which condition. */
interface Step {
  readonly set?: string;
  readonly add?: string;
  readonly condition?: string;
  readonly values?: Item;
}

type Reserved = Extract<ReserveResult, { readonly kind: "reserved" }>;

type Advanced =
  | { readonly kind: "done"; readonly reserved: Reserved }
  | { readonly kind: "refused"; readonly item: Item | undefined };

export function dynamodbReserve({ calls, stateTable }: DynamoReserveOptions): LogStore["reserve"] {
  async function update(shard: ShardKey, { recordCount, byteCount }: Append, step: Step) {
    const added = ["ADD blocks :one, records :records, bytes :bytes", step.add];
    const updated = await conditionally(
      calls.updateItem({
        TableName: stateTable,
        Key: counterKey(shard),
        UpdateExpression: `${step.set ? `SET ${step.set} ` : ""}${added.filter(Boolean).join(", ")}`,
        ConditionExpression: and(IS_OPEN, step.condition),
        ExpressionAttributeValues: {
          ...LAYOUT_VALUE,
          ":one": numberValue(1),
          ":records": numberValue(recordCount),
          ":bytes": numberValue(byteCount),
          ...step.values,
        },
        ReturnValues: "ALL_NEW",
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      }),
    );
    if (updated.kind === "refused" && updated.item) refuseOtherLayout(shard, updated.item);
    return updated;
  }

  /**
   * Takes the step, and opens the shard's next ten minutes with it where they have come: a second update, which one
   * reservation of ten minutes needs.
   */
  async function advance(shard: ShardKey, append: Append, step: Step): Promise<Advanced> {
    if (append.arrivedAtMs === undefined) return toAdvanced(await update(shard, append, step));
    const own = tenMinutesOf(append.arrivedAtMs);
    const values = { ...step.values, ":tenMinutes": numberValue(own) };
    for (;;) {
      const condition = and(step.condition, "tenMinutes >= :tenMinutes");
      const within = await update(shard, append, { ...step, condition, values });
      if (within.kind === "done") return toAdvanced(within);
      const before = tenMinutesIn(within.item);
      const isClosed = within.item === undefined || within.item["sealed"]?.BOOL;
      if (isClosed || (before !== undefined && before >= own)) return within;
      const opened = await update(shard, append, {
        set: [step.set, "tenMinutes = :tenMinutes"].filter(Boolean).join(", "),
        ...(step.add && { add: step.add }),
        condition: and(
          step.condition,
          before === undefined ? "attribute_not_exists(tenMinutes)" : "tenMinutes = :before",
        ),
        values: { ...values, ...(before !== undefined && { ":before": numberValue(before) }) },
      });
      if (opened.kind === "done") {
        return toAdvanced(opened, (blockIndex) => openingMark(own, blockIndex, before));
      }
      // The same ten minutes stand: they were not what was in the way.
      if (tenMinutesIn(opened.item) === before) return opened;
    }

    function toAdvanced(
      updated: Awaited<ReturnType<typeof update>>,
      markAt?: (blockIndex: number) => TimeMark,
    ): Advanced {
      if (updated.kind === "refused") return updated;
      return {
        kind: "done",
        reserved: toReserved(updated.output.Attributes ?? {}, append, markAt),
      };
    }
  }

  async function reserveUnlimited(shard: ShardKey, append: Append): Promise<ReserveResult> {
    const advanced = await advance(shard, append, {});
    return advanced.kind === "refused" ? { kind: "closed" } : advanced.reserved;
  }

  /**
   * One update while the second lasts, under the condition that there is room; the first append of a second finds
   * the window of an earlier one and takes a second update to open its own.
   */
  async function reserveLimited(
    shard: ShardKey,
    append: Append & { readonly limit: ShardLimit },
  ): Promise<ReserveResult> {
    const { recordCount, byteCount, callCount = 1, limit } = append;
    const { perSecond } = limit;
    const { callCount: callsMaxCount } = perSecond;
    const isCounting = callsMaxCount !== undefined;
    const withCalls = (text: string, ofCalls: string) =>
      isCounting ? `${text}, ${ofCalls}` : text;
    const callValues: Item = isCounting ? { ":calls": numberValue(callCount) } : {};
    const callersSecond = Math.floor(limit.nowMs / 1000);
    // A second's worth or more, as one large record is: it never finds room among others, so it takes this second
    // and as many after it as it needs.
    const isLarge = byteCount >= perSecond.byteCount;
    let second = callersSecond;
    let window = second;
    const ahead = () => (second > callersSecond ? { aheadSecond: second } : {});
    for (;;) {
      const inWindow = await advance(shard, append, {
        add: withCalls("windowRecords :records, windowBytes :bytes", "windowCalls :calls"),
        condition: and(
          "windowSecond = :window AND windowRecords <= :recordRoom AND windowBytes <= :byteRoom",
          isCounting ? "windowCalls <= :callRoom" : undefined,
        ),
        values: {
          ":window": numberValue(window),
          ":recordRoom": numberValue(perSecond.recordCount - recordCount),
          ":byteRoom": numberValue(perSecond.byteCount - byteCount),
          ...callValues,
          ...(isCounting && { ":callRoom": numberValue(callsMaxCount - callCount) }),
        },
      });
      if (inWindow.kind === "done") return { ...inWindow.reserved, ...ahead() };
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
          set: withCalls(
            "windowSecond = :later, windowDebt = :debt, windowRecords = :zero, windowBytes = :zero",
            "windowCalls = :zero",
          ),
          condition: "windowSecond = :second",
          values: {
            ":second": numberValue(second),
            ":later": numberValue(second + debtSeconds),
            ":debt": numberValue(debtSeconds),
            ":zero": numberValue(0),
          },
        });
        if (taken.kind === "done") return { ...taken.reserved, ...ahead() };
        continue;
      }
      if (standingWindow === window) {
        return {
          kind: "throttled",
          room: {
            recordCount: Math.max(0, perSecond.recordCount - readNumber(standing, "windowRecords")),
            byteCount: Math.max(0, perSecond.byteCount - readNumber(standing, "windowBytes")),
            ...(isCounting && {
              callCount: Math.max(0, callsMaxCount - readNumber(standing, "windowCalls")),
            }),
          },
          ...ahead(),
        };
      }
      // More than a second's worth (one large record) takes the seconds that it needs.
      const debtSeconds = Math.floor(Math.max(0, byteCount - 1) / perSecond.byteCount);
      const opened = await advance(shard, append, {
        set: withCalls(
          "windowSecond = :window, windowDebt = :debt, windowRecords = :records, windowBytes = :windowBytes",
          "windowCalls = :calls",
        ),
        condition: "(attribute_not_exists(windowSecond) OR windowSecond < :second)",
        values: {
          ":second": numberValue(second),
          ":window": numberValue(second + debtSeconds),
          ":debt": numberValue(debtSeconds),
          ":windowBytes": numberValue(byteCount - debtSeconds * perSecond.byteCount),
          ...callValues,
        },
      });
      if (opened.kind === "done") return { ...opened.reserved, ...ahead() };
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

/** All that was reserved so far arrived before that. */
export function reservedBeforeMs(counter: Item): Pick<ShardHead, "reservedBeforeMs"> {
  const tenMinutes = tenMinutesIn(counter);
  return tenMinutes === undefined ? {} : { reservedBeforeMs: endOf(tenMinutes) };
}

const tenMinutesIn = (counter: Item | undefined) =>
  counter && readOptionalNumber(counter, "tenMinutes");

const and = (...conditions: readonly (string | undefined)[]) =>
  conditions.filter(Boolean).join(" AND ");

function toReserved(
  counter: Item,
  { recordCount, byteCount }: Append,
  markAt?: (blockIndex: number) => TimeMark,
): Reserved {
  const blockIndex = readNumber(counter, "blocks") - 1;
  return {
    kind: "reserved",
    blockIndex,
    firstRecord: readNumber(counter, "records") - recordCount,
    byteOffset: readNumber(counter, "bytes") - byteCount,
    ...(counter["retentionMs"] && { retentionMs: readNumber(counter, "retentionMs") }),
    ...(markAt && { mark: markAt(blockIndex) }),
  };
}
