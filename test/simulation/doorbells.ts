/** The function behind the log table's stream, as `handlers/doorbell.ts` wires it. */
import type { LogStore } from "../../src/log/store.ts";
import { answerRings, groupRings, type Ring } from "../../src/readers/rings.ts";
import type { ReaderStore, WakeUp } from "../../src/readers/store.ts";
import { rememberWakes } from "../../src/readers/unnoted-wakes.ts";
import { answerDoorbell } from "../../src/readers/wake.ts";
import { whileHidden } from "../../src/readers/hidden-message.ts";
import { InjectedFault } from "./faults.ts";
import { createQueue } from "./queue.ts";
import type { Process } from "./scheduler.ts";
import { isTaken, type Stage } from "./stage.ts";
import { sweepSwitchOf } from "./sweeping.ts";

const DOORBELL_RETRY_MS = 500;
const RING_BACK_OFF_SECONDS = 2;
const SILENCE_MS = 5000;

export interface DoorbellWorld<Plan> extends Pick<
  Stage<never>,
  "scheduler" | "faults" | "random" | "wire" | "load" | "sweepRule" | "sweepNotes" | "spawn" | "end"
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

/** The table's stream; under load, as many as share it, each with shards of its own. */
export function createDoorbells<Plan>(world: DoorbellWorld<Plan>): (ring: Ring) => void {
  const all = Array.from({ length: world.load?.doorbellCount ?? 1 }, () => createDoorbell(world));
  const shareOf = new Map<string, number>();
  return (ring) => {
    const share = shareOf.get(ring.shard) ?? shareOf.size % all.length;
    shareOf.set(ring.shard, share);
    all[share]!(ring);
  };
}

/** Rings wait, are handed over in batches, and a batch that failed is handed over again. */
function createDoorbell<Plan>(world: DoorbellWorld<Plan>): (ring: Ring) => void {
  type Ports = ReturnType<typeof portsOf>;
  const { scheduler, faults, random, queue, load } = world;
  const { answerDoorbell: answer = answerDoorbell } = world;
  const ringQueue = createQueue<Ring>({
    ...world,
    labelOf: ({ shard }) => `ring of ${shard}`,
    losesNothing: true,
    offer: (message) => {
      const process = world.spawn("ring");
      const serve = async () => {
        const clock = scheduler.clockOf(process);
        const { content: ring } = message;
        const hide = ringQueue.hideFrom(process, message);
        try {
          await whileHidden({ clock, hide }, async () => {
            await answer(portsOf(process), ring.shard, ring.openedAtMs);
          });
          ringQueue.remove(message);
        } catch (error) {
          if (!(error instanceof InjectedFault)) world.surprise(error);
          await hide(RING_BACK_OFF_SECONDS).catch(() => {});
        }
        world.end(process);
      };
      void serve();
      return true;
    },
  });
  let waiting: Ring[] = [];
  let isBusy = false;
  let isAsked = false;
  let worker: { readonly process: Process; readonly ports: Ports } | undefined;

  function handOver(): void {
    if (isBusy || waiting.length === 0) return;
    isBusy = true;
    const count = load ? waiting.length : 1 + Math.floor(random.fraction() * waiting.length);
    const batch = waiting.splice(0, count);
    load?.invoked("doorbell");
    const done = (isServed: boolean) => {
      isBusy = false;
      if (!isServed) waiting = [...batch, ...waiting];
      if (load) return askAfter(isServed ? load.streamPollMs : DOORBELL_RETRY_MS);
      scheduler.after(undefined, isServed ? 0 : DOORBELL_RETRY_MS, "doorbells", handOver);
    };
    worker = worker && isTaken(worker.process) ? worker : startWorker();
    const { process, ports } = worker;
    process.onCrash = () => done(false);
    const ringing = {
      ringQueue: { send: (ring: Ring) => ringQueue.sendFrom(process)(ring, 0) },
      answer: async ({ shard, openedAtMs }: Ring) => void (await answer(ports, shard, openedAtMs)),
      reportFailure(_ring: Ring, error: unknown) {
        if (!(error instanceof InjectedFault)) world.surprise(error);
      },
    };
    const serveBatch = async () => {
      try {
        await answerRings(ringing, groupRings(batch));
        done(true);
      } catch (error) {
        if (!(error instanceof InjectedFault)) world.surprise(error);
        done(false);
      }
    };
    void serveBatch();
  }

  /** Under load the stream is asked now and then; whatever came meanwhile is one batch. */
  function askAfter(delayMs: number): void {
    if (isAsked) return;
    isAsked = true;
    scheduler.after(undefined, delayMs, "doorbells", () => {
      isAsked = false;
      handOver();
    });
  }

  function startWorker() {
    const process = world.spawn("doorbell");
    return { process, ports: portsOf(process) };
  }

  function portsOf(process: Process) {
    const { log, readers } = world.portsOf(process);
    const clock = scheduler.clockOf(process);
    return {
      log,
      readers: rememberWakes(readers, clock),
      sweep: sweepSwitchOf(process, world),
      clock,
      queue: { send: queue.sendFrom(process) },
    };
  }

  function arrive(ring: Ring): void {
    if (load) {
      waiting.push(ring);
      if (!isBusy) askAfter(load.streamPollMs);
      return;
    }
    const at = Math.floor(random.fraction() * (waiting.length + 1));
    waiting.splice(at, 0, ring);
    scheduler.add(undefined, "doorbells", handOver);
  }

  /** A table's stream tells of each write at least once, for as long as it keeps it. */
  function ringInTheEnd(ring: Ring): void {
    scheduler.after(undefined, SILENCE_MS, "silent ring", () => {
      if (faults.isOn()) ringInTheEnd(ring);
      else arrive(ring);
    });
  }

  return (ring) => {
    if (faults.strikes("doorbellLost")) return ringInTheEnd(ring);
    if (faults.strikes("doorbellDoubled")) arrive(ring);
    if (faults.strikes("doorbellLate")) {
      scheduler.after(undefined, random.fraction() * 60_000, "late ring", () => arrive(ring));
    } else arrive(ring);
  };
}
