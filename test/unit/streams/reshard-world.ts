/** A data stream over the memory twins for tests of resharding: slow ports, processes that die, and what must hold. */
import { expect } from "vitest";
import type { Clock } from "../../../src/clock.ts";
import { HASH_KEY_COUNT } from "../../../src/log/hash-key.ts";
import type { Random } from "../../../src/random.ts";
import { memoryLog } from "../../../src/storage/memory/log.ts";
import { memoryStreams } from "../../../src/storage/memory/streams.ts";
import { initialShards, openShards } from "../../../src/streams/shard-map.ts";
import type { StreamStore } from "../../../src/streams/store.ts";
import { type DataStream, dataShardKey } from "../../../src/streams/stream.ts";
import { steppingClock } from "../../helpers/stepping-clock.ts";

export const NOW_MS = 1_795_428_000_000;
export const TRANSITION_MS = 500;

export async function world(shardCount: number) {
  const clock = steppingClock(NOW_MS);
  const log = memoryLog();
  const dataStreams = memoryStreams(log);
  const stream: DataStream = {
    name: "clicks",
    generation: "5c1f09ab27de4410",
    createdAtMs: NOW_MS,
    revision: 1,
    mode: "PROVISIONED",
    status: "ACTIVE",
    settledAtMs: NOW_MS,
    retentionHours: 24,
    nextShardIndex: shardCount,
    maxRecordKiB: 1024,
    tags: {},
    shardLevelMetrics: [],
    scaledAtMs: [],
  };
  await dataStreams.create(stream);
  await dataStreams.addShards(stream, initialShards(shardCount, NOW_MS));
  const current = async () => (await dataStreams.get(stream.name))!;
  const portsOn = (store: StreamStore) => ({
    dataStreams: store,
    log,
    clock,
    transitionDelayMs: TRANSITION_MS,
  });

  return {
    clock,
    log,
    dataStreams,
    stream,
    current,
    shards: () => dataStreams.shards(stream),
    portsOn,
    ports: portsOn(dataStreams),

    /** What holds of every stream at rest. */
    async expectAtRest(): Promise<void> {
      const standing = await current();
      expect(standing.pendingReshard).toBeUndefined();
      expect(standing.status).toBe("ACTIVE");
      const shards = await dataStreams.shards(stream);
      let covered = 0n;
      for (const { range } of openShards(shards)) {
        expect(range.start).toBe(covered);
        covered = range.end + 1n;
      }
      expect(covered).toBe(HASH_KEY_COUNT);
      expect(shards.map(({ index }) => index)).toEqual(shards.map((_, i) => i));
      expect(standing.nextShardIndex).toBe(shards.length);
      for (const { index, closed, ...shard } of shards) {
        const head = await log.head(dataShardKey(stream, index));
        if (closed === undefined) expect(head?.sealed).toBe(false);
        else expect(closed.finalBlockIndex).toBe(head?.blockIndex);
        for (const parent of [shard.parentIndex, shard.adjacentParentIndex]) {
          if (parent === undefined) continue;
          const { createdAtMs, closed: parentClosed } = shards[parent]!;
          expect(parentClosed).toBeDefined();
          const seconds = (ms: number) => Math.floor(ms / 1000);
          expect(seconds(shard.createdAtMs)).toBeGreaterThan(seconds(createdAtMs));
        }
      }
    },
  };
}

export type World = Awaited<ReturnType<typeof world>>;

type Method = (...args: never[]) => Promise<unknown>;

/** The same port, every method of it wrapped. */
export function wrapped<Port extends object>(
  port: Port,
  around: <Result>(call: () => Promise<Result>) => Promise<Result>,
): Port {
  const methods = Object.entries(port).map(([name, method]) => [
    name,
    (...args: never[]) => around(() => (method as Method)(...args)),
  ]);
  return { ...port, ...(Object.fromEntries(methods) as Partial<Port>) };
}

/** Every call takes its time on the way there and on the way back. */
export function slow<Port extends object>(port: Port, clock: Clock, random: Random): Port {
  const travel = () => clock.sleep(Math.floor(random.fraction() * 20));
  return wrapped(port, async (call) => {
    await travel();
    const result = await call();
    await travel();
    return result;
  });
}

export class ProcessDied extends Error {}

/** A process that dies at its call number `at`, before or after the call has its effect. */
export function mortal<Port extends object>(
  port: Port,
  at: number,
  when: "before" | "after",
): Port {
  let count = 0;
  return wrapped(port, async (call) => {
    count++;
    if (count > at || (count === at && when === "before")) throw new ProcessDied();
    const result = await call();
    if (count >= at) throw new ProcessDied();
    return result;
  });
}
