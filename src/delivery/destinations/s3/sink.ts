/**
 * Delivery to S3: the sink that turns spans of a shard into objects, exactly once per record.
 *
 * Without stages a span is one object whose bytes and name follow from the log: one conditional PUT, and whoever
 * repeats it meets the object that stands there. A function may answer differently every time, a table may have got
 * another column, and what stages make of records is split over several objects, whose names follow from what is in
 * them; so these are uploaded but not completed, the uploads are noted in the plan (only the lease's holder can do
 * that), and only then completed. From the note on, the outcome is fixed.
 */
import { type Clock, isAhead } from "../../../clock.ts";
import {
  type BlockSealer,
  type BlockSeals,
  KeyUnusable,
  streamOfShard,
} from "../../../log/block-seals.ts";
import { parseSequenceNumber, SEQUENCE_NUMBER_DIGITS } from "../../../log/sequence.ts";
import type { Block, BodyStore, LogStore } from "../../../log/store.ts";
import type { Random } from "../../../random.ts";
import type { ExecuteResult, ReaderSink } from "../../../readers/reader.ts";
import { nextSpan, type Span } from "../../../readers/span.ts";
import { PARTITION_EARLY_SHARE, STAGED_AT_ONCE } from "../../../limits.ts";
import { inTurns } from "../../../streams/in-turns.ts";
import type { Checkpoint, FencedResult } from "../../../readers/store.ts";
import type { DeliveryTarget } from "../../delivery-stream.ts";
import {
  type DeliveryError,
  deliveryErrorOf,
  withoutRecordData,
} from "../../error-log/delivery-error.ts";
import { COMPRESSION_FORMATS } from "../../compression/index.ts";
import type { JqEngine } from "../../jq/engine.ts";
import { openConversion } from "../../formats/conversion.ts";
import { joinData } from "./join-data.ts";
import { completeStaged, openObjectWriter, type StagedObject } from "./object-writer.ts";
import { partitionKeysOf } from "../../naming/partition.ts";
import type { DeliveryRecord } from "../../record.ts";
import { keepWaiting, takeWaiting, type Waiting, type WaitingPorts } from "./waiting.ts";
import { partitionObjects } from "./partition-objects.ts";
import { spanObjects, type SpanObjectsOptions } from "./span-objects.ts";
import {
  type DeliveryPlan,
  type PartitionHints,
  type PlannedObjects,
  plannedObject,
  type PlannedTarget,
  plannedTarget,
} from "../../plan.ts";
import type {
  FlushCounts,
  FlushedObject,
  FunctionInvoker,
  ObjectStore,
  PutOutcome,
  Refusal,
  SpoolStore,
  TableCatalog,
} from "../../ports.ts";
import { FlushMeter, type FlushValues } from "../../flush-meter.ts";
import type { Delivery } from "../../source/follow.ts";
import { partitionWakeRule, wakeRuleOf } from "../../source/readers.ts";
import { deliveredData, type SourceShard } from "../../source/shard.ts";
import { spanBlocks, spanRecords } from "../../source/records.ts";
import { isStraight, pipeline } from "../../stages/pipeline.ts";
import { countConverted, countFailed, countProcessed } from "../../stages/count-outcomes.ts";
import { type Attempt, OutOfTime } from "../../stages/transform.ts";

/** What one flush did, for the log line and the metrics; never record data. */
export interface FlushReport {
  readonly kind: Delivery["kind"] | "replay" | "redrive";
  readonly readerId: string;
  readonly streamName: string;
  /** `firehose/access-logs/5c1f09ab27de4410/0000` */
  readonly shard: string;
  readonly fromBlock: number;
  readonly toBlock: number;
  readonly recordCount: number;
  readonly deliveredCount: number;
  readonly failedCount: number;
  readonly deliveredBytes: number;
  readonly oldestArrivedAtMs: number;
  /** An earlier run had written or staged the objects already, and counted them. */
  readonly resumed: boolean;
  /** It is tried again, and nothing of it counts yet. */
  readonly isFailed: boolean;
  /** Of the stages, and of what was read. */
  readonly metrics: FlushValues;
}

