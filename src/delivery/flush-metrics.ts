/**
 * A flush in the words of AWS's metrics. One that failed says so, and how old its oldest record is by then: on AWS a
 * stream that delivers nothing looks like an idle one.
 * https://docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-metrics.html
 */
import { FIREHOSE_METRICS as namespace, type Measured, type MetricSet } from "../metrics.ts";
import { RECEIVER_METRICS } from "./destinations/receivers/metrics.ts";
import type { FlushReport } from "./destinations/sink-options.ts";
import { FLUSH_UNITS } from "./flush-meter.ts";

const dimensions = ["DeliveryStreamName"];

/** What is measured of each delivery, whatever it goes to. */
function unitsOf(own: string): MetricSet["units"] {
  return {
    [`${own}.Bytes`]: "Bytes",
    [`${own}.Records`]: "Count",
    [`${own}.Success`]: "Count",
    [`${own}.DataFreshness`]: "Seconds",
  };
}

const DELIVERY: MetricSet = {
  namespace,
  dimensions,
  units: { ...unitsOf("DeliveryToS3"), ...FLUSH_UNITS },
};

const BACKUP: MetricSet = { namespace, dimensions, units: unitsOf("BackupToS3") };

/** What its metrics begin with, and their set. */
function metricsOf({ kind, receiver }: FlushReport): readonly [string, MetricSet] {
  if (kind === "backup") return ["BackupToS3", BACKUP];
  if (receiver === undefined) return ["DeliveryToS3", DELIVERY];
  const { prefix, units = {} } = RECEIVER_METRICS[receiver];
  const all = { ...unitsOf(prefix), ...FLUSH_UNITS, ...units };
  return [prefix, { namespace, dimensions, units: all }];
}

/** `undefined`: a replay's, whose old records would pass for a delivery that is late. */
export function flushMetrics(flush: FlushReport, nowMs: number): Measured | undefined {
  const { kind, streamName, oldestArrivedAtMs, isFailed, resumed } = flush;
  if (kind === "replay" || kind === "redrive") return undefined;
  const [own, set] = metricsOf(flush);
  return {
    set,
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
