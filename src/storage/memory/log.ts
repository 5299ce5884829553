/** The shard log in memory: the twin that simulation and unit tests run on. Nothing a user runs uses it. */
import type { Clock } from "../../clock.ts";
import { PLACE_WRITABLE_MS } from "../../limits.ts";
import type {
  BlockExpiry,
  LogEntry,
  LogStore,
  ShardHead,
  ShardKey,
  ShardLimit,
  ShardRoom,
  TimeMark,
} from "../../log/store.ts";
import { endOf, openingMark, tenMinutesOf } from "../ten-minutes.ts";
import { memoryTimeMarks } from "./time-marks.ts";

interface Shard {
  head: ShardHead;
  tenMinutes?: number;
  window: { readonly second: number; readonly debtSeconds: number } & ShardRoom;
  retentionMs?: number;
  extension?: { readonly id: number; readonly below: number };
  readonly entries: Map<number, LogEntry>;
  /** In rising order: the indexes of the entries, and of some that are gone. */
  order: number[];
  /** Without a counter: nothing is reserved, and nobody knows how far it was. */
  isForgotten?: true;
}

/** The first place in `order` that is not below `index`. */
function placeOf(order: readonly number[], index: number): number {
  let [low, high] = [0, order.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (order[middle]! < index) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Counts an append against its second, as storage/dynamodb/reserve.ts does. */
function takeRoom(
  shard: Shard,
  { recordCount, byteCount, callCount = 1 }: ShardRoom,
  { perSecond, nowMs }: ShardLimit,
): { readonly isTaken: boolean; readonly room: ShardRoom; readonly aheadSecond?: number } {
  const { window } = shard;
  const callersSecond = Math.floor(nowMs / 1000);
  const second = Math.max(callersSecond, window.second - window.debtSeconds);
  const ahead = second > callersSecond ? { aheadSecond: second } : {};
  const room = {
    recordCount: Math.max(0, perSecond.recordCount - window.recordCount),
    byteCount: Math.max(0, perSecond.byteCount - window.byteCount),
    ...(perSecond.callCount !== undefined && {
      callCount: Math.max(0, perSecond.callCount - (window.callCount ?? 0)),
    }),
  };
  if (window.second < second) {
    const debtSeconds = Math.floor(Math.max(0, byteCount - 1) / perSecond.byteCount);
    shard.window = {
      second: second + debtSeconds,
      debtSeconds,
      recordCount,
      byteCount: byteCount - debtSeconds * perSecond.byteCount,
      callCount,
    };
    return { isTaken: true, room, ...ahead };
  }
  if (byteCount >= perSecond.byteCount && window.second === second) {
    const debtSeconds = Math.ceil(byteCount / perSecond.byteCount);
    shard.window = { second: second + debtSeconds, debtSeconds, recordCount: 0, byteCount: 0 };
    return { isTaken: true, room, ...ahead };
  }
  if (
    recordCount > room.recordCount ||
    byteCount > room.byteCount ||
    callCount > (room.callCount ?? Number.POSITIVE_INFINITY)
  ) {
    return { isTaken: false, room, ...ahead };
  }
  shard.window = {
    ...window,
    recordCount: window.recordCount + recordCount,
    byteCount: window.byteCount + byteCount,
    callCount: (window.callCount ?? 0) + callCount,
  };
  return { isTaken: true, room, ...ahead };
}

/** What a reservation opens, if anything. */
function openTenMinutes(shard: Shard, arrivedAtMs: number | undefined): TimeMark | undefined {
  if (arrivedAtMs === undefined) return undefined;
  const { tenMinutes: before, head } = shard;
  const own = tenMinutesOf(arrivedAtMs);
  if (before !== undefined && before >= own) return undefined;
  shard.tenMinutes = own;
  return openingMark(own, head.blockIndex, before);
}

/** `undefined` when the entry's body is gone. */
async function extendEntry(
  entry: LogEntry,
  expiresAtMs: number,
  keepBody: (key: string) => Promise<string | undefined>,
): Promise<LogEntry | undefined> {
  if (entry.kind === "tombstone") return { ...entry };
  const { body } = entry;
  if (body.kind === "inline") return { ...entry, expiresAtMs };
  const key = await keepBody(body.key);
  return key === undefined ? undefined : { ...entry, expiresAtMs, body: { ...body, key } };
}

export interface MemoryLog extends LogStore, BlockExpiry {
  /** Opens a shard, as creating its stream does. */
  open(shard: ShardKey): void;
  /** Seals a shard, as deleting its stream does. */
  seal(shard: ShardKey): void;
  /** Removes a shard's counter, as forgetting it does; its blocks are left to `expire`. */
  forget(shard: ShardKey): void;
  /** What TTL does: removes entries whose time is over. */
  expire(nowMs: number): void;
}

function newShard(): Shard {
  return {
    head: { blockIndex: 0, recordCount: 0, byteOffset: 0, sealed: false },
    window: { second: 0, debtSeconds: 0, recordCount: 0, byteCount: 0 },
    entries: new Map(),
    order: [],
  };
}

/** Low, so that tests meet more than one page. */
const EXTEND_PAGE_COUNT = 10;

export interface MemoryLogOptions {
  /** Called after every write, as the table's stream would be: the doorbell. `openedAtMs` only of a `ring`. */
  readonly onRing?: (shard: ShardKey, openedAtMs?: number) => void;
  /** By which writes come too late, or too early, for their block's arrival, as DynamoDB has it; absent: none do. */
  readonly clock?: Pick<Clock, "now">;
}

export function memoryLog({ onRing, clock }: MemoryLogOptions = {}): MemoryLog {
  const shards = new Map<ShardKey, Shard>();
  const strays = new Map<ShardKey, Shard>();
  const expiry = new Map<LogEntry, number>();

  return {
    open(shard) {
      if (shards.has(shard)) return;
      shards.set(shard, strays.get(shard) ?? newShard());
    },
    seal(shard) {
      const found = shards.get(shard);
      if (found) found.head = { ...found.head, sealed: true };
    },
    forget(shard) {
      const found = shards.get(shard);
      if (found) found.isForgotten = true;
    },
    expire(nowMs) {
      for (const shard of shards.values()) {
        const { entries } = shard;
        for (const [index, entry] of entries) {
          if ((expiry.get(entry) ?? Number.POSITIVE_INFINITY) <= nowMs) entries.delete(index);
        }
        shard.order = shard.order.filter((index) => entries.has(index));
      }
    },
    ...memoryTimeMarks(),
    async reserve(shard, { recordCount, byteCount, callCount = 1, arrivedAtMs, limit }) {
      const found = counterOf(shard);
      if (!found || found.head.sealed) return { kind: "closed" };
      const { isTaken, room, ...ahead } =
        limit === undefined
          ? { isTaken: true }
          : takeRoom(found, { recordCount, byteCount, callCount }, limit);
      if (!isTaken) return { kind: "throttled", ...(room && { room }), ...ahead };
      const { head } = found;
      const mark = openTenMinutes(found, arrivedAtMs);
      found.head = {
        blockIndex: head.blockIndex + 1,
        recordCount: head.recordCount + recordCount,
        byteOffset: head.byteOffset + byteCount,
        sealed: false,
        ...(found.tenMinutes !== undefined && { reservedBeforeMs: endOf(found.tenMinutes) }),
      };
      return {
        kind: "reserved",
        blockIndex: head.blockIndex,
        firstRecord: head.recordCount,
        byteOffset: head.byteOffset,
        ...(found.retentionMs !== undefined && { retentionMs: found.retentionMs }),
        ...ahead,
        ...(mark && { mark }),
      };
    },
    async write(block) {
      const { entries } = shardOf(block.shard);
      // Whatever stands there: the request is not even looked at.
      if (clock && Math.abs(clock.now() - block.arrivedAtMs) > PLACE_WRITABLE_MS) {
        return { kind: "throttled" };
      }
      const standing = entries.get(block.index);
      if (standing === undefined) {
        enter(block);
        expiry.set(block, block.expiresAtMs);
        onRing?.(block.shard);
        return { kind: "written" };
      }
      if (standing.kind === "tombstone") return { kind: "lost", winner: "tombstone" };
      return standing.token === block.token
        ? { kind: "written" }
        : { kind: "lost", winner: "data" };
    },
    async fill(shard, index, expiresAtMs) {
      const standing = shardOf(shard).entries.get(index);
      if (standing) return standing;
      const tombstone = { kind: "tombstone", shard, index } as const;
      enter(tombstone);
      expiry.set(tombstone, expiresAtMs);
      onRing?.(shard);
      return tombstone;
    },
    async *read({ shard, from, to }) {
      for (let next = from; next < to; next++) {
        const found = shards.get(shard);
        if (found === undefined) return;
        // Looked for anew each time, for entries come and go while a reader is busy with one.
        const index = found.order[placeOf(found.order, next)];
        if (index === undefined || index >= to) return;
        const entry = found.entries.get(index);
        if (entry) yield entry;
        next = index;
      }
    },
    async head(shard) {
      return counterOf(shard)?.head;
    },
    async noteRetention(shard, retentionMs) {
      const found = counterOf(shard);
      if (found) found.retentionMs = retentionMs;
    },
    async beginExtension(shard, { id, retentionMs }) {
      const found = counterOf(shard);
      if (!found) return 0;
      const { extension } = found;
      if (extension === undefined || extension.id < id) {
        found.retentionMs = retentionMs;
        found.extension = { id, below: found.head.blockIndex };
      }
      return found.extension?.id === id ? found.extension.below : 0;
    },
    async extendExpiry({ shard, from, to }, { lifetimeMs, nowMs, keepBody }) {
      const start = Math.max(from, to - EXTEND_PAGE_COUNT);
      for (let index = start; index < to; index++) {
        const entry = shards.get(shard)?.entries.get(index);
        if (entry === undefined) continue;
        const bornMs = entry.kind === "data" ? entry.arrivedAtMs : nowMs;
        const expiresAtMs = bornMs + lifetimeMs;
        if ((expiry.get(entry) ?? 0) >= expiresAtMs) continue;
        const extended = await extendEntry(entry, expiresAtMs, keepBody);
        if (extended === undefined || shardOf(shard).entries.get(index) !== entry) continue;
        shardOf(shard).entries.set(index, extended);
        expiry.set(extended, expiresAtMs);
        onRing?.(shard);
      }
      return start;
    },
    async noteExtended(shard, id, below) {
      const found = counterOf(shard);
      const extension = found?.extension;
      if (found && extension?.id === id && extension.below > below) found.extension = { id, below };
    },
    async ring(shard, openedAtMs) {
      onRing?.(shard, openedAtMs);
    },
  };

  function counterOf(shard: ShardKey): Shard | undefined {
    const found = shards.get(shard);
    return found?.isForgotten ? undefined : found;
  }

  /** As in DynamoDB, a place can be filled in a shard that has no counter. */
  function shardOf(shard: ShardKey): Shard {
    const found = shards.get(shard) ?? strays.get(shard) ?? newShard();
    if (!shards.has(shard)) strays.set(shard, found);
    return found;
  }

  function enter(entry: LogEntry): void {
    const { entries, order } = shardOf(entry.shard);
    entries.set(entry.index, entry);
    const at = placeOf(order, entry.index);
    if (order[at] !== entry.index) order.splice(at, 0, entry.index);
  }
}
