/**
 * Delivery in spans, under a lease (`run.ts`): take the next span of the shard, PLAN it, make its effect durable,
 * ADVANCE the checkpoint. A pending plan is re-run as it is, unless it is known to have had no effect. Whatever dies in between leaves either nothing
 * or that plan, and every write is conditional on the lease's epoch.
 */
import { type Clock, isAhead } from "../clock.ts";
import { SPAN_RAISED_AFTER_MS } from "../limits.ts";
import type { LogStore } from "../log/store.ts";
import {
  type LeasedRun,
  type RunOptions,
  type RunPorts,
  type RunResult,
  runLeased,
} from "./run.ts";
import { nextSpan, type ShardRetention, type Span } from "./span.ts";
import {
  type Checkpoint,
  type FencedResult,
  hasWakeRule,
  type Lease,
  type ReaderState,
  type WakeRule,
} from "./store.ts";

/** What every sink's plan holds; sinks add their own members. Plain JSON. */
export interface SpanPlan {
  readonly span: Span;
}

export type ExecuteResult<Plan> =
  /** `left`: records of the plan's span, or of earlier ones, wait still. */
  | { readonly kind: "done"; readonly left?: Left<Plan> }
  | { readonly kind: "fenced" }
  /** The plan has to be continued later, or in smaller pieces: store this one instead, or none. */
  | { readonly kind: "later"; readonly plan: Plan; readonly retryAtMs: number };

/** What is to be stored in place of a plan that is done, and the position before the oldest record that waits. */
export interface Left<Plan> {
  readonly plan: Plan;
  readonly checkpoint: Checkpoint;
}

export interface ReaderSink<Plan extends SpanPlan> {
  readonly retention: ShardRetention;
  /** When its buffers are due; a reader that is woken by another rule takes this one up. Absent: the reader's own. */
  wakeRule?(standing: Plan | undefined): WakeRule;
  /** Spans may be larger than the buffer's size once the reader falls behind. */
  readonly takesMore?: boolean;
  /**
   * Of plans that ask for nothing, because what they hold waits: until when. Such a reader goes ahead of its checkpoint,
   * and comes back by itself. Absent or `undefined`: the plan is to be executed.
   */
  waitsUntilMs?(plan: Plan): number | undefined;
  /**
   * @param resting what waits, and comes before the span
   * @param isAtEnd there is no more to wait for
   */
  plan(span: Span, resting?: Plan, isAtEnd?: boolean): Plan;
  /** Asked before a span is planned, whether to; absent: yes. Who says no is woken when it may go on. */
  mayBegin?(): Promise<boolean>;
  /**
   * What to do in place of a pending plan of which nothing exists and nothing can come to be; absent or `undefined`: the
   * plan as it is.
   */
  planAnew?(pending: Plan): Plan | undefined;
  /**
   * Makes the plan's effect durable, wholly or not at all as seen from outside. May be called again with the
   * same plan after any failure. `save` replaces the stored plan.
   */
  execute(plan: Plan, save: (plan: Plan) => Promise<FencedResult>): Promise<ExecuteResult<Plan>>;
  /** All that was reserved has been read; absent: there is nothing to do then. */
  atTip?(lease: Lease, checkpoint: Checkpoint): Promise<RunResult>;
}

export interface ReaderPorts<Plan> extends RunPorts<Plan> {
  readonly log: LogStore;
}

/** Answers one wake-up. */
export async function runReader<Plan extends SpanPlan>(
  ports: ReaderPorts<Plan>,
  sink: ReaderSink<Plan>,
  options: RunOptions,
): Promise<RunResult> {
  return runLeased(ports, options, ({ lease, state }) =>
    drain(ports, sink, { ...options, lease, state }),
  );
}

type Run<Plan> = LeasedRun<Plan> & Pick<RunOptions, "wakeUp" | "messageId" | "deadlineMs">;

const DONE: RunResult = { kind: "done" };

