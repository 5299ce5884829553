/**
 * After retention was raised, what stands in the log must live longer. First each shard's counter says so, then its
 * blocks are gone through in pages, oldest first; where it stopped is noted on the stream, so that a long log is
 * done in several runs, by whoever comes next.
 *
 * Readers do not wait for it: they look at the time of arrival. It is a race with the store's own removal of what
 * expires, which it wins by a day for what was written last and may lose for what was about to expire.
 */
import type { Clock } from "../clock.ts";
import type { BlockExpiry } from "../log/store.ts";
import { allDataStreams } from "./all-streams.ts";
import { retentionMs } from "./retention.ts";
import { openShards } from "./shard-map.ts";
import type { StreamStore } from "./store.ts";
import { type DataStream, dataShardKey } from "./stream.ts";

export interface ExtendPorts {
  readonly dataStreams: StreamStore;
  readonly blockExpiry: BlockExpiry;
  readonly clock: Clock;
}

type Cursor = NonNullable<DataStream["extendExpiryFrom"]>;

/** Goes on where the stream's cursor stands until all is done or the time is over. Answers whether all is done. */
export async function extendExpiry(
  ports: ExtendPorts,
  stream: DataStream,
  deadlineMs: number,
): Promise<boolean> {
  const { dataStreams, blockExpiry, clock } = ports;
  let cursor = stream.extendExpiryFrom;
  if (cursor === undefined) return true;
  const kept = retentionMs(stream);
  const shards = await dataStreams.shards(stream);
  for (const { index } of shards.filter((shard) => shard.index >= cursor!.shardIndex)) {
    if (index !== cursor.shardIndex) cursor = { shardIndex: index, blockIndex: 0 };
    const shard = dataShardKey(stream, index);
    const to = await blockExpiry.noteRetention(shard, kept);
    while (cursor.blockIndex < to) {
      const from: number = cursor.blockIndex;
      const options = { retentionMs: kept, nowMs: clock.now() };
      const next = await blockExpiry.extendExpiry({ shard, from, to }, options);
      cursor = { shardIndex: index, blockIndex: next };
      if (clock.now() >= deadlineMs) {
        await saveCursor(ports, stream, cursor);
        return false;
      }
    }
  }
  await saveCursor(ports, stream, undefined);
  return true;
}

/** After retention was lowered: what comes now need not live longer than it says. */
export async function noteRetention(
  { dataStreams, blockExpiry }: ExtendPorts,
  stream: DataStream,
): Promise<void> {
  for (const { index } of openShards(await dataStreams.shards(stream))) {
    await blockExpiry.noteRetention(dataShardKey(stream, index), retentionMs(stream));
  }
}

/** Every stream that is not done. Answers whether all are. */
export async function extendAll(ports: ExtendPorts, deadlineMs: number): Promise<boolean> {
  let isAllDone = true;
  for await (const streams of allDataStreams(ports.dataStreams)) {
    for (const stream of streams) {
      if (!(await extendExpiry(ports, stream, deadlineMs))) isAllDone = false;
    }
  }
  return isAllDone;
}

/** Nothing is saved when the stream is gone or its retention was changed again: then it is gone through anew. */
async function saveCursor(
  { dataStreams }: ExtendPorts,
  stream: DataStream,
  cursor: Cursor | undefined,
): Promise<void> {
  for (;;) {
    const standing = await dataStreams.get(stream.name);
    if (standing?.generation !== stream.generation) return;
    if (standing.retentionHours !== stream.retentionHours) return;
    const { extendExpiryFrom: _, ...rest } = standing;
    const saved = await dataStreams.update({
      ...rest,
      ...(cursor && { extendExpiryFrom: cursor }),
      revision: standing.revision + 1,
    });
    if (saved === "updated") return;
  }
}
