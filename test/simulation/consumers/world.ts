/** The world of a data stream and its mappings: the twins and the processes over them. */
import type { Progress } from "../../../src/consumer/progress.ts";
import type { MappingContext } from "../../../src/operations/context.ts";
import type { Ring } from "../../../src/readers/rings.ts";
import type { WakeUp } from "../../../src/readers/store.ts";
import { type Attempts, createAttempts } from "../attempts.ts";
import { createDoorbells } from "../doorbells.ts";
import { CONSUMER_FAULTS, type Weather } from "../faults.ts";
import { createQueue, type SimulatedQueue } from "../queue.ts";
import type { Process } from "../scheduler.ts";
import { createStage, type Stage, surpriseOf, type Untimed } from "../stage.ts";
import type { FunctionShape } from "./function.ts";
import type { ConsumerEvent } from "./history.ts";
import { mappingOfReader } from "../../../src/consumer/mapping.ts";
import type { ConsumerMutant } from "./mutants.ts";
import { contextOf, storesOf } from "./ports.ts";
import { type ConsumerTwins, createConsumerTwins, shardIndexOf } from "./twins.ts";
import { createContainers } from "./workers.ts";

/** The consume queue's messages: a reader has work, or a mapping has changed. */
export type Content = WakeUp | { readonly mapping: string };

export interface ConsumerApi {
  readonly process: Process;
  readonly context: MappingContext;
}

export interface ConsumerWorld extends Stage<ConsumerEvent> {
  readonly mutant: ConsumerMutant;
  readonly twins: ConsumerTwins;
  readonly queue: SimulatedQueue<Content>;
  readonly attempts: Attempts;
  /** Of the consume function. */
  readonly timeLimitMs: number;
  /** By the uuid of the mapping. */
  readonly functions: Map<string, FunctionShape>;
  /** How often a function has met a record that is poison. */
  readonly tastes: Map<string, number>;
  nextCall(): number;
  /** Writes down an error that no fault explains. */
  surprise(error: unknown): void;
  pickApi(): ConsumerApi;
}

export interface ConsumerWorldOptions {
  readonly seed: number;
  readonly weather: Weather;
  readonly mutant: ConsumerMutant;
  readonly onTrace?: ((line: string) => void) | undefined;
}

const APIS_MAX_COUNT = 2;

export function createConsumerWorld({ mutant, ...options }: ConsumerWorldOptions): ConsumerWorld {
  const stage = createStage<ConsumerEvent>({ ...options, faultNames: CONSUMER_FAULTS });
  const { scheduler, random, faults, wire } = stage;
  const apis: ConsumerApi[] = [];
  let ring: (ring: Ring) => void = () => {};
  let callCount = 0;
  const containers = createContainers(() => world);
  const attempts = createAttempts(scheduler.stepCount, () => {});
  const waiting = new Map<string, number>();

  function note(happening: Untimed<ConsumerEvent>): void {
    stage.note(happening);
    scheduler.note(JSON.stringify(happening));
  }

  const world: ConsumerWorld = {
    ...stage,
    note,
    mutant,
    attempts,
    functions: new Map(),
    tastes: new Map(),
    nextCall: () => ++callCount,
    timeLimitMs: [90_000, 300_000, 900_000][Math.floor(random.fraction() * 3)] as number,
    twins: createConsumerTwins({
      random,
      mutant,
      note,
      onRing: (shard, openedAtMs = Math.floor(scheduler.now() / 1000) * 1000) =>
        ring({ shard, openedAtMs }),
    }),
    queue: createQueue<Content>({
      scheduler,
      wire,
      faults,
      random,
      labelOf: (content) =>
        "mapping" in content ? content.mapping : `${content.shard}@${content.blockIndex}`,
      offer: (message) => containers.offer(message),
      onCount: (content, change) => {
        if ("mapping" in content) return;
        const reader = `${content.shard} ${content.readerId}`;
        const count = (waiting.get(reader) ?? 0) + change;
        waiting.set(reader, count);
        const mapping = mappingOfReader(content.readerId)!;
        if (change > 0)
          note({ kind: "messages", mapping, shard: shardIndexOf(content.shard), count });
      },
    }),
    surprise: (error) => note(surpriseOf(error)),
    crash(process) {
      attempts.crashed(process);
      stage.crash(process);
    },
    pickApi() {
      const at = Math.floor(random.fraction() * APIS_MAX_COUNT);
      const standing = apis[at];
      if (standing?.process.isAlive) return standing;
      const process = world.spawn("api");
      return (apis[at] = { process, context: contextOf(process, world) });
    },
  };
  ring = createDoorbells<Progress>({
    ...world,
    portsOf: (process) => storesOf(process, world),
  });
  return world;
}
