/** The faults that need no call to strike: between any two steps something may die, stop, vanish or be deleted. */
import {
  BACKUP_READER,
  DELIVERY_READER,
  type DeliveryStream,
  laneKeys,
} from "../../src/delivery/delivery-stream.ts";
import { type LaneUpkeepPorts, openLanes, tendLanes } from "../../src/delivery/lane-change.ts";
import { BLOCK_EXPIRY_SLACK_MS, DIRECT_PUT_RETENTION_MS } from "../../src/limits.ts";
import { packRecords } from "../../src/log/frame.ts";
import type { Random } from "../../src/random.ts";
import { encryptOne, refuseKey } from "./encryptions.ts";
import { InjectedFault } from "./faults.ts";
import { locateOne } from "./locating.ts";
import { pauseOne } from "./pauses.ts";
import { payloadOf } from "./payload.ts";
import { redriveOne } from "./redrives.ts";
import { replayOne } from "./replays.ts";
import { tagOne } from "./tags.ts";
import type { Process } from "./scheduler.ts";
import { recreateStream, type StreamShape } from "./streams.ts";
import { closeBucket, updateOne } from "./updates.ts";
import type { World } from "./world.ts";

/** Past the fill timeout, past a lease, past a message's visibility. */
const FREEZES_MS = [500, 3000, 3000, 5000, 35_000, 35_000, 100_000, 1_000_000, 7_200_000];
const HOUR_MS = 3_600_000;

export function interfere(world: World, shapes: readonly StreamShape[]): void {
  const { faults, random, scheduler } = world;
  if (!faults.isOn()) return;

  function pick<Item>(items: readonly Item[]): Item | undefined {
    return items[Math.floor(random.fraction() * items.length)];
  }
  const busy = scheduler.busyProcesses().filter(({ name }) => !name.startsWith("admin"));

  if (faults.strikes("crash")) die(world, pick(busy));
  const doorbell = busy.find(({ name }) => name.startsWith("doorbell"));
  if (doorbell && faults.strikes("doorbellDies")) world.crash(doorbell);
  if (faults.strikes("freeze")) freezeOne(world, busy);
  if (faults.strikes("stray")) void wakeStray(world, pick([...world.streams.keys()]));
  if (faults.strikes("ttl")) world.twins.expire(scheduler.now());
  if (faults.strikes("recreate")) {
    const shape = pick(shapes);
    if (shape) void recreateStream(world, shape);
  }
  const named = pick([...world.streams.keys()]);
  if (named !== undefined && faults.strikes("lanesOpened")) changeLanes(world, named, openSome);
  if (named !== undefined && faults.strikes("lanesTended")) changeLanes(world, named, tendSoon);
  if (named !== undefined && faults.strikes("updated")) void updateOne(world, named);
  if (named !== undefined && faults.strikes("tagged")) void tagOne(world, named);
  if (named !== undefined && faults.strikes("encrypted")) void encryptOne(world, named);
  if (faults.strikes("keyRefused")) refuseKey(world);
  if (named !== undefined && faults.strikes("paused")) void pauseOne(world, named);
  if (named !== undefined && faults.strikes("replayed")) replayOne(world, named);
  if (named !== undefined && faults.strikes("redriven")) redriveOne(world, named);
  if (faults.strikes("located")) void locateOne(world);
  if (named !== undefined && faults.strikes("bucketCloses")) void closeBucket(world, named);
  if (faults.strikes("outage")) {
    scheduler.note("outage");
    // To where records cannot be read any more, or to where the store has removed them, too.
    const slackMs = random.fraction() < 0.5 ? BLOCK_EXPIRY_SLACK_MS : 0;
    scheduler.leap(DIRECT_PUT_RETENTION_MS + slackMs - HOUR_MS * (1 - 2 * random.fraction()));
  }
  if (faults.strikes("silence")) {
    void leaveWriters(world, pick([...world.streams.values()]), "come back");
    fallSilent(world);
  }
  if (faults.strikes("writersDie")) {
    void leaveWriters(world, pick([...world.streams.values()]), "are gone");
  }
}

