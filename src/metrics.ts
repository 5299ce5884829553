/**
 * What is measured: tables of AWS's metric names with their units, and values for them. They are data; `observe` prints
 * them into the line that the log holds of the event anyway.
 */
export type MetricUnit = "Bytes" | "Count" | "Milliseconds" | "Seconds";

export interface MetricSet<Name extends string = string> {
  /** One of ours: `AWS/` is reserved. */
  readonly namespace: string;
  /** Of all of them together; none: the account's. */
  readonly dimensions: readonly string[];
  readonly units: Readonly<Record<Name, MetricUnit>>;
  /** The one that says how long the call took; whoever answers the call knows it. */
  readonly latency?: NoInfer<Name>;
}

/** One sample, or several, of which CloudWatch takes a hundred. */
export type MetricValue = number | readonly number[];

export interface Measured<Name extends string = string> {
  readonly set: MetricSet<Name>;
  /** By the names in the set. */
  readonly dimensions: Readonly<Record<string, string>>;
  /** `undefined` is left out, and so is a list without samples. */
  readonly values: Readonly<Partial<Record<Name, MetricValue | undefined>>>;
}

export const FIREHOSE_METRICS = "Hydrant/Firehose";
export const KINESIS_METRICS = "Hydrant/Kinesis";
export const BRIDGE_METRICS = "Hydrant/Bridge";
