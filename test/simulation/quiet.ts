/** What the end of a run has in common, whatever the world: the faults stop, and then nothing happens. */
import type { Violation } from "./checker.ts";
import type { FaultName, Weather } from "./faults.ts";
import { VISIBILITY_TIMEOUT_MS } from "./queue.ts";
import type { Stage } from "./stage.ts";

export interface RunResult {
  readonly seed: number;
  readonly weather: Weather;
  readonly violations: readonly Violation[];
  readonly traceHash: string;
  readonly stepCount: number;
  /** From the end of all faults until no reader lagged. */
  readonly recoveryMs: number;
  readonly faultCounts: Readonly<Record<FaultName, number>>;
  readonly rates: Readonly<Record<FaultName, number>>;
  /** What was done, by name. */
  readonly counts: Readonly<Record<string, number>>;
}

const IDLE_MS = 3_600_000;

/** Clocks are right again, and who stood still goes on. */
export function endFaults({ scheduler, faults }: Pick<Stage<never>, "scheduler" | "faults">): void {
  faults.switchOff();
  for (const process of scheduler.processes()) {
    process.skewMs = 0;
    process.frozenUntilMs = 0;
  }
}

/** G8: once the last messages have shown and the sweep has looked, an hour passes without a single call. */
export async function checkIdle({
  scheduler,
  wire,
}: Pick<Stage<never>, "scheduler" | "wire">): Promise<readonly Violation[]> {
  const runFor = (durationMs: number) => {
    const endMs = scheduler.now() + durationMs;
    return scheduler.run({ isOver: () => scheduler.now() >= endMs });
  };
  await runFor(2 * VISIBILITY_TIMEOUT_MS);
  const before = wire.callCount();
  await runFor(IDLE_MS);
  const count = wire.callCount() - before;
  return count === 0 ? [] : [{ guarantee: "G8", message: `${count} calls in an idle hour` }];
}

export function afterSteps(
  { scheduler }: Pick<Stage<never>, "scheduler">,
  count: number,
): () => boolean {
  const last = scheduler.stepCount() + count;
  return () => scheduler.stepCount() >= last;
}
