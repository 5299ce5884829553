/**
 * What every reader does about a wake-up, whatever its sink is: look whether somebody served it, take the lease,
 * keep it alive while the work goes on, and say when the wake-up must be seen again. Every write of the work is
 * conditional on the lease's epoch, so that an owner who was thought dead moves nothing.
 */
import { type Clock, isAhead } from "../clock.ts";
import {
  LEASE_AHEAD_MAX_MS,
  LEASE_DURATION_MS,
  LEASE_PATIENCE_MS,
  LEASE_POLL_INTERVAL_MS,
} from "../limits.ts";
import { type Random, randomHex } from "../random.ts";
import { withHeartbeat } from "./lease.ts";
import {
  type AcquireResult,
  type Lease,
  lookedUpTo,
  type ReaderState,
  type ReaderStore,
  type Recall,
  type WakeUp,
} from "./store.ts";

export interface RunPorts<Plan> {
  readonly readers: ReaderStore<Plan>;
  readonly clock: Clock;
  readonly random: Random;
}

/** What the work is given: the lease, and the reader as it stood when the lease was taken. */
export interface LeasedRun<Plan> {
  readonly lease: Lease;
  readonly state: ReaderState<Plan>;
}

/** `retry`: the wake-up must be seen again at that time; otherwise it has served. `error`: why it failed, if it did. */
export type RunResult =
  | {
      readonly kind: "done";
      /** Another message stands for what is left. */
      readonly recall?: Recall;
    }
  | {
      readonly kind: "retry";
      readonly atMs: number;
      readonly error?: unknown;
      /** Until then other wake-ups may find the reader something to do. */
      readonly isOpenMeanwhile?: true;
    };

const DONE: RunResult = { kind: "done" };

export interface RunOptions {
  readonly wakeUp: WakeUp;
  /** Of the message that brought it, the same whenever that is handed out. */
  readonly messageId: string;
  /** The queue hands this wake-up out again: an earlier run of it may have stopped halfway. */
  readonly isRepeated: boolean;
  /** No new span is begun after this time. */
  readonly deadlineMs: number;
  /** How long to leave the reader alone should this run fail. */
  readonly backOffMs: number;
}

/** Answers one wake-up. */
export async function runLeased<Plan>(
  ports: RunPorts<Plan>,
  { wakeUp, messageId, isRepeated, backOffMs }: Omit<RunOptions, "deadlineMs">,
  work: (run: LeasedRun<Plan>) => Promise<RunResult>,
): Promise<RunResult> {
  const { readers, clock } = ports;
  const { shard, readerId } = wakeUp;
  const standing = await readers.get(shard, readerId);
  if (standing === undefined) return DONE;
  // The reader has looked further: somebody else served it. A repeated wake-up may have gone on itself, though,
  // and what came after is then still its business.
  if (lookedUpTo(standing) > wakeUp.blockIndex && !isRepeated) return DONE;
  const acquired = await acquire(ports, wakeUp, standing);
  if (acquired.kind === "gone") return DONE;
  if (acquired.kind === "held") {
    // A holder who has come to what this wake-up is about has a message of its own. Were each of those that meet a
    // slow function kept, they would become more and more.
    const { current } = acquired;
    const isAwaited = current.wakesBy === messageId;
    if (lookedUpTo(current) > wakeUp.blockIndex && !isAwaited) return DONE;
    // The holder may die; then this message is what is left of the wake-up.
    const { leasedUntilMs = 0 } = current;
    return { kind: "retry", atMs: Math.min(leasedUntilMs, clock.now() + backOffMs) };
  }
  const { lease, state } = acquired;
  let result: RunResult;
  try {
    result = await withHeartbeat(ports, lease, () => work({ lease, state }));
  } catch (error) {
    result = { kind: "retry", atMs: clock.now() + backOffMs, error };
  }
  if (result.kind === "done") await readers.release(lease, result.recall);
  else if (result.isOpenMeanwhile || result.atMs <= clock.now()) {
    await readers.release(lease, { atMs: result.atMs, messageId });
  }
  // While a reader backs off it stays leased: other wake-ups and the sweep see that it is being taken care of.
  else {
    try {
      await readers.renew(lease, result.atMs, { atMs: result.atMs, messageId });
    } catch (error) {
      // The lease stands as it was. Were the wake-up seen before that is over, it would take the lease for another's
      // and leave the reader to a holder who has given up.
      return { kind: "retry", atMs: clock.now() + LEASE_DURATION_MS, error: result.error ?? error };
    }
  }
  return result;
}

/**
 * Waits a moment for a holder that is about to finish: its last look at the log may have been before our block. Looks by
 * reading, for a claim that is refused costs a write, in the partition to which the holder has to write.
 */
async function acquire<Plan>(
  { readers, clock, random }: RunPorts<Plan>,
  { shard, readerId }: WakeUp,
  standing: ReaderState<Plan>,
): Promise<
  | Exclude<AcquireResult<Plan>, { readonly kind: "held" }>
  | { readonly kind: "held"; readonly current: ReaderState<Plan> }
> {
  const token = randomHex(random, 8);
  const giveUpAtMs = clock.now() + LEASE_PATIENCE_MS;
  let current = standing;
  for (let pauseMs = LEASE_POLL_INTERVAL_MS; ; pauseMs *= 2) {
    const nowMs = clock.now();
    if (isAhead(current.leasedUntilMs ?? 0, nowMs, LEASE_AHEAD_MAX_MS)) {
      if (nowMs >= giveUpAtMs) return { kind: "held", current };
    } else {
      const claim = { token, nowMs, untilMs: nowMs + LEASE_DURATION_MS };
      const acquired = await readers.acquire(shard, readerId, claim);
      if (acquired.kind !== "held") return acquired;
    }
    await clock.sleep(Math.min(pauseMs, Math.max(1, giveUpAtMs - nowMs)));
    const found = await readers.get(shard, readerId);
    if (found === undefined) return { kind: "gone" };
    current = found;
  }
}
