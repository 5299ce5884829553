/**
 * Which blocks of a lane or shard a replay's range comes to. Blocks arrive in the order of their indexes but for a little
 * disorder, so the blocks of a range of time are a little more than it asks for; which of them are wanted is said by
 * when each arrived (`ShardRetention.wanted`).
 */
import type { Clock } from "../../clock.ts";
import { ARRIVAL_DISORDER_MAX_MS } from "../../limits.ts";
import { firstBlock, seekTime } from "../../log/seek.ts";
import type { Block, LogStore, ShardHead, ShardKey } from "../../log/store.ts";
import { type ArrivalRange, horizonMs } from "../../readers/span.ts";
import type { SourceShard } from "../source/shard.ts";
import type { RecordPosition, ReplayPart, ReplayRange } from "./replay.ts";

export interface PartPorts {
  readonly log: LogStore;
  readonly clock: Clock;
}

/** The lane or shard that a range is of; `undefined`: of all. */
export function onlyShard({ from, to }: ReplayRange): number | undefined {
  if (from?.kind === "record") return from.shardIndex;
  return to?.kind === "record" ? to.shardIndex : undefined;
}

export function arrivalRange({ from, to }: ReplayRange): ArrivalRange {
  return {
    ...(from?.kind === "time" && { sinceMs: from.atMs }),
    ...(to?.kind === "time" && { untilMs: to.atMs }),
  };
}

/** The block of a record; `undefined` when it is not there, or expired. */
export async function blockOfRecord(
  { log, clock }: PartPorts,
  { key: shard, retention }: Pick<SourceShard, "key" | "retention">,
  { blockIndex, position }: RecordPosition,
): Promise<Block | undefined> {
  const block = await firstBlock(log, { shard, from: blockIndex, to: blockIndex + 1 });
  if (block === undefined || position >= block.recordCount) return undefined;
  return block.arrivedAtMs < horizonMs(retention, clock.now()) ? undefined : block;
}

/** `undefined`: nothing of the range is there. */
export async function partOf(
  ports: PartPorts,
  source: Pick<SourceShard, "key" | "index" | "retention">,
  range: ReplayRange,
): Promise<ReplayPart | undefined> {
  const head = await ports.log.head(source.key);
  if (head === undefined) return undefined;
  const [start, end] = await Promise.all([
    startOf(ports, source, head, range.from),
    endOf(ports, source, head, range.to),
  ]);
  if (start === undefined || end === undefined) return undefined;
  const { blockIndex: toIndex } = end.to;
  if (start.from.blockIndex >= toIndex) return undefined;
  const { from, skippedAtStart = 0 } = start;
  const { to, keptAtEnd, skippedAtEnd } = end;
  const isOneBlock = keptAtEnd !== undefined && from.blockIndex === toIndex - 1;
  if (isOneBlock && keptAtEnd <= skippedAtStart) return undefined;
  return {
    shardIndex: source.index,
    from,
    to,
    ...(skippedAtStart > 0 && { skippedAtStart }),
    ...(keptAtEnd !== undefined && { keptAtEnd, skippedAtEnd: skippedAtEnd ?? 0 }),
  };
}

async function startOf(
  ports: PartPorts,
  source: Pick<SourceShard, "key" | "retention">,
  head: ShardHead,
  from: ReplayRange["from"],
): Promise<Pick<ReplayPart, "from" | "skippedAtStart"> | undefined> {
  const { log, clock } = ports;
  if (from?.kind === "record") {
    const block = await blockOfRecord(ports, source, from);
    if (block) return { from: startOfBlock(block), skippedAtStart: from.position };
    // It was there when it was asked for, and has expired since; what is behind it has not, or not all of it.
    const next = await firstBlock(log, {
      shard: source.key,
      from: from.blockIndex + 1,
      to: head.blockIndex,
    });
    return next && { from: startOfBlock(next) };
  }
  // What has expired of a time that was asked for is passed, and counted, by the reader.
  const sinceMs = from?.atMs ?? horizonMs(source.retention, clock.now());
  const range = { shard: source.key, from: 0, to: head.blockIndex };
  const block = await firstBlock(log, { ...range, from: await seekTime(log, range, sinceMs) });
  return block && { from: startOfBlock(block) };
}

async function endOf(
  ports: PartPorts,
  source: Pick<SourceShard, "key" | "retention">,
  head: ShardHead,
  to: ReplayRange["to"],
): Promise<Pick<ReplayPart, "to" | "keptAtEnd" | "skippedAtEnd"> | undefined> {
  if (to?.kind === "record") {
    const block = await blockOfRecord(ports, source, to);
    if (block === undefined) return undefined;
    const keptAtEnd = to.position + 1;
    return { to: endOfBlock(block), keptAtEnd, skippedAtEnd: block.recordCount - keptAtEnd };
  }
  const { blockIndex, byteOffset } = head;
  const tip = { to: { blockIndex, byteOffset } };
  if (to === undefined) return tip;
  const block = await firstSince(ports.log, source.key, head, to.atMs + ARRIVAL_DISORDER_MAX_MS);
  return block === undefined ? tip : { to: startOfBlock(block) };
}

/** The first that arrived then or later. */
async function firstSince(
  log: LogStore,
  shard: ShardKey,
  { blockIndex: to }: ShardHead,
  timeMs: number,
): Promise<Block | undefined> {
  const from = await seekTime(log, { shard, from: 0, to }, timeMs);
  for await (const entry of log.read({ shard, from, to })) {
    if (entry.kind === "data" && entry.arrivedAtMs >= timeMs) return entry;
  }
  return undefined;
}

const startOfBlock = ({ index, byteOffset }: Block) => ({ blockIndex: index, byteOffset });
const endOfBlock = ({ index, byteOffset, byteCount }: Block) => ({
  blockIndex: index + 1,
  byteOffset: byteOffset + byteCount,
});
