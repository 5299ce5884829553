/** Redrives in memory, on the memory log and readers. Nothing a user runs uses it. */
import { isDeepStrictEqual } from "node:util";
import type { RedriveStore } from "../../delivery/redrive/ports.ts";
import {
  NEW_REDRIVE_READER,
  type Redrive,
  REDRIVE_READER,
  redriveShard,
} from "../../delivery/redrive/redrive.ts";
import type { ReaderStore } from "../../readers/store.ts";
import type { SweepNotes } from "../../readers/sweep-notes.ts";
import type { MemoryLog } from "./log.ts";
import { memoryRooms } from "./rooms.ts";

export function memoryRedrives(
  log: MemoryLog,
  readers: Pick<ReaderStore<unknown>, "open" | "remove">,
  notes?: Pick<SweepNotes, "put">,
): RedriveStore {
  const redrives = new Map<string, Redrive>();
  const rooms = memoryRooms();

  return {
    async create(redrive, room) {
      const shard = redriveShard(redrive);
      const standing = redrives.get(shard);
      if (standing) return isDeepStrictEqual(standing, redrive) ? "created" : "exists";
      if (!rooms.enter(redrive, redrive.redriveId, room)) return "crowded";
      redrives.set(shard, redrive);
      log.open(shard);
      await log.reserve(shard, { recordCount: 0, byteCount: 0 });
      await readers.open(shard, REDRIVE_READER, NEW_REDRIVE_READER);
      await notes?.put({ subject: shard, token: redrive.redriveId, atMs: redrive.startedAtMs });
      return "created";
    },
    room: rooms.room,
    async get(redrive) {
      return redrives.get(redriveShard(redrive));
    },
    async list({ streamName, generation }) {
      return [...redrives.values()].filter(
        (redrive) => redrive.streamName === streamName && redrive.generation === generation,
      );
    },
    async update(before, after) {
      const shard = redriveShard(before);
      const standing = redrives.get(shard);
      if (isDeepStrictEqual(standing, after)) return "updated";
      if (!isDeepStrictEqual(standing, before)) return "conflict";
      redrives.set(shard, after);
      return "updated";
    },
    async close(redrive) {
      const shard = redriveShard(redrive);
      await readers.remove(shard, REDRIVE_READER);
      log.forget(shard);
    },
  };
}
