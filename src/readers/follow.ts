/**
 * Following a data stream from shard to shard: one reader per shard, all under one id. A child's reader is opened
 * when the readers of all its parents have come to their shards' ends, so that nothing of a key is read before what
 * was put earlier. Every step can be repeated.
 */
import type { Clock } from "../clock.ts";
import { SHARDS_AT_ONCE, WRITER_GONE_AFTER_MS } from "../limits.ts";
import { seekTime } from "../log/seek.ts";
import type { LogStore, ShardHead, ShardKey } from "../log/store.ts";
import { inTurns } from "../streams/in-turns.ts";
import { parentIndexes, settledShards } from "../streams/lineage.ts";
import { retentionMs, trimHorizonMs } from "../streams/retention.ts";
import { listedShards, type ShardFilter } from "../streams/shard-filter.ts";
import type { StreamStore } from "../streams/store.ts";
import { type DataStream, dataShardKey, type Shard } from "../streams/stream.ts";
import type { StreamView } from "../streams/view.ts";
import {
  type Frontier,
  type Lease,
  type NewReaderState,
  type ReaderStore,
  SHARD_START,
  type WakeRule,
} from "./store.ts";

export type FollowStart =
  | { readonly kind: "trim-horizon" | "latest" }
  /** The first records that arrived at that time or later. */
  | { readonly kind: "time"; readonly timestampMs: number };

export interface Follower {
  readonly readerId: string;
  readonly wakeRule: WakeRule;
  /** Its readers go ahead of their checkpoints. */
  readonly goesAhead?: true;
}

export interface FollowPorts {
  readonly log: LogStore;
  readonly readers: Pick<ReaderStore<unknown>, "get" | "open" | "end" | "remove">;
  readonly clock: Clock;
}

export interface PassOnPorts extends FollowPorts {
  /** One shard at a time, so that what it takes does not grow with the stream. */
  readonly dataStreams: Pick<StreamStore, "shard">;
}

/** How far to go through thousands of shards in one go. */
export interface Pace {
  /** Earlier attempts have done the shards below it. */
  readonly fromShard: number;
  /** No further part is begun then; one is in any case, so that every attempt comes on. */
  readonly deadlineMs: number;
}

const ALL_AT_ONCE: Pace = { fromShard: 0, deadlineMs: Infinity };

/** Answers the shard to go on from when the time was over, `undefined` when all are done. */
async function atPace(
  shardIndexes: readonly number[],
  act: (shardIndex: number) => Promise<void>,
  { fromShard, deadlineMs }: Pace,
  clock: Clock,
): Promise<number | undefined> {
  const inOrder = shardIndexes.toSorted((a, b) => a - b);
  for (let i = 0; i < inOrder.length; i += SHARDS_AT_ONCE) {
    const part = inOrder.slice(i, i + SHARDS_AT_ONCE);
    if (part[0]! > fromShard && clock.now() >= deadlineMs) return part[0];
    await Promise.all(part.map(act));
  }
  return undefined;
}

/**
 * Opens the readers of the shards that hold the starting position; those that are there stay where they are. When an
 * attempt was cut short after `latest`, repeat it with the time of the first. Answers the shard to go on from when its
 * time was over.
 */
export async function startFollowing(
  ports: FollowPorts,
  { stream, shards }: StreamView,
  follower: Follower,
  start: FollowStart,
  pace = ALL_AT_ONCE,
): Promise<number | undefined> {
  const { log, readers, clock } = ports;
  const window = { nowMs: clock.now(), retentionMs: retentionMs(stream) };
  const listed = listedShards(settledShards(stream, shards), window, filterOf(start));
  const { readerId } = follower;
  const first = await firstShards(readers, { stream, shards }, readerId, listed);
  const openIn = async (index: number) => {
    const shard = dataShardKey(stream, index);
    const standing = await readers.get(shard, readerId);
    // What shards are begun with may differ from one attempt to the next, so those behind it are looked at, too.
    if (standing && index < pace.fromShard) return;
    const head = await log.head(shard);
    if (head === undefined) return readers.remove(shard, readerId);
    const state = standing ?? newReader(follower, await placeOf(ports, stream, shard, head, start));
    // Also one that is there: whoever opened it may have died before it was listed.
    await openReader(ports, shard, readerId, state);
    // What is there already has rung long ago.
    await log.ring(shard, clock.now());
  };
  return atPace(first, openIn, pace, clock);
}

