/**
 * Readers in the state table. Each condition has one meaning: `epoch = :epoch` is "the lease is still mine".
 * A condition that fails because our own earlier attempt succeeded (its answer was lost) is told apart by the
 * item that comes back with the refusal.
 */
import {
  type DynamoDBClient,
  GetItemCommand,
  paginateQuery,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from "@aws-sdk/client-dynamodb";
import type { ShardKey } from "../../log/store.ts";
import type {
  FencedResult,
  Lease,
  ReaderState,
  ReaderStore,
  WakeRule,
} from "../../readers/store.ts";
import {
  conditionally,
  numberValue,
  readNumber,
  readOptionalNumber,
  readString,
  stringValue,
} from "./client.ts";
import { type Item, readerKey, readerPartition } from "./keys.ts";

export interface DynamoReadersOptions {
  readonly client: DynamoDBClient;
  readonly stateTable: string;
}

export function dynamodbReaders<Plan>({
  client,
  stateTable,
}: DynamoReadersOptions): ReaderStore<Plan> {
  type Update = Omit<UpdateItemCommandInput, "TableName" | "Key">;

  const update = (shard: ShardKey, readerId: string, input: Update) =>
    conditionally(
      client.send(
        new UpdateItemCommand({
          TableName: stateTable,
          Key: readerKey(shard, readerId),
          ReturnValuesOnConditionCheckFailure: "ALL_OLD",
          ...input,
        }),
      ),
    );

  async function fenced(lease: Lease, input: Update): Promise<FencedResult> {
    const result = await update(lease.shard, lease.readerId, {
      ...input,
      ConditionExpression: "epoch = :epoch",
      ExpressionAttributeValues: {
        ...input.ExpressionAttributeValues,
        ":epoch": numberValue(lease.epoch),
      },
    });
    return result.kind === "done" ? "done" : "fenced";
  }

  return {
    async get(shard, readerId) {
      const { Item: item } = await client.send(
        new GetItemCommand({
          TableName: stateTable,
          Key: readerKey(shard, readerId),
          ConsistentRead: true,
        }),
      );
      return item && itemToReader<Plan>(shard, item);
    },

    async list(shard) {
      const readers: ReaderState<Plan>[] = [];
      const pages = paginateQuery(
        { client },
        {
          TableName: stateTable,
          ConsistentRead: true,
          KeyConditionExpression: "pk = :readers",
          ExpressionAttributeValues: { ":readers": stringValue(readerPartition(shard)) },
        },
      );
      for await (const page of pages) {
        for (const item of page.Items ?? []) readers.push(itemToReader<Plan>(shard, item));
      }
      return readers;
    },

    async acquire(shard, readerId, { token, nowMs, untilMs }) {
      const result = await update(shard, readerId, {
        UpdateExpression:
          "SET leasedUntil = :until, leaseToken = :token, planOrder = :zero ADD epoch :one",
        ConditionExpression:
          "attribute_exists(pk) AND (attribute_not_exists(leasedUntil) OR leasedUntil <= :now)",
        ExpressionAttributeValues: {
          ":until": numberValue(untilMs),
          ":token": stringValue(token),
          ":one": numberValue(1),
          ":zero": numberValue(0),
          ":now": numberValue(nowMs),
        },
        ReturnValues: "ALL_NEW",
      });
      const item = result.kind === "done" ? result.output.Attributes : result.item;
      if (item === undefined) return { kind: "gone" };
      if (readString(item, "leaseToken") !== token) {
        return { kind: "held", untilMs: readNumber(item, "leasedUntil") };
      }
      const state = itemToReader<Plan>(shard, item);
      return { kind: "acquired", lease: { shard, readerId, epoch: state.epoch }, state };
    },

    renew(lease, untilMs) {
      return fenced(lease, {
        UpdateExpression: "SET leasedUntil = :until",
        ExpressionAttributeValues: { ":until": numberValue(untilMs) },
      });
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
      if (result.kind === "done") return "done";
      if (result.item === undefined) return "fenced";
      const isOwn =
        readNumber(result.item, "epoch") === lease.epoch &&
        readOptionalNumber(result.item, "planOrder") === order;
      return isOwn ? "done" : "fenced";
    },

    async advance(lease, from, to) {
      const result = await update(lease.shard, lease.readerId, {
        UpdateExpression: "SET checkpoint = :to, checkpointBytes = :bytes REMOVE #plan",
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

    async release(lease) {
      await fenced(lease, { UpdateExpression: "REMOVE leasedUntil" });
    },

    async markWoken(shard, readerId, { blockIndex, level }) {
      await update(shard, readerId, {
        UpdateExpression: "SET wokenBlock = :block, wokenLevel = :level",
        ConditionExpression: "checkpoint = :block",
        ExpressionAttributeValues: {
          ":block": numberValue(blockIndex),
          ":level": stringValue(level),
        },
      });
    },
  };
}

/** The item of a reader that stands at the beginning of its shard. */
export function newReaderItem(shard: ShardKey, readerId: string, wakeRule: WakeRule): Item {
  return {
    ...readerKey(shard, readerId),
    checkpoint: numberValue(0),
    checkpointBytes: numberValue(0),
    epoch: numberValue(0),
    sizeBytes: numberValue(wakeRule.sizeBytes),
    intervalMs: numberValue(wakeRule.intervalMs),
  };
}

function itemToReader<Plan>(shard: ShardKey, item: Item): ReaderState<Plan> {
  const leasedUntilMs = readOptionalNumber(item, "leasedUntil");
  const wokenBlock = readOptionalNumber(item, "wokenBlock");
  const plan = item["plan"]?.S;
  return {
    shard,
    readerId: readString(item, "sk"),
    checkpoint: {
      blockIndex: readNumber(item, "checkpoint"),
      byteOffset: readNumber(item, "checkpointBytes"),
    },
    wakeRule: {
      sizeBytes: readNumber(item, "sizeBytes"),
      intervalMs: readNumber(item, "intervalMs"),
    },
    epoch: readNumber(item, "epoch"),
    ...(leasedUntilMs !== undefined && { leasedUntilMs }),
    ...(plan !== undefined && { plan: JSON.parse(plan) as Plan }),
    ...(wokenBlock !== undefined && {
      woken: { blockIndex: wokenBlock, level: item["wokenLevel"]?.S === "work" ? "work" : "timer" },
    }),
  };
}
