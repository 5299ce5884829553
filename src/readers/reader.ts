/**
 * The one engine under every sink: lease the reader, take the next span of its shard, PLAN it, make its effect
 * durable, ADVANCE the checkpoint. A pending plan is always re-run as it is. Whatever dies in between leaves
 * either nothing or that plan, and every write is conditional on the lease's epoch.
 */
import type { Clock } from "../clock.ts";
import { LEASE_DURATION_MS, LEASE_PATIENCE_MS, LEASE_POLL_INTERVAL_MS } from "../limits.ts";
import type { LogStore } from "../log/store.ts";
import { type Random, randomHex } from "../random.ts";
import { withHeartbeat } from "./lease.ts";
import { nextSpan, type Span } from "./span.ts";
import type {
  AcquireResult,
  FencedResult,
  Lease,
  ReaderState,
  ReaderStore,
  WakeUp,
} from "./store.ts";

/** What every sink's plan holds; sinks add their own members. Plain JSON. */
export interface SpanPlan {
  readonly span: Span;
}

export type ExecuteResult<Plan> =
  | { readonly kind: "done" }
  | { readonly kind: "fenced" }
  /** The plan has to be continued later, or in smaller pieces: store this one instead, or none. */
  | { readonly kind: "later"; readonly plan: Plan; readonly retryAtMs: number };

export interface ReaderSink<Plan extends SpanPlan> {
  /** How long the shard's records are kept. */
  readonly retentionMs: number;
  plan(span: Span): Plan;
  /**
   * Makes the plan's effect durable, wholly or not at all as seen from outside. May be called again with the
   * same plan after any failure. `save` replaces the stored plan.
   */
  execute(plan: Plan, save: (plan: Plan) => Promise<FencedResult>): Promise<ExecuteResult<Plan>>;
}

export interface ReaderPorts<Plan> {
  readonly log: LogStore;
  readonly readers: ReaderStore<Plan>;
  readonly clock: Clock;
  readonly random: Random;
}

/** `retry`: the wake-up must be seen again at that time; otherwise it has served. `error`: why it failed, if it did. */
export type RunResult =
  | { readonly kind: "done" }
  | { readonly kind: "retry"; readonly atMs: number; readonly error?: unknown };

const DONE: RunResult = { kind: "done" };

export interface RunOptions {
  readonly wakeUp: WakeUp;
  /** The queue hands this wake-up out again: an earlier run of it may have stopped halfway. */
  readonly isRepeated: boolean;
  /** No new span is begun after this time. */
  readonly deadlineMs: number;
  /** How long to leave the reader alone should this run fail. */
  readonly backOffMs: number;
}

/** Answers one wake-up. */
export async function runReader<Plan extends SpanPlan>(
  ports: ReaderPorts<Plan>,
  sink: ReaderSink<Plan>,
  { wakeUp, isRepeated, deadlineMs, backOffMs }: RunOptions,
): Promise<RunResult> {
  const { readers, clock } = ports;
  const { shard, readerId } = wakeUp;
  const standing = await readers.get(shard, readerId);
  if (standing === undefined) return DONE;
  // The checkpoint has passed: somebody else served it. A repeated wake-up may have moved it itself, though, and
  // what came after is then still its business.
  if (standing.checkpoint.blockIndex > wakeUp.blockIndex && !isRepeated) return DONE;
  const acquired = await acquire(ports, wakeUp);
  if (acquired.kind === "gone") return DONE;
  if (acquired.kind === "held") {
    // The holder may die; then this message is what is left of the wake-up.
    return { kind: "retry", atMs: Math.min(acquired.untilMs, clock.now() + backOffMs) };
  }
  const { lease, state } = acquired;
  let result: RunResult;
  try {
    result = await withHeartbeat(ports, lease, () =>
      drain(ports, sink, { lease, state, wakeUp, deadlineMs }),
    );
  } catch (error) {
    result = { kind: "retry", atMs: clock.now() + backOffMs, error };
  }
  // While a reader backs off it stays leased: other wake-ups and the sweep see that it is being taken care of.
  if (result.kind === "retry" && result.atMs > clock.now()) await readers.renew(lease, result.atMs);
  else await readers.release(lease);
  return result;
}

/** Waits a moment for a holder that is about to finish: its last look at the log may have been before our block. */
async function acquire<Plan>(
  { readers, clock, random }: ReaderPorts<Plan>,
  { shard, readerId }: WakeUp,
): Promise<AcquireResult<Plan>> {
  const token = randomHex(random, 8);
  const giveUpAtMs = clock.now() + LEASE_PATIENCE_MS;
  for (;;) {
    const nowMs = clock.now();
    const claim = { token, nowMs, untilMs: nowMs + LEASE_DURATION_MS };
    const acquired = await readers.acquire(shard, readerId, claim);
    if (acquired.kind !== "held" || nowMs >= giveUpAtMs) return acquired;
    await clock.sleep(LEASE_POLL_INTERVAL_MS);
  }
}

interface Run<Plan> {
  readonly lease: Lease;
  readonly state: ReaderState<Plan>;
  readonly wakeUp: WakeUp;
  readonly deadlineMs: number;
}

/** Span after span for as long as one is due. */
async function drain<Plan extends SpanPlan>(
  { log, readers, clock }: ReaderPorts<Plan>,
  sink: ReaderSink<Plan>,
  { lease, state, wakeUp, deadlineMs }: Run<Plan>,
): Promise<RunResult> {
  const { shard } = lease;
  const { sizeBytes, intervalMs } = state.wakeRule;
  let from = state.checkpoint;
  let pending = state.plan;
  let savedCount = 0;
  const save = (plan: Plan) => readers.savePlan(lease, plan, ++savedCount);
  for (;;) {
    if (clock.now() >= deadlineMs) return { kind: "retry", atMs: clock.now() };
    let plan = pending;
    if (plan === undefined) {
      const { retentionMs } = sink;
      const span = await nextSpan({ log, clock, shard, from, sizeBytes, retentionMs });
      if (span === undefined) return DONE;
      const { oldestArrivedAtMs } = span;
      const isDue =
        from.blockIndex === wakeUp.blockIndex ||
        oldestArrivedAtMs === undefined ||
        span.to.byteOffset - from.byteOffset >= sizeBytes ||
        clock.now() - oldestArrivedAtMs >= intervalMs;
      if (!isDue) {
        // The doorbells of these blocks rang while the buffer before them was open: ring for them again.
        await log.ring(shard, oldestArrivedAtMs);
        return DONE;
      }
      plan = sink.plan(span);
      if ((await save(plan)) === "fenced") return DONE;
    }
    const executed = await sink.execute(plan, save);
    if (executed.kind === "fenced") return DONE;
    if (executed.kind === "later") {
      await save(executed.plan);
      return { kind: "retry", atMs: executed.retryAtMs };
    }
    const { span } = plan;
    if ((await readers.advance(lease, span.from, span.to)) === "fenced") return DONE;
    from = span.to;
    pending = undefined;
  }
}
