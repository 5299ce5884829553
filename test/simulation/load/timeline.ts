/**
 * The scheduler of load scenarios: nothing is by choice. What is sent arrives after a latency, timers are kept in a
 * heap, and time passes from one to the next; so that millions of events take seconds. It takes the place of the
 * scheduler that tries orders, and all that runs over that one runs over this one, too.
 */
import type { Random } from "../../../src/random.ts";
import { processClock } from "../process-clock.ts";
import type { Process, Scheduler } from "../scheduler.ts";

interface Due {
  readonly atMs: number;
  readonly order: number;
  readonly process: Process | undefined;
  readonly run: () => void;
  isCancelled: boolean;
}

export interface TimelineOptions {
  readonly random: Random;
  readonly startMs: number;
  /** Of a way to a store or back. */
  readonly latencyMs: { readonly min: number; readonly max: number };
}

export function createTimeline({ random, startMs, latencyMs }: TimelineOptions): Scheduler {
  const heap = createHeap();
  let processes: Process[] = [];
  let nowMs = startMs;
  let steps = 0;
  let ordered = 0;
  let spawned = 0;

  function at(atMs: number, process: Process | undefined, run: () => void): Due {
    const due = { atMs, order: ordered++, process, run, isCancelled: false };
    heap.push(due);
    return due;
  }

  function after(
    process: Process | undefined,
    delayMs: number,
    _label: string,
    run: () => void,
  ): () => void {
    const due = at(nowMs + Math.max(0, delayMs), process, run);
    return () => {
      due.isCancelled = true;
    };
  }

  return {
    now: () => nowMs,
    stepCount: () => steps,
    processes: () => processes,
    busyProcesses: () => [],
    note: () => {},
    traceHash: () => "",
    after,
    add(process, _label, run) {
      // Only what a process sends is on its way for a while.
      const { min, max } = latencyMs;
      const delayMs = process === undefined ? 0 : min + random.fraction() * (max - min);
      at(nowMs + delayMs, process, run);
    },
    spawn(name, skewMs) {
      const process = { name: `${name}#${++spawned}`, skewMs, isAlive: true, frozenUntilMs: 0 };
      processes.push(process);
      return process;
    },
    crash(process) {
      process.isAlive = false;
      processes = processes.filter((other) => other !== process);
      process.onCrash?.();
    },
    clockOf: (process) => processClock(process, { now: () => nowMs, after }),
    leap(durationMs) {
      nowMs += durationMs;
    },
    async run({ isOver }) {
      for (;;) {
        await new Promise((resolve) => setImmediate(resolve));
        if (isOver()) return;
        const due = heap.pop();
        if (due === undefined) return;
        if (due.isCancelled || due.process?.isAlive === false) continue;
        nowMs = Math.max(nowMs, due.atMs);
        steps += 1;
        due.run();
      }
    },
  };
}

/** Of what is due, the earliest first, and of the same time in order. */
function createHeap() {
  const items: Due[] = [];
  const isBefore = (a: Due, b: Due) => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);

  return {
    push(due: Due): void {
      let at = items.push(due) - 1;
      while (at > 0) {
        const above = (at - 1) >> 1;
        if (!isBefore(due, items[above]!)) break;
        items[at] = items[above]!;
        at = above;
      }
      items[at] = due;
    },
    pop(): Due | undefined {
      const first = items[0];
      const last = items.pop();
      if (first === undefined || last === undefined || items.length === 0) return first;
      let at = 0;
      for (;;) {
        let below = 2 * at + 1;
        if (below >= items.length) break;
        if (below + 1 < items.length && isBefore(items[below + 1]!, items[below]!)) below += 1;
        if (!isBefore(items[below]!, last)) break;
        items[at] = items[below]!;
        at = below;
      }
      items[at] = last;
      return first;
    },
  };
}