/**
 * The shards to begin with. What is listed for a starting position changes with time and differs with clocks, so an
 * attempt that was cut short may have begun further up; from there readers come down by themselves, given that both
 * parents of a merge have one.
 */
async function firstShards(
  readers: Pick<FollowPorts["readers"], "get">,
  { stream, shards }: StreamView,
  readerId: string,
  listed: readonly Shard[],
): Promise<readonly number[]> {
  const isListed = new Set(listed.map(({ index }) => index));
  const above = new Set<number>();
  for (const shard of shards.toReversed()) {
    if (!isListed.has(shard.index) && !above.has(shard.index)) continue;
    for (const index of parentIndexes(shard)) above.add(index);
  }
  const begun = new Set<number>();
  await inTurns([...above], async (index) => {
    if (await readers.get(dataShardKey(stream, index), readerId)) begun.add(index);
  });
  const first = new Set<number>();
  const standing = new Set(shards.map(({ index }) => index));
  for (const shard of shards) {
    const { index } = shard;
    if (!isListed.has(index) && !above.has(index)) continue;
    // What was forgotten was read to its end, or by nobody.
    const parents = parentIndexes(shard).filter((parent) => standing.has(parent));
    const missing = parents.filter((parent) => !begun.has(parent));
    if (missing.length === parents.length) {
      if (isListed.has(index)) first.add(index);
      continue;
    }
    begun.add(index);
    for (const parent of missing) first.add(parent);
  }
  return [...first];
}

/** Removes the readers of every shard. Answers the shard to go on from when its time was over. */
export async function stopFollowing(
  {
    readers,
    dataStreams,
    clock,
  }: Pick<FollowPorts, "readers" | "clock"> & {
    readonly dataStreams: Pick<StreamStore, "shards">;
  },
  stream: Pick<DataStream, "name" | "generation">,
  readerId: string,
  pace = ALL_AT_ONCE,
): Promise<number | undefined> {
  const shards = await dataStreams.shards(stream);
  const left = shards.map(({ index }) => index).filter((index) => index >= pace.fromShard);
  const remove = (index: number) => readers.remove(dataShardKey(stream, index), readerId);
  return atPace(left, remove, pace, clock);
}

/**
 * To be called when a reader has seen all that was reserved in its shard.
 *
 * @returns `open`: more may come. `passed`: the shard is closed, the reader has ended, and the readers of those of
 * its children are open whose parents have all ended. `resharding`: its children cannot be named yet; come again. `gone`:
 * the shard was forgotten, or its stream deleted.
 */
export async function passOn(
  { log, readers, dataStreams, clock }: PassOnPorts,
  stream: Pick<DataStream, "name" | "generation">,
  lease: Lease,
  follower: Follower,
  shardIndex: number,
  readTo: number,
): Promise<"open" | "passed" | "resharding" | "gone" | "fenced"> {
  const head = await log.head(lease.shard);
  if (head === undefined || !head.sealed || readTo < head.blockIndex) return "open";
  const shard = await dataStreams.shard(stream, shardIndex);
  if (shard === undefined) return "gone";
  if (shard.closed === undefined) return "resharding";
  if ((await readers.end(lease)) === "fenced") return "fenced";
  for (const childIndex of shard.closed.childIndexes) {
    const child = await dataStreams.shard(stream, childIndex);
    // All of the stream is about to go.
    if (child === undefined) continue;
    const others = parentIndexes(child).filter((index) => index !== shardIndex);
    const haveEnded = await Promise.all(
      others.map((index) => hasEnded({ log, readers }, dataShardKey(stream, index), follower)),
    );
    // The last of the parents to end opens the child: each notes its own end before it looks at the others'.
    if (haveEnded.includes(false)) continue;
    const key = dataShardKey(stream, child.index);
    await openReader({ log, readers }, key, follower.readerId, newReader(follower, SHARD_FRONTIER));
    await log.ring(key, clock.now());
  }
  return "passed";
}

