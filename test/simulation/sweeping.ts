/**
 * The schedule that calls the sweep while its rule is on, each time in a process of its own, and what processes see of
 * its rule and its notes. A sweep that failed or died is called again twice, as Lambda does with what is called by events.
 */
import type { SweepNotes } from "../../src/readers/sweep-notes.ts";
import { type SweepRule, SweepSwitch } from "../../src/readers/sweep-switch.ts";
import { InjectedFault } from "./faults.ts";
import type { Process } from "./scheduler.ts";
import type { AnyStage } from "./stage.ts";
import { callsFrom } from "./wire.ts";

const SWEEP_PERIOD_MS = 60_000;
const RETRY_AFTER_MS = 60_000;
const RETRY_COUNT = 2;

export function startSweeping(world: AnyStage, sweep: (process: Process) => Promise<void>): void {
  world.scheduler.after(undefined, SWEEP_PERIOD_MS, "schedule", () => {
    if (world.isFinished()) return;
    startSweeping(world, sweep);
    if (world.sweepRule.isEnabled) run(world, sweep, RETRY_COUNT);
  });
}

function run(
  world: AnyStage,
  sweep: (process: Process) => Promise<void>,
  retriesLeft: number,
): void {
  if (world.isFinished()) return;
  const process = world.spawn("sweep");
  let isOver = false;
  const failed = () => {
    if (isOver || retriesLeft === 0) return;
    isOver = true;
    const again = () => run(world, sweep, retriesLeft - 1);
    world.scheduler.after(undefined, RETRY_AFTER_MS, "sweep again", again);
  };
  process.onCrash = failed;
  const serve = async () => {
    try {
      await sweep(process);
      isOver = true;
    } catch (error) {
      if (!(error instanceof InjectedFault)) world.surprise(error);
      failed();
    }
    world.end(process);
  };
  void serve();
}

type SweepStage = Pick<AnyStage, "scheduler" | "random" | "wire" | "sweepRule" | "sweepNotes">;

export function sweepPortsOf(
  process: Process,
  { wire, sweepRule, sweepNotes }: SweepStage,
): { readonly rule: SweepRule; readonly notes: SweepNotes } {
  const call = callsFrom(process, wire);
  const setRule = (isEnabled: boolean) => () =>
    call("rule", `sweep rule ${isEnabled ? "on" : "off"}`, async () => {
      sweepRule.isEnabled = isEnabled;
    });
  return {
    rule: { enable: setRule(true), disable: setRule(false) },
    notes: {
      put: (note) => call("checkpoint", "note for the sweep", () => sweepNotes.put(note)),
      list: () => call("read", "notes", () => sweepNotes.list()),
      drop: (note) => call("checkpoint", "drop note", () => sweepNotes.drop(note)),
    },
  };
}

/** As a process keeps it for as long as it lives. */
export function sweepSwitchOf(process: Process, world: SweepStage): SweepSwitch {
  const { scheduler, random } = world;
  return new SweepSwitch({
    ...sweepPortsOf(process, world),
    clock: scheduler.clockOf(process),
    random,
  });
}
