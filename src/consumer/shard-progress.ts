/** How far a mapping has come in a shard, and what it waits for, as its reader and the log say. */
import type { Clock } from "../clock.ts";
import { firstBlockSince } from "../log/seek.ts";
import type { LogStore, ShardKey } from "../log/store.ts";
import type { ReaderState, ReaderStore } from "../readers/store.ts";
import { consumerReaderId, type EventSourceMapping } from "./mapping.ts";
import { comparePlaces, type LaneRetry, type Progress } from "./progress.ts";

export interface ShardProgress {
  /** `ended`: the shard is closed, and all of it was read. */
  readonly state: "reading" | "ended";
  /** Records that arrived and were not handled yet, as far as one lane of several tells. */
  readonly recordsBehind: number;
  /** How long ago the first of them arrived. */
  readonly iteratorAgeMs: number;
  /** Present while batches fail: the one that is tried again next. */
  readonly retry?: Pick<LaneRetry, "retryAtMs" | "lastError">;
}

export interface ShardProgressPorts {
  readonly log: LogStore;
  readonly readers: Pick<ReaderStore<Progress>, "get">;
  readonly clock: Clock;
}

/**
 * `undefined`: the mapping does not read that shard, or not yet.
 * @param horizonMs arrival of the oldest record that can be read
 */
export async function shardProgress(
  ports: ShardProgressPorts,
  shard: ShardKey,
  mapping: Pick<EventSourceMapping, "uuid" | "deaggregates">,
  horizonMs: number,
): Promise<ShardProgress | undefined> {
  const reader = await ports.readers.get(shard, consumerReaderId(mapping.uuid));
  if (reader === undefined) return undefined;
  if (reader.ended) return { state: "ended", recordsBehind: 0, iteratorAgeMs: 0 };
  const retry = nextRetry(reader);
  return {
    state: "reading",
    ...(await backlogOf(ports, reader, mapping, horizonMs)),
    ...(retry && { retry: { retryAtMs: retry.retryAtMs, ...lastErrorOf(retry) } }),
  };
}

function lastErrorOf({ lastError }: LaneRetry): Pick<LaneRetry, "lastError"> {
  return lastError === undefined ? {} : { lastError };
}

function nextRetry({ plan }: ReaderState<Progress>): LaneRetry | undefined {
  const retries = (plan?.lanes ?? []).flatMap(({ retry }) => retry ?? []);
  return retries.toSorted((a, b) => a.retryAtMs - b.retryAtMs)[0];
}

async function backlogOf(
  { log, clock }: ShardProgressPorts,
  { shard, checkpoint, plan }: ReaderState<Progress>,
  { deaggregates = false }: Pick<EventSourceMapping, "deaggregates">,
  horizonMs: number,
): Promise<Pick<ShardProgress, "recordsBehind" | "iteratorAgeMs">> {
  const none = { recordsBehind: 0, iteratorAgeMs: 0 };
  const head = await log.head(shard);
  if (head === undefined) return none;
  const range = { shard, from: checkpoint.blockIndex, to: head.blockIndex };
  const block = await firstBlockSince(log, range, horizonMs);
  if (block === undefined) return none;
  const [lowest] = (plan?.lanes ?? []).map(({ next }) => next).toSorted(comparePlaces);
  const [blockIndex, position, subPosition] = lowest ?? [0, 0, 0];
  // Of an aggregate that was begun nobody knows whether more is in it.
  const isPositionHandled = subPosition > 0 && !deaggregates;
  const handledCount = blockIndex === block.index ? position + (isPositionHandled ? 1 : 0) : 0;
  const recordsBehind = head.recordCount - block.firstRecord - handledCount;
  if (recordsBehind <= 0) return none;
  return { recordsBehind, iteratorAgeMs: Math.max(0, clock.now() - block.arrivedAtMs) };
}
