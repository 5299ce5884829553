/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecord.html */
import type { PutRecordOutput } from "@aws-sdk/client-kinesis";
import { serviceError } from "../../errors.ts";
import { canComeAfter } from "../../streams/ordering.ts";
import { formatShardId } from "../../streams/shard-id.ts";
import { youngestShard } from "../../streams/shard-map.ts";
import type { StreamView } from "../../streams/stream.ts";
import { operation } from "../../wire/operation.ts";
import type { DataStreamContext } from "../context.ts";
import { streamAddress } from "./common-shapes.ts";
import { dryRun, endDryRun } from "./dry-run.ts";
import { addressedArn } from "./find-stream.ts";
import {
  checkDataSizes,
  encryptionType,
  put,
  rateExceeded,
  recordInputBytes,
  toPlaceable,
  viewForPut,
} from "./put-into.ts";
import { putRecordMetrics } from "./metrics.ts";
import { recordMembers, sequenceNumber } from "./record-shapes.ts";
import { invalidArgument } from "./refusals.ts";

export const putRecord = operation({
  input: {
    ...streamAddress,
    ...recordMembers,
    SequenceNumberForOrdering: sequenceNumber,
    DryRun: dryRun,
  },
  resource: (input, context: DataStreamContext) => addressedArn(input, context),
  async handle(input, context: DataStreamContext) {
    const view = await viewForPut(input, recordInputBytes(input), context);
    checkDataSizes(view, input);
    const record = toPlaceable(view, input, 0, context);
    const { SequenceNumberForOrdering: after } = input;
    if (after !== undefined) await checkOrdering(after, view, record.hashKey, context);
    if (input.DryRun) return endDryRun(view.stream, context);
    const [outcome] = await put(view, [record], context);
    const byteCount = recordInputBytes(input);
    context.measure?.(...putRecordMetrics(view.stream, { byteCount, outcome }));
    switch (outcome?.kind) {
      case "stored":
        return {
          ShardId: formatShardId(outcome.shardIndex),
          SequenceNumber: outcome.sequenceNumber,
          ...encryptionType(view),
        } satisfies PutRecordOutput;
      case "throttled":
        throw serviceError(
          "ProvisionedThroughputExceededException",
          rateExceeded(view, outcome.shardIndex, context),
        );
      case "failed":
      case undefined:
        throw outcome?.error;
    }
  },
});

async function checkOrdering(
  after: string,
  view: StreamView,
  hashKey: bigint,
  context: DataStreamContext,
): Promise<void> {
  const target = youngestShard(view.shards, hashKey);
  if (target && (await canComeAfter(context, view, target, after))) return;
  throw invalidArgument(
    `ExclusiveMinimumSequenceNumber ${after} used in PutRecord on stream ${view.stream.name} under account ${context.accountId} is invalid.`,
  );
}
