/**
 * Keys of streams that cannot be used, in the words of AWS's metrics: one for each put that was refused for it and each
 * flush that it holds up.
 * https://docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-metrics.html
 */
import { KeyUnusable } from "../log/block-seals.ts";
import type { KeyRefusal, KeyRefusalReason } from "../log/keys.ts";
import { FIREHOSE_METRICS, type Measured, type MetricSet } from "../metrics.ts";

const KEYS = {
  namespace: FIREHOSE_METRICS,
  dimensions: ["DeliveryStreamName"],
  units: {
    KMSKeyAccessDenied: "Count",
    KMSKeyDisabled: "Count",
    KMSKeyInvalidState: "Count",
    KMSKeyNotFound: "Count",
  },
} as const satisfies MetricSet;

/** AWS has none for the others. */
const METRIC_OF: Readonly<Partial<Record<KeyRefusalReason, keyof typeof KEYS.units>>> = {
  AccessDeniedException: "KMSKeyAccessDenied",
  DisabledException: "KMSKeyDisabled",
  KMSInvalidStateException: "KMSKeyInvalidState",
  NotFoundException: "KMSKeyNotFound",
};

export function keyMetrics(
  streamName: string,
  { reason }: Pick<KeyRefusal, "reason">,
): Measured | undefined {
  const name = METRIC_OF[reason];
  if (name === undefined) return undefined;
  return { set: KEYS, dimensions: { DeliveryStreamName: streamName }, values: { [name]: 1 } };
}

/** Of a run that failed; `undefined`: not for its stream's key. */
export function failureMetrics(
  streamName: string | undefined,
  failure: unknown,
): Measured | undefined {
  if (streamName === undefined || !(failure instanceof KeyUnusable)) return undefined;
  return failure.refusal && keyMetrics(streamName, failure.refusal);
}
