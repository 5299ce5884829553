/** A heartbeat beside a piece of work. */
import type { Clock } from "../clock.ts";

export interface HeartbeatOptions {
  readonly clock: Clock;
  readonly everyMs: number;
  readonly beat: () => Promise<unknown>;
  /** The first beat comes with the work's beginning, not a while after it. */
  readonly beginsAtOnce?: true;
}

/**
 * Beats for as long as the work goes on, and is done with it when it returns. A beat that fails is no reason to stop:
 * what it was to prevent shows itself elsewhere.
 */
export async function whileBeating<Result>(
  { clock, everyMs, beat, beginsAtOnce }: HeartbeatOptions,
  work: () => Promise<Result>,
): Promise<Result> {
  const finished = new AbortController();
  const { signal } = finished;
  const tried = () => beat().catch(() => {});
  const beating = (async () => {
    if (beginsAtOnce) await tried();
    while (!signal.aborted) {
      await clock.sleep(everyMs, signal);
      if (!signal.aborted) await tried();
    }
  })();
  try {
    return await work();
  } finally {
    finished.abort();
    await beating;
  }
}
