/**
 * A flush in the words of AWS's metrics. One that failed says so, and how old its oldest record is by then: on AWS a
 * stream that delivers nothing looks like an idle one.
 * https://docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-metrics.html
 */
import { FIREHOSE_METRICS as namespace, type Measured, type MetricSet } from "../metrics.ts";
import type { FlushReport } from "./destinations/s3/sink-options.ts";
import { FLUSH_UNITS } from "./flush-meter.ts";

const dimensions = ["DeliveryStreamName"];

const DELIVERY = {
  namespace,
  dimensions,
  units: {
    "DeliveryToS3.Bytes": "Bytes",
    "DeliveryToS3.Records": "Count",
    "DeliveryToS3.Success": "Count",
    "DeliveryToS3.DataFreshness": "Seconds",
    ...FLUSH_UNITS,
  },
} as const satisfies MetricSet;

const BACKUP = {
  namespace,
  dimensions,
  units: {
    "BackupToS3.Bytes": "Bytes",
    "BackupToS3.Records": "Count",
    "BackupToS3.Success": "Count",
    "BackupToS3.DataFreshness": "Seconds",
  },
} as const satisfies MetricSet;

/** `undefined`: a replay's, whose old records would pass for a delivery that is late. */
export function flushMetrics(flush: FlushReport, nowMs: number): Measured | undefined {
  const { kind, streamName, oldestArrivedAtMs, isFailed, resumed } = flush;
  if (kind === "replay" || kind === "redrive") return undefined;
  const own = kind === "backup" ? "BackupToS3" : "DeliveryToS3";
  return {
    set: kind === "backup" ? BACKUP : DELIVERY,
    dimensions: { DeliveryStreamName: streamName },
    values: {
      // An earlier run counted what this one has only completed.
      ...(!isFailed &&
        !resumed && {
          [`${own}.Bytes`]: flush.deliveredBytes,
          [`${own}.Records`]: flush.deliveredCount,
        }),
      [`${own}.Success`]: isFailed ? 0 : 1,
      ...(oldestArrivedAtMs > 0 && {
        [`${own}.DataFreshness`]: Math.max(0, nowMs - oldestArrivedAtMs) / 1000,
      }),
      ...flush.metrics,
    },
  };
}
