/** How a mapping is shown that was just made, and of which nothing but source, function and start was said. */
export const MAPPING_DEFAULTS = {
  StartingPosition: "LATEST",
  BatchSize: 100,
  MaximumBatchingWindowInSeconds: 0,
  ParallelizationFactor: 1,
  MaximumRetryAttempts: -1,
  MaximumRecordAgeInSeconds: -1,
  BisectBatchOnFunctionError: false,
  TumblingWindowInSeconds: 0,
  FunctionResponseTypes: [],
  DestinationConfig: { OnFailure: {} },
  Deaggregate: false,
  State: "Creating",
  StateTransitionReason: "User action",
  LastProcessingResult: "No records processed",
};
