/** What every attempt at a flush is run with, and what its settlement comes to. */
import { derivedUuid } from "../../../derived-uuid.ts";
import { type DeliveryError, withoutRecordData } from "../../error-log/delivery-error.ts";
import type { FlushMeter } from "../../flush-meter.ts";
import type { DeliveryPlan, PlannedTarget } from "../../plan.ts";
import type { SinkOptions } from "../sink-options.ts";
import { type Attempts, nextAttempt } from "./attempts.ts";
import type { FlushIdentity, Settlement, SettleRun } from "./port.ts";
import type { Settling } from "./settling.ts";

export function flushIdentity(
  { stream, source, readerId, deliveryStreamArn, sourceKinesisStreamArn }: SinkOptions,
  { span }: DeliveryPlan,
): FlushIdentity {
  const { from, to } = span;
  const place = [stream.name, stream.generation, readerId, source.index];
  return {
    stream,
    deliveryStreamArn,
    sourceKinesisStreamArn,
    shardIndex: source.index,
    readerId,
    span,
    idOf: (...parts) => derivedUuid(...place, from.blockIndex, to.blockIndex, ...parts),
  };
}

export function settleRun(
  options: SinkOptions,
  plan: DeliveryPlan,
  attempts: Attempts | undefined,
  meter: FlushMeter,
): SettleRun {
  const { clock, random, deadlineMs } = options;
  return {
    flush: flushIdentity(options, plan),
    clock,
    random,
    deadlineMs,
    attempts: attempts?.count ?? 0,
    measure: (metric, value) => meter.measure(metric, value),
  };
}

export type NextStep =
  | { readonly kind: "settled" }
  | { readonly kind: "given up"; readonly error: Extract<Settlement, { kind: "failed" }>["error"] }
  | { readonly kind: "again"; readonly attempts: Attempts }
  | { readonly kind: "later"; readonly atMs: number }
  | { readonly kind: "fenced" };

/** What is to be done now that a receiver has answered. */
export function nextStep(
  { clock, random }: Pick<SinkOptions, "clock" | "random">,
  settlement: Settlement,
  before: Settling["attempts"],
  { receiver }: Pick<PlannedTarget, "receiver">,
  everyMs: number | undefined,
): NextStep {
  if (settlement.kind === "failed") return { kind: "given up", error: settlement.error };
  if (settlement.kind !== "retry") return settlement;
  const { error, afterMs } = settlement;
  const betweenMs = settlement.everyMs ?? everyMs;
  const retryMs = (receiver?.retrySeconds ?? 0) * 1000;
  const next = { nowMs: clock.now(), random, afterMs };
  // Who sees how a stream fares need not be one who may read its records.
  const attempts = nextAttempt(before, told(error), { retryMs, everyMs: betweenMs }, next);
  return attempts === undefined ? { kind: "given up", error } : { kind: "again", attempts };
}

/** For the owner's error log, and for who asks how the stream fares. */
export function told({ errorCode, errorMessage }: DeliveryError): DeliveryError {
  return withoutRecordData({ errorCode, errorMessage });
}
