/** The world of delivery streams: the twins and the processes over them. */
import type { DeliveryStream } from "../../src/delivery/delivery-stream.ts";
import type { Ring } from "../../src/readers/rings.ts";
import type { WakeUp } from "../../src/readers/store.ts";
import { type Api, startApi } from "./api.ts";
import { type Attempts, createAttempts } from "./attempts.ts";
import { DELIVERY_FAULTS, type Weather } from "./faults.ts";
import type { HistoryEvent } from "./history.ts";
import type { Mutant } from "./mutants.ts";
import { portsOf, type StorePorts } from "./ports.ts";
import { createQueue, type SimulatedQueue } from "./queue.ts";
import type { Process } from "./scheduler.ts";
import { createStage, type Stage, surpriseOf } from "./stage.ts";
import { createTwins, type Twins } from "./twins.ts";
import { createDoorbells } from "./doorbells.ts";
import { offerMessage } from "./workers.ts";

export interface World extends Stage<HistoryEvent> {
  readonly mutant: Mutant;
  readonly twins: Twins;
  readonly queue: SimulatedQueue<WakeUp>;
  readonly attempts: Attempts;
  /** By name, those that stand. */
  readonly streams: Map<string, DeliveryStream>;
  /** Of the deliver function. */
  readonly timeLimitMs: number;
  /** Writes down an error that no fault explains. */
  surprise(error: unknown): void;
  portsOf(process: Process): StorePorts;
  pickApi(): Api;
}

export interface WorldOptions {
  readonly seed: number;
  readonly weather: Weather;
  readonly mutant: Mutant;
  readonly onTrace?: ((line: string) => void) | undefined;
}

const APIS_MAX_COUNT = 3;

export function createWorld({ mutant, ...options }: WorldOptions): World {
  const stage = createStage<HistoryEvent>({ ...options, faultNames: DELIVERY_FAULTS });
  const { scheduler, random, faults, wire, note } = stage;
  const apis: Api[] = [];
  let ring: (ring: Ring) => void = () => {};

  const twins = createTwins({
    random,
    mutant,
    note,
    onRing: (shard, openedAtMs = Math.floor(scheduler.now() / 1000) * 1000) =>
      ring({ shard, openedAtMs }),
  });
  const attempts = createAttempts(scheduler.stepCount, note);

  const world: World = {
    ...stage,
    mutant,
    twins,
    attempts,
    streams: new Map(),
    timeLimitMs: [45_000, 90_000, 900_000][Math.floor(random.fraction() * 3)] as number,
    queue: createQueue<WakeUp>({
      scheduler,
      wire,
      faults,
      random,
      labelOf: ({ readerId, blockIndex }) => `${readerId}@${blockIndex}`,
      offer: (message) => offerMessage(world, message),
    }),
    surprise: (error) => note(surpriseOf(error)),
    portsOf: (process) =>
      portsOf(process, { scheduler, wire, twins, faults, random, attempts, mutant }),
    crash(process) {
      attempts.crashed(process);
      stage.crash(process);
    },
    pickApi() {
      const at = Math.floor(random.fraction() * APIS_MAX_COUNT);
      const standing = apis[at];
      if (standing?.process.isAlive) return standing;
      return (apis[at] = startApi(world));
    },
  };
  ring = createDoorbells({
    ...world,
    ...(mutant.answerDoorbell && { answerDoorbell: mutant.answerDoorbell }),
  });
  return world;
}
