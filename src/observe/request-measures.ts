/** What calls measure while they are worked on, kept for the lines that are written of them. */
import type { Measured } from "../metrics.ts";
import type { Log, LogFields } from "./log.ts";

export interface RequestMeasures<Request extends object> {
  /** For the handler of the request; what it notes last counts. */
  meterOf(request: Request): (...measured: readonly Measured[]) => void;
  /** The request's line, with what the call measured; what it measured beside that has a line each. */
  write(write: Log["info"], request: Request, fields: LogFields & { durationMs: number }): void;
}

export function requestMeasures<Request extends object>(): RequestMeasures<Request> {
  const noted = new WeakMap<Request, readonly Measured[]>();
  return {
    meterOf:
      (request) =>
      (...measured) =>
        void noted.set(request, measured),
    write(write, request, fields) {
      const [first, ...others] = noted.get(request) ?? [];
      write("request", fields, first && timed(first, fields.durationMs));
      for (const measured of others) {
        write("request_metrics", { requestId: fields["requestId"] }, measured);
      }
    },
  };
}

function timed(measured: Measured, durationMs: number): Measured {
  const { set, values } = measured;
  if (set.latency === undefined) return measured;
  return { ...measured, values: { ...values, [set.latency]: durationMs } };
}
