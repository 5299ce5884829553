/** A data stream over the memory twins that tests put blocks into, split and merge, and what must hold of it. */
import { expect } from "vitest";
import { HASH_KEY_COUNT } from "../../../src/log/hash-key.ts";
import { memoryLog } from "../../../src/storage/memory/log.ts";
import { memoryStreams } from "../../../src/storage/memory/streams.ts";
import { beginReshard, resumeReshard } from "../../../src/streams/reshard.ts";
import { childShards } from "../../../src/streams/lineage.ts";
import { initialShards, openShards } from "../../../src/streams/shard-map.ts";
import { mergeShards, type Reshard, splitShard } from "../../../src/streams/split-and-merge.ts";
import type { StreamStore } from "../../../src/streams/store.ts";
import { dataShardKey, openShardCountOf, type StreamView } from "../../../src/streams/stream.ts";
import { newDataStream } from "../../helpers/data-stream.ts";
import { steppingClock } from "../../helpers/stepping-clock.ts";

export const NOW_MS = 1_795_428_000_000;
export const TRANSITION_MS = 500;

export async function world(shardCount: number) {
  const clock = steppingClock(NOW_MS);
  const log = memoryLog();
  const dataStreams = memoryStreams(log);
  const stream = newDataStream("clicks", shardCount, NOW_MS);
  await dataStreams.create(stream);
  await dataStreams.addShards(stream, initialShards(shardCount, NOW_MS));
  const current = async () => (await dataStreams.get(stream.name))!;
  const portsOn = (store: StreamStore) => ({
    dataStreams: store,
    log,
    clock,
    transitionDelayMs: TRANSITION_MS,
  });
  const ports = portsOn(dataStreams);
  const shards = () => dataStreams.shards(stream);
  const shardOf = async (index: number) => (await shards()).find((known) => known.index === index)!;
  const view = async (): Promise<StreamView> => ({
    stream: await current(),
    shards: await shards(),
  });
  const keyOf = (index: number) => dataShardKey(stream, index);

  async function reshard(plan: Reshard | undefined): Promise<void> {
    const begun = plan && (await beginReshard(ports, await current(), plan));
    if (begun === undefined) throw new Error("not begun");
    await resumeReshard(ports, begun);
  }
  const moment = async () => ({
    nextIndex: (await current()).nextShardIndex,
    nowMs: clock.now(),
  });

  return {
    clock,
    log,
    dataStreams,
    stream,
    current,
    shards,
    view,
    keyOf,
    portsOn,
    ports,
    reshard,

    /** A block of 10 bytes. */
    async append(index: number, recordCount = 1): Promise<void> {
      const shard = keyOf(index);
      const reserved = await log.reserve(shard, { recordCount, byteCount: 10 });
      if (reserved.kind !== "reserved") throw new Error(reserved.kind);
      const { blockIndex, ...offsets } = reserved;
      await log.write({
        ...offsets,
        kind: "data",
        shard,
        index: blockIndex,
        recordCount,
        byteCount: 10,
        arrivedAtMs: clock.now(),
        expiresAtMs: clock.now() + 86_400_000,
        token: "t",
        body: { kind: "inline", bytes: new Uint8Array() },
      });
    },
    /** In the middle. */
    async split(index: number): Promise<void> {
      const parent = await shardOf(index);
      const { start, end } = parent.range;
      await reshard(splitShard(parent, start + (end - start + 1n) / 2n, await moment()));
    },
    async merge(lower: number, upper: number): Promise<void> {
      const parents = [await shardOf(lower), await shardOf(upper)] as const;
      await reshard(mergeShards(...parents, await moment()));
    },

    /** What holds of every stream at rest. */
    async expectAtRest(): Promise<void> {
      const standing = await current();
      expect(standing.pendingReshard).toBeUndefined();
      expect(standing.status).toBe("ACTIVE");
      const known = await shards();
      let covered = 0n;
      for (const { range } of openShards(known)) {
        expect(range.start).toBe(covered);
        covered = range.end + 1n;
      }
      expect(covered).toBe(HASH_KEY_COUNT);
      expect(known.map(({ index }) => index)).toEqual(known.map((_, i) => i));
      expect(standing.nextShardIndex).toBe(known.length);
      expect(openShardCountOf(standing)).toBe(openShards(known).length);
      for (const { index, closed, ...shard } of known) {
        const head = await log.head(keyOf(index));
        if (closed === undefined) expect(head?.sealed).toBe(false);
        else expect(closed.finalBlockIndex).toBe(head?.blockIndex);
        const children = childShards(known, index).map((child) => child.index);
        expect(closed?.childIndexes ?? []).toEqual(children);
        for (const parent of [shard.parentIndex, shard.adjacentParentIndex]) {
          if (parent === undefined) continue;
          const { createdAtMs, closed: parentClosed } = known[parent]!;
          expect(parentClosed).toBeDefined();
          const seconds = (ms: number) => Math.floor(ms / 1000);
          expect(seconds(shard.createdAtMs)).toBeGreaterThan(seconds(createdAtMs));
        }
      }
    },
  };
}

export type World = Awaited<ReturnType<typeof world>>;
