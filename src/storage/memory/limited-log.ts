/** The shard log, and what raises its blocks' expiry, within a capacity. */
import type {
  BlockExpiry,
  LogEntry,
  LogStore,
  ReadRange,
  ShardKey,
  TimeMark,
} from "../../log/store.ts";
import { blockKey, chunksOf, counterKey, lastChunkOf, markKey, ringKey } from "../dynamodb/keys.ts";
import type { Capacity } from "./capacity.ts";
import { isBusy, type LimitedClient, PAGE_MAX_BYTES, requestsTo } from "./limited.ts";

/** Of items, as the adapters write them, beside what is told by their contents. */
const BLOCK_HEAD_BYTES = 160;
export const TOMBSTONE_BYTES = 100;
export const COUNTER_BYTES = 170;
const MARK_BYTES = 130;

/** The second that each shard's counter is in, whichever process opened it. */
const secondsOf = new WeakMap<Capacity, Map<ShardKey, number>>();

export function limitedLog(log: LogStore, client: LimitedClient): LogStore {
  const state = requestsTo(client, "state");
  const blocks = requestsTo(client, "log");
  const windows = secondsOf.get(client.capacity) ?? new Map<ShardKey, number>();
  secondsOf.set(client.capacity, windows);

  /** What a limit adds: the first append of a second finds an older one's window, and opens its own. */
  function updateCount(shard: ShardKey, nowMs: number | undefined): number {
    if (nowMs === undefined) return 1;
    const second = Math.floor(nowMs / 1000);
    if ((windows.get(shard) ?? 0) >= second) return 1;
    windows.set(shard, second);
    return 2;
  }

  const update = <Answer>(shard: ShardKey, act: () => Promise<Answer>) =>
    state.write(counterKey(shard), COUNTER_BYTES, act);

  const readMark = (shard: ShardKey, act: () => Promise<TimeMark | undefined>) =>
    state.read(markKey(shard, 0), act, () => MARK_BYTES);

  /** A query: of what lies under one partition key, as much as a page holds. */
  const nextPage = (range: ReadRange) =>
    blocks.read(
      blockKey(range.shard, range.from),
      async () => {
        const page: LogEntry[] = [];
        let byteCount = 0;
        for await (const entry of log.read(range)) {
          page.push(entry);
          byteCount += entryBytes(entry);
          if (byteCount >= PAGE_MAX_BYTES) break;
        }
        return { page, byteCount };
      },
      ({ byteCount }) => byteCount,
    );

  return {
    async reserve(shard, append) {
      try {
        if (updateCount(shard, append.limit?.nowMs) > 1) await update(shard, async () => {});
        return await update(shard, () => log.reserve(shard, append));
      } catch (error) {
        if (isBusy(error)) return { kind: "throttled" };
        throw error;
      }
    },
    async write(block) {
      try {
        const key = blockKey(block.shard, block.index);
        return await blocks.write(key, entryBytes(block), () => log.write(block));
      } catch (error) {
        if (isBusy(error)) return { kind: "throttled" };
        throw error;
      }
    },
    fill: (shard, index, expiresAtMs) =>
      blocks.write(blockKey(shard, index), TOMBSTONE_BYTES, () =>
        log.fill(shard, index, expiresAtMs),
      ),
    async *read(range) {
      let { from } = range;
      for (const { end } of chunksOf(range)) {
        while (from < end) {
          const { page, byteCount } = await nextPage({ ...range, from, to: end });
          yield* page;
          from = byteCount >= PAGE_MAX_BYTES ? page.at(-1)!.index + 1 : end;
        }
      }
    },
    head: (shard) =>
      state.read(
        counterKey(shard),
        () => log.head(shard),
        () => COUNTER_BYTES,
      ),
    leaveMark: (shard, mark) =>
      state.write(markKey(shard, mark.atMs), MARK_BYTES, () => log.leaveMark(shard, mark)),
    lastMark: (shard, timeMs) => readMark(shard, () => log.lastMark(shard, timeMs)),
    nextMark: (shard, timeMs) => readMark(shard, () => log.nextMark(shard, timeMs)),
    ring: (shard, openedAtMs) =>
      blocks.write(ringKey(shard, openedAtMs), TOMBSTONE_BYTES, () => log.ring(shard, openedAtMs)),
  };
}

/** A page is read, and each entry that must live longer is written; all are charged as if they had to. */
export function limitedBlockExpiry(
  expiry: BlockExpiry,
  log: LogStore,
  client: LimitedClient,
): BlockExpiry {
  const state = requestsTo(client, "state");
  const blocks = requestsTo(client, "log");
  return {
    ...expiry,
    noteRetention: (shard, retentionMs) =>
      state.write(counterKey(shard), COUNTER_BYTES, () => expiry.noteRetention(shard, retentionMs)),
    beginExtension: (shard, raise) =>
      state.write(counterKey(shard), COUNTER_BYTES, () => expiry.beginExtension(shard, raise)),
    noteExtended: (shard, id, below) =>
      state.write(counterKey(shard), COUNTER_BYTES, () => expiry.noteExtended(shard, id, below)),
    async extendExpiry(range, options) {
      if (range.to <= range.from) return range.from;
      const { start } = lastChunkOf(range);
      try {
        for await (const entry of log.read({ ...range, from: start })) {
          const key = blockKey(range.shard, entry.index);
          await blocks.write(key, entryBytes(entry), async () => {});
        }
      } catch (error) {
        if (isBusy(error)) return "throttled";
        throw error;
      }
      let to: number = range.to;
      while (to > start) {
        const next = await expiry.extendExpiry({ ...range, from: start, to }, options);
        if (next === "throttled") return next;
        to = next;
      }
      return start;
    },
  };
}

/** `entryBytes` of a block of 1,000 bytes in the item: about 1,200. */
export function entryBytes(entry: LogEntry): number {
  if (entry.kind === "tombstone") return TOMBSTONE_BYTES;
  const { body, shard } = entry;
  const bodyBytes = body.kind === "inline" ? body.bytes.length : body.key.length;
  return BLOCK_HEAD_BYTES + shard.length + bodyBytes;
}
