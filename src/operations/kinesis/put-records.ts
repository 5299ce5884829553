/**
 * https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html
 *
 * Whatever is wrong with a record fails the call before anything is stored; what a shard does not take is told
 * entry by entry in a successful answer.
 */
import type { PutRecordsOutput, PutRecordsResultEntry } from "@aws-sdk/client-kinesis";
import { PUT_RECORDS_MAX_BYTES, PUT_RECORDS_MAX_COUNT } from "../../limits.ts";
import type { PutOutcome } from "../../streams/put-outcome.ts";
import type { StreamView } from "../../streams/stream.ts";
import { formatShardId } from "../../streams/shard-id.ts";
import { operation } from "../../wire/operation.ts";
import { list, required, structure } from "../../wire/shape.ts";
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
import { putRecordsMetrics } from "./metrics.ts";
import { recordMembers } from "./record-shapes.ts";
import { invalidArgument } from "./refusals.ts";

export const putRecords = operation({
  input: {
    ...streamAddress,
    Records: required(
      list(structure(recordMembers), { minLength: 1, maxLength: PUT_RECORDS_MAX_COUNT }),
    ),
    DryRun: dryRun,
  },
  resource: (input, context: DataStreamContext) => addressedArn(input, context),
  async handle(input, context: DataStreamContext) {
    const { Records } = input;
    const sizes = Records.map(recordInputBytes);
    const byteCount = sizes.reduce((sum, size) => sum + size, 0);
    if (byteCount > PUT_RECORDS_MAX_BYTES)
      throw invalidArgument("Records size exceeds 10 MB limit");
    const view = await viewForPut(input, Math.max(...sizes), context);
    checkDataSizes(view, input);
    const records = Records.map((record, at) => toPlaceable(view, record, at, context));
    if (input.DryRun) return endDryRun(view.stream, context);
    const outcomes = await put(view, records, context);
    context.measure?.(
      ...putRecordsMetrics(
        view.stream,
        sizes.map((size, at) => ({ byteCount: size, outcome: outcomes[at] })),
      ),
    );
    const failures = outcomes.filter(({ kind }) => kind === "failed");
    const [failure] = failures;
    // Nothing to report beside it, and the call's log line then says why.
    if (failure?.kind === "failed" && failures.length === outcomes.length) throw failure.error;
    return {
      FailedRecordCount: outcomes.filter(({ kind }) => kind !== "stored").length,
      Records: outcomes.map((outcome) => resultOf(view, outcome, context)),
      ...encryptionType(view),
    } satisfies PutRecordsOutput;
  },
});

function resultOf(
  view: StreamView,
  outcome: PutOutcome,
  context: DataStreamContext,
): PutRecordsResultEntry {
  switch (outcome.kind) {
    case "stored":
      return {
        SequenceNumber: outcome.sequenceNumber,
        ShardId: formatShardId(outcome.shardIndex),
      };
    case "throttled":
      return {
        ErrorCode: "ProvisionedThroughputExceededException",
        ErrorMessage: rateExceeded(view, outcome.shardIndex, context),
      };
    case "failed":
      return { ErrorCode: "InternalFailure", ErrorMessage: "Internal service failure." };
  }
}
