/** Replays in memory. Nothing a user runs uses it. */
import { isDeepStrictEqual } from "node:util";
import {
  NO_TALLY,
  type PartProgress,
  type Replay,
  type ReplayIdentity,
  replayReader,
} from "../../delivery/replay/replay.ts";
import type { ReplayStore } from "../../delivery/replay/store.ts";
import { memoryRooms } from "./rooms.ts";

export function memoryReplays(): ReplayStore {
  const replays = new Map<string, Replay>();
  const leftovers = new Map<string, ReplayIdentity & { readonly isByCreation?: true }>();
  const rooms = memoryRooms();
  const parts = new Map<string, Map<number, PartProgress>>();
  const partsOf = (replay: ReplayIdentity) => parts.get(replayReader(replay));

  function change(replay: ReplayIdentity, shardIndex: number, to: Partial<PartProgress>): void {
    const standing = partsOf(replay)?.get(shardIndex);
    if (standing) partsOf(replay)?.set(shardIndex, { ...standing, ...to });
  }

  return {
    async create(replay, room) {
      const key = replayReader(replay);
      const standing = replays.get(key);
      if (standing) return isDeepStrictEqual(standing, replay) ? "created" : "exists";
      if (!rooms.enter(replay, replay.replayId, room)) return "crowded";
      replays.set(key, replay);
      leftovers.set(key, { ...identity(replay), isByCreation: true });
      return "created";
    },
    room: rooms.room,
    async get(replay) {
      return replays.get(replayReader(replay));
    },
    async list({ streamName, generation }) {
      return [...replays.values()].filter(
        (replay) => replay.streamName === streamName && replay.generation === generation,
      );
    },
    async update(before, after) {
      const key = replayReader(before);
      const standing = replays.get(key);
      if (isDeepStrictEqual(standing, after)) return "updated";
      if (!isDeepStrictEqual(standing, before)) return "conflict";
      replays.set(key, after);
      return "updated";
    },
    async leave(replay) {
      leftovers.set(replayReader(replay), identity(replay));
    },
    async opened(replay) {
      const key = replayReader(replay);
      if (leftovers.get(key)?.isByCreation) leftovers.delete(key);
    },
    async settled(replay) {
      leftovers.delete(replayReader(replay));
    },
    async left() {
      return [...leftovers.values()].map(identity);
    },
    async openPart(replay, part) {
      const key = replayReader(replay);
      const standing = parts.get(key) ?? new Map<number, PartProgress>();
      parts.set(key, standing);
      if (standing.has(part.shardIndex)) return;
      const { blockIndex: readTo } = part.from;
      standing.set(part.shardIndex, { ...NO_TALLY, part, readTo, hasEnded: false });
    },
    async part(replay, shardIndex) {
      return partsOf(replay)?.get(shardIndex);
    },
    async parts(replay) {
      const all = [...(partsOf(replay)?.values() ?? [])];
      return all.toSorted((a, b) => a.part.shardIndex - b.part.shardIndex);
    },
    async count(replay, shardIndex, { readTo, ...done }) {
      const standing = partsOf(replay)?.get(shardIndex);
      if (standing === undefined || standing.readTo >= readTo) return;
      change(replay, shardIndex, {
        readTo,
        recordCount: standing.recordCount + done.recordCount,
        byteCount: standing.byteCount + done.byteCount,
        objectCount: standing.objectCount + done.objectCount,
        expiredCount: standing.expiredCount + done.expiredCount,
      });
    },
    async endPart(replay, shardIndex) {
      change(replay, shardIndex, { hasEnded: true });
    },
  };
}

function identity({ streamName, generation, replayId }: ReplayIdentity): ReplayIdentity {
  return { streamName, generation, replayId };
}
