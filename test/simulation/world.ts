/** One run's world: the twins, the wire, the processes, and what is written down about them. */
import type { DeliveryStream } from "../../src/delivery/delivery-stream.ts";
import type { Random } from "../../src/random.ts";
import type { Ring } from "../../src/readers/rings.ts";
import { seededRandom } from "../helpers/seeded-random.ts";
import { type Api, startApi } from "./api.ts";
import { type Attempts, createAttempts } from "./attempts.ts";
import { createFaults, drawRates, type Faults, type Weather } from "./faults.ts";
import type { HistoryEvent } from "./history.ts";
import type { Mutant } from "./mutants.ts";
import { portsOf, type StorePorts } from "./ports.ts";
import { createQueue, type SimulatedQueue } from "./queue.ts";
import { createScheduler, type Process, type Scheduler } from "./scheduler.ts";
import { createTwins, type Happening, type Twins } from "./twins.ts";
import { createWire, type Wire } from "./wire.ts";
import { createDoorbells, offerMessage } from "./workers.ts";

export interface World {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly faults: Faults;
  readonly mutant: Mutant;
  readonly wire: Wire;
  readonly twins: Twins;
  readonly queue: SimulatedQueue;
  readonly attempts: Attempts;
  readonly history: readonly HistoryEvent[];
  /** By name, those that stand. */
  readonly streams: Map<string, DeliveryStream>;
  readonly sweepRule: { isEnabled: boolean };
  /** Of the deliver function. */
  readonly timeLimitMs: number;
  readonly skewMaxMs: number;
  note(happening: Happening): void;
  /** Writes down an error that no fault explains. */
  surprise(error: unknown): void;
  portsOf(process: Process): StorePorts;
  spawn(name: string): Process;
  crash(process: Process): void;
  /** A process that has done its work. */
  end(process: Process): void;
  pickApi(): Api;
  /** Whether producers go on. */
  isOpen(): boolean;
  isFinished(): boolean;
  close(): void;
  finish(): void;
}

export interface WorldOptions {
  readonly seed: number;
  readonly weather: Weather;
  readonly mutant: Mutant;
  readonly onTrace?: ((line: string) => void) | undefined;
}

const START_MS = Date.UTC(2026, 10, 23, 10);
const SKEW_MAX_MS = 15 * 60_000;
const APIS_MAX_COUNT = 3;
/** How many requests of a dead process are carried out all the same. */
const ON_WIRE_SHARE = 0.5;

export function createWorld({ seed, weather, mutant, onTrace }: WorldOptions): World {
  const random = seededRandom(seed);
  const faults = createFaults(drawRates(weather, random), weather, random);
  const impatience = () => (faults.isOn() ? faults.rates.impatience : 0);
  const scheduler = createScheduler({ random, startMs: START_MS, impatience, onTrace });
  const history: HistoryEvent[] = [];
  const apis: Api[] = [];
  let isOpen = true;
  let isFinished = false;
  let ring: (ring: Ring) => void = () => {};

  const note = (happening: Happening) => void history.push({ ...happening, atMs: scheduler.now() });
  const twins = createTwins({
    random,
    mutant,
    note,
    onRing: (shard, openedAtMs = Math.floor(scheduler.now() / 1000) * 1000) =>
      ring({ shard, openedAtMs }),
  });
  const wire = createWire(scheduler, faults, random);
  const attempts = createAttempts(scheduler.stepCount, note);
  const isSkewed = faults.rates.skew > 0;

  const world: World = {
    scheduler,
    random,
    faults,
    mutant,
    wire,
    twins,
    attempts,
    history,
    note,
    streams: new Map(),
    sweepRule: { isEnabled: false },
    timeLimitMs: [45_000, 90_000, 900_000][Math.floor(random.fraction() * 3)] as number,
    skewMaxMs: isSkewed ? SKEW_MAX_MS : 0,
    queue: createQueue({
      scheduler,
      wire,
      faults,
      random,
      offer: (message) => offerMessage(world, message),
    }),
    surprise(error) {
      const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
      note({ kind: "surprise", message: message.split("\n").slice(0, 3).join(" ") });
    },
    portsOf: (process) =>
      portsOf(process, { scheduler, wire, twins, faults, random, attempts, mutant }),
    spawn(name) {
      const share = faults.isOn() && isSkewed ? random.fraction() * 2 - 1 : 0;
      return scheduler.spawn(name, Math.round(share * SKEW_MAX_MS));
    },
    crash(process) {
      attempts.crashed(process);
      scheduler.crash(process, () => random.fraction() < ON_WIRE_SHARE);
    },
    end(process) {
      scheduler.crash(process, () => true);
    },
    pickApi() {
      const at = Math.floor(random.fraction() * APIS_MAX_COUNT);
      const standing = apis[at];
      if (standing?.process.isAlive) return standing;
      return (apis[at] = startApi(world));
    },
    isOpen: () => isOpen,
    isFinished: () => isFinished,
    close() {
      isOpen = false;
    },
    finish() {
      isFinished = true;
    },
  };
  ring = createDoorbells(world);
  return world;
}
