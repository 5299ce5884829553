/** Time marks in the state table: of each shard one item per ten minutes in which anything was put. */
import { type DynamoDBClient, QueryCommand } from "@aws-sdk/client-dynamodb";
import { TIME_MARK_LIFETIME_MS } from "../../limits.ts";
import type { ShardKey, TimeMark, TimeMarks } from "../../log/store.ts";
import { expiryValue, numberValue, readNumber, readString, stringValue } from "./client.ts";
import { fixedWidth, type Item, markKey, marksPartition } from "./keys.ts";
import type { ItemCalls } from "./prompt-calls.ts";

export interface DynamoTimeMarksOptions {
  readonly client: DynamoDBClient;
  readonly calls: Pick<ItemCalls, "putItem">;
  readonly stateTable: string;
}

export function dynamodbTimeMarks({
  client,
  calls,
  stateTable: TableName,
}: DynamoTimeMarksOptions): TimeMarks {
  /** Not consistent, at half the price: a mark that does not show yet is as good as one that was never left. */
  async function nearest(
    shard: ShardKey,
    comparison: "<=" | ">=",
    timeMs: number,
  ): Promise<TimeMark | undefined> {
    const { Items: [item] = [] } = await client.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression: `pk = :marks AND sk ${comparison} :time`,
        ExpressionAttributeValues: {
          ":marks": stringValue(marksPartition(shard)),
          ":time": stringValue(fixedWidth(Math.max(0, Math.trunc(timeMs)))),
        },
        ScanIndexForward: comparison === ">=",
        Limit: 1,
      }),
    );
    return item && itemToMark(item);
  }

  return {
    async leaveMark(shard, { atMs, blockIndex, reservedBeforeMs }) {
      await calls.putItem({
        TableName,
        Item: {
          ...markKey(shard, atMs),
          block: numberValue(blockIndex),
          before: numberValue(reservedBeforeMs),
          expiresAt: expiryValue(atMs + TIME_MARK_LIFETIME_MS),
        },
      });
    },
    lastMark: (shard, timeMs) => nearest(shard, "<=", timeMs),
    nextMark: (shard, timeMs) => nearest(shard, ">=", timeMs),
  };
}

function itemToMark(item: Item): TimeMark {
  return {
    atMs: Number(readString(item, "sk")),
    blockIndex: readNumber(item, "block"),
    reservedBeforeMs: readNumber(item, "before"),
  };
}