export interface S3SinkOptions extends PlannedObjects {
  readonly log: LogStore;
  readonly bodies: BodyStore;
  readonly seals?: BlockSeals;
  readonly objects: ObjectStore;
  readonly invoker: FunctionInvoker;
  readonly tables: TableCatalog;
  readonly jq: JqEngine;
  readonly spool: SpoolStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly region: string;
  readonly deliveryStreamArn: string;
  /** Of the data stream that is read, if it is one. */
  readonly sourceKinesisStreamArn?: string;
  readonly kind: FlushReport["kind"];
  readonly source: SourceShard;
  /** As it is now; plans that were made before keep theirs. */
  readonly target: DeliveryTarget;
  /** What to do when all that was reserved is delivered; absent: nothing. */
  readonly atTip?: ReaderSink<DeliveryPlan>["atTip"];
  readonly deadlineMs: number;
  readonly report: (flush: FlushReport) => void;
  /** Of what fails in carrying out a plan, whether it is tried again or not; it holds no record data. */
  readonly tellError: (error: DeliveryError, plan: DeliveryPlan) => void;
  /** The objects stand; the first one is that of what was delivered, if there is one. */
  readonly noteDelivered: (flush: Flushed) => Promise<void>;
}

export interface Flushed {
  readonly objects: readonly FlushedObject[];
  readonly plan: DeliveryPlan;
  /** Absent: of a plan that an earlier version staged. */
  readonly counts?: FlushCounts;
}

type Save = (plan: DeliveryPlan) => Promise<FencedResult>;

/** What a run has come to with its plan; without a tally an earlier one had come to the same. */
interface Done extends Partial<Pick<FlushReport, "isFailed" | "metrics">> {
  readonly tally?: FlushCounts;
}

export function s3Sink(options: S3SinkOptions): ReaderSink<DeliveryPlan> {
  const { source, target, atTip } = options;
  const { clock, stream } = options;
  const planned = (span: Span, waiting?: Waiting, isAtEnd?: boolean): DeliveryPlan => ({
    span,
    versionId: options.stream.versionId,
    namesSort: true,
    target: plannedTarget(target),
    stands: isStraight(target) ? "perhaps" : "nothing",
    ...(target.partitioning && {
      atMs: clock.now(),
      ...(waiting && { waiting }),
      ...(isAtEnd && { isFinal: true }),
    }),
  });
  /** Of a plan of which nothing exists there is another one: the next attempt is noted, or the target has changed. */
  const isAnother = ({ stands, target: of, versionId, waiting, isRefused }: DeliveryPlan) => {
    if (stands !== "nothing") return false;
    if (of !== undefined && isStraight(of)) return true;
    // What waits is for the target that it was read for, wherever it can be written there.
    return versionId !== stream.versionId && (waiting === undefined || isRefused === true);
  };
  /** Plans whose every attempt this run has seen. */
  const begun = new Set<DeliveryPlan>();
  const begin = (plan: DeliveryPlan): DeliveryPlan => {
    begun.add(plan);
    return plan;
  };
  return {
    retention: source.retention,
    wakeRule(standing) {
      const rule = wakeRuleOf(target);
      return target.partitioning
        ? partitionWakeRule(rule, standing?.waiting?.byteCount ?? 0)
        : rule;
    },
    // Where a function has a say, a span is what it manages within a run.
    takesMore: target.transform === undefined,
    ...(atTip && { atTip }),
    waitsUntilMs({ isResting, waiting, target: of, versionId }) {
      if (!isResting || waiting === undefined) return undefined;
      const { intervalMs = 0 } = of?.partitioning ?? {};
      return versionId === stream.versionId ? waiting.oldestArrivedAtMs + intervalMs : 0;
    },
    plan(span, resting, isAtEnd) {
      const { waiting } = resting ?? {};
      return begin(
        resting !== undefined && resting.versionId !== stream.versionId
          ? { ...ending(resting, span.from), atMs: clock.now() }
          : planned(span, waiting, isAtEnd),
      );
    },
    planAnew(plan) {
      if (!isAnother(plan)) return undefined;
      const { waiting, span } = plan;
      if (waiting === undefined) return begin(planned(span));
      const mended = mendedTarget(plan.target!, plannedTarget(target));
      return begin({
        ...planned(span),
        ...ending(plan, span.from),
        target: mended,
        versionId: stream.versionId,
      });
    },
    async execute(plan, save) {
      let current = plan;
      const savingIt: Save = (next) => {
        // Though its answer may be lost, it counts: from the note on, some of the objects may stand.
        current = next;
        return save(next);
      };
      try {
        return await execute(options, plan, savingIt);
      } catch (error) {
        const refusal = options.objects.refusalOf(error);
        options.tellError(deliveryErrorOf(error), plan);
        report(options, plan, { isFailed: true });
        const isKnown = begun.has(plan) || plan.stands === "nothing";
        if (standsNothing(refusal, current, isKnown)) await save(refused(current));
        throw error;
      }
    },
  };
}

