/**
 * A delivery stream that is paused takes records, for as long as its retention lets them live, and delivers none. The
 * stream's item says so, and everybody looks there: a wake-up of a paused stream is dropped, and a run that is at work
 * asks before each span that it plans. What a run has begun to execute by then it ends; a plan that waits for its next try
 * stays as it is, and is run again as it was when the stream is resumed.
 *
 *   pause    item: paused
 *   resume   item: not paused ─▶ a wake-up for each reader, due when its oldest record has waited for the interval
 *
 * The item comes first, so that a wake-up which was dropped was dropped before the readers are looked at. Should whoever
 * resumes die in between, the sweep finds the readers: while a paused stream's records wait, their shards stay noted.
 */
import { type Clock, isFresh } from "../clock.ts";
import { PAUSE_LOOK_INTERVAL_MS } from "../limits.ts";
import { firstBlockSince } from "../log/seek.ts";
import type { LogStore, ShardKey } from "../log/store.ts";
import { lookedUpTo, type ReaderStore, type WakeQueue } from "../readers/store.ts";
import { decideWake } from "../readers/wake.ts";
import { inTurns } from "../streams/in-turns.ts";
import { stepDeadlineMs } from "../streams/lifecycle.ts";
import type { StreamStore } from "../streams/store.ts";
import type { DeliveryStream } from "./delivery-stream.ts";
import type { DeliveryStreamStore } from "./ports.ts";
import { deliveredLog, deliveryReaders } from "./progress.ts";

export interface ResumePorts {
  readonly log: LogStore;
  readonly readers: Pick<ReaderStore<unknown>, "get">;
  readonly dataStreams: Pick<StreamStore, "get" | "shards">;
  readonly queue: WakeQueue;
  readonly clock: Clock;
}

/** The stream as it shall be; the same when it is paused already. */
export function paused(stream: DeliveryStream, nowMs: number): DeliveryStream {
  return stream.pausedAtMs === undefined ? { ...stream, pausedAtMs: nowMs } : stream;
}

export function resumed({ pausedAtMs: _over, ...stream }: DeliveryStream): DeliveryStream {
  return stream;
}

/**
 * Wakes all readers of a stream whose item says that it is not paused. May be repeated: a wake-up too many does nothing.
 * Those of very many for which a call has no time are left to the sweep.
 */
export async function wakeReaders(ports: ResumePorts, stream: DeliveryStream): Promise<void> {
  const deadlineMs = stepDeadlineMs(ports);
  const { shards, horizonMs } = await deliveredLog(ports, stream);
  const places = shards.flatMap((shard) =>
    deliveryReaders(stream).map(({ readerId }) => ({ shard, readerId })),
  );
  await inTurns(places, async (place) => {
    if (ports.clock.now() < deadlineMs) await wakeReader(ports, place, horizonMs);
  });
}

async function wakeReader(
  { log, readers, queue, clock }: ResumePorts,
  { shard, readerId }: { readonly shard: ShardKey; readonly readerId: string },
  horizonMs: number,
): Promise<void> {
  const [reader, head] = await Promise.all([readers.get(shard, readerId), log.head(shard)]);
  if (reader === undefined || head === undefined) return;
  const { woken: _dropped, wakesAtMs: _neither, ...standing } = reader;
  // Partitions that it has read wait for a message that was dropped.
  if (reader.frontier !== undefined) {
    return queue.send({ shard, readerId, blockIndex: lookedUpTo(reader) }, 0);
  }
  const range = { shard, from: lookedUpTo(reader), to: head.blockIndex };
  const oldest = await firstBlockSince(log, range, horizonMs);
  // Of what cannot be seen nobody knows how long it has waited.
  const openedAtMs = oldest?.arrivedAtMs ?? 0;
  const decision = decideWake(head, standing, openedAtMs, clock.now());
  if (decision === undefined) return;
  await queue.send({ shard, readerId, blockIndex: lookedUpTo(reader) }, decision.delaySeconds);
}

/** Whether another span may be begun; the stream is asked for again when the last look is a moment old. */
export function lookingForPause(
  {
    deliveryStreams,
    clock,
  }: { readonly deliveryStreams: Pick<DeliveryStreamStore, "get">; readonly clock: Clock },
  { name, generation }: Pick<DeliveryStream, "name" | "generation">,
): () => Promise<boolean> {
  let lookedAtMs = clock.now();
  return async () => {
    const nowMs = clock.now();
    if (isFresh(lookedAtMs, nowMs, PAUSE_LOOK_INTERVAL_MS)) return true;
    const standing = await deliveryStreams.get(name);
    lookedAtMs = nowMs;
    return standing?.generation === generation && standing.pausedAtMs === undefined;
  };
}
