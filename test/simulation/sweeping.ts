/** The schedule that calls the sweep while its rule is on, each time in a process of its own. */
import { InjectedFault } from "./faults.ts";
import type { Process } from "./scheduler.ts";
import type { AnyStage } from "./stage.ts";

const SWEEP_PERIOD_MS = 60_000;

export function startSweeping(world: AnyStage, sweep: (process: Process) => Promise<void>): void {
  world.scheduler.after(undefined, SWEEP_PERIOD_MS, "schedule", () => {
    if (world.isFinished()) return;
    startSweeping(world, sweep);
    if (!world.sweepRule.isEnabled) return;
    const process = world.spawn("sweep");
    sweep(process).then(
      () => world.end(process),
      (error: unknown) => {
        if (!(error instanceof InjectedFault)) world.surprise(error);
        world.end(process);
      },
    );
  });
}