/**
 * Whether nothing of the plan exists, now that it was refused.
 *
 * @param isKnown every attempt at it was seen
 */
function standsNothing(
  refusal: Refusal | undefined,
  { staged }: DeliveryPlan,
  isKnown: boolean,
): boolean {
  // All of a plan's objects are in one bucket, and gone with it.
  if (refusal !== "refused") return refusal === "no bucket";
  return isKnown && staged === undefined;
}

function refused({ staged: _none, left: _neither, ...plan }: DeliveryPlan): DeliveryPlan {
  return { ...plan, stands: "nothing", isRefused: true };
}

/** All that waits, and nothing more, goes to its target. */
function ending(plan: DeliveryPlan, at: Checkpoint): DeliveryPlan {
  const { isResting: _over, isRefused: _mended, transformAttempts: _of, ...standing } = plan;
  return { ...standing, span: emptySpan(at), stands: "nothing", isFinal: true };
}

function emptySpan(at: Checkpoint): Span {
  return { from: at, to: at, recordCount: 0, oldestArrivedAtMs: undefined };
}

/** Where records that wait for a target can go that S3 refuses: as it is now, but for what they were made ready for. */
function mendedTarget(before: PlannedTarget, now: PlannedTarget): PlannedTarget {
  const keysOf = ({ prefix }: PlannedTarget) => JSON.stringify(partitionKeysOf(prefix));
  const { conversion: _theirs, ...rest } = now;
  const { conversion, prefix } =
    keysOf(before) === keysOf(now) ? { ...before, ...pickPrefix(now) } : before;
  return { ...rest, ...(conversion && { conversion }), ...(prefix !== undefined && { prefix }) };
}

function pickPrefix({ prefix }: PlannedTarget): Pick<PlannedTarget, "prefix"> {
  return prefix === undefined ? {} : { prefix };
}

function execute(
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
  const partitionIds = new Set<string>();
  const into: SpanObjectsOptions = {
    ...options,
    target,
    conversion,
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
  if (staged.length === 0 && left !== undefined) return doneWith(settled);
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

/** What is left rests until it is due. */
function doneWith({
  left,
  span,
  versionId,
  target,
  namesSort,
}: DeliveryPlan): ExecuteResult<DeliveryPlan> {
  if (left === undefined) return { kind: "done" };
  const resting: DeliveryPlan = {
    span: emptySpan(span.to),
    versionId,
    ...(target && { target }),
    ...(namesSort && { namesSort }),
    stands: "nothing",
    waiting: left,
    isResting: true,
  };
  return { kind: "done", left: { plan: resting, checkpoint: left.from } };
}

/** By the time that the plan was made: whoever runs it again comes to the same. */
function duePartitions({ isFinal }: DeliveryPlan, { intervalMs }: PartitionHints, nowMs: number) {
  const soonMs = nowMs + intervalMs * PARTITION_EARLY_SHARE;
  return (arrivedAtMs: number) =>
    isFinal === true || !isAhead(arrivedAtMs + intervalMs, soonMs, intervalMs);
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

function report(
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
