/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ShardFilter.html */
import type { ShardFilter } from "../../streams/shard-filter.ts";
import type { DataStream } from "../../streams/stream.ts";
import { type Infer, required, string, structure, timestamp } from "../../wire/shape.ts";
import type { DataStreamContext } from "../context.ts";
import { shardId } from "./common-shapes.ts";
import { exclusiveStartIndex } from "./describe.ts";
import { invalidArgument } from "./refusals.ts";

export const shardFilter = structure({
  Type: required(
    string({
      enum: [
        "AFTER_SHARD_ID",
        "AT_TRIM_HORIZON",
        "FROM_TRIM_HORIZON",
        "AT_LATEST",
        "AT_TIMESTAMP",
        "FROM_TIMESTAMP",
      ],
    }),
  ),
  ShardId: shardId,
  Timestamp: timestamp(),
});

export type ShardFilterInput = Infer<typeof shardFilter>;

/** AWS says which members can be used with which types; its sentences for others are not known. */
const TYPES_WITH: Readonly<Record<"ShardId" | "Timestamp", ReadonlySet<string>>> = {
  ShardId: new Set(["AFTER_SHARD_ID"]),
  Timestamp: new Set(["AT_TIMESTAMP", "FROM_TIMESTAMP"]),
};

export function readShardFilter(
  given: ShardFilterInput | undefined,
  stream: DataStream,
  context: DataStreamContext,
): ShardFilter | undefined {
  if (given === undefined) return undefined;
  const { Type: type, ShardId, Timestamp } = given;
  for (const member of ["ShardId", "Timestamp"] as const) {
    if (given[member] === undefined || TYPES_WITH[member].has(type)) continue;
    throw invalidArgument(`ShardFilter ${type} takes no ${member}.`);
  }
  switch (type) {
    case "AFTER_SHARD_ID":
      if (ShardId === undefined) throw invalidArgument(`ShardFilter ${type} needs a ShardId.`);
      return { type, shardIndex: exclusiveStartIndex(ShardId, stream, context) };
    case "AT_TIMESTAMP":
    case "FROM_TIMESTAMP":
      if (Timestamp === undefined) throw invalidArgument(`ShardFilter ${type} needs a Timestamp.`);
      return { type, timestampMs: Timestamp.getTime() };
    case "AT_TRIM_HORIZON":
    case "FROM_TRIM_HORIZON":
    case "AT_LATEST":
      return { type };
  }
}
