/**
 * What a flush counts for its metrics, under AWS's names; whatever takes part in it counts here. Records' contents never
 * are in it.
 */
import { METRIC_SAMPLES_MAX_COUNT } from "../limits.ts";
import type { MetricUnit, MetricValue } from "../metrics.ts";

/** Of the stages and of what is read; the delivery's own metrics follow from the flush itself. */
export const FLUSH_UNITS = {
  "DataReadFromKinesisStream.Bytes": "Bytes",
  "DataReadFromKinesisStream.Records": "Count",
  "ExecuteProcessing.Duration": "Milliseconds",
  "ExecuteProcessing.Success": "Count",
  "SucceedProcessing.Bytes": "Bytes",
  "SucceedProcessing.Records": "Count",
  "SucceedConversion.Bytes": "Bytes",
  "SucceedConversion.Records": "Count",
  "FailedConversion.Bytes": "Bytes",
  "FailedConversion.Records": "Count",
  "DeliveryToS3.ObjectCount": "Count",
  "JQProcessing.Duration": "Milliseconds",
  PartitionCount: "Count",
  PartitionCountExceeded: "Count",
} as const satisfies Readonly<Record<string, MetricUnit>>;

export type FlushMetric = keyof typeof FLUSH_UNITS;
/** Also those of a receiver's own. */
export type FlushValues = Readonly<Partial<Record<string, MetricValue>>>;

export class FlushMeter {
  readonly #sums = new Map<string, number>();
  readonly #samples = new Map<string, number[]>();

  /** For metrics that are read by their sum. */
  add(metric: FlushMetric, amount: number): void {
    this.#sums.set(metric, (this.#sums.get(metric) ?? 0) + amount);
  }

  /** For those that say the most there was. */
  raise(metric: FlushMetric, to: number): void {
    this.#sums.set(metric, Math.max(this.#sums.get(metric) ?? 0, to));
  }

  /** For those that are read by their average or extremes; the first hundred of a flush stand for all. */
  sample(metric: FlushMetric, value: number): void {
    this.measure(metric, value);
  }

  /** The same, of a metric that a receiver's row lists. */
  measure(metric: string, value: number): void {
    const samples = this.#samples.get(metric);
    if (samples === undefined) this.#samples.set(metric, [value]);
    else if (samples.length < METRIC_SAMPLES_MAX_COUNT) samples.push(value);
  }

  values(): FlushValues {
    return Object.fromEntries([...this.#sums, ...this.#samples]);
  }
}
