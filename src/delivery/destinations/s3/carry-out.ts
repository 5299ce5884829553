/**
 * Carrying out a plan: its span is read, goes through its stages, and becomes objects; or what an earlier run has staged is
 * made to appear. When and why objects are staged first, `sink.ts` says.
 */
import { type BlockSealer, KeyUnusable, streamOfShard } from "../../../log/block-seals.ts";
import { parseSequenceNumber, SEQUENCE_NUMBER_DIGITS } from "../../../log/sequence.ts";
import type { Block } from "../../../log/store.ts";
import type { ExecuteResult } from "../../../readers/reader.ts";
import { nextSpan, type Span } from "../../../readers/span.ts";
import { STAGED_AT_ONCE } from "../../../limits.ts";
import { inTurns } from "../../../streams/in-turns.ts";
import type { Checkpoint, FencedResult } from "../../../readers/store.ts";
import { withoutRecordData } from "../../error-log/delivery-error.ts";
import { COMPRESSION_FORMATS } from "../../compression/index.ts";
import { openConversion } from "../../formats/conversion.ts";
import { identifying } from "../../record-identity.ts";
import { joinData } from "./join-data.ts";
import { completeStaged, openObjectWriter, type StagedObject } from "./object-writer.ts";
import type { DeliveryRecord } from "../../record.ts";
import { keepWaiting, takeWaiting, type Waiting, type WaitingPorts } from "./waiting.ts";
import { doneWith, duePartitions } from "./plan-steps.ts";
import { partitionObjects } from "./partition-objects.ts";
import { spanObjects, type SpanObjectsOptions } from "./span-objects.ts";
import { type DeliveryPlan, plannedObject, type PlannedTarget, plannedTarget } from "../../plan.ts";
import type { FlushCounts, FunctionInvoker, PutOutcome } from "../../ports.ts";
import { FlushMeter } from "../../flush-meter.ts";
import { deliveredData } from "../../source/shard.ts";
import { spanBlocks, spanRecords } from "../../source/records.ts";
import { isStraight, pipeline } from "../../stages/pipeline.ts";
import { countConverted, countFailed, countProcessed } from "../../stages/count-outcomes.ts";
import { type Attempt, OutOfTime } from "../../stages/transform.ts";
import type { FlushReport, S3SinkOptions } from "./sink-options.ts";

export type Save = (plan: DeliveryPlan) => Promise<FencedResult>;

/** What a run has come to with its plan; without a tally an earlier one had come to the same. */
interface Done extends Partial<Pick<FlushReport, "isFailed" | "metrics">> {
  readonly tally?: FlushCounts;
}

export function carryOut(
  options: S3SinkOptions,
  plan: DeliveryPlan,
  save: Save,
): Promise<ExecuteResult<DeliveryPlan>> {
  if (plan.span.recordCount === 0 && plan.waiting === undefined) {
    return Promise.resolve({ kind: "done" });
  }
  if (plan.staged !== undefined) return completeAll(options, plan, plan.staged, save);
  const target = plan.target ?? plannedTarget(options.target);
  return isStraight(target)
    ? deliverDirect(options, target, plan)
    : deliverThroughStages(options, target, plan, save);
}

async function deliverDirect(
  options: S3SinkOptions,
  { compression, delimiter, ...target }: PlannedTarget,
  plan: DeliveryPlan,
): Promise<ExecuteResult<DeliveryPlan>> {
  const arrivedAtMs = plan.span.oldestArrivedAtMs ?? options.stream.createdAtMs;
  const object = plannedObject(options, { compression, ...target }, plan, { arrivedAtMs });
  const writer = openObjectWriter({
    objects: options.objects,
    target: object,
    format: COMPRESSION_FORMATS[compression],
  });
  const tally = { deliveredCount: 0, droppedCount: 0, failedCount: 0, deliveredBytes: 0 };
  const meter = new FlushMeter();
  let outcome: PutOutcome | "empty";
  try {
    for await (const block of spanBlocks(options, plan.span)) {
      const records = deliveredData(options.source, block.records);
      const chunk = joinData(records, delimiter);
      countRead(options, records, meter);
      tally.deliveredCount += records.length;
      tally.deliveredBytes += chunk.length;
      await writer.write(chunk);
    }
    outcome = await writer.finishDirect();
  } catch (error) {
    await writer.abort();
    throw error;
  }
  const { bucket, key } = object;
  const objects = outcome === "empty" ? [] : [{ bucket, key }];
  await options.noteDelivered({ objects, plan, counts: tally });
  report(options, plan, outcome === "exists" ? {} : { tally, metrics: meter.values() });
  return { kind: "done" };
}

