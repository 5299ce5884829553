/**
 * Readers in the state table. Each condition has one meaning: `epoch = :epoch` is "the lease is still mine".
 * A condition that fails because our own earlier attempt succeeded (its answer was lost) is told apart by the
 * item that comes back with the refusal.
 */
import { latestMs } from "../../clock.ts";
import { LEASE_AHEAD_MAX_MS } from "../../limits.ts";
import {
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from "@aws-sdk/client-dynamodb";
import type { ShardKey } from "../../log/store.ts";
import type {
  FencedResult,
  Lease,
  NewReaderState,
  ReaderState,
  ReaderStore,
  Recall,
} from "../../readers/store.ts";
import {
  conditionally,
  isThrottle,
  numberValue,
  readNumber,
  readOptionalNumber,
  readString,
  stringValue,
} from "./client.ts";
import { eagerReads } from "./eager-reads.ts";
import {
  type Item,
  parseReaderSlot,
  readerKey,
  readerPartition,
  readerSlot,
  readerSlotPartition,
} from "./keys.ts";
import { type ItemCalls, type ItemReads, promptCalls } from "./prompt-calls.ts";
import { readerSlots, usedSlot } from "./reader-slots.ts";

export interface DynamoReadersOptions {
  readonly client: DynamoDBClient;
  readonly stateTable: string;
  readonly reads?: ItemReads;
  /** For heartbeats, which come soon again: to be patient with one would take longer than the lease lasts. */
  readonly beats?: Pick<ItemCalls, "updateItem">;
}

export function dynamodbReaders<Plan>({
  client,
  stateTable,
  reads = eagerReads(client),
  beats = promptCalls(client),
}: DynamoReadersOptions): ReaderStore<Plan> {
  type Update = Omit<UpdateItemCommandInput, "TableName" | "Key">;
  const slots = readerSlots({ client, stateTable });

  const patient: Pick<ItemCalls, "updateItem"> = {
    updateItem: (input) => client.send(new UpdateItemCommand(input)),
  };

  const update = (shard: ShardKey, readerId: string, input: Update, calls = patient) =>
    conditionally(
      calls.updateItem({
        TableName: stateTable,
        Key: readerKey(shard, readerId),
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
        ...input,
      }),
    );

  async function fenced(lease: Lease, input: Update, calls = patient): Promise<FencedResult> {
    const change = {
      ...input,
      ConditionExpression: "epoch = :epoch",
      ExpressionAttributeValues: {
        ...input.ExpressionAttributeValues,
        ":epoch": numberValue(lease.epoch),
      },
    };
    const result = await update(lease.shard, lease.readerId, change, calls);
    return result.kind === "done" ? "done" : "fenced";
  }

  async function itemsUnder(partition: string): Promise<readonly Item[]> {
    const all: Item[] = [];
    let after: Item | undefined;
    do {
      const { Items: items = [], LastEvaluatedKey } = await reads.query({
        TableName: stateTable,
        ConsistentRead: true,
        KeyConditionExpression: "pk = :readers",
        ExpressionAttributeValues: { ":readers": stringValue(partition) },
        ...(after && { ExclusiveStartKey: after }),
      });
      all.push(...items);
      after = LastEvaluatedKey;
    } while (after !== undefined);
    return all;
  }

  return {
    async open(shard, readerId, state) {
      await conditionally(
        client.send(
          new PutItemCommand({
            TableName: stateTable,
            Item: newReaderItem(shard, readerId, state),
            ConditionExpression: "attribute_not_exists(pk)",
          }),
        ),
      );
      const slot = readerSlot(shard, readerId);
      if (slot) await slots.use(shard, slot);
    },

    async configure(shard, readerId, { sizeBytes, intervalMs, recordCount }) {
      await update(shard, readerId, {
        UpdateExpression:
          recordCount === undefined
            ? "SET sizeBytes = :size, intervalMs = :interval, reconfigured = :true REMOVE wokenBlock, wokenLevel, noted, wakesAt, wakesBy, wakeCount"
            : "SET sizeBytes = :size, intervalMs = :interval, reconfigured = :true, wakeCount = :count REMOVE wokenBlock, wokenLevel, noted, wakesAt, wakesBy",
        ConditionExpression: "attribute_exists(pk)",
        ExpressionAttributeValues: {
          ":size": numberValue(sizeBytes),
          ":interval": numberValue(intervalMs),
          ":true": { BOOL: true },
          ...(recordCount !== undefined && { ":count": numberValue(recordCount) }),
        },
      });
    },

    async remove(shard, readerId) {
      await client.send(
        new DeleteItemCommand({ TableName: stateTable, Key: readerKey(shard, readerId) }),
      );
      const slot = readerSlot(shard, readerId);
      if (slot) await slots.leave(shard, slot);
    },

    async get(shard, readerId) {
      const { Item: item } = await reads.getItem({
        TableName: stateTable,
        Key: readerKey(shard, readerId),
        ConsistentRead: true,
      });
      return item && itemToReader<Plan>(shard, item);
    },

    async list(shard) {
      const own = await itemsUnder(readerPartition(shard));
      const used = own.flatMap((item) => usedSlot(item) ?? []);
      const inSlots = await Promise.all(
        used.map((slot) => itemsUnder(readerSlotPartition(shard, slot))),
      );
      return [...own, ...inSlots.flat()]
        .filter((item) => parseReaderSlot(readString(item, "sk")) === undefined)
        .map((item) => itemToReader<Plan>(shard, item));
    },

    async acquire(shard, readerId, { token, nowMs, untilMs }) {
      const result = await update(shard, readerId, {
        UpdateExpression:
          "SET leasedUntil = :until, leaseToken = :token, planOrder = :zero REMOVE reconfigured ADD epoch :one",
        ConditionExpression:
          "attribute_exists(pk) AND (attribute_not_exists(leasedUntil) OR NOT leasedUntil BETWEEN :soonest AND :latest)",
        ExpressionAttributeValues: {
          ":until": numberValue(untilMs),
          ":token": stringValue(token),
          ":one": numberValue(1),
          ":zero": numberValue(0),
          ":soonest": numberValue(nowMs + 1),
          ":latest": numberValue(latestMs(nowMs, LEASE_AHEAD_MAX_MS)),
        },
        ReturnValues: "ALL_NEW",
      });
      const item = result.kind === "done" ? result.output.Attributes : result.item;
      if (item === undefined) return { kind: "gone" };
      if (readString(item, "leaseToken") !== token) return { kind: "held" };
      const state = itemToReader<Plan>(shard, item);
      return { kind: "acquired", lease: { shard, readerId, epoch: state.epoch }, state };
    },

    renew(lease, untilMs, recall) {
      const renewal = {
        UpdateExpression: recall
          ? "SET leasedUntil = :until, wakesAt = :wakes, wakesBy = :message"
          : "SET leasedUntil = :until",
        ExpressionAttributeValues: { ":until": numberValue(untilMs), ...recallValues(recall) },
      };
      return fenced(lease, renewal, beats);
    },

    async savePlan(lease, plan, order) {
      const result = await update(lease.shard, lease.readerId, {
        UpdateExpression: "SET #plan = :plan, planOrder = :order",
        // A reader that was leased before plans had an order has none.
        ConditionExpression:
          "epoch = :epoch AND (attribute_not_exists(planOrder) OR planOrder < :order)",
        ExpressionAttributeNames: { "#plan": "plan" },
        ExpressionAttributeValues: {
          ":plan": stringValue(JSON.stringify(plan)),
          ":order": numberValue(order),
          ":epoch": numberValue(lease.epoch),
        },
      });
      return result.kind === "done" || isOwnPlan(result.item, lease, order) ? "done" : "fenced";
    },

    async advance(lease, from, to) {
      const result = await update(lease.shard, lease.readerId, {
        UpdateExpression:
          "SET checkpoint = :to, checkpointBytes = :bytes" +
          " REMOVE #plan, frontier, frontierBytes, frontierRecords",
        ConditionExpression: "epoch = :epoch AND checkpoint = :from",
        ExpressionAttributeNames: { "#plan": "plan" },
        ExpressionAttributeValues: {
          ":epoch": numberValue(lease.epoch),
          ":from": numberValue(from.blockIndex),
          ":to": numberValue(to.blockIndex),
          ":bytes": numberValue(to.byteOffset),
        },
      });
      if (result.kind === "done") return "done";
      if (result.item === undefined) return "fenced";
      const standing = itemToReader<Plan>(lease.shard, result.item);
      const alreadyThere =
        standing.epoch === lease.epoch && standing.checkpoint.blockIndex === to.blockIndex;
      return alreadyThere ? "done" : "fenced";
    },

    async moveOn(lease, { checkpoint, frontier, plan }, order) {
      const result = await update(lease.shard, lease.readerId, {
        UpdateExpression:
          "SET checkpoint = :to, checkpointBytes = :bytes, frontier = :frontier," +
          " frontierBytes = :frontierBytes, frontierRecords = :records, #plan = :plan, planOrder = :order",
        ConditionExpression: "epoch = :epoch AND planOrder < :order AND checkpoint <= :to",
        ExpressionAttributeNames: { "#plan": "plan" },
        ExpressionAttributeValues: {
          ":to": numberValue(checkpoint.blockIndex),
          ":bytes": numberValue(checkpoint.byteOffset),
          ":frontier": numberValue(frontier.blockIndex),
          ":frontierBytes": numberValue(frontier.byteOffset),
          ":records": numberValue(frontier.recordOffset),
          ":plan": stringValue(JSON.stringify(plan)),
          ":order": numberValue(order),
          ":epoch": numberValue(lease.epoch),
        },
      });
      return result.kind === "done" || isOwnPlan(result.item, lease, order) ? "done" : "fenced";
    },

    end(lease) {
      return fenced(lease, {
        UpdateExpression: "SET ended = :true REMOVE #plan",
        ExpressionAttributeNames: { "#plan": "plan" },
        ExpressionAttributeValues: { ":true": { BOOL: true } },
      });
    },

    async release(lease, recall) {
      await fenced(
        lease,
        recall === undefined
          ? { UpdateExpression: "REMOVE leasedUntil, wakesAt, wakesBy" }
          : {
              UpdateExpression: "SET wakesAt = :wakes, wakesBy = :message REMOVE leasedUntil",
              ExpressionAttributeValues: recallValues(recall),
            },
      );
    },

    async markWoken(shard, readerId, { blockIndex, level, rule }) {
      const { sizeBytes, intervalMs, recordCount } = rule;
      const marked = update(shard, readerId, {
        UpdateExpression: "SET wokenBlock = :block, wokenLevel = :level, noted = :true",
        ConditionExpression:
          "(frontier = :block OR (attribute_not_exists(frontier) AND checkpoint = :block))" +
          " AND sizeBytes = :size AND intervalMs = :interval AND " +
          (recordCount === undefined ? "attribute_not_exists(wakeCount)" : "wakeCount = :count"),
        ExpressionAttributeValues: {
          ":size": numberValue(sizeBytes),
          ":interval": numberValue(intervalMs),
          ...(recordCount !== undefined && { ":count": numberValue(recordCount) }),
          ":block": numberValue(blockIndex),
          ":level": stringValue(level),
          ":true": { BOOL: true },
        },
      });
      return marked.then(
        () => "done" as const,
        (error: unknown) => {
          if (isThrottle(error)) return "throttled" as const;
          throw error;
        },
      );
    },

    async forgetNoted(shard, readerId) {
      await update(shard, readerId, {
        UpdateExpression: "REMOVE noted",
        ConditionExpression: "attribute_exists(pk)",
      });
    },
  };
}

/** What was refused may be our own, stored by an attempt whose answer was lost. */
function isOwnPlan(standing: Item | undefined, lease: Lease, order: number): boolean {
  if (standing === undefined) return false;
  return (
    readNumber(standing, "epoch") === lease.epoch &&
    readOptionalNumber(standing, "planOrder") === order
  );
}

export function newReaderItem(
  shard: ShardKey,
  readerId: string,
  { checkpoint, frontier, wakeRule }: NewReaderState,
): Item {
  const { recordCount } = wakeRule;
  return {
    ...readerKey(shard, readerId),
    checkpoint: numberValue(checkpoint.blockIndex),
    checkpointBytes: numberValue(checkpoint.byteOffset),
    epoch: numberValue(0),
    sizeBytes: numberValue(wakeRule.sizeBytes),
    intervalMs: numberValue(wakeRule.intervalMs),
    ...(recordCount !== undefined && { wakeCount: numberValue(recordCount) }),
    ...(frontier && {
      frontier: numberValue(frontier.blockIndex),
      frontierBytes: numberValue(frontier.byteOffset),
      frontierRecords: numberValue(frontier.recordOffset),
    }),
  };
}

function recallValues(recall: Recall | undefined) {
  return (
    recall && { ":wakes": numberValue(recall.atMs), ":message": stringValue(recall.messageId) }
  );
}

function itemToReader<Plan>(shard: ShardKey, item: Item): ReaderState<Plan> {
  const leasedUntilMs = readOptionalNumber(item, "leasedUntil");
  const wakesAtMs = readOptionalNumber(item, "wakesAt");
  const wakesBy = item["wakesBy"]?.S;
  const wokenBlock = readOptionalNumber(item, "wokenBlock");
  const recordCount = readOptionalNumber(item, "wakeCount");
  const frontier = readOptionalNumber(item, "frontier");
  const plan = item["plan"]?.S;
  return {
    shard,
    readerId: readString(item, "sk"),
    checkpoint: {
      blockIndex: readNumber(item, "checkpoint"),
      byteOffset: readNumber(item, "checkpointBytes"),
    },
    ...(frontier !== undefined && {
      frontier: {
        blockIndex: frontier,
        byteOffset: readNumber(item, "frontierBytes"),
        recordOffset: readNumber(item, "frontierRecords"),
      },
    }),
    wakeRule: {
      sizeBytes: readNumber(item, "sizeBytes"),
      intervalMs: readNumber(item, "intervalMs"),
      ...(recordCount !== undefined && { recordCount }),
    },
    epoch: readNumber(item, "epoch"),
    ...(leasedUntilMs !== undefined && { leasedUntilMs }),
    ...(wakesAtMs !== undefined && { wakesAtMs }),
    ...(wakesBy !== undefined && { wakesBy }),
    ...(plan !== undefined && { plan: JSON.parse(plan) as Plan }),
    ...(wokenBlock !== undefined && {
      woken: { blockIndex: wokenBlock, level: item["wokenLevel"]?.S === "work" ? "work" : "timer" },
    }),
    ...(item["noted"]?.BOOL === true && { isNoted: true }),
    ...(item["reconfigured"]?.BOOL === true && { isReconfigured: true }),
    ...(item["ended"]?.BOOL === true && { ended: true }),
  };
}
