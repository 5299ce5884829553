/** A run of a consumer in the words of AWS's metrics: those of functions, and those of event source mappings. */
import type { ConsumeReport } from "./run-report.ts";

/**
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
 *
 * `InvokedEventCount` counts what was handled; `DroppedEventCount` what was given up. The age is Lambda's
 * `IteratorAge`: how old the last record of the last batch was when the function was done with it.
 */
export function consumeMetrics(run: ConsumeReport) {
  return {
    event: "consume",
    dimensions: {
      FunctionName: nameOf(run.functionArn),
      EventSourceMappingUUID: run.mappingUuid,
    },
    counts: {
      Invocations: run.batchCount,
      Errors: run.failureCount,
      Throttles: run.refusedCount,
      InvokedEventCount: run.recordCount,
      DroppedEventCount: run.givenUpCount,
    },
    milliseconds: { IteratorAge: run.iteratorAgeMs },
    fields: { streamName: run.streamName, shardId: run.shardId, problem: run.problem },
  };
}

/** `arn:aws:lambda:us-east-1:123456789012:function:resize:live` → `resize`. */
function nameOf(functionArn: string): string {
  return functionArn.split(":")[6] ?? functionArn;
}