export function freezeOne(
  { random, scheduler }: Pick<World, "random" | "scheduler">,
  busy: readonly Process[],
): void {
  const process = busy[Math.floor(random.fraction() * busy.length)];
  const durationMs = FREEZES_MS[Math.floor(random.fraction() * FREEZES_MS.length)]!;
  if (process === undefined) return;
  scheduler.note(`${process.name} freezes for ${durationMs} ms`);
  process.frozenUntilMs = scheduler.now() + durationMs;
}

export function fallSilent({ scheduler, random }: Pick<World, "scheduler" | "random">): void {
  scheduler.note("silence");
  scheduler.leap(HOUR_MS * (1 + 3 * random.fraction()));
}

export const crowdSize = ({ random }: Pick<World, "random">) =>
  3 + Math.floor(random.fraction() * 30);

/** A crowd takes places and writes nothing, or not before much has happened that it knows nothing of. */
async function leaveWriters(
  { scheduler, twins, random }: World,
  stream: DeliveryStream | undefined,
  fate: "are gone" | "come back",
): Promise<void> {
  const [shard] = stream ? laneKeys(stream) : [];
  if (shard === undefined) return;
  scheduler.note(`writers ${fate}`);
  const arrivedAtMs = scheduler.now();
  for (let count = crowdSize({ random }); count > 0; count--) {
    const append = { recordCount: 1, byteCount: 100, arrivedAtMs };
    const place = await twins.log.reserve(shard, append);
    if (place.kind !== "reserved") return;
    if (fate === "are gone") continue;
    const { blockIndex: index, firstRecord, byteOffset } = place;
    const block = { ...LATE_BLOCK, shard, index, firstRecord, byteOffset, arrivedAtMs };
    scheduler.after(undefined, random.fraction() * THAW_MAX_MS, `thawed ${index}`, () => {
      void twins.log.write(block);
    });
  }
}

const THAW_MAX_MS = 120_000;
const LATE_BLOCK = {
  kind: "data",
  recordCount: 1,
  byteCount: 100,
  expiresAtMs: Number.POSITIVE_INFINITY,
  token: "late",
  requests: new Uint8Array(),
  body: { kind: "inline", bytes: packRecords([{ data: payloadOf("late", "") }]) },
} as const;

function die(world: World, process: Process | undefined): void {
  if (process) world.crash(process);
}

/** Another code path, or an operator, wakes a reader at the place where it stands. */
async function wakeStray(
  { streams, twins, queue, random }: World,
  name: string | undefined,
): Promise<void> {
  const stream = streams.get(name ?? "");
  if (stream === undefined) return;
  const lanes = laneKeys((await twins.deliveryStreams.get(stream.name)) ?? stream);
  const shard = lanes[Math.floor(random.fraction() * lanes.length)] ?? lanes[0];
  const readerId = random.fraction() < 0.8 ? DELIVERY_READER : BACKUP_READER;
  if (shard === undefined) return;
  const reader = await twins.readers.get(shard, readerId);
  queue.push({ shard, readerId, blockIndex: reader?.checkpoint.blockIndex ?? 0 }, 0);
}

type LaneChange = (
  ports: LaneUpkeepPorts,
  stream: DeliveryStream,
  random: Random,
) => Promise<unknown>;

const openSome: LaneChange = (ports, stream, random) =>
  openLanes(ports, stream, stream.lanes!.open.length + 1 + Math.floor(random.fraction() * 3));

/** Half of the lanes are always enough, and producers are given less time to leave them than they may take. */
const tendSoon: LaneChange = (ports, stream, random) =>
  tendLanes(ports, stream, {
    bounds: { busyBlocksPerSecond: Infinity, busyBytesPerSecond: Infinity },
    spareAfterMs: random.fraction() * 3000,
    leaveMs: random.fraction() * 3000,
  });

function changeLanes(world: World, name: string, change: LaneChange): void {
  const process = world.spawn("lanes");
  const ports = { ...world.portsOf(process), clock: world.scheduler.clockOf(process) };
  const run = async () => {
    const stream = await ports.deliveryStreams.get(name);
    if (stream) await change(ports, stream, world.random);
  };
  run().then(
    () => world.end(process),
    (error: unknown) => {
      if (!(error instanceof InjectedFault)) world.surprise(error);
      world.end(process);
    },
  );
}
