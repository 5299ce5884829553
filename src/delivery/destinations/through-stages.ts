/** A plan's records, read and brought through its stages: what every destination begins with that does not take them as they are. */
import type { Block } from "../../log/store.ts";
import type { ExecuteResult } from "../../readers/reader.ts";
import { nextSpan, type Span } from "../../readers/span.ts";
import type { FlushMeter } from "../flush-meter.ts";
import type { Conversion } from "../formats/conversion.ts";
import type { DeliveryPlan, PlannedTarget } from "../plan.ts";
import type { FunctionInvoker } from "../ports.ts";
import type { Identify } from "../record-identity.ts";
import { spanRecords } from "../source/records.ts";
import { countProcessed } from "../stages/count-outcomes.ts";
import { type Outcome, pipeline } from "../stages/pipeline.ts";
import type { Attempt, OutOfTime } from "../stages/transform.ts";
import type { SinkOptions } from "./sink-options.ts";

export interface StagesRun {
  readonly meter: FlushMeter;
  readonly identify: Identify;
  readonly conversion?: Conversion | undefined;
  /** What jq's `now` answers. */
  readonly nowMs: number;
  /** Called when the records of a block begin. */
  readonly begin?: (block: Block) => void;
}

/** Throws an `OutOfTime` where the function does not manage it in this run. */
export async function* throughStages(
  options: SinkOptions,
  target: PlannedTarget,
  plan: DeliveryPlan,
  { meter, identify, conversion, nowMs, begin = () => {} }: StagesRun,
): AsyncGenerator<readonly Outcome[]> {
  const { transformAttempts: priorAttempts } = plan;
  const context = {
    ...options,
    identify,
    invoker: invokerUnder(target, options.invoker),
    nowMs,
    ...(conversion && { reader: conversion.reader }),
    ...(priorAttempts && { priorAttempts }),
    attempted({ durationMs, error }: Attempt) {
      meter.sample("ExecuteProcessing.Duration", durationMs);
      meter.sample("ExecuteProcessing.Success", error === undefined ? 1 : 0);
      if (error !== undefined) options.tellError(error, plan);
    },
    queried: (durationMs: number) => meter.add("JQProcessing.Duration", durationMs),
    // A single block cannot be halved; when its batches did not fit in a run one after another, all at once.
    ...(priorAttempts && isSingleBlock(plan) && { concurrency: Number.POSITIVE_INFINITY }),
  };
  const records = metered(options, plan.span, meter, begin);
  for await (const outcomes of pipeline(records, target, context)) {
    if (target.transform !== undefined) countProcessed(outcomes, meter);
    yield outcomes;
  }
}

/** Functions are called under the role that the transform names, or the destination. */
function invokerUnder({ roleArn }: PlannedTarget, invoker: FunctionInvoker): FunctionInvoker {
  return {
    invoke: (functionArn, payload, own = roleArn) => invoker.invoke(functionArn, payload, own),
  };
}

function isSingleBlock({ span: { from, to } }: DeliveryPlan): boolean {
  return to.blockIndex - from.blockIndex === 1;
}

/**
 * The transform did not fit in this run. The retries counted so far are kept, and a span of several blocks is
 * halved, so that however slow the function is the reader gets on.
 */
export async function continueLater(
  options: SinkOptions,
  plan: DeliveryPlan,
  { attempts, retryAtMs }: OutOfTime,
): Promise<ExecuteResult<DeliveryPlan>> {
  const { from, to } = plan.span;
  const sizeBytes = Math.ceil((to.byteOffset - from.byteOffset) / 2);
  const { key: shard, retention } = options.source;
  const half = await nextSpan({ ...options, shard, from, sizeBytes, retention });
  const span = half !== undefined && half.to.blockIndex < to.blockIndex ? half : plan.span;
  return { kind: "later", plan: { ...plan, span, transformAttempts: attempts }, retryAtMs };
}

/** Of a data stream; of a lane all that came in was counted when it did. */
export function countRead(
  { sourceKinesisStreamArn }: SinkOptions,
  records: readonly { readonly data: Uint8Array }[],
  meter: FlushMeter,
): void {
  if (sourceKinesisStreamArn === undefined) return;
  meter.add("DataReadFromKinesisStream.Records", records.length);
  meter.add(
    "DataReadFromKinesisStream.Bytes",
    records.reduce((sum, { data }) => sum + data.length, 0),
  );
}

async function* metered(
  options: SinkOptions,
  span: Span,
  meter: FlushMeter,
  begin: (block: Block) => void,
) {
  for await (const records of spanRecords(options, span, begin)) {
    countRead(options, records, meter);
    yield records;
  }
}
