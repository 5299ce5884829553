/**
 * Delivery: the sink that brings spans of a shard to their destination. In S3 they become objects, exactly once per record;
 * what other destinations do, `receivers/port.ts` says.
 *
 * Without stages a span is one object whose bytes and name follow from the log: one conditional PUT, and whoever
 * repeats it meets the object that stands there. A function may answer differently every time, a table may have got
 * another column, and what stages make of records is split over several objects, whose names follow from what is in
 * them; so these are uploaded but not completed, the uploads are noted in the plan (only the lease's holder can do
 * that), and only then completed. From the note on, the outcome is fixed.
 */
import type { ReaderSink } from "../../readers/reader.ts";
import type { Span } from "../../readers/span.ts";
import { deliveryErrorOf } from "../error-log/delivery-error.ts";
import type { Waiting } from "./s3/waiting.ts";
import { ending, mendedTarget, refused, standsNothing, withOtherBucket } from "./s3/plan-steps.ts";
import { type DeliveryPlan, plannedTarget } from "../plan.ts";
import { partitionWakeRule, wakeRuleOf } from "../source/readers.ts";
import { isStraight } from "../stages/pipeline.ts";
import { carryOut } from "./carry-out.ts";
import { report, type Save } from "./s3/carry-out.ts";
import type { SinkOptions } from "./sink-options.ts";

export function deliverySink(options: SinkOptions): ReaderSink<DeliveryPlan> {
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
      // What a receiver has stays what it is; only the bucket of failed records is another one.
      if (plan.settling !== undefined) {
        const isMended = plan.isRefused === true && plan.versionId !== stream.versionId;
        return isMended ? begin(withOtherBucket(plan, stream.versionId, target)) : undefined;
      }
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
        return await carryOut(options, plan, savingIt);
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
