/**
 * Wake-ups. A doorbell says only "something happened in this shard"; whether a reader has work now, or a timer
 * to arm, is decided here from the shard's head and the reader's checkpoint. Doorbells may be lost, doubled or
 * late: the message is sent before it is noted, so the worst is one message too many, and a message for a
 * checkpoint that has passed does nothing.
 */
import { type Clock, isAhead } from "../clock.ts";
import type { LogStore, ShardHead, ShardKey } from "../log/store.ts";
import {
  CROWD_FROM_READERS,
  CROWD_WAKES_PER_SECOND,
  READERS_AT_ONCE,
  SQS_DELAY_MAX_SECONDS,
  WAKE_AHEAD_MAX_MS,
} from "../limits.ts";
import type { SweepCaller } from "./sweep-switch.ts";
import { inTurns } from "../streams/in-turns.ts";
import {
  lookedUpTo,
  type ReaderState,
  type ReaderStore,
  type WakeLevel,
  type WakeQueue,
} from "./store.ts";

export interface WakeDecision {
  /** To be noted on the reader; absent: what comes next must be sent whatever was sent now. */
  readonly level?: WakeLevel;
  readonly delaySeconds: number;
}

/**
 * What to send for a reader, if anything.
 *
 * @param openedAtMs when the buffer's first record arrived, as far as the doorbell knows
 */
export function decideWake(
  head: ShardHead,
  reader: Pick<
    ReaderState<unknown>,
    "checkpoint" | "frontier" | "wakeRule" | "woken" | "wakesAtMs" | "isReconfigured" | "ended"
  >,
  openedAtMs: number,
  nowMs: number,
): WakeDecision | undefined {
  const { checkpoint, frontier, wakeRule, woken, isReconfigured, ended } = reader;
  if (ended) return undefined;
  const lookedTo = lookedUpTo(reader);
  const isAtTip = head.blockIndex <= lookedTo;
  if (isAtTip && !head.sealed) {
    // Something may wait behind the tip for a time that nobody stands for any more.
    return isReconfigured ? { delaySeconds: 0 } : undefined;
  }
  const sent = woken?.blockIndex === lookedTo ? woken.level : undefined;
  if (sent === "work") return undefined;
  const { sizeBytes, recordCount = Infinity, intervalMs } = wakeRule;
  const isFull =
    head.byteOffset - (frontier ?? checkpoint).byteOffset >= sizeBytes ||
    head.recordCount - (frontier?.recordOffset ?? head.recordCount) >= recordCount;
  // A closed shard brings no more to wait for, and its children wait for its reader's end.
  if (isFull || head.sealed || intervalMs === 0) return { level: "work", delaySeconds: 0 };
  if (sent === "timer" || isAhead(reader.wakesAtMs ?? 0, nowMs, WAKE_AHEAD_MAX_MS))
    return undefined;
  const dueAtMs = openedAtMs + intervalMs;
  const remainingMs = isAhead(dueAtMs, nowMs, intervalMs) ? dueAtMs - nowMs : 0;
  return {
    level: "timer",
    delaySeconds: Math.min(Math.ceil(remainingMs / 1000), SQS_DELAY_MAX_SECONDS),
  };
}

export interface WakePorts<Plan> {
  readonly log: LogStore;
  readonly readers: ReaderStore<Plan>;
  readonly queue: WakeQueue;
  readonly sweep: SweepCaller;
  readonly clock: Clock;
}

/**
 * Answers one doorbell: looks at every reader of the shard, at many side by side, whatever becomes of one of them. First
 * the shard is noted for the sweep, unless it is: a message that is lost is sent again by it.
 */
export async function answerDoorbell<Plan>(
  ports: WakePorts<Plan>,
  shard: ShardKey,
  openedAtMs: number,
): Promise<void> {
  const { log, readers, sweep, clock } = ports;
  const [head, states] = await Promise.all([log.head(shard), readers.list(shard)]);
  if (head === undefined) return;
  const soonestSeconds = crowdDelaySeconds(states.length);
  const due = states.flatMap((reader) => {
    const decision = decideWake(head, reader, openedAtMs, clock.now());
    if (decision === undefined) return [];
    const delaySeconds = Math.max(soonestSeconds, decision.delaySeconds);
    return [{ reader, decision: { ...decision, delaySeconds } }];
  });
  if (!due.every(({ reader }) => reader.isNoted)) await sweep.callFor(shard);
  const failures: unknown[] = [];
  const serve = ({ reader, decision }: (typeof due)[number]) =>
    wake(ports, reader, decision).catch((error: unknown) => void failures.push(error));
  await inTurns(due, serve, READERS_AT_ONCE);
  if (failures.length > 0) throw failures[0];
}

/** For how long to hold back what wakes a shard's readers, so that all together read no more than its keys give. */
export function crowdDelaySeconds(readerCount: number): number {
  return readerCount < CROWD_FROM_READERS ? 0 : Math.ceil(readerCount / CROWD_WAKES_PER_SECOND);
}

async function wake<Plan>(
  { readers, queue }: WakePorts<Plan>,
  reader: ReaderState<Plan>,
  { level, delaySeconds }: WakeDecision,
): Promise<void> {
  const blockIndex = lookedUpTo(reader);
  const { shard, readerId } = reader;
  await queue.send({ shard, readerId, blockIndex }, delaySeconds);
  if (level) await readers.markWoken(shard, readerId, { blockIndex, level, rule: reader.wakeRule });
}