/** Span after span for as long as one is due. */
async function drain<Plan extends SpanPlan>(
  { log, readers, clock }: ReaderPorts<Plan>,
  sink: ReaderSink<Plan>,
  { lease, state, wakeUp, messageId, deadlineMs }: Run<Plan>,
): Promise<RunResult> {
  const { shard } = lease;
  const wakeRule = sink.wakeRule?.(state.plan) ?? state.wakeRule;
  const { sizeBytes, intervalMs } = wakeRule;
  if (!hasWakeRule(state, wakeRule)) await readers.configure(shard, lease.readerId, wakeRule);
  const raisedFromMs = clock.now() + SPAN_RAISED_AFTER_MS;
  let { checkpoint } = state;
  let from: Checkpoint = state.frontier ?? checkpoint;
  let pending = state.plan;
  let savedCount = 0;
  const save = (plan: Plan) => readers.savePlan(lease, plan, ++savedCount);
  for (;;) {
    if (clock.now() >= deadlineMs) return { kind: "retry", atMs: clock.now() };
    let plan = pending;
    const dueAtMs = plan && sink.waitsUntilMs?.(plan);
    if (plan === undefined || dueAtMs !== undefined) {
      const comeBack = () => comingBack(dueAtMs, state, messageId, clock);
      const areDue = dueAtMs !== undefined && !isAhead(dueAtMs, clock.now(), intervalMs);
      if ((await sink.mayBegin?.()) === false) return DONE;
      const { retention } = sink;
      const mayBeRaised = sink.takesMore === true && clock.now() >= raisedFromMs;
      const span = await nextSpan({ log, clock, shard, from, sizeBytes, mayBeRaised, retention });
      if (span === undefined && plan === undefined) {
        return (await sink.atTip?.(lease, from)) ?? DONE;
      }
      const isAtEnd = span === undefined ? (await log.head(shard))?.sealed : span.isLast;
      if (span === undefined && !areDue && !isAtEnd) return comeBack();
      const { oldestArrivedAtMs } = span ?? {};
      const isDue =
        from.blockIndex === wakeUp.blockIndex ||
        areDue ||
        isAtEnd ||
        span === undefined ||
        oldestArrivedAtMs === undefined ||
        span.to.byteOffset - from.byteOffset >= sizeBytes ||
        !isAhead(oldestArrivedAtMs + intervalMs, clock.now(), intervalMs);
      if (!isDue) {
        // The doorbells of these blocks rang while the buffer before them was open: ring for them again.
        await log.ring(shard, oldestArrivedAtMs);
        return comeBack();
      }
      plan = sink.plan(
        span ?? { from, to: from, recordCount: 0, oldestArrivedAtMs: undefined },
        plan,
        isAtEnd,
      );
      if ((await save(plan)) === "fenced") return DONE;
    } else {
      const anew = sink.planAnew?.(plan);
      if (anew !== undefined && (await save(anew)) === "fenced") return DONE;
      plan = anew ?? plan;
    }
    const executed = await sink.execute(plan, save);
    if (executed.kind === "fenced") return DONE;
    if (executed.kind === "later") {
      await save(executed.plan);
      return { kind: "retry", atMs: executed.retryAtMs };
    }
    const { to } = plan.span;
    const { left } = executed;
    const moved =
      left === undefined
        ? await readers.advance(lease, checkpoint, to)
        : await readers.moveOn(
            lease,
            { ...left, frontier: { ...to, recordOffset: 0 } },
            ++savedCount,
          );
    if (moved === "fenced") return DONE;
    from = to;
    checkpoint = left?.checkpoint ?? to;
    pending = left?.plan;
  }
}

/** Left to the message that stands for an earlier time, if it is another, so that they do not become more and more. */
function comingBack(
  atMs: number | undefined,
  { wakesAtMs, wakesBy }: Pick<ReaderState<unknown>, "wakesAtMs" | "wakesBy">,
  messageId: string,
  clock: Clock,
): RunResult {
  if (atMs === undefined) return DONE;
  const isLeft = wakesAtMs !== undefined && wakesBy !== undefined && wakesBy !== messageId;
  if (isLeft && wakesAtMs > clock.now() && wakesAtMs <= atMs) {
    return { kind: "done", recall: { atMs: wakesAtMs, messageId: wakesBy } };
  }
  return { kind: "retry", atMs, isOpenMeanwhile: true };
}
