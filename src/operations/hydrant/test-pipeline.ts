/**
 * Not one of Firehose's: what a delivery stream would make of records that are given, or of some that are in its log, by
 * its own processing or another, with its own jq query or another; nothing is delivered. A Lambda function is invoked.
 */
import type { DeliveryStream, S3Destination } from "../../delivery/delivery-stream.ts";
import { dryRun, type DryRunRecord } from "../../delivery/dry-run.ts";
import { recordIds } from "../../delivery/record-id.ts";
import type { Outcome } from "../../delivery/stages/pipeline.ts";
import { OutOfTime } from "../../delivery/stages/transform.ts";
import { serviceError } from "../../errors.ts";
import {
  TEST_PIPELINE_BUDGET_MS,
  TEST_PIPELINE_DEFAULT_COUNT,
  TEST_PIPELINE_MAX_COUNT,
  TEST_PIPELINE_OUTPUT_MAX_BYTES,
} from "../../limits.ts";
import { operation } from "../../wire/operation.ts";
import { integer, list, required, string, timestamp } from "../../wire/shape.ts";
import { dataStreamArn, deliveryStreamArn } from "../arn.ts";
import type { HydrantContext } from "../context.ts";
import { deliveryStreamName, record } from "../firehose/common-shapes.ts";
import { rightsToReadSource, updateRight } from "../firehose/kinesis-source.ts";
import { configurationOf } from "../firehose/describe-s3.ts";
import { checkTargets, namedTargets } from "../firehose/named-targets.ts";
import { checkProcessing, readProcessing } from "../firehose/processing.ts";
import { processingConfiguration } from "../firehose/processing-shapes.ts";
import { deliveryStreamNotFound } from "../firehose/refusals.ts";
import { rightsToUseBesides } from "../firehose/use-rights.ts";
import type { ProcessingConfiguration } from "../firehose/s3-shapes.ts";
import { beginning, readFrom } from "./get-delivery-records.ts";
import { laneId } from "./lane-id.ts";
import { invalidParameter } from "./refusals.ts";
import { withKey } from "./with-key.ts";

export const testPipeline = operation({
  input: {
    DeliveryStreamName: required(deliveryStreamName),
    /** Absent: from the log. */
    Records: list(record, { minLength: 1, maxLength: TEST_PIPELINE_MAX_COUNT }),
    /** In the log: from the first record that arrived then or later; absent: from the oldest. */
    StartTimestamp: timestamp(),
    LaneId: laneId,
    MaxRecords: integer({ min: 1, max: TEST_PIPELINE_MAX_COUNT }),
    /** In place of the stream's own. */
    ProcessingConfiguration: processingConfiguration,
    /** In jq: in place of the MetadataExtraction processor's. */
    Query: string({ minLength: 1, maxLength: 5120 }),
  },
  resource: ({ DeliveryStreamName }, context: HydrantContext) =>
    deliveryStreamArn(context, DeliveryStreamName),
  // Whoever names a function has it invoked.
  implies: async (
    { DeliveryStreamName, ProcessingConfiguration: other },
    context: HydrantContext,
  ) => [
    ...(other === undefined ? [] : [updateRight(DeliveryStreamName, context)]),
    ...(await rightsToReadSource({ DeliveryStreamName }, context)),
    ...(await rightsToUseBesides(DeliveryStreamName, context, (stream) =>
      namedTargets(
        { ...configurationOf(stream), ...(other && { ProcessingConfiguration: other }) },
        context,
      ),
    )),
  ],
  async handle(request, context: HydrantContext) {
    const { DeliveryStreamName, ProcessingConfiguration, Query } = request;
    const stream = await context.deliveryStreams.get(DeliveryStreamName);
    if (stream === undefined) throw deliveryStreamNotFound(DeliveryStreamName, context.accountId);
    const target = await targetOf(stream, { ProcessingConfiguration, Query }, context);
    const records = await withKey(() => recordsOf(stream, request, context));
    const outcomes = await dryRun(context, {
      stream,
      target,
      records,
      region: context.region,
      deliveryStreamArn: deliveryStreamArn(context, stream.name),
      ...(stream.source && {
        sourceKinesisStreamArn: dataStreamArn(context, stream.source.streamName),
      }),
      deadlineMs: context.clock.now() + TEST_PIPELINE_BUDGET_MS,
    }).catch(inTime);
    return { Results: toWireResults(outcomes, target, records) };
  },
});