/** Of a shard that is forgotten meanwhile nobody else would remove it: the counter went before the readers. */
async function openReader(
  { log, readers }: Pick<FollowPorts, "log" | "readers">,
  shard: ShardKey,
  readerId: string,
  { checkpoint, frontier, wakeRule }: NewReaderState,
): Promise<void> {
  await readers.open(shard, readerId, { checkpoint, wakeRule, ...(frontier && { frontier }) });
  if ((await log.head(shard)) === undefined) await readers.remove(shard, readerId);
}

/** A shard is forgotten when all its readers have ended, and its counter goes before they do. */
async function hasEnded(
  { log, readers }: Pick<FollowPorts, "log" | "readers">,
  shard: ShardKey,
  { readerId }: Follower,
): Promise<boolean> {
  if ((await readers.get(shard, readerId))?.ended) return true;
  return (await log.head(shard)) === undefined;
}

const SHARD_FRONTIER: Frontier = { ...SHARD_START, recordOffset: 0 };

function newReader({ wakeRule, goesAhead }: Follower, place: Frontier): NewReaderState {
  const { blockIndex, byteOffset } = place;
  const checkpoint = { blockIndex, byteOffset };
  return { checkpoint, wakeRule, ...(goesAhead && { frontier: place }) };
}

function filterOf(start: FollowStart): ShardFilter {
  switch (start.kind) {
    case "trim-horizon":
      return { type: "AT_TRIM_HORIZON" };
    case "latest":
      return { type: "AT_LATEST" };
    case "time":
      return { type: "AT_TIMESTAMP", timestampMs: start.timestampMs };
  }
}

/**
 * At the first block that is wanted, or behind all that was reserved. A block that was reserved and is not there yet
 * may be of a writer that is about to store it: nothing is begun behind it unless a later one is too old for that.
 */
async function placeOf(
  { log, clock }: FollowPorts,
  stream: DataStream,
  shard: ShardKey,
  head: ShardHead,
  start: FollowStart,
): Promise<Frontier> {
  const { blockIndex, byteOffset, recordCount } = head;
  const tip = { blockIndex, byteOffset, recordOffset: recordCount };
  if (start.kind === "latest") return tip;
  const nowMs = clock.now();
  const horizonMs = trimHorizonMs(stream, nowMs);
  const sinceMs = start.kind === "time" ? Math.max(start.timestampMs, horizonMs) : horizonMs;
  const range = { shard, from: 0, to: blockIndex };
  let next = await seekTime(log, range, sinceMs);
  let missingAt: number | undefined;
  for await (const entry of log.read({ ...range, from: next })) {
    if (entry.index > next) missingAt ??= next;
    next = entry.index + 1;
    if (entry.kind === "tombstone") continue;
    if (entry.arrivedAtMs < nowMs - WRITER_GONE_AFTER_MS) missingAt = undefined;
    if (entry.arrivedAtMs < sinceMs) continue;
    const { byteOffset: entryOffset, firstRecord } = entry;
    const at = missingAt ?? entry.index;
    return { blockIndex: at, byteOffset: entryOffset, recordOffset: firstRecord };
  }
  if (next < blockIndex) missingAt ??= next;
  return { ...tip, blockIndex: missingAt ?? blockIndex };
}
