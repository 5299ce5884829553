/**
 * Counters of tables that were restored to an earlier instant: raised to where they had come, or beyond, before anything
 * is appended. A place that was given away after that instant is then never given away again, so that no sequence number
 * that somebody has seen comes to stand for another record.
 */
import { type DynamoDBClient, GetItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import type { ShardKey } from "../../log/store.ts";
import { conditionally, numberValue, readNumber } from "./client.ts";
import { counterKey } from "./keys.ts";
import { IS_OF_LAYOUT, LAYOUT_MEMBER, LAYOUT_VALUE, refuseOtherLayout } from "./layout.ts";

export interface Counted {
  readonly blocks: number;
  readonly records: number;
  readonly bytes: number;
}

export interface RaisedCounters {
  /** `undefined`: that shard has no counter. */
  get(shard: ShardKey): Promise<Counted | undefined>;
  /**
   * One that is missing is there from then on, for who makes its shard to find it. Nothing happens if the shard is closed or has
   * come as far. Answers whether it was raised.
   */
  raise(shard: ShardKey, to: Counted): Promise<boolean>;
}

export function dynamodbRaisedCounters({
  client,
  stateTable,
}: {
  readonly client: DynamoDBClient;
  readonly stateTable: string;
}): RaisedCounters {
  return {
    async get(shard) {
      const { Item } = await client.send(
        new GetItemCommand({ TableName: stateTable, Key: counterKey(shard), ConsistentRead: true }),
      );
      if (Item === undefined) return undefined;
      refuseOtherLayout(shard, Item);
      const [blocks, records, bytes] = ["blocks", "records", "bytes"].map((name) =>
        readNumber(Item, name),
      ) as [number, number, number];
      return { blocks, records, bytes };
    },

    async raise(shard, { blocks, records, bytes }) {
      const raised = await conditionally(
        client.send(
          new UpdateItemCommand({
            TableName: stateTable,
            Key: counterKey(shard),
            UpdateExpression:
              "SET blocks = :blocks, #records = :records, #bytes = :bytes, #layout = if_not_exists(#layout, :newLayout)",
            ConditionExpression: `attribute_not_exists(pk) OR (${IS_OF_LAYOUT} AND attribute_not_exists(sealed) AND blocks < :blocks)`,
            ExpressionAttributeNames: {
              "#records": "records",
              "#bytes": "bytes",
              "#layout": "layout",
            },
            ExpressionAttributeValues: {
              ...LAYOUT_VALUE,
              ":newLayout": LAYOUT_MEMBER.layout,
              ":blocks": numberValue(blocks),
              ":records": numberValue(records),
              ":bytes": numberValue(bytes),
            },
          }),
        ),
      );
      return raised.kind === "done";
    },
  };
}
