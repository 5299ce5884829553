/**
 * Carrying out a plan: its span is read, goes through its stages, and becomes objects; or what an earlier run has staged is
 * made to appear. When and why objects are staged first, `sink.ts` says.
 */
import { parseSequenceNumber, SEQUENCE_NUMBER_DIGITS } from "../../../log/sequence.ts";
import type { ExecuteResult } from "../../../readers/reader.ts";
import type { Span } from "../../../readers/span.ts";
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
import { keepWaiting, takeWaiting, type Waiting } from "./waiting.ts";
import { doneWith, duePartitions } from "./plan-steps.ts";
import { partitionObjects } from "./partition-objects.ts";
import { spanObjects, type SpanObjectsOptions } from "./span-objects.ts";
import { type DeliveryPlan, plannedObject, type PlannedTarget } from "../../plan.ts";
import type { FlushCounts, PutOutcome } from "../../ports.ts";
import { FlushMeter } from "../../flush-meter.ts";
import { deliveredData } from "../../source/shard.ts";
import { spoolSealer } from "../../sealed-spool.ts";
import { spanBlocks } from "../../source/records.ts";
import { countConverted, countFailed } from "../../stages/count-outcomes.ts";
import { OutOfTime } from "../../stages/transform.ts";
import { continueLater, countRead, throughStages } from "../through-stages.ts";
import { type FlushReport, type SinkOptions, spoolPorts } from "../sink-options.ts";

export type Save = (plan: DeliveryPlan) => Promise<FencedResult>;

/** What a run has come to with its plan; without a tally an earlier one had come to the same. */
export interface Done extends Partial<Pick<FlushReport, "isFailed" | "metrics">> {
  readonly tally?: FlushCounts;
}

export async function deliverDirect(
  options: SinkOptions,
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

export async function deliverThroughStages(
  options: SinkOptions,
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
      waiting: plan.waiting ? await takeWaiting(spoolPorts(options), target, plan.waiting) : [],
    });
  const objects = partitions ?? spanObjects(into);
  let staged: readonly StagedObject[];
  let left: Waiting | undefined;
  try {
    const stages = throughStages(options, target, plan, {
      meter,
      identify,
      conversion,
      nowMs,
      begin(block) {
        if (partitions) offsets.set(block.index, block.byteOffset);
      },
    });
    for await (const outcomes of stages) {
      await objects.take(outcomes);
    }
    staged = await objects.stage();
    const waiting = partitions?.waiting() ?? [];
    if (waiting.length > 0) {
      left = await keepWaiting(
        spoolPorts(options),
        waiting,
        await spoolSealer(spoolPorts(options), options.stream),
      );
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
export function accountOf(arn: string): string {
  return arn.split(":")[4] ?? "";
}

/**
 * Makes the staged objects appear. Should one of the uploads be gone without having become an object (somebody
 * aborted it), the plan starts over.
 */
export async function completeAll(
  options: SinkOptions,
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
  const behind = await options.behindObjects?.(plan, staged, save);
  if (behind !== undefined) return behind;
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

export function report(
  options: SinkOptions,
  { span, waiting, target }: DeliveryPlan,
  { tally, isFailed = false, metrics = {} }: Done,
): void {
  const oldestArrivedAtMs = waiting?.oldestArrivedAtMs ?? span.oldestArrivedAtMs ?? 0;
  const { kind: receiver } = target?.receiver ?? {};
  options.report({
    kind: options.kind,
    readerId: options.readerId,
    streamName: options.stream.name,
    ...(receiver && { receiver }),
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
