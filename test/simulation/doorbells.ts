/** The function behind the log table's stream, as `handlers/doorbell.ts` wires it. */
import type { LogStore } from "../../src/log/store.ts";
import { groupRings, type Ring } from "../../src/readers/rings.ts";
import type { ReaderStore, WakeUp } from "../../src/readers/store.ts";
import { SweepSwitch } from "../../src/readers/sweep-switch.ts";
import { answerDoorbell } from "../../src/readers/wake.ts";
import { InjectedFault } from "./faults.ts";
import type { Process } from "./scheduler.ts";
import type { Stage } from "./stage.ts";

const DOORBELL_RETRY_MS = 500;

export interface DoorbellWorld<Plan> extends Pick<
  Stage<never>,
  "scheduler" | "faults" | "random" | "wire" | "sweepRule" | "spawn"
> {
  readonly queue: {
    sendFrom(process: Process): (wakeUp: WakeUp, delaySeconds: number) => Promise<void>;
  };
  portsOf(process: Process): { readonly log: LogStore; readonly readers: ReaderStore<Plan> };
  surprise(error: unknown): void;
  readonly answerDoorbell?: (
    ...doorbell: Parameters<typeof answerDoorbell<Plan>>
  ) => Promise<unknown>;
}

/** The table's stream: rings wait, are handed over in batches, and a batch that failed is handed over again. */
export function createDoorbells<Plan>(world: DoorbellWorld<Plan>): (ring: Ring) => void {
  const { scheduler, faults, random, queue, answerDoorbell: answer = answerDoorbell } = world;
  let waiting: Ring[] = [];
  let isBusy = false;
  let worker: { readonly process: Process; readonly sweep: SweepSwitch } | undefined;

  function handOver(): void {
    if (isBusy || waiting.length === 0) return;
    isBusy = true;
    const batch = waiting.splice(0, 1 + Math.floor(random.fraction() * waiting.length));
    const done = (isServed: boolean) => {
      isBusy = false;
      if (!isServed) waiting = [...batch, ...waiting];
      const delayMs = isServed ? 0 : DOORBELL_RETRY_MS;
      scheduler.after(undefined, delayMs, "doorbells", handOver);
    };
    worker = worker?.process.isAlive ? worker : startWorker();
    const { process, sweep: sweepSwitch } = worker;
    process.onCrash = () => done(false);
    const clock = scheduler.clockOf(process);
    const ports = { ...world.portsOf(process), clock, queue: { send: queue.sendFrom(process) } };
    const rings = groupRings(batch);
    const serveBatch = async () => {
      try {
        await sweepSwitch.keepOn();
        await Promise.all(rings.map((ring) => answer(ports, ring.shard, ring.openedAtMs)));
        done(true);
      } catch (error) {
        if (!(error instanceof InjectedFault)) world.surprise(error);
        done(false);
      }
    };
    void serveBatch();
  }

  function startWorker() {
    const process = world.spawn("doorbell");
    const setRule = (isEnabled: boolean) => () =>
      world.wire.call(process, "queue", "sweep rule", async () => {
        world.sweepRule.isEnabled = isEnabled;
      });
    const rule = { enable: setRule(true), disable: setRule(false) };
    return { process, sweep: new SweepSwitch(rule, scheduler.clockOf(process)) };
  }

  function arrive(ring: Ring): void {
    const at = Math.floor(random.fraction() * (waiting.length + 1));
    waiting.splice(at, 0, ring);
    scheduler.add(undefined, "doorbells", handOver);
  }

  return (ring) => {
    if (faults.strikes("doorbellLost")) return;
    if (faults.strikes("doorbellDoubled")) arrive(ring);
    if (faults.strikes("doorbellLate")) {
      scheduler.after(undefined, random.fraction() * 60_000, "late ring", () => arrive(ring));
    } else arrive(ring);
  };
}
