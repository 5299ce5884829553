/**
 * What every world stands on, whatever is simulated in it: the scheduler, the faults and the wire, processes that come
 * and go, and the history that is written down.
 */
import type { BatchInvoker } from "../../src/consumer/ports.ts";
import type { ObjectStore } from "../../src/delivery/ports.ts";
import type { FlushReport } from "../../src/delivery/destinations/sink-options.ts";
import type { BodyStore } from "../../src/log/store.ts";
import type { Random } from "../../src/random.ts";
import type { Capacity } from "../../src/storage/memory/capacity.ts";
import type { SweepNotes } from "../../src/readers/sweep-notes.ts";
import { memorySweepNotes } from "../../src/storage/memory/sweep-notes.ts";
import { seededRandom } from "../helpers/seeded-random.ts";
import { type AbandonedPlaces, watchAbandonedPlaces } from "./abandoned-places.ts";
import { capacityOf } from "./capacity.ts";
import {
  createFaults,
  drawRates,
  type Faults,
  faultsOf,
  type Weather,
  type WorldName,
} from "./faults.ts";
import { createScheduler, type Process, type Scheduler } from "./scheduler.ts";
import { type Situations, watchSituations } from "./situations.ts";
import { createWire, type Wire } from "./wire.ts";

interface Timed {
  readonly atMs: number;
}

/** An event without its time. */
export type Untimed<Event> = Event extends Timed ? Omit<Event, "atMs"> : never;

export interface Stage<Event extends Timed> {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly faults: Faults;
  readonly wire: Wire;
  readonly history: readonly Event[];
  readonly sweepRule: { isEnabled: boolean };
  readonly sweepNotes: SweepNotes;
  readonly skewMaxMs: number;
  /** Absent: the stores give whatever is asked of them. */
  readonly capacity: Capacity | undefined;
  readonly load: LoadStage | undefined;
  readonly situations: Situations;
  /** Whether a call of a producer may fail; else it is answered, or refused for the rate. */
  readonly mayCallsFail: boolean;
  readonly abandoned: AbandonedPlaces;
  note(happening: Untimed<Event>): void;
  /** Writes down an error that no fault explains. */
  surprise(error: unknown): void;
  spawn(name: string): Process;
  crash(process: Process): void;
  /** A process that has done its work. */
  end(process: Process): void;
  /** Whether producers go on. */
  isOpen(): boolean;
  isFinished(): boolean;
  close(): void;
  finish(): void;
}

/** Whatever its events are. */
export interface AnyStage extends Omit<Stage<never>, "history" | "note"> {
  readonly history: readonly { readonly kind: string }[];
}

/** What a run begins with. */
export interface WorldOptions<Mutant> {
  readonly seed: number;
  readonly weather: Weather;
  readonly mutant: Mutant;
  readonly onTrace?: ((line: string) => void) | undefined;
  /** Whether the stores give only so much in a second. */
  readonly isLimited: boolean;
  /** Of a load scenario, which leaves nothing to chance and writes no history. */
  readonly load?: LoadStage;
}

export interface LoadStage {
  readonly scheduler: (random: Random, startMs: number) => Scheduler;
  readonly capacity: (now: () => number) => Capacity;
  /** Only what no world explains; what takes effect in the twins has no witness. */
  readonly note: (happening: { readonly kind: string }) => void;
  /** The functions of all mappings. */
  readonly invoker: BatchInvoker;
  /** How often the table's stream is asked, and by how many side by side. */
  readonly streamPollMs: number;
  readonly doorbellCount: number;
  /** Where what is put, if not into the memory of all. */
  readonly objects?: ObjectStore;
  readonly bodies?: BodyStore;
  /** Told of each invocation of a function of ours, by its name. */
  readonly invoked: (name: string) => void;
  readonly flushed: (flush: FlushReport) => void;
  /** How many processes take records, and how many workers Lambda runs at once. */
  readonly apiCount: number;
  readonly workerCount: number;
}

export interface StageOptions extends Omit<WorldOptions<unknown>, "mutant"> {
  readonly world: WorldName;
}

/** An event that both worlds know. */
export interface Surprise {
  readonly kind: "surprise";
  readonly message: string;
}

const START_MS = Date.UTC(2026, 10, 23, 10);
const SKEW_MAX_MS = 15 * 60_000;
/** How many requests of a dead process are carried out all the same. */
const ON_WIRE_SHARE = 0.5;

export function createStage<Event extends Timed>(options: StageOptions): Stage<Event> {
  const { seed, weather, world, onTrace, isLimited, load } = options;
  const random = seededRandom(seed);
  const faults = createFaults(drawRates(weather, random, faultsOf(world)), weather, random);
  const impatience = () => (faults.isOn() ? faults.rates.impatience : 0);
  const scheduler =
    load?.scheduler(random, START_MS) ??
    createScheduler({ random, startMs: START_MS, impatience, onTrace });
  const wire = createWire({ scheduler, faults, random, repeatsThrottled: load !== undefined });
  const history: Event[] = [];
  const situations = watchSituations();
  const isSkewed = faults.rates.skew > 0;
  let isOpen = true;
  let isFinished = false;

  function note(happening: object): void {
    if (load) return load.note(happening as { readonly kind: string });
    history.push({ ...happening, atMs: scheduler.now() } as unknown as Event);
  }

  return {
    scheduler,
    random,
    faults,
    wire,
    history,
    load,
    situations,
    // What the API reads first is read again by the SDK where it is busy, and here it is not: the call then fails.
    mayCallsFail: weather === "rough" || (isLimited && world === "consumers"),
    abandoned: watchAbandonedPlaces(),
    capacity:
      load?.capacity(scheduler.now) ?? (isLimited ? capacityOf(seed, scheduler.now) : undefined),
    sweepRule: { isEnabled: false },
    sweepNotes: memorySweepNotes(),
    skewMaxMs: isSkewed ? SKEW_MAX_MS : 0,
    note,
    surprise(error) {
      const surprise = surpriseOf(error);
      note(surprise);
      scheduler.note(surprise.message);
    },
    spawn(name) {
      const isWrong = faults.isOn() && isSkewed;
      const share = isWrong ? random.fraction() * 2 - 1 : 0;
      if (isWrong) faults.counts.skew += 1;
      return scheduler.spawn(name, Math.round(share * SKEW_MAX_MS));
    },
    crash(process) {
      situations.died(process);
      scheduler.crash(process, () => random.fraction() < ON_WIRE_SHARE);
    },
    end(process) {
      scheduler.crash(process, () => true);
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
}

function surpriseOf(error: unknown): Surprise {
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { kind: "surprise", message: message.split("\n").slice(0, 3).join(" ") };
}

/** Some processes of one kind: each is started when it is needed, and again when it has died. */
export function createPool<Member extends { readonly process: Process }>(
  random: Random,
  maxCount: number,
  start: () => Member,
): () => Member {
  const members: Member[] = [];
  return () => {
    const at = Math.floor(random.fraction() * maxCount);
    const standing = members[at];
    return standing && isTaken(standing.process) ? standing : (members[at] = start());
  };
}

/** Whether a process is given more work. */
export function isTaken({ isAlive, isRetired }: Process): boolean {
  return isAlive && isRetired !== true;
}

/** The seconds of a ring, where its log does not tell them. */
export function thisSecond({ scheduler }: Pick<AnyStage, "scheduler">): number {
  return Math.floor(scheduler.now() / 1000) * 1000;
}
