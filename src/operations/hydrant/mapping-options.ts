/** Lambda's members for what a mapping's owner may change, and what they make of the options as they stand. */
import type { MappingOptions } from "../../consumer/mapping.ts";
import { MAPPING_BATCH_DEFAULT_COUNT, MAPPING_RECORD_AGE_MIN_SECONDS } from "../../limits.ts";
import type { InferMembers } from "../../wire/shape.ts";
import { readFailureDestination } from "./failure-destination.ts";
import { readFilterCriteria } from "./filter-criteria.ts";
import type { optionMembers } from "./mapping-shapes.ts";
import { invalidParameter } from "./refusals.ts";

type OptionMembers = InferMembers<typeof optionMembers>;

/** -1 where the service says "until the records expire". */
export const FOREVER = -1;

export const DEFAULT_OPTIONS: MappingOptions = {
  batchSize: MAPPING_BATCH_DEFAULT_COUNT,
  batchingWindowSeconds: 0,
  parallelizationFactor: 1,
  bisectOnError: false,
  reportsItemFailures: false,
  tumblingWindowSeconds: 0,
};

/** Members that are absent change nothing. Throws for values that no mapping in that region can have. */
export function changeOptions(
  standing: MappingOptions,
  given: OptionMembers,
  region: string,
): MappingOptions {
  const maximumRetryCount = bounded(given.MaximumRetryAttempts, standing.maximumRetryCount);
  const maximumRecordAgeSeconds = bounded(
    checkRecordAge(given.MaximumRecordAgeInSeconds),
    standing.maximumRecordAgeSeconds,
  );
  const onFailureArn =
    given.DestinationConfig === undefined
      ? standing.onFailureArn
      : readFailureDestination(given.DestinationConfig, region);
  const filterPatterns =
    given.FilterCriteria === undefined
      ? standing.filterPatterns
      : readFilterCriteria(given.FilterCriteria);
  const deaggregates = given.Deaggregate ?? standing.deaggregates;
  return {
    batchSize: given.BatchSize ?? standing.batchSize,
    batchingWindowSeconds: given.MaximumBatchingWindowInSeconds ?? standing.batchingWindowSeconds,
    parallelizationFactor: given.ParallelizationFactor ?? standing.parallelizationFactor,
    bisectOnError: given.BisectBatchOnFunctionError ?? standing.bisectOnError,
    ...(maximumRetryCount !== undefined && { maximumRetryCount }),
    ...(maximumRecordAgeSeconds !== undefined && { maximumRecordAgeSeconds }),
    ...(onFailureArn !== undefined && { onFailureArn }),
    reportsItemFailures:
      given.FunctionResponseTypes === undefined
        ? standing.reportsItemFailures
        : given.FunctionResponseTypes.length > 0,
    tumblingWindowSeconds: given.TumblingWindowInSeconds ?? standing.tumblingWindowSeconds,
    ...(filterPatterns?.length && { filterPatterns }),
    ...(deaggregates && { deaggregates }),
  };
}

function bounded(given: number | undefined, standing: number | undefined): number | undefined {
  if (given === undefined) return standing;
  return given === FOREVER ? undefined : given;
}

function checkRecordAge(seconds: number | undefined): number | undefined {
  if (seconds === undefined || seconds === FOREVER || seconds >= MAPPING_RECORD_AGE_MIN_SECONDS) {
    return seconds;
  }
  throw invalidParameter(
    "MaximumRecordAgeInSeconds must be either -1 (forever) or between 60 and 604800 (inclusive)",
  );
}
