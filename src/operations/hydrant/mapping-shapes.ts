/** Shapes that requests about mappings share. Bounds are those of Lambda's service model, API version 2015-03-31. */
import {
  MAPPING_BATCH_MAX_COUNT,
  MAPPING_BATCHING_WINDOW_MAX_SECONDS,
  MAPPING_PARALLELIZATION_MAX,
  MAPPING_RECORD_AGE_MAX_SECONDS,
  MAPPING_RETRY_MAX_COUNT,
  MAPPING_TUMBLING_WINDOW_MAX_SECONDS,
} from "../../limits.ts";
import { boolean, integer, list, required, string } from "../../wire/shape.ts";
import { destinationConfig } from "./failure-destination.ts";
import { filterCriteria } from "./filter-criteria.ts";

/** What CreateEventSourceMapping and UpdateEventSourceMapping take alike. */
export const optionMembers = {
  Enabled: boolean(),
  BatchSize: integer({ min: 1, max: MAPPING_BATCH_MAX_COUNT }),
  FilterCriteria: filterCriteria,
  MaximumBatchingWindowInSeconds: integer({ min: 0, max: MAPPING_BATCHING_WINDOW_MAX_SECONDS }),
  ParallelizationFactor: integer({ min: 1, max: MAPPING_PARALLELIZATION_MAX }),
  DestinationConfig: destinationConfig,
  MaximumRecordAgeInSeconds: integer({ min: -1, max: MAPPING_RECORD_AGE_MAX_SECONDS }),
  BisectBatchOnFunctionError: boolean(),
  MaximumRetryAttempts: integer({ min: -1, max: MAPPING_RETRY_MAX_COUNT }),
  TumblingWindowInSeconds: integer({ min: 0, max: MAPPING_TUMBLING_WINDOW_MAX_SECONDS }),
  FunctionResponseTypes: list(string({ enum: ["ReportBatchItemFailures"] }), {
    minLength: 0,
    maxLength: 1,
  }),
  /** Not one of Lambda's: whether aggregates of the Kinesis Producer Library are taken apart. */
  Deaggregate: boolean(),
};

export const mappingUuid = required(string({ minLength: 1, maxLength: 128 }));