/** Functions are called under the role that the transform names, or the destination. */
function invokerUnder({ roleArn }: PlannedTarget, invoker: FunctionInvoker): FunctionInvoker {
  return {
    invoke: (functionArn, payload, own = roleArn) => invoker.invoke(functionArn, payload, own),
  };
}

async function deliverThroughStages(
  options: S3SinkOptions,
  target: PlannedTarget,
  plan: DeliveryPlan,
  save: Save,
): Promise<ExecuteResult<DeliveryPlan>> {
  const conversion = target.conversion && (await openConversion(options.tables, target.conversion));
  const meter = new FlushMeter();
  const identify = identifying(options.stream);
  const partitionIds = new Set<string>();
  const into: SpanObjectsOptions = {
    ...options,
    target,
    conversion,
    identify,
    objectAt(object) {
      if (object.partition !== undefined) partitionIds.add(object.partition.id);
      return plannedObject(options, target, plan, object);
    },
    here: { region: options.region, accountId: accountOf(options.deliveryStreamArn) },
    told(failed) {
      countFailed(failed, meter);
      options.tellError(withoutRecordData(failed), plan);
    },
  };
  const nowMs = plan.atMs ?? options.clock.now();
  const offsets = new Map<number, number>();
  const partitions =
    target.partitioning &&
    partitionObjects({
      ...into,
      hints: target.partitioning,
      isDue: duePartitions(plan, target.partitioning, nowMs),
      placeOf: (record) => placeOf(record, plan.span, offsets),
      waiting: plan.waiting ? await takeWaiting(waitingPorts(options), target, plan.waiting) : [],
    });
  const objects = partitions ?? spanObjects(into);
  let staged: readonly StagedObject[];
  let left: Waiting | undefined;
  try {
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
    const records = metered(options, plan.span, meter, (block) => {
      if (partitions) offsets.set(block.index, block.byteOffset);
    });
    for await (const outcomes of pipeline(records, target, context)) {
      if (target.transform !== undefined) countProcessed(outcomes, meter);
      await objects.take(outcomes);
    }
    staged = await objects.stage();
    const waiting = partitions?.waiting() ?? [];
    if (waiting.length > 0) {
      left = await keepWaiting(waitingPorts(options), waiting, await sealerOf(options));
    }
  } catch (error) {
    await objects.abort();
    if (error instanceof OutOfTime) {
      report(options, plan, { isFailed: true, metrics: meter.values() });
      return continueLater(options, plan, error);
    }
    throw error;
  }
  // Fenced uploads are not aborted: the plan may have been stored after all (its answer was lost), and the next
  // owner be completing them. Those of nobody end by the bucket's lifecycle rule.
  const counts: FlushCounts = { ...objects.counts };
  const settled: DeliveryPlan = {
    ...plan,
    staged,
    stands: "perhaps",
    counts,
    ...(left && { left }),
  };
  // Nothing is to appear, and what waits is noted together with the position.
  if (staged.length === 0 && left !== undefined) {
    // What was dropped has come to its end all the same.
    if (counts.droppedCount > 0) await options.noteDelivered({ objects: [], plan, counts });
    return doneWith(settled);
  }
  if ((await save(settled)) === "fenced") return { kind: "fenced" };
  if (target.conversion !== undefined) countConverted(counts, meter);
  if (partitions !== undefined) {
    meter.add("PartitionCount", partitionIds.size);
    meter.raise("PartitionCountExceeded", 0);
    const delivered = staged.filter(({ errorOutputType }) => errorOutputType === undefined);
    meter.add("DeliveryToS3.ObjectCount", delivered.length);
  }
  return completeAll(options, settled, staged, save, { tally: counts, metrics: meter.values() });
}