function inTime(error: unknown): never {
  if (!(error instanceof OutOfTime)) throw error;
  throw serviceError(
    "ServiceUnavailableException",
    `The function has not answered within ${TEST_PIPELINE_BUDGET_MS / 1000} seconds: try fewer records`,
  );
}

async function targetOf(
  stream: DeliveryStream,
  {
    ProcessingConfiguration: processing,
    Query,
  }: {
    readonly ProcessingConfiguration: ProcessingConfiguration | undefined;
    readonly Query: string | undefined;
  },
  context: HydrantContext,
): Promise<S3Destination> {
  const { destination } = stream;
  const standing = configurationOf(stream);
  const isStrict = context.isStrict === true;
  checkProcessing(processing, { dynamicPartitioning: true, isStrict });
  checkTargets(
    namedTargets(
      {
        RoleARN: standing.RoleARN,
        ProcessingConfiguration: processing ?? standing.ProcessingConfiguration,
        DataFormatConversionConfiguration: standing.DataFormatConversionConfiguration,
      },
      context,
    ),
    context,
  );
  const { stages, transform, delimiter, ...rest } = destination;
  const own = {
    ...(stages && { stages }),
    ...(transform && { transform }),
    ...(delimiter !== undefined && { delimiter }),
  };
  const asked: Pick<S3Destination, "stages" | "transform" | "delimiter"> =
    processing === undefined ? own : readProcessing(processing);
  const target = {
    ...rest,
    ...asked,
    ...(Query !== undefined && { stages: { ...asked.stages, metadataQuery: Query } }),
  };
  const query = target.stages?.metadataQuery;
  const problem = query === undefined ? undefined : await context.jq.check(query);
  if (problem !== undefined) throw invalidParameter(`Query does not compile: ${problem}`);
  return target;
}

async function recordsOf(
  stream: DeliveryStream,
  request: {
    readonly Records?: readonly { readonly Data: Uint8Array }[];
    readonly StartTimestamp?: Date;
    readonly LaneId?: string;
    readonly MaxRecords?: number;
  },
  context: HydrantContext,
): Promise<readonly DryRunRecord[]> {
  const { Records, StartTimestamp, LaneId, MaxRecords = TEST_PIPELINE_DEFAULT_COUNT } = request;
  if (Records !== undefined) {
    const arrivedAtMs = context.clock.now();
    return Records.map(({ Data: data }) => ({ data, arrivedAtMs }));
  }
  if (stream.source !== undefined) {
    throw invalidParameter(`Records are missing: ${stream.name} has none of its own`);
  }
  const start = beginning(stream, StartTimestamp?.getTime() ?? 0, LaneId);
  const { page, found: lane } = await readFrom(stream, start, MaxRecords, context);
  const { name, generation } = stream;
  return (page?.records ?? []).map(({ data, blockIndex, position, arrivedAtMs }) => {
    const place = { generation, lane, blockIndex, arrivedAtMs, position };
    return { data, arrivedAtMs, identity: { id: recordIds(name, place, 1)[0]! } };
  });
}

/** What is answered of the outputs is bounded; how long each is, is always said. */
function toWireResults(
  outcomes: readonly (readonly Outcome[])[],
  { delimiter = "", conversion }: S3Destination,
  records: readonly DryRunRecord[],
) {
  let left = TEST_PIPELINE_OUTPUT_MAX_BYTES;
  const end = Buffer.from(conversion ? "" : delimiter);
  return outcomes.map((parts, index) => ({
    Arrival: new Date(records[index]!.arrivedAtMs),
    DataBytes: records[index]!.data.length,
    Outcomes: parts.map((outcome) => {
      if (outcome.kind === "dropped") return { State: "DROPPED" };
      if (outcome.kind === "failed") {
        const { errorCode, errorMessage, errorOutputType } = outcome;
        return {
          State: "FAILED",
          ErrorCode: errorCode,
          ErrorMessage: errorMessage,
          ErrorOutputType: errorOutputType,
        };
      }
      const { data, partitionKeys, rows } = outcome;
      left -= data.length + end.length;
      return {
        State: "DELIVERED",
        DataBytes: data.length + end.length,
        ...(left >= 0 && { Data: Buffer.concat([data, end]) }),
        ...(partitionKeys && { PartitionKeys: partitionKeys }),
        ...(rows && { RowCount: rows.length }),
      };
    }),
  }));
}
