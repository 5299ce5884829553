/**
 * Metrics as lines of the log: CloudWatch reads them there, so they cost no call. A line is at the same time what the log
 * says of the event, in the same shape as its other lines. Names are AWS's own, in a namespace of ours.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
import type { Clock } from "../clock.ts";
import type { LogFields } from "./log.ts";

export const METRICS_NAMESPACE = "Hydrant";

export interface MetricEvent {
  /** As of a log line, such as `consume`. */
  readonly event: string;
  /** The metrics' own, all of them together. */
  readonly dimensions: Readonly<Record<string, string>>;
  /** `undefined` is left out. */
  readonly counts: Readonly<Record<string, number | undefined>>;
  readonly milliseconds: Readonly<Record<string, number | undefined>>;
  /** What the line says beside. */
  readonly fields?: LogFields;
}

/** `write` gets one line without its end. */
export function createMetrics(options: {
  readonly clock: Clock;
  write(line: string): void;
}): (event: MetricEvent) => void {
  return ({ event, dimensions, counts, milliseconds, fields }) => {
    const nowMs = options.clock.now();
    const definitions = [...named(counts, "Count"), ...named(milliseconds, "Milliseconds")];
    const line = {
      at: new Date(nowMs).toISOString(),
      level: "info",
      event,
      ...fields,
      ...dimensions,
      ...counts,
      ...milliseconds,
      _aws: {
        Timestamp: nowMs,
        CloudWatchMetrics: [
          {
            Namespace: METRICS_NAMESPACE,
            Dimensions: [Object.keys(dimensions)],
            Metrics: definitions,
          },
        ],
      },
    };
    options.write(JSON.stringify(line));
  };
}

function named(values: Readonly<Record<string, number | undefined>>, unit: string) {
  const names = Object.keys(values).filter((name) => values[name] !== undefined);
  return names.map((name) => ({ Name: name, Unit: unit }));
}
