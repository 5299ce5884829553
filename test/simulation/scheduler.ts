/**
 * One seeded scheduler for everything that could happen next. Every step it picks one of the pending tasks, or
 * lets time pass to the next timer; between two steps all promises settle. There is no other source of order:
 * the same seed gives the same run.
 */
import { createHash } from "node:crypto";
import type { Clock } from "../../src/clock.ts";
import type { Random } from "../../src/random.ts";
import { processClock } from "./process-clock.ts";

/** Something that can die or be paused: what it has not sent by then, it never sends, or sends late. */
export interface Process {
  readonly name: string;
  /** What its clock shows beside the true time. */
  skewMs: number;
  isAlive: boolean;
  /** It ends what it is at, and is given nothing more: another version has been deployed. */
  isRetired?: true;
  /** Called once when it dies. */
  onCrash?: () => void;
  frozenUntilMs: number;
  /** What it did last. */
  lastLabel?: string;
}

interface Task {
  readonly process: Process | undefined;
  readonly label: string;
  readonly run: () => void;
  /** What is already on the wire when the process dies; it may still take effect. */
  readonly onWire?: (() => void) | undefined;
}

interface Timer extends Task {
  readonly atMs: number;
  readonly order: number;
}

export interface Scheduler {
  now(): number;
  stepCount(): number;
  /** A choice point: `run` happens some time later, or never if its process dies first. */
  add(process: Process | undefined, label: string, run: () => void, onWire?: () => void): void;
  /** Becomes a choice point when the time has come. Returns its cancellation. */
  after(process: Process | undefined, delayMs: number, label: string, run: () => void): () => void;
  spawn(name: string, skewMs: number): Process;
  /** `isOnWire` decides for each request of the dead process whether it is still carried out. */
  crash(process: Process, isOnWire: () => boolean): void;
  /** The clock as that process sees it. */
  clockOf(process: Process): Clock;
  /** Lets time pass without a task being run, as when everything stands still. */
  leap(durationMs: number): void;
  /** Runs until `isOver`; `beforeStep` may interfere. Ends early when nothing is left to happen. */
  run(options: { readonly isOver: () => boolean; readonly beforeStep?: () => void }): Promise<void>;
  processes(): readonly Process[];
  /** Those that have something under way. */
  busyProcesses(): readonly Process[];
  note(text: string): void;
  traceHash(): string;
}

export interface SchedulerOptions {
  readonly random: Random;
  readonly startMs: number;
  /** Chance per step that time passes although tasks are pending. */
  readonly impatience: () => number;
  readonly onTrace?: ((line: string) => void) | undefined;
}

export function createScheduler(options: SchedulerOptions): Scheduler {
  const { random, onTrace } = options;
  let nowMs = options.startMs;
  let steps = 0;
  let spawned = 0;
  let ordered = 0;
  let tasks: Task[] = [];
  let timers: Timer[] = [];
  let processes: Process[] = [];
  const trace = createHash("sha256");

  function note(text: string): void {
    const line = `${nowMs - options.startMs} ${text}`;
    trace.update(line);
    onTrace?.(line);
  }

  function runTask({ process, label, run }: Task): void {
    note(`${process?.name ?? "-"} ${label}`);
    if (process) process.lastLabel = label;
    run();
  }

  const isFrozen = (process: Process | undefined) =>
    process !== undefined && process.frozenUntilMs > nowMs;

  /** Moves to the next timer's time; false when there is none. */
  function passTime(): boolean {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const { atMs } of timers) nextMs = Math.min(nextMs, atMs);
    for (const { frozenUntilMs } of processes) {
      if (frozenUntilMs > nowMs) nextMs = Math.min(nextMs, frozenUntilMs);
    }
    if (nextMs === Number.POSITIVE_INFINITY) return false;
    nowMs = Math.max(nowMs, Math.ceil(nextMs));
    releaseTimers();
    return true;
  }

  function releaseTimers(): void {
    const due = timers.filter(({ atMs }) => atMs <= nowMs);
    if (due.length === 0) return;
    timers = timers.filter(({ atMs }) => atMs > nowMs);
    tasks.push(...due.toSorted((a, b) => a.atMs - b.atMs || a.order - b.order));
  }

  function after(
    process: Process | undefined,
    delayMs: number,
    label: string,
    run: () => void,
  ): () => void {
    const timer: Timer = {
      process,
      label,
      run,
      // Clocks tell whole milliseconds.
      atMs: nowMs + Math.ceil(Math.max(0, delayMs)),
      order: ordered++,
    };
    timers.push(timer);
    return () => {
      timers = timers.filter((other) => other !== timer);
      tasks = tasks.filter((other) => other !== timer);
    };
  }

  return {
    now: () => nowMs,
    stepCount: () => steps,
    processes: () => processes,
    busyProcesses: () =>
      processes.filter((process) => tasks.some((task) => task.process === process)),
    note,
    traceHash: () => trace.copy().digest("hex"),
    after,

    add(process, label, run, onWire) {
      if (process?.isAlive === false) return;
      tasks.push({ process, label, run, onWire });
    },

    spawn(name, skewMs) {
      const process = {
        name: `${name}#${++spawned}`,
        skewMs,
        isAlive: true,
        frozenUntilMs: 0,
      };
      processes.push(process);
      return process;
    },

    crash(process, isOnWire) {
      if (!process.isAlive) return;
      note(`${process.name} dies`);
      process.isAlive = false;
      processes = processes.filter((other) => other !== process);
      const orphans = tasks.filter((task) => task.process === process && task.onWire && isOnWire());
      tasks = tasks.filter((task) => task.process !== process);
      timers = timers.filter((timer) => timer.process !== process);
      for (const { label, onWire } of orphans) {
        tasks.push({ process: undefined, label: `${label}, orphaned`, run: onWire as () => void });
      }
      process.onCrash?.();
    },

    clockOf: (process) => processClock(process, { now: () => nowMs, after }),

    leap(durationMs) {
      nowMs += Math.ceil(durationMs);
      releaseTimers();
    },

    async run({ isOver, beforeStep }) {
      for (;;) {
        await settled();
        if (isOver()) return;
        beforeStep?.();
        steps += 1;
        const runnable = tasks.filter(({ process }) => !isFrozen(process));
        const isIdle = runnable.length === 0;
        if (isIdle || random.fraction() < options.impatience()) {
          if (passTime()) continue;
          if (isIdle) return;
        }
        const task = runnable[Math.floor(random.fraction() * runnable.length)] as Task;
        tasks.splice(tasks.indexOf(task), 1);
        runTask(task);
      }
    },
  };
}

/** All promises that can settle have settled: their callbacks run before the next turn of the event loop. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
