/**
 * What a reader of a data stream's shard is for: the delivery stream it belongs to, and at a closed shard's end the
 * shards to go on to. A reader that outlived its delivery stream or its data stream (it was opened while they were
 * being deleted) goes when it is woken.
 */
import { type PassOnPorts, passOn } from "../../readers/follow.ts";
import type { RunOptions, RunResult } from "../../readers/run.ts";
import type { Checkpoint, Lease } from "../../readers/store.ts";
import type { StreamStore } from "../../streams/store.ts";
import { parseDataShardKey } from "../../streams/stream.ts";
import type { DeliveryStream } from "../delivery-stream.ts";
import type { DeliveryStreamStore } from "../ports.ts";
import { dataSource, type SourceShard } from "./shard.ts";
import { backupFollower, deliveryFollower, parseSourceReader } from "./readers.ts";

export interface FollowSourcePorts extends PassOnPorts {
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
    async atTip(lease, { blockIndex }) {
      const outcome = await passOn(ports, place, lease, follower, shard.index, blockIndex);
      if (outcome !== "resharding") return DONE;
      return { kind: "retry", atMs: ports.clock.now() + backOffMs };
    },
  };
}
