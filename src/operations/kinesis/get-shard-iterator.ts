/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetShardIterator.html */
import type { GetShardIteratorOutput } from "@aws-sdk/client-kinesis";
import { formatIterator } from "../../log/iterator.ts";
import { operation } from "../../wire/operation.ts";
import { required, string, timestamp } from "../../wire/shape.ts";
import type { DataStreamContext } from "../context.ts";
import { shardId, streamAddress } from "./common-shapes.ts";
import { dryRun, endDryRun } from "./dry-run.ts";
import { addressedArn, addressedName } from "./find-stream.ts";
import { findShard } from "./find-shard.ts";
import { sequenceNumber } from "./record-shapes.ts";
import { STARTING_TYPES, startOf } from "./starting-position.ts";

export const getShardIterator = operation({
  input: {
    ...streamAddress,
    ShardId: required(shardId),
    ShardIteratorType: required(string({ enum: STARTING_TYPES })),
    StartingSequenceNumber: sequenceNumber,
    Timestamp: timestamp(),
    DryRun: dryRun,
  },
  resource: (input, context: DataStreamContext) => addressedArn(input, context),
  async handle(input, context: DataStreamContext) {
    const { clock, random, tokenSecret } = context;
    const name = addressedName(input, context);
    const { view, shard } = await findShard(name, input.ShardId, context);
    const { generation } = view.stream;
    const asked = {
      type: input.ShardIteratorType,
      number: input.StartingSequenceNumber,
      time: input.Timestamp,
    };
    const start = await startOf(asked, { view, shard, action: "GetShardIterator" }, context);
    if (input.DryRun) return endDryRun(view.stream, context);
    const issuedAtMs = clock.now();
    const position = { streamName: name, generation, shardIndex: shard.index, start, issuedAtMs };
    return {
      ShardIterator: formatIterator(tokenSecret, random, position),
    } satisfies GetShardIteratorOutput;
  },
});
