/**
 * Metrics as part of a line of the log: CloudWatch reads them there, so they cost no call. What is always the same of
 * such a line is made once.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
import { METRIC_SAMPLES_MAX_COUNT } from "../limits.ts";
import type { Measured, MetricSet, MetricUnit, MetricValue } from "../metrics.ts";

/** The dimensions and the values, as members of an object without its braces. */
export function measuresText({ set, dimensions, values }: Measured): string {
  let members = "";
  for (const name of set.dimensions) {
    members += `,"${name}":${JSON.stringify(dimensions[name] ?? "")}`;
  }
  for (const { name, key } of entriesOf(set)) {
    const value = values[name];
    if (isThere(value)) members += key + valueText(value);
  }
  return members.slice(1);
}

/** The member that makes metrics of them. */
export function metricsText({ set, values }: Measured, nowMs: number): string {
  let metrics = "";
  for (const { name, definition } of entriesOf(set)) {
    if (isThere(values[name])) metrics += metrics === "" ? definition : `,${definition}`;
  }
  const { namespace, dimensions } = set;
  return `"_aws":{"Timestamp":${nowMs},"CloudWatchMetrics":[{"Namespace":"${namespace}","Dimensions":[${JSON.stringify(dimensions)}],"Metrics":[${metrics}]}]}`;
}

function isThere(value: MetricValue | undefined): value is MetricValue {
  return value !== undefined && (typeof value === "number" || value.length > 0);
}

function valueText(value: MetricValue): string {
  return typeof value === "number"
    ? String(value)
    : `[${value.slice(0, METRIC_SAMPLES_MAX_COUNT).join(",")}]`;
}

interface Entry {
  readonly name: string;
  /** `,"name":` */
  readonly key: string;
  readonly definition: string;
}

const entries = new WeakMap<MetricSet, readonly Entry[]>();

function entriesOf(set: MetricSet): readonly Entry[] {
  const known = entries.get(set);
  if (known !== undefined) return known;
  const made = Object.entries<MetricUnit>(set.units).map(([name, unit]) => ({
    name,
    key: `,"${name}":`,
    definition: JSON.stringify({ Name: name, Unit: unit }),
  }));
  entries.set(set, made);
  return made;
}
