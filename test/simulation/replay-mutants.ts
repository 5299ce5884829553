/** Deliberate bugs in replays: where they end, when they are over, and whose checkpoint they move. */
import { DELIVERY_READER } from "../../src/delivery/delivery-stream.ts";
import type { DeliveryPlan } from "../../src/delivery/plan.ts";
import { parseReplayReader } from "../../src/delivery/replay/replay.ts";
import type { ReplayStore } from "../../src/delivery/replay/store.ts";
import type { ReaderStore } from "../../src/readers/store.ts";
import type { MemoryReaders } from "../../src/storage/memory/readers.ts";

interface ReplayMutant {
  readonly means: string;
  readonly replays?: (replays: ReplayStore) => ReplayStore;
  readonly readers?: (readers: MemoryReaders<DeliveryPlan>) => ReaderStore<DeliveryPlan>;
}

const FURTHER_BLOCKS = 5;

export const REPLAY_MUTANTS = {
  "replay-forgets-its-end": {
    means: "a replay goes on behind its end, into what was put after it began",
    replays: (replays) => ({
      ...replays,
      async part(replay, shardIndex) {
        const found = await replays.part(replay, shardIndex);
        if (found === undefined) return undefined;
        const { blockIndex, byteOffset } = found.part.to;
        const to = { blockIndex: blockIndex + FURTHER_BLOCKS, byteOffset };
        return { ...found, part: { ...found.part, to } };
      },
    }),
  },
  "replay-is-over-early": {
    means: "a replay counts as done when its first part is",
    replays: (replays) => ({
      ...replays,
      async parts(replay) {
        const found = await replays.parts(replay);
        const hasEnded = found.some((part) => part.hasEnded);
        return found.map((part) => ({ ...part, hasEnded }));
      },
    }),
  },
  "replay-reads-whole-blocks": {
    means: "a replay from one record to another delivers what stands beside them in their blocks",
    replays: (replays) => ({
      ...replays,
      openPart: (replay, { shardIndex, from, to }) =>
        replays.openPart(replay, { shardIndex, from, to }),
    }),
  },
  "replay-ignores-times": {
    means: "a replay delivers what arrived a little before or behind the times that it is given",
    replays: (replays) => ({
      ...replays,
      async get(asked) {
        const replay = await replays.get(asked);
        if (replay === undefined || replay.openedBelow !== undefined) return replay;
        return { ...replay, range: {} };
      },
      async update(before, after) {
        const { range = before.range } = (await replays.get(before)) ?? {};
        return replays.update({ ...before, range }, { ...after, range });
      },
    }),
  },
  "replay-begins-late": {
    means: "a replay leaves the first record of each of its parts out",
    replays: (replays) => ({
      ...replays,
      openPart: (replay, { skippedAtStart = 0, ...part }) =>
        replays.openPart(replay, { ...part, skippedAtStart: skippedAtStart + 1 }),
    }),
  },
  "replay-moves-the-delivery": {
    means: "where a replay stands the stream's own delivery stands, too",
    readers: (readers) => ({
      ...readers,
      async advance(lease, from, to) {
        const advanced = await readers.advance(lease, from, to);
        const { shard, readerId } = lease;
        const own = await readers.get(shard, DELIVERY_READER);
        const isBehind = own !== undefined && own.checkpoint.blockIndex < to.blockIndex;
        if (parseReplayReader(readerId) !== undefined && isBehind) {
          const { epoch } = own;
          await readers.advance({ shard, readerId: DELIVERY_READER, epoch }, own.checkpoint, to);
        }
        return advanced;
      },
    }),
  },
} as const satisfies Record<string, ReplayMutant>;
