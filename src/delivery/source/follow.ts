/**
 * What a reader of a data stream's shard is for: the delivery stream it belongs to, and at a closed shard's end the
 * shards to go on to. A reader that outlived its delivery stream or its data stream (it was opened while they were
 * being deleted) goes when it is woken.
 */
import { type Follower, type FollowPorts, passOn } from "../../readers/follow.ts";
import type { RunOptions, RunResult } from "../../readers/run.ts";
import type { Checkpoint, Lease } from "../../readers/store.ts";
import type { StreamStore } from "../../streams/store.ts";
import { parseDataShardKey } from "../../streams/stream.ts";
import type { DeliveryStream } from "../delivery-stream.ts";
import type { DeliveryStreamStore } from "../ports.ts";
import { dataSource, type SourceShard } from "./shard.ts";
import { backupFollower, deliveryFollower, parseSourceReader } from "./readers.ts";

export interface FollowSourcePorts extends FollowPorts {
  readonly deliveryStreams: DeliveryStreamStore;
  readonly dataStreams: Pick<StreamStore, "get" | "shard" | "shards">;
}

/** What a reader is for. */
export interface Delivery {
  readonly stream: DeliveryStream;
  readonly kind: "delivery" | "backup";
  readonly source: SourceShard;
  readonly atTip?: (lease: Lease, checkpoint: Checkpoint) => Promise<RunResult>;
}

type Run = Pick<RunOptions, "wakeUp" | "backOffMs">;

const DONE: RunResult = { kind: "done" };

export async function findSource(
  ports: FollowSourcePorts,
  run: Run,
): Promise<Delivery | undefined> {
  const { shard, readerId } = run.wakeUp;
  const delivery = await standingSource(ports, run);
  if (delivery === undefined) await ports.readers.remove(shard, readerId);
  return delivery;
}

async function standingSource(
  ports: FollowSourcePorts,
  { wakeUp: { shard: key, readerId }, backOffMs }: Run,
): Promise<Delivery | undefined> {
  const { deliveryStreams, dataStreams } = ports;
  const place = parseDataShardKey(key);
  const reader = parseSourceReader(readerId);
  if (!place || !reader) throw new Error(`no delivery stream reads ${key} as ${readerId}`);
  const [stream, dataStream, shard] = await Promise.all([
    deliveryStreams.get(reader.name),
    dataStreams.get(place.name),
    dataStreams.shard(place, place.shardIndex),
  ]);
  if (stream?.generation !== reader.generation || stream.transition?.kind === "deleting") {
    return undefined;
  }
  if (dataStream?.generation !== place.generation || shard === undefined) return undefined;
  const follower = reader.kind === "backup" ? backupFollower(stream) : deliveryFollower(stream);
  if (follower === undefined) return undefined;
  return {
    stream,
    kind: reader.kind,
    source: dataSource(dataStream, shard),
    atTip: (lease, { blockIndex }) =>
      goOn(ports, { name: place.name, shardIndex: shard.index, lease, follower, blockIndex }).then(
        (isLater) => (isLater ? { kind: "retry", atMs: ports.clock.now() + backOffMs } : DONE),
      ),
  };
}

interface End {
  readonly name: string;
  readonly shardIndex: number;
  readonly lease: Lease;
  readonly follower: Follower;
  /** Up to where the shard was read. */
  readonly blockIndex: number;
}

/** Answers whether to come again, for the shard's children cannot be named yet. */
async function goOn(
  ports: FollowSourcePorts,
  { name, shardIndex, lease, follower, blockIndex }: End,
): Promise<boolean> {
  const { log, dataStreams } = ports;
  if (!(await log.head(lease.shard))?.sealed) return false;
  // As they stand now: the shard may have been closed since this run began. The stream first: it says what is
  // under way, and what it says of a reshard that ended meanwhile only makes us come again.
  const stream = await dataStreams.get(name);
  if (stream === undefined) return false;
  const view = { stream, shards: await dataStreams.shards(stream) };
  const outcome = await passOn(ports, view, lease, follower, shardIndex, blockIndex);
  return outcome === "resharding";
}
