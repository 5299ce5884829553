/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecord.html */
import type { PutRecordOutput } from "@aws-sdk/client-kinesis";
import { serviceError } from "../../errors.ts";
import { parseSequenceNumber } from "../../log/sequence.ts";
import { formatShardId } from "../../streams/shard-id.ts";
import { operation } from "../../wire/operation.ts";
import type { DataStreamContext } from "../context.ts";
import { streamAddress } from "./common-shapes.ts";
import { addressedArn } from "./find-stream.ts";
import { encryptionType, put, rateExceeded, toPlaceable, viewForPut } from "./put-into.ts";
import { recordMembers, sequenceNumber } from "./record-shapes.ts";
import { invalidArgument } from "./refusals.ts";

export const putRecord = operation({
  input: { ...streamAddress, ...recordMembers, SequenceNumberForOrdering: sequenceNumber },
  resource: (input, context: DataStreamContext) => addressedArn(input, context),
  async handle(input, context: DataStreamContext) {
    const view = await viewForPut(input, context);
    const record = toPlaceable(view, input, 0);
    const { SequenceNumberForOrdering: after } = input;
    if (after !== undefined && !isOfThePast(after, context.clock.now())) {
      throw invalidArgument(
        `ExclusiveMinimumSequenceNumber ${after} used in PutRecord on stream ${view.stream.name} under account ${context.accountId} is invalid.`,
      );
    }
    const [outcome] = await put(view, [record], context);
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

/**
 * Whatever is put from now on comes after it in its shard. A number's time leads its record's by at most a shard's
 * first seconds, see `record-sequence.ts`.
 */
function isOfThePast(text: string, nowMs: number): boolean {
  const fields = parseSequenceNumber(text);
  if (fields === undefined) return false;
  return fields.arrivedAtMs <= Math.max(nowMs, fields.shardCreatedAtMs + FIRST_SECONDS_MS);
}

const FIRST_SECONDS_MS = 2000;
