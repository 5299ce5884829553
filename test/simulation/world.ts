/** The world of delivery streams: the twins and the processes over them. */
import type { DeliveryStream } from "../../src/delivery/delivery-stream.ts";
import { LANE_BOUNDS, type LaneBounds } from "../../src/delivery/lane-load.ts";
import type { Ring } from "../../src/readers/rings.ts";
import type { WakeUp } from "../../src/readers/store.ts";
import { type Api, startApi } from "./api.ts";
import type { HistoryEvent } from "./history.ts";
import type { Mutant } from "./mutants.ts";
import { portsOf, type StorePorts } from "./ports.ts";
import { createQueue, type SimulatedQueue } from "./queue.ts";
import type { Process } from "./scheduler.ts";
import { limitedBodies, limitedObjects } from "../../src/storage/memory/limited-objects.ts";
import { limitedLog } from "../../src/storage/memory/limited-log.ts";
import { limitedProofs } from "../../src/storage/memory/limited-proofs.ts";
import { limitedReaders } from "../../src/storage/memory/limited-readers.ts";
import { limitedDeliveryStreams } from "../../src/storage/memory/limited-streams.ts";
import { within } from "./capacity.ts";
import { createPool, createStage, type Stage, thisSecond, type WorldOptions } from "./stage.ts";
import { type ReceiverWeather, receiverWeather } from "./receivers.ts";
import { createWire, type Wire } from "./wire.ts";
import { createTwins, type Twins } from "./twins.ts";
import type { UsersCode } from "./transform-function.ts";
import { createDoorbells } from "./doorbells.ts";
import { offerMessage } from "./workers.ts";

export interface World extends Stage<HistoryEvent> {
  readonly mutant: Mutant;
  readonly twins: Twins;
  readonly queue: SimulatedQueue<WakeUp>;
  /** By name, those that stand. */
  readonly streams: Map<string, DeliveryStream>;
  /** Of the deliver function. */
  readonly timeLimitMs: number;
  /** So low in some runs that lanes grow by themselves. */
  readonly laneBounds: LaneBounds;
  readonly usersCode: UsersCode;
  readonly receiverWeather: ReceiverWeather;
  /** Between a process and receivers. */
  readonly receiverWire: Wire;
  portsOf(process: Process): StorePorts;
  pickApi(): Api;
}

const APIS_MAX_COUNT = 3;
/** As deployed. */
const DELIVER_TIMEOUT_MS = 900_000;

export function createWorld({ mutant, ...options }: WorldOptions<Mutant>): World {
  const stage = createStage<HistoryEvent>({
    ...options,
    world: "delivery",
  });
  const { scheduler, random, faults, wire, note, capacity } = stage;
  const ownWeather = receiverWeather(options.seed, options.weather);
  let ring: (ring: Ring) => void = () => {};

  const twins = createTwins({
    random,
    mutant,
    sweepNotes: stage.sweepNotes,
    note,
    clock: scheduler,
    unwitnessed: stage.load,
    onRing: (shard, openedAtMs = thisSecond(stage)) => ring({ shard, openedAtMs }),
  });
  const limited = within(twins, capacity, (client) => ({
    log: limitedLog(twins.log, client),
    proofs: limitedProofs(twins.proofs, client),
    readers: limitedReaders(twins.readers, client),
    bodies: limitedBodies(twins.bodies, client),
    objects: limitedObjects(twins.objects, client),
    deliveryStreams: limitedDeliveryStreams(twins.deliveryStreams, client),
  }));

  const world: World = {
    ...stage,
    mutant,
    twins,
    streams: new Map(),
    usersCode: { isMended: false },
    receiverWeather: ownWeather,
    receiverWire: createWire({ ...ownWeather, scheduler, repeatsThrottled: false }),
    timeLimitMs: stage.load
      ? DELIVER_TIMEOUT_MS
      : ([45_000, 90_000, 900_000][Math.floor(random.fraction() * 3)] as number),
    laneBounds:
      stage.load || random.fraction() < 0.5
        ? LANE_BOUNDS
        : { busyBlocksPerSecond: 0.5 + random.fraction() * 2, busyBytesPerSecond: 500 },
    queue: createQueue<WakeUp>({
      scheduler,
      wire,
      faults,
      random,
      labelOf: ({ readerId, blockIndex }) => `${readerId}@${blockIndex}`,
      offer: (message) => offerMessage(world, message),
      keepsOrder: stage.load !== undefined,
    }),
    portsOf: (process) => portsOf(process, { ...stage, twins: limited, mutant }),
    pickApi: createPool(random, stage.load?.apiCount ?? APIS_MAX_COUNT, () => startApi(world)),
  };
  ring = createDoorbells({
    ...world,
    ...(mutant.answerDoorbell && { answerDoorbell: mutant.answerDoorbell }),
  });
  return world;
}
