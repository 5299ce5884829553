/**
 * The safety net under the wake-ups: looks at every reader of the given shards and sends a wake-up to those whose
 * buffer should have been flushed a while ago. Sending one too many changes nothing.
 */
import { type Clock, isAhead } from "../clock.ts";
import { LEASE_AHEAD_MAX_MS, WAKE_AHEAD_MAX_MS } from "../limits.ts";
import type { LogEntry, LogStore, ShardKey } from "../log/store.ts";
import { lookedUpTo, type ReaderState, type ReaderStore, type WakeQueue } from "./store.ts";

/** How long after its time a flush counts as forgotten. A back-off shows as a lease, and counts from its end. */
export const SWEEP_GRACE_MS = 30_000;

export interface SweepPorts<Plan> {
  readonly log: LogStore;
  readonly readers: ReaderStore<Plan>;
  readonly queue: WakeQueue;
  readonly clock: Clock;
  /** Whether a reader is not to be woken, whatever waits for it; absent: all are. */
  readonly isPaused?: (readerId: string) => boolean;
}

/** Returns whether any reader of the shard has a buffer open. */
export async function sweepShard<Plan>(ports: SweepPorts<Plan>, shard: ShardKey): Promise<boolean> {
  const { log, readers, queue, isPaused = () => false } = ports;
  const states = await readers.list(shard);
  const reading = states.filter((state) => isAtWork(state) && !isPaused(state.readerId));
  // As with every shard that was closed and read to its end.
  if (reading.length === 0) return false;
  const head = await log.head(shard);
  if (head === undefined) return false;
  const open = reading.filter(
    ({ checkpoint, wakesAtMs }) =>
      checkpoint.blockIndex < head.blockIndex || head.sealed || wakesAtMs !== undefined,
  );
  for (const reader of open) {
    if (!(await isForgotten(ports, shard, reader))) continue;
    const { readerId } = reader;
    await queue.send({ shard, readerId, blockIndex: lookedUpTo(reader) }, 0);
  }
  return open.length > 0;
}

/** One that has ended and was never released died before it had opened its children's readers. */
export function isAtWork({ ended, leasedUntilMs }: ReaderState<unknown>): boolean {
  return !ended || leasedUntilMs !== undefined;
}

async function isForgotten<Plan>(
  { log, clock }: SweepPorts<Plan>,
  shard: ShardKey,
  { checkpoint, wakeRule, leasedUntilMs = 0, wakesAtMs = 0 }: ReaderState<Plan>,
): Promise<boolean> {
  const now = clock.now();
  if (isAhead(leasedUntilMs + SWEEP_GRACE_MS, now, LEASE_AHEAD_MAX_MS + SWEEP_GRACE_MS))
    return false;
  if (isAhead(wakesAtMs + SWEEP_GRACE_MS, now, WAKE_AHEAD_MAX_MS + SWEEP_GRACE_MS)) return false;
  const first = await firstVisible(log, shard, checkpoint.blockIndex);
  // Reserved and nowhere to be seen: whoever wrote it is late or dead; the reader closes the hole.
  if (first?.kind !== "data") return true;
  const patienceMs = wakeRule.intervalMs + SWEEP_GRACE_MS;
  return !isAhead(first.arrivedAtMs + patienceMs, now, patienceMs);
}

async function firstVisible(
  log: LogStore,
  shard: ShardKey,
  from: number,
): Promise<LogEntry | undefined> {
  for await (const entry of log.read({ shard, from, to: from + 1 })) return entry;
  return undefined;
}
