/** What may happen between any two steps: processes die or stop, the stream and its mappings are changed. */
import { BLOCK_EXPIRY_SLACK_MS, RETENTION_DEFAULT_HOURS } from "../../../src/limits.ts";
import { lookedUpTo } from "../../../src/readers/store.ts";
import { dataShardKey } from "../../../src/streams/stream.ts";
import { consumerReaderId } from "../../../src/consumer/mapping.ts";
import { crowdSize, fallSilent, freezeOne } from "../interference.ts";
import { changeAny } from "./mappings.ts";
import { STREAM_NAME } from "./ports.ts";
import { recreateStream, reshard } from "./streams.ts";
import type { ConsumerWorld } from "./world.ts";

const HOUR_MS = 3_600_000;

/** Chances per step of what is no fault. */
export interface Unrest {
  readonly reshards: number;
  readonly mappingChanges: number;
}

export function drawUnrest({ random }: ConsumerWorld): Unrest {
  return {
    reshards: random.fraction() < 0.7 ? random.fraction() * 0.004 : 0,
    mappingChanges: random.fraction() < 0.6 ? random.fraction() * 0.006 : 0,
  };
}

export function interfere(world: ConsumerWorld, { reshards, mappingChanges }: Unrest): void {
  const { faults, random, scheduler } = world;
  if (random.fraction() < reshards) void reshard(world);
  if (random.fraction() < mappingChanges) void changeAny(world);

  const busy = scheduler.busyProcesses().filter(({ name }) => !name.startsWith("admin"));
  if (faults.strikes("crash")) {
    const process = busy[Math.floor(random.fraction() * busy.length)];
    if (process) world.crash(process);
  }
  const doorbell = busy.find(({ name }) => name.startsWith("doorbell"));
  if (doorbell && faults.strikes("doorbellDies")) world.crash(doorbell);
  if (faults.strikes("freeze")) freezeOne(world, busy);
  if (faults.strikes("stray")) void wakeStray(world);
  if (faults.strikes("ttl")) {
    world.twins.memory.expire(scheduler.now());
    world.twins.proofs.expire(scheduler.now());
  }
  if (faults.strikes("recreate")) recreateStream(world);
  if (faults.strikes("outage")) {
    scheduler.note("outage");
    // To where records cannot be read any more, or to where the store has removed them and shards are forgotten, too.
    const slackMs = random.fraction() < 0.5 ? BLOCK_EXPIRY_SLACK_MS : 0;
    scheduler.leap(HOUR_MS * (RETENTION_DEFAULT_HOURS - 1 + 2 * random.fraction()) + slackMs);
  }
  if (faults.strikes("silence")) fallSilent(world);
  if (faults.strikes("writersDie")) void loseWriters(world);
}

async function loseWriters(world: ConsumerWorld): Promise<void> {
  const { scheduler, twins, random } = world;
  const stream = await twins.dataStreams.get(STREAM_NAME);
  if (stream === undefined) return;
  const shards = await twins.dataStreams.shards(stream);
  const found = shards[Math.floor(random.fraction() * shards.length)];
  if (found === undefined) return;
  scheduler.note("writers die");
  const append = { recordCount: 1, byteCount: 100, arrivedAtMs: scheduler.now() };
  for (let count = crowdSize(world); count > 0; count--) {
    await twins.log.reserve(dataShardKey(stream, found.index), append);
  }
}

/** Another code path, or an operator, wakes a reader at the place where it stands. */
async function wakeStray({ twins, queue, random }: ConsumerWorld): Promise<void> {
  const stream = await twins.dataStreams.get(STREAM_NAME);
  if (stream === undefined) return;
  const shards = await twins.dataStreams.shards(stream);
  const mappings = await twins.mappings.list({ limit: 100 });
  const found = shards[Math.floor(random.fraction() * shards.length)];
  const mapping = mappings[Math.floor(random.fraction() * mappings.length)];
  if (found === undefined || mapping === undefined) return;
  const shard = dataShardKey(stream, found.index);
  const readerId = consumerReaderId(mapping.uuid);
  const reader = await twins.readers.get(shard, readerId);
  queue.push({ shard, readerId, blockIndex: reader ? lookedUpTo(reader) : 0 }, 0);
}
