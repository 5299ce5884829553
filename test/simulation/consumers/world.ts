/** The world of a data stream and its mappings: the twins and the processes over them. */
import type { BlockExpiry } from "../../../src/log/store.ts";
import type { Progress } from "../../../src/consumer/progress.ts";
import type { MappingContext } from "../../../src/operations/context.ts";
import type { Random } from "../../../src/random.ts";
import type { Ring } from "../../../src/readers/rings.ts";
import type { WakeUp } from "../../../src/readers/store.ts";
import { limitedBodies } from "../../../src/storage/memory/limited-objects.ts";
import { limitedBlockExpiry, limitedLog } from "../../../src/storage/memory/limited-log.ts";
import { limitedProofs } from "../../../src/storage/memory/limited-proofs.ts";
import { limitedReaders } from "../../../src/storage/memory/limited-readers.ts";
import { limitedMappings, limitedStreams } from "../../../src/storage/memory/limited-streams.ts";
import { within } from "../capacity.ts";
import { createDoorbells } from "../doorbells.ts";
import { createQueue, type SimulatedQueue } from "../queue.ts";
import type { Process } from "../scheduler.ts";
import {
  createPool,
  createStage,
  type Stage,
  thisSecond,
  type Untimed,
  type WorldOptions,
} from "../stage.ts";
import type { FunctionShape } from "./function.ts";
import type { ConsumerEvent } from "./history.ts";
import { mappingOfReader } from "../../../src/consumer/mapping.ts";
import type { ConsumerMutant } from "./mutant.ts";
import { type ConsumerStores, contextOf, storesOf } from "./ports.ts";
import { createPlaces, type Places } from "./places.ts";
import { drawShardLimit } from "./shard-limit.ts";
import { type ConsumerTwins, createConsumerTwins } from "./twins.ts";
import { createContainers } from "./workers.ts";

/** The consume queue's messages: a reader has work, or a mapping has changed. */
export type Content = WakeUp | { readonly mapping: string };

export interface ConsumerApi {
  readonly process: Process;
  readonly context: MappingContext;
}

export interface ConsumerWorld extends Stage<ConsumerEvent> {
  readonly mutant: ConsumerMutant;
  /** The truth. */
  readonly twins: ConsumerTwins;
  /** What processes meet of it. */
  readonly stores: ConsumerStores & { readonly blockExpiry: BlockExpiry };
  readonly places: Places;
  readonly queue: SimulatedQueue<Content>;
  /** What producers make and mappings do about it: no aggregates, taken apart by all, or by some at times. */
  readonly aggregates: "none" | "apart" | "either";
  /** Records that a shard takes in a second; `undefined`: as many as it really does. */
  readonly shardLimit: number | undefined;
  /** Of the consume function. */
  readonly timeLimitMs: number;
  /** By the uuid of the mapping. */
  readonly functions: Map<string, FunctionShape>;
  /** How often a function has met a record that is poison. */
  readonly tastes: Map<string, number>;
  nextCall(): number;
  /** How many processes of the api there have been, each with a clock of its own. */
  clockCount(): number;
  pickApi(): ConsumerApi;
}

const APIS_MAX_COUNT = 2;
/** As deployed. */
const CONSUME_TIMEOUT_MS = 900_000;

export function createConsumerWorld({
  mutant,
  ...options
}: WorldOptions<ConsumerMutant>): ConsumerWorld {
  const stage = createStage<ConsumerEvent>({ ...options, world: "consumers" });
  const { scheduler, random, faults, wire, capacity } = stage;
  let ring: (ring: Ring) => void = () => {};
  let callCount = 0;
  let apiCount = 0;
  const containers = createContainers(() => world);
  const places = createPlaces();
  const waiting = new Map<string, number>();

  function note(happening: Untimed<ConsumerEvent>): void {
    stage.note(happening);
    if (!stage.load) scheduler.note(JSON.stringify(happening));
  }

  const twins = createConsumerTwins({
    random,
    mutant,
    places,
    note,
    clock: scheduler,
    isUnwitnessed: stage.load !== undefined,
    onRing: (shard, openedAtMs = thisSecond(stage)) => ring({ shard, openedAtMs }),
  });

  const world: ConsumerWorld = {
    ...stage,
    note,
    mutant,
    places,
    functions: new Map(),
    tastes: new Map(),
    nextCall: () => ++callCount,
    clockCount: () => apiCount,
    aggregates: drawAggregates(random),
    timeLimitMs: stage.load
      ? CONSUME_TIMEOUT_MS
      : ([90_000, 300_000, 900_000][Math.floor(random.fraction() * 3)] as number),
    shardLimit: stage.load ? undefined : drawShardLimit(options.seed),
    twins,
    stores: within<ConsumerWorld["stores"]>(
      { ...twins, blockExpiry: twins.memory },
      capacity,
      (client) => ({
        log: limitedLog(twins.log, client),
        proofs: limitedProofs(twins.proofs, client),
        bodies: limitedBodies(twins.bodies, client),
        readers: limitedReaders(twins.readers, client),
        dataStreams: limitedStreams(twins.dataStreams, client),
        mappings: limitedMappings(twins.mappings, client),
        blockExpiry: limitedBlockExpiry(twins.memory, twins.log, client),
      }),
    ),
    queue: createQueue<Content>({
      scheduler,
      wire,
      faults,
      random,
      labelOf: (content) =>
        "mapping" in content ? content.mapping : `${content.shard}@${content.blockIndex}`,
      offer: (message) => containers.offer(message),
      keepsOrder: stage.load !== undefined,
      onCount: (content, change) => {
        if ("mapping" in content) return;
        const reader = `${content.shard} ${content.readerId}`;
        const count = (waiting.get(reader) ?? 0) + change;
        waiting.set(reader, count);
        const mapping = mappingOfReader(content.readerId)!;
        if (change > 0)
          note({ kind: "messages", mapping, shard: places.shardOf(content.shard), count });
      },
    }),
    pickApi: createPool(random, stage.load?.apiCount ?? APIS_MAX_COUNT, () => {
      const process = world.spawn("api");
      apiCount += 1;
      return { process, context: contextOf(process, world) };
    }),
  };
  ring = createDoorbells<Progress>({
    ...world,
    portsOf: (process) => storesOf(process, world),
  });
  return world;
}

function drawAggregates(random: Random): ConsumerWorld["aggregates"] {
  const chance = random.fraction();
  if (chance < 0.6) return "none";
  return chance < 0.75 ? "apart" : "either";
}