/** `arn:aws:firehose:us-east-1:000000000000:deliverystream/access-logs` → `000000000000` */
function accountOf(arn: string): string {
  return arn.split(":")[4] ?? "";
}

/**
 * Makes the staged objects appear. Should one of the uploads be gone without having become an object (somebody
 * aborted it), the plan starts over.
 */
async function completeAll(
  options: S3SinkOptions,
  plan: DeliveryPlan,
  staged: readonly StagedObject[],
  save: Save,
  done: Done = {},
): Promise<ExecuteResult<DeliveryPlan>> {
  const outcomes = await inTurns(
    staged,
    async (object) => ({ object, outcome: await completeStaged(options.objects, object) }),
    STAGED_AT_ONCE,
  );
  const lost = outcomes.find(({ outcome }) => outcome === "lost");
  if (lost !== undefined) {
    const { staged: _lost, left: _unsettled, counts: _past, ...fresh } = plan;
    await save(fresh);
    throw new Error(`the upload of ${lost.object.key} is gone; its records will be sent again`);
  }
  const { counts } = plan;
  await options.noteDelivered({ objects: staged, plan, ...(counts && { counts }) });
  report(options, plan, done);
  return doneWith(plan);
}

/** The block that a record stands in; of one that has no such id the span's start, which is as safe. */
function placeOf(
  { recordId }: DeliveryRecord,
  { from }: Span,
  offsets: ReadonlyMap<number, number>,
): Checkpoint {
  const { blockIndex } = parseSequenceNumber(recordId.slice(0, SEQUENCE_NUMBER_DIGITS)) ?? {};
  const byteOffset = blockIndex === undefined ? undefined : offsets.get(blockIndex);
  return blockIndex === undefined || byteOffset === undefined ? from : { blockIndex, byteOffset };
}

function waitingPorts({ spool, seals, source }: S3SinkOptions): WaitingPorts {
  return { spool, seals, shard: source.key };
}

/** Records that wait are sealed as those of the log are. */
async function sealerOf({
  seals,
  stream,
  source,
}: S3SinkOptions): Promise<BlockSealer | undefined> {
  const key = stream.encryption?.key;
  if (key === undefined || seals === undefined) return undefined;
  const answer = await seals.sealerFor(streamOfShard(source.key), key.keyArn);
  if (answer.kind !== "key") throw new KeyUnusable({ shard: source.key, index: 0 }, answer);
  return answer.key;
}

/**
 * The transform did not fit in this run. The retries counted so far are kept, and a span of several blocks is
 * halved, so that however slow the function is the reader gets on.
 */
async function continueLater(
  options: S3SinkOptions,
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

function isSingleBlock({ span: { from, to } }: DeliveryPlan): boolean {
  return to.blockIndex - from.blockIndex === 1;
}

/** Of a data stream; of a lane all that came in was counted when it did. */
function countRead(
  { sourceKinesisStreamArn }: S3SinkOptions,
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
  options: S3SinkOptions,
  span: Span,
  meter: FlushMeter,
  begin: (block: Block) => void,
) {
  for await (const records of spanRecords(options, span, begin)) {
    countRead(options, records, meter);
    yield records;
  }
}

export function report(
  options: S3SinkOptions,
  { span, waiting }: DeliveryPlan,
  { tally, isFailed = false, metrics = {} }: Done,
): void {
  const oldestArrivedAtMs = waiting?.oldestArrivedAtMs ?? span.oldestArrivedAtMs ?? 0;
  options.report({
    kind: options.kind,
    readerId: options.readerId,
    streamName: options.stream.name,
    shard: options.source.key,
    fromBlock: span.from.blockIndex,
    toBlock: span.to.blockIndex,
    recordCount: span.recordCount,
    deliveredCount: tally?.deliveredCount ?? 0,
    failedCount: tally?.failedCount ?? 0,
    deliveredBytes: tally?.deliveredBytes ?? 0,
    oldestArrivedAtMs,
    resumed: tally === undefined && !isFailed,
    isFailed,
    metrics,
  });
}
