/** The clock of a process in virtual time: it may be wrong, and what sleeps by it dies with the process. */
import type { Clock } from "../../src/clock.ts";
import type { Process, Scheduler } from "./scheduler.ts";

export function processClock(
  process: Process,
  { now, after }: Pick<Scheduler, "now" | "after">,
): Clock {
  return {
    now: () => now() + process.skewMs,
    sleep: (durationMs, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const done = () => {
          cancel();
          signal?.removeEventListener("abort", done);
          resolve();
        };
        const cancel = after(process, durationMs, "wakes", done);
        signal?.addEventListener("abort", done);
      }),
  };
}
