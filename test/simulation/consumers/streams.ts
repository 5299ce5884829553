/** The stream of a run: split, merged, deleted and created again by the operations that a user calls. */
import { ServiceError } from "../../../src/errors.ts";
import type { MappingContext } from "../../../src/operations/context.ts";
import { createStream as createStreamOperation } from "../../../src/operations/kinesis/create-stream.ts";
import { deleteStream } from "../../../src/operations/kinesis/delete-stream.ts";
import { mergeShards } from "../../../src/operations/kinesis/merge-shards.ts";
import { splitShard } from "../../../src/operations/kinesis/split-shard.ts";
import { initialShards, openShards } from "../../../src/streams/shard-map.ts";
import { formatShardId } from "../../../src/streams/shard-id.ts";
import { newDataStream } from "../../helpers/data-stream.ts";
import { InjectedFault } from "../faults.ts";
import { replaceMappings } from "./mappings.ts";
import { contextOf, STREAM_NAME } from "./ports.ts";
import type { ConsumerWorld } from "./world.ts";

const SHARDS_MAX_COUNT = 4;
/** Longest time without a stream, beside what its creation takes. */
const WITHOUT_MAX_MS = 15_000;
const LOOK_AGAIN_MS = 2000;

export async function createStream({ random, scheduler, twins }: ConsumerWorld): Promise<void> {
  const shardCount = 1 + Math.floor(random.fraction() * 2);
  const stream = newDataStream(STREAM_NAME, shardCount, scheduler.now());
  await twins.dataStreams.create(stream);
  await twins.dataStreams.addShards(stream, initialShards(shardCount, scheduler.now()));
}

/** As DescribeStream does. */
export async function lookAtStream(world: ConsumerWorld): Promise<void> {
  const process = world.spawn("admin");
  try {
    await contextOf(process, world).dataStreamCache.refresh(STREAM_NAME);
  } catch (error) {
    // The store was busy; users look again.
    if (!(error instanceof InjectedFault)) world.surprise(error);
  }
  world.end(process);
}

/** Splits an open shard, or merges two. */
export async function reshard(world: ConsumerWorld): Promise<void> {
  const { twins, random, scheduler } = world;
  const stream = await twins.dataStreams.get(STREAM_NAME);
  if (stream === undefined) return;
  const open = openShards(await twins.dataStreams.shards(stream));
  const at = Math.floor(random.fraction() * open.length);
  const [one, next] = [open[at], open[at + 1]];
  if (one === undefined) return;
  const isMerge =
    next !== undefined && (open.length >= SHARDS_MAX_COUNT || random.fraction() < 0.5);
  scheduler.note(isMerge ? `merge ${one.index} and ${next.index}` : `split ${one.index}`);
  await asOwner(world, async (context) => {
    if (isMerge) {
      await mergeShards.handle(
        {
          StreamName: STREAM_NAME,
          ShardToMerge: formatShardId(one.index),
          AdjacentShardToMerge: formatShardId(next.index),
        },
        context,
      );
      return;
    }
    const { start, end } = one.range;
    const middle = start + (end - start) / 2n;
    await splitShard.handle(
      {
        StreamName: STREAM_NAME,
        ShardToSplit: formatShardId(one.index),
        NewStartingHashKey: middle.toString(),
      },
      context,
    );
  });
}

/** Deletes the stream under its producers and mappings; some time later there is one of the same name again. */
export function recreateStream(world: ConsumerWorld): void {
  const { random, scheduler } = world;
  scheduler.note("delete the stream");
  void asOwner(world, (context) => deleteStream.handle({ StreamName: STREAM_NAME }, context));
  const delayMs = LOOK_AGAIN_MS + random.fraction() * WITHOUT_MAX_MS;
  scheduler.after(undefined, delayMs, "a stream is wanted", () => void restoreStream(world));
}

/** Until a stream stands and no mapping is left that reads one before it. */
export async function restoreStream(world: ConsumerWorld): Promise<void> {
  const { twins, random, scheduler } = world;
  for (;;) {
    const stream = await twins.dataStreams.get(STREAM_NAME);
    if (stream?.status === "ACTIVE") return replaceMappings(world, stream);
    const ShardCount = 1 + Math.floor(random.fraction() * 2);
    void asOwner(world, (context) =>
      createStreamOperation.handle({ StreamName: STREAM_NAME, ShardCount }, context),
    );
    await new Promise<void>((resolve) => {
      scheduler.after(undefined, LOOK_AGAIN_MS, "a stream is wanted", resolve);
    });
  }
}

/** Acts for a user, in a process that may die over it. */
async function asOwner(
  world: ConsumerWorld,
  act: (context: MappingContext) => Promise<unknown>,
): Promise<void> {
  const process = world.spawn("owner");
  try {
    await act(contextOf(process, world));
  } catch (error) {
    // Another change is under way, or was faster.
    const isExpected = error instanceof InjectedFault || error instanceof ServiceError;
    if (!isExpected) world.surprise(error);
  } finally {
    world.end(process);
  }
}
