/**
 * The only door to time. Everything below `handlers/` takes a `Clock`, so that tests and the simulation can
 * walk time forward and nothing waits on a real timer by accident.
 */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Resolves after `durationMs`, or as soon as `signal` aborts; it never rejects. */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}

/** How far the clocks of two processes that work together may be apart. */
const CLOCK_SKEW_MAX_MS = 5000;

/**
 * Whether a moment that was written down is still to come. One that is further away than it was from whoever wrote it,
 * `maxMs`, was written before the clock was set back: it counts as over, or everybody would wait for as long as that was.
 */
export function isAhead(atMs: number, nowMs: number, maxMs: number): boolean {
  return atMs > nowMs && !isOfEarlierClock(atMs, nowMs, maxMs);
}

export function isOfEarlierClock(atMs: number, nowMs: number, maxMs: number): boolean {
  return atMs > latestMs(nowMs, maxMs);
}

/** The latest moment that can have been written down for `maxMs` from now. */
export function latestMs(nowMs: number, maxMs: number): number {
  return nowMs + maxMs + CLOCK_SKEW_MAX_MS;
}

/** Whether what was learnt at `atMs` may still be relied on; not from a clock that has been set back since. */
export function isFresh(atMs: number, nowMs: number, maxAgeMs: number): boolean {
  return nowMs >= atMs && nowMs - atMs < maxAgeMs;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep(durationMs, signal) {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, durationMs);
      signal?.addEventListener("abort", done);
    });
  },
};
