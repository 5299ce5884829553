/**
 * One line of JSON per thing that happened: `{"at":"…","level":"info","event":"request","status":200,…}`.
 * Fields are ids, names, counts and durations. Record data, secrets and sentences meant for callers never are.
 */
import type { Clock } from "../clock.ts";
import type { Measured } from "../metrics.ts";
import { measuresText, metricsText } from "./metrics.ts";

/** `undefined` is left out. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** `measured`: what of the event is a metric; the line holds that, too. */
export type WriteEvent = (event: string, fields?: LogFields, measured?: Measured) => void;

export interface Log {
  readonly info: WriteEvent;
  readonly warn: WriteEvent;
  readonly error: WriteEvent;
}

export interface LogOptions {
  readonly clock: Clock;
  /** Whether CloudWatch makes metrics of what lines hold of measures; absent: it does. */
  readonly hasMetrics?: boolean;
  /** Gets one line without its end, as `console.log` and Lambda's log want it. */
  readonly write: (line: string) => void;
}

export function createLog({ clock, hasMetrics = true, write }: LogOptions): Log {
  const at =
    (level: string): WriteEvent =>
    (event, fields = {}, measured) => {
      const nowMs = clock.now();
      const own = { at: new Date(nowMs).toISOString(), level, event };
      // First for the reader's eye, and last so that no field passes for them.
      const line = JSON.stringify({ ...own, ...fields, ...own });
      if (measured === undefined) return write(line);
      const metrics = hasMetrics ? `,${metricsText(measured, nowMs)}` : "";
      write(`${line.slice(0, -1)},${measuresText(measured)}${metrics}}`);
    };
  return { info: at("info"), warn: at("warn"), error: at("error") };
}

/** An unexpected error with its causes, as fields. Only for what was not meant for a caller. */
export function failureFields(failure: unknown): LogFields {
  if (!(failure instanceof Error)) return { failure: `thrown: ${typeof failure}` };
  const causes: string[] = [];
  for (
    let cause: unknown = failure.cause;
    cause !== undefined && causes.length < 5;
    cause = cause instanceof Error ? cause.cause : undefined
  ) {
    causes.push(cause instanceof Error ? `${cause.name}: ${cause.message}` : typeof cause);
  }
  return {
    failure: failure.stack ?? String(failure),
    causes: causes.length > 0 ? causes.join("; ") : undefined,
  };
}
