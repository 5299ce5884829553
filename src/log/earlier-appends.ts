/**
 * What earlier attempts of a call stored in a shard: searched backwards from where the shard's reservations stand,
 * until the blocks are too old or too many. An attempt that has not even taken its place yet is not found.
 */
import type { Clock } from "../clock.ts";
import { RETRY_SEARCH_MAX_AGE_MS, RETRY_SEARCH_PAGE_BLOCKS } from "../limits.ts";
import { resolveEntry } from "./read.ts";
import { findRequest, type FoundRequest } from "./retry.ts";
import type { LogEntry, LogStore, ReadRange, ShardKey } from "./store.ts";

export interface SearchPorts {
  readonly log: LogStore;
  readonly clock: Clock;
}

export interface SearchOptions {
  readonly shard: ShardKey;
  /** The first index that is not searched: all that could be the attempt's is reserved below. */
  readonly to: number;
  readonly proof: Uint8Array;
  readonly maxBlocks: number;
  /** For the tombstones of holes. */
  readonly retentionMs: number;
}

export interface EarlierAppend extends Pick<FoundRequest, "position" | "members"> {
  readonly blockIndex: number;
  /** From `position` to the block's end: the append's own where its call had the block to itself. */
  readonly recordCount: number;
  readonly arrivedAtMs: number;
}

/** Whoever has enough stops asking, before holes are waited for. */
export async function* earlierAppends(
  ports: SearchPorts,
  options: SearchOptions,
): AsyncGenerator<EarlierAppend> {
  const { shard, proof } = options;
  const tooOldMs = ports.clock.now() - RETRY_SEARCH_MAX_AGE_MS;
  const end = Math.max(0, options.to - options.maxBlocks);
  for (let to = options.to; to > end; to -= RETRY_SEARCH_PAGE_BLOCKS) {
    const from = Math.max(end, to - RETRY_SEARCH_PAGE_BLOCKS);
    const seen = new Set<number>();
    let searchedFrom = from;
    for await (const entry of ports.log.read({ shard, from, to })) {
      seen.add(entry.index);
      yield* appendsIn(entry, proof);
      // What was reserved before a block that old is no attempt of this call.
      if (entry.kind === "data" && entry.arrivedAtMs < tooOldMs) searchedFrom = entry.index;
    }
    const range = { shard, from: searchedFrom, to };
    for (const entry of await resolveHoles(ports, range, seen, options.retentionMs)) {
      yield* appendsIn(entry, proof);
    }
    if (searchedFrom > from) return;
  }
}

/** Holes are resolved before the answer is no: one of them may be that attempt, still on its way. */
async function resolveHoles(
  { log, clock }: SearchPorts,
  { shard, from, to }: ReadRange,
  seen: ReadonlySet<number>,
  retentionMs: number,
): Promise<readonly LogEntry[]> {
  const holes: number[] = [];
  for (let index = from; index < to; index++) if (!seen.has(index)) holes.push(index);
  return Promise.all(holes.map((index) => resolveEntry({ log, clock, retentionMs }, shard, index)));
}

function* appendsIn(entry: LogEntry, proof: Uint8Array): Generator<EarlierAppend> {
  if (entry.kind === "tombstone") return;
  const found = findRequest(entry.requests, proof);
  if (found === undefined) return;
  yield {
    blockIndex: entry.index,
    position: found.position,
    ...(found.members && { members: found.members }),
    recordCount: entry.recordCount - found.position,
    arrivedAtMs: entry.arrivedAtMs,
  };
}
