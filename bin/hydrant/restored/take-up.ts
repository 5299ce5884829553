/**
 * Takes up tables that were restored to an earlier instant, before anything is put or delivered: no place that was given
 * away since is given away again, and the sweep looks at every shard, for nobody else would. The messages that were under
 * way at that instant are gone, or are handled, and no doorbell rings for what stands already.
 */
import { type DeliveryStream, laneKeys } from "../../../src/delivery/delivery-stream.ts";
import { allDeliveryStreams } from "../../../src/delivery/all-streams.ts";
import type { DeliveryStreamStore } from "../../../src/delivery/ports.ts";
import type { ShardKey } from "../../../src/log/store.ts";
import { LEFT_BY_CALLS } from "../../../src/readers/sweep-notes.ts";
import type { SweepCaller } from "../../../src/readers/sweep-switch.ts";
import type { Counted, RaisedCounters } from "../../../src/storage/dynamodb/raised-counters.ts";
import { allDataStreams } from "../../../src/streams/all-streams.ts";
import { inTurns } from "../../../src/streams/in-turns.ts";
import type { StreamStore } from "../../../src/streams/store.ts";
import { type DataStream, dataShardKey } from "../../../src/streams/stream.ts";

export interface TakeUpPorts {
  readonly deliveryStreams: DeliveryStreamStore;
  readonly dataStreams: StreamStore;
  readonly counters: RaisedCounters;
  readonly sweep: SweepCaller;
}

/** How far shards had come: as the state table says that was served before, or by so many blocks at most. */
export type CameTo = Former | { readonly blockCount: number };

/** Of the tables that were served before. */
export interface Former {
  readonly counters: Pick<RaisedCounters, "get">;
  readonly dataStreams: Pick<StreamStore, "get">;
}

export interface TakenUp {
  readonly shardCount: number;
  readonly raisedCount: number;
}

/** May be repeated, though by a number of blocks it raises again. */
export async function takeUp(ports: TakeUpPorts, cameTo: CameTo): Promise<TakenUp> {
  let shardCount = 0;
  let raisedCount = 0;
  const takeUpAll = async (shards: readonly ShardKey[]) => {
    const raised = await inTurns(shards, (shard) => takeUpShard(ports, shard, cameTo));
    shardCount += shards.length;
    raisedCount += raised.filter(Boolean).length;
  };
  for await (const streams of allDeliveryStreams(ports.deliveryStreams)) {
    await takeUpAll(
      streams.flatMap((stream: DeliveryStream) => (stream.source ? [] : laneKeys(stream))),
    );
  }
  for await (const streams of allDataStreams(ports.dataStreams)) {
    for (const stream of streams) {
      await takeUpAll(await shardsOf(ports, stream));
      if ("counters" in cameTo) await raiseLater(ports, stream, cameTo);
    }
  }
  await ports.sweep.callFor(LEFT_BY_CALLS);
  return { shardCount, raisedCount };
}

async function shardsOf({ dataStreams }: TakeUpPorts, stream: DataStream) {
  const shards = await dataStreams.shards(stream);
  return shards.map(({ index }) => dataShardKey(stream, index));
}

/**
 * Shards that were opened since: a reshard, or the stream's creation, will open others under their names, to which readers may
 * have checkpoints. So they begin where those had come.
 */
async function raiseLater(
  { counters }: TakeUpPorts,
  stream: DataStream,
  former: Former,
): Promise<void> {
  const then = await former.dataStreams.get(stream.name);
  if (then?.generation !== stream.generation) return;
  const first = stream.status === "CREATING" ? 0 : stream.nextShardIndex;
  const later = Array.from({ length: Math.max(0, then.nextShardIndex - first) }, (_, i) =>
    dataShardKey(stream, first + i),
  );
  await inTurns(later, async (shard) => {
    const to = await former.counters.get(shard);
    if (to !== undefined) await counters.raise(shard, to);
  });
}

async function takeUpShard(
  { counters, sweep }: TakeUpPorts,
  shard: ShardKey,
  cameTo: CameTo,
): Promise<boolean> {
  const to = await raisedTo(counters, shard, cameTo);
  const isRaised = to !== undefined && (await counters.raise(shard, to));
  await sweep.callFor(shard);
  return isRaised;
}

async function raisedTo(
  counters: RaisedCounters,
  shard: ShardKey,
  cameTo: CameTo,
): Promise<Counted | undefined> {
  // All three, so that blocks of a log that was restored to a moment later count as they did.
  if ("counters" in cameTo) return cameTo.counters.get(shard);
  const standing = await counters.get(shard);
  return standing && { ...standing, blocks: standing.blocks + cameTo.blockCount };
}
