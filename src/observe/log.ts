/**
 * One line of JSON per thing that happened: `{"at":"…","level":"info","event":"request","status":200,…}`.
 * Fields are ids, names, counts and durations. Record data, secrets and sentences meant for callers never are.
 */
import type { Clock } from "../clock.ts";

/** `undefined` is left out. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Log {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

/** `write` gets one line without its end, as `console.log` and Lambda's log want it. */
export function createLog(options: { readonly clock: Clock; write(line: string): void }): Log {
  const at =
    (level: string) =>
    (event: string, fields: LogFields = {}) => {
      const own = { at: new Date(options.clock.now()).toISOString(), level, event };
      // First for the reader's eye, and last so that no field passes for them.
      options.write(JSON.stringify({ ...own, ...fields, ...own }));
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
