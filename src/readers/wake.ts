/**
 * Wake-ups. A doorbell says only "something happened in this shard"; whether a reader has work now, or a timer
 * to arm, is decided here from the shard's head and the reader's checkpoint. Doorbells may be lost, doubled or
 * late: the message is sent before it is noted, so the worst is one message too many, and a message for a
 * checkpoint that has passed does nothing.
 */
import type { Clock } from "../clock.ts";
import type { LogStore, ShardHead, ShardKey } from "../log/store.ts";
import { SQS_DELAY_MAX_SECONDS } from "../limits.ts";
import type { ReaderState, ReaderStore, WakeLevel, WakeQueue } from "./store.ts";

export interface WakeDecision {
  readonly level: WakeLevel;
  readonly delaySeconds: number;
}

/**
 * What to send for a reader, if anything.
 *
 * @param openedAtMs when the buffer's first record arrived, as far as the doorbell knows
 */
export function decideWake(
  head: ShardHead,
  reader: Pick<ReaderState<unknown>, "checkpoint" | "wakeRule" | "woken">,
  openedAtMs: number,
  nowMs: number,
): WakeDecision | undefined {
  const { checkpoint, wakeRule, woken } = reader;
  if (head.blockIndex <= checkpoint.blockIndex) return undefined;
  const sent = woken?.blockIndex === checkpoint.blockIndex ? woken.level : undefined;
  if (sent === "work") return undefined;
  const isFull = head.byteOffset - checkpoint.byteOffset >= wakeRule.sizeBytes;
  if (isFull || wakeRule.intervalMs === 0) return { level: "work", delaySeconds: 0 };
  if (sent === "timer") return undefined;
  const remainingMs = Math.max(0, openedAtMs + wakeRule.intervalMs - nowMs);
  return {
    level: "timer",
    delaySeconds: Math.min(Math.ceil(remainingMs / 1000), SQS_DELAY_MAX_SECONDS),
  };
}

export interface WakePorts<Plan> {
  readonly log: LogStore;
  readonly readers: ReaderStore<Plan>;
  readonly queue: WakeQueue;
  readonly clock: Clock;
}

/** Answers one doorbell: looks at every reader of the shard. */
export async function answerDoorbell<Plan>(
  { log, readers, queue, clock }: WakePorts<Plan>,
  shard: ShardKey,
  openedAtMs: number,
): Promise<void> {
  const [head, states] = await Promise.all([log.head(shard), readers.list(shard)]);
  if (head === undefined) return;
  for (const reader of states) {
    const decision = decideWake(head, reader, openedAtMs, clock.now());
    if (decision === undefined) continue;
    const { blockIndex } = reader.checkpoint;
    const { readerId } = reader;
    await queue.send({ shard, readerId, blockIndex }, decision.delaySeconds);
    await readers.markWoken(shard, readerId, { blockIndex, level: decision.level });
  }
}
