/** A mapping as Lambda shows it. */
import type { EventSourceMappingConfiguration } from "@aws-sdk/client-lambda";
import type { EventSourceMapping, LastResult } from "../../consumer/mapping.ts";
import { findSourceProblem } from "../../consumer/source-problem.ts";
import type { FollowStart } from "../../readers/follow.ts";
import { mappingArn } from "../arn.ts";
import type { MappingContext } from "../context.ts";
import { FOREVER } from "./mapping-options.ts";

export interface WireMapping extends EventSourceMappingConfiguration {
  readonly Deaggregate: boolean;
}

export async function describeMapping(
  mapping: EventSourceMapping,
  context: MappingContext,
): Promise<WireMapping> {
  const [lastResult, problem] = await Promise.all([
    context.mappings.lastResult(mapping.uuid),
    findSourceProblem(context.dataStreams, mapping),
  ]);
  return toWireMapping(mapping, problem ?? lastResult, context);
}

function toWireMapping(
  mapping: EventSourceMapping,
  lastResult: LastResult,
  context: MappingContext,
): WireMapping {
  const { uuid, onFailureArn, filterPatterns } = mapping;
  return {
    UUID: uuid,
    EventSourceMappingArn: mappingArn(context, uuid),
    EventSourceArn: mapping.eventSourceArn,
    FunctionArn: mapping.functionArn,
    ...startOf(mapping.start),
    BatchSize: mapping.batchSize,
    MaximumBatchingWindowInSeconds: mapping.batchingWindowSeconds,
    ParallelizationFactor: mapping.parallelizationFactor,
    MaximumRetryAttempts: mapping.maximumRetryCount ?? FOREVER,
    MaximumRecordAgeInSeconds: mapping.maximumRecordAgeSeconds ?? FOREVER,
    BisectBatchOnFunctionError: mapping.bisectOnError,
    TumblingWindowInSeconds: mapping.tumblingWindowSeconds,
    FunctionResponseTypes: mapping.reportsItemFailures ? ["ReportBatchItemFailures"] : [],
    DestinationConfig: {
      OnFailure: onFailureArn === undefined ? {} : { Destination: onFailureArn },
    },
    ...(filterPatterns && {
      FilterCriteria: { Filters: filterPatterns.map((Pattern) => ({ Pattern })) },
    }),
    Deaggregate: mapping.deaggregates ?? false,
    State: stateOf(mapping),
    StateTransitionReason: mapping.statusReason,
    LastModified: new Date(mapping.modifiedAtMs),
    LastProcessingResult: resultOf(lastResult),
  };
}

function startOf(
  start: FollowStart,
): Pick<EventSourceMappingConfiguration, "StartingPosition" | "StartingPositionTimestamp"> {
  switch (start.kind) {
    case "trim-horizon":
      return { StartingPosition: "TRIM_HORIZON" };
    case "latest":
      return { StartingPosition: "LATEST" };
    case "time":
      return {
        StartingPosition: "AT_TIMESTAMP",
        StartingPositionTimestamp: new Date(start.timestampMs),
      };
  }
}

const PENDING = {
  creating: "Creating",
  enabling: "Enabling",
  disabling: "Disabling",
  updating: "Updating",
} as const;
const SETTLED = {
  starting: "Creating",
  enabled: "Enabled",
  disabled: "Disabled",
  deleting: "Deleting",
} as const;

function stateOf({ status, pending }: EventSourceMapping): string {
  const isAtWork = status === "enabled" || status === "disabled";
  return isAtWork && pending ? PENDING[pending] : SETTLED[status];
}

function resultOf(result: LastResult): string {
  switch (result.kind) {
    case "none":
      return "No records processed";
    case "ok":
      return "OK";
    case "problem":
      return result.message;
  }
}
