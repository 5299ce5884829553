/** A run of a consumer in the words of AWS's metrics: those of functions, and those of event source mappings. */
import type { Measured, MetricSet } from "../metrics.ts";
import type { ConsumeReport } from "./run-report.ts";

/**
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
 *
 * `InvokedEventCount` counts what was handled; `DroppedEventCount` what was given up. The age is Lambda's
 * `IteratorAge`: how old the last record of the last batch was when the function was done with it.
 */
const CONSUME = {
  namespace: "Hydrant",
  dimensions: ["FunctionName", "EventSourceMappingUUID"],
  units: {
    Invocations: "Count",
    Errors: "Count",
    Throttles: "Count",
    InvokedEventCount: "Count",
    DroppedEventCount: "Count",
    IteratorAge: "Milliseconds",
  },
} as const satisfies MetricSet;

export function consumeMetrics(run: ConsumeReport): Measured<keyof typeof CONSUME.units> {
  return {
    set: CONSUME,
    dimensions: {
      FunctionName: nameOf(run.functionArn),
      EventSourceMappingUUID: run.mappingUuid,
    },
    values: {
      Invocations: run.batchCount,
      Errors: run.failureCount,
      Throttles: run.refusedCount,
      InvokedEventCount: run.recordCount,
      DroppedEventCount: run.givenUpCount,
      IteratorAge: run.iteratorAgeMs,
    },
  };
}

/** What the line says beside. */
export function consumeFields({ streamName, shardId, problem }: ConsumeReport) {
  return { streamName, shardId, problem };
}

/** `arn:aws:lambda:us-east-1:123456789012:function:resize:live` → `resize`. */
function nameOf(functionArn: string): string {
  return functionArn.split(":")[6] ?? functionArn;
}
