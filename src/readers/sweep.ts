/**
 * The safety net under the wake-ups: looks at every reader of the shards that are noted, and sends a wake-up to those
 * whose buffer should have been flushed a while ago. Sending one too many changes nothing.
 *
 * A reader that was woken remembers that its shard is noted, so that whoever wakes it next need not note it again. A
 * shard at rest loses its note in an order in which nobody can rely on one that is gone:
 *
 *   the note is read ─ at rest? ─ readers forget it ─ still at rest, and forgotten? ─ the note is dropped, if it is the same
 *
 * Who wakes a reader afterwards sees that it has forgotten, and notes the shard anew; who noted it before the second
 * look had put the block there first, which that look sees.
 */
import { type Clock, isAhead } from "../clock.ts";
import { LEASE_AHEAD_MAX_MS, WAKE_AHEAD_MAX_MS } from "../limits.ts";
import type { LogEntry, LogStore, ShardKey } from "../log/store.ts";
import { inTurns } from "../streams/in-turns.ts";
import { lookedUpTo, type ReaderState, type ReaderStore, type WakeQueue } from "./store.ts";
import { LEFT_BY_CALLS, type SweepNote, type SweepNotes } from "./sweep-notes.ts";

/** How long after its time a flush counts as forgotten. A back-off shows as a lease, and counts from its end. */
export const SWEEP_GRACE_MS = 30_000;

export interface SweepPorts<Plan> {
  readonly log: LogStore;
  readonly readers: ReaderStore<Plan>;
  readonly queue: WakeQueue;
  readonly clock: Clock;
  /**
   * Whether a reader is not to be woken, whatever waits for it; absent: all are. One that died on the way to its children
   * is woken all the same: nobody else would look for it once it may be woken again.
   */
  readonly isPaused?: (readerId: string) => Promise<boolean>;
}

export interface NoteSweepPorts<Plan> extends SweepPorts<Plan> {
  readonly notes: Pick<SweepNotes, "drop">;
  /** One shard in trouble keeps nobody else waiting; it is told here. */
  readonly reportFailure: (place: string, error: unknown) => void;
}

/** Looks at the shards among the notes. Returns whether any of these notes is left. */
export async function sweepShards<Plan>(
  ports: NoteSweepPorts<Plan>,
  notes: readonly SweepNote[],
): Promise<boolean> {
  const kept = await inTurns(notes, async (note) => {
    const { subject } = note;
    if (subject === LEFT_BY_CALLS) return false;
    return tried(ports, subject, () => sweepNote(ports, note, subject));
  });
  return kept.includes(true);
}

/** What fails counts as open. */
export async function tried(
  { reportFailure }: Pick<NoteSweepPorts<never>, "reportFailure">,
  place: string,
  look: () => Promise<boolean>,
): Promise<boolean> {
  try {
    return await look();
  } catch (error) {
    reportFailure(place, error);
    return true;
  }
}

async function sweepNote<Plan>(
  ports: NoteSweepPorts<Plan>,
  note: SweepNote,
  shard: ShardKey,
): Promise<boolean> {
  const { isOpen, noted } = await sweepShard(ports, shard);
  if (isOpen) return true;
  await inTurns(noted, ({ readerId }) => ports.readers.forgetNoted(shard, readerId));
  const later = await sweepShard(ports, shard);
  if (later.isOpen || later.noted.length > 0) return true;
  await ports.notes.drop(note);
  return false;
}

export interface ShardLook {
  /** Any reader of the shard has a buffer open. */
  readonly isOpen: boolean;
  /** Those that take the shard for noted. */
  readonly noted: readonly ReaderState<unknown>[];
}

export async function sweepShard<Plan>(
  ports: SweepPorts<Plan>,
  shard: ShardKey,
): Promise<ShardLook> {
  const { log, readers, queue, isPaused = () => Promise.resolve(false) } = ports;
  const states = await readers.list(shard);
  const noted = states.filter(({ isNoted }) => isNoted);
  const reading: ReaderState<Plan>[] = [];
  for (const state of states) {
    if (isAtWork(state) && (state.ended || !(await isPaused(state.readerId)))) reading.push(state);
  }
  // As with every shard that was closed and read to its end.
  if (reading.length === 0) return { isOpen: false, noted };
  const head = await log.head(shard);
  if (head === undefined) return { isOpen: false, noted };
  const open = reading.filter(
    ({ checkpoint, wakesAtMs }) =>
      checkpoint.blockIndex < head.blockIndex || head.sealed || wakesAtMs !== undefined,
  );
  for (const reader of open) {
    if (!(await isForgotten(ports, shard, reader))) continue;
    const { readerId } = reader;
    await queue.send({ shard, readerId, blockIndex: lookedUpTo(reader) }, 0);
  }
  return { isOpen: open.length > 0, noted };
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
