/**
 * A clock for one test: when nothing else is left to run, it jumps to the next sleeper's time. Code that waits
 * for minutes is over at once and sees the very times it asked for.
 */
import type { Clock } from "../../src/clock.ts";

interface Sleeper {
  readonly wakeAtMs: number;
  readonly wake: () => void;
}

export interface SteppingClock extends Clock {
  /** How many are asleep; work that is over should leave nobody. */
  sleeperCount(): number;
}

export function steppingClock(startMs: number): SteppingClock {
  let nowMs = startMs;
  let isStepping = false;
  const sleepers = new Set<Sleeper>();

  function step(): void {
    isStepping = false;
    const next = [...sleepers].toSorted((a, b) => a.wakeAtMs - b.wakeAtMs)[0];
    if (next === undefined) return;
    nowMs = Math.max(nowMs, next.wakeAtMs);
    next.wake();
    stepWhenIdle();
  }

  function stepWhenIdle(): void {
    if (isStepping) return;
    isStepping = true;
    setImmediate(step);
  }

  return {
    now: () => nowMs,
    sleeperCount: () => sleepers.size,
    sleep(durationMs, signal) {
      return new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const sleeper: Sleeper = {
          wakeAtMs: nowMs + durationMs,
          wake() {
            sleepers.delete(sleeper);
            resolve();
          },
        };
        sleepers.add(sleeper);
        signal?.addEventListener("abort", sleeper.wake);
        stepWhenIdle();
      });
    },
  };
}
