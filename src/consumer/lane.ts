/**
 * One lane of a shard: its progress, the records that wait in it, and what it should do next. At most one
 * invocation is under way in a lane, and the next begins only when the outcome of the last is stored. What a clock that
 * was set back since wrote down is waited for no longer than it could have been meant.
 */
import { isAhead } from "../clock.ts";
import { RETRY_DELAY_MAX_SECONDS } from "../limits.ts";
import { cutBatch, windowEndMs } from "./batch.ts";
import type { EventSource } from "./event.ts";
import type { MappingOptions } from "./mapping.ts";
import { comparePlaces, type LaneProgress, type Place, placeOf } from "./progress.ts";
import type { ConsumerRecord } from "./record.ts";

/** With its place in the shard's count, for wake-ups. */
export interface WaitingRecord extends ConsumerRecord {
  readonly recordOffset: number;
  readonly byteOffset: number;
}

export interface Lane {
  progress: LaneProgress;
  /** Read and wanted, in order; the batch under way included. */
  waiting: WaitingRecord[];
  /** All of its records before that wait in it, or are handled. */
  readTo: Place;
  /** The step that is under way. */
  busy?: Promise<void>;
  /** The failure destination did not take the last report, which is tried again. */
  notReported?: { readonly error: unknown };
}

export type Step =
  | { readonly kind: "invoke"; readonly records: readonly WaitingRecord[] }
  /** The last invocation of the open tumbling window. */
  | { readonly kind: "close-window" }
  | { readonly kind: "too-old"; readonly records: readonly WaitingRecord[] }
  | { readonly kind: "too-large"; readonly records: readonly WaitingRecord[] }
  | { readonly kind: "report"; readonly records: readonly WaitingRecord[] }
  /** The records of the first piece are gone: they expired meanwhile. */
  | { readonly kind: "skip" }
  | { readonly kind: "wait"; readonly untilMs: number }
  | { readonly kind: "starved" };

export interface StepMoment {
  readonly nowMs: number;
  /** More can be read for the lane now. */
  readonly mayRead: boolean;
  /** There was nothing beyond what was read for it. */
  readonly isAtTip: boolean;
  /** Nor will there ever be. */
  readonly isAtEnd: boolean;
}

/** What an idle lane does next. */
export function nextStep(
  lane: Lane,
  options: MappingOptions,
  source: EventSource,
  moment: StepMoment,
): Step {
  const { retry } = lane.progress;
  const step =
    retry === undefined ? freshStep(lane, options, source, moment) : retryStep(lane, retry, moment);
  return step.kind === "invoke" ? unlessTooOld(step, options, moment) : step;
}

/** Whether the lane waits for the next try of a batch that failed. */
export function isBlocked({ progress: { retry } }: Lane, nowMs: number): boolean {
  return retry !== undefined && isAhead(retry.retryAtMs, nowMs, RETRY_DELAY_MAX_SECONDS * 1000);
}

function retryStep(
  lane: Lane,
  { pieceEnds, retryAtMs, givenUp }: NonNullable<LaneProgress["retry"]>,
  { nowMs }: StepMoment,
): Step {
  if (isBlocked(lane, nowMs)) return { kind: "wait", untilMs: retryAtMs };
  const { waiting, readTo } = lane;
  const [end] = pieceEnds;
  if (end === undefined) return givenUp ? { kind: "skip" } : { kind: "close-window" };
  if (comparePlaces(readTo, end) < 0) return { kind: "starved" };
  const records = waiting.filter((record) => comparePlaces(placeOf(record), end) < 0);
  if (records.length === 0) return { kind: "skip" };
  return { kind: givenUp ? "report" : "invoke", records };
}

function freshStep(
  { waiting, progress: { window } }: Lane,
  options: MappingOptions,
  source: EventSource,
  { nowMs, mayRead, isAtTip, isAtEnd }: StepMoment,
): Step {
  const [first] = waiting;
  if (window !== undefined) {
    const endMs = windowEndMs(window.startMs, options);
    const isPast = !isAhead(endMs, nowMs, endMs - window.startMs);
    const isOver =
      window.isTerminatedEarly ||
      (first ? first.arrivedAtMs >= endMs : isAtTip && (isAtEnd || isPast));
    if (isOver) return { kind: "close-window" };
    if (first === undefined && isAtTip) return { kind: "wait", untilMs: endMs };
  }
  if (first === undefined) return { kind: "starved" };
  const { records, isFull, isTooLarge } = cutBatch(waiting, options, source, window);
  if (isTooLarge) return { kind: "too-large", records };
  if (!isFull && mayRead) return { kind: "starved" };
  const windowMs = options.batchingWindowSeconds * 1000;
  const dueAtMs = first.arrivedAtMs + windowMs;
  if (!isFull && !isAtEnd && isAhead(dueAtMs, nowMs, windowMs))
    return { kind: "wait", untilMs: dueAtMs };
  return { kind: "invoke", records };
}

function unlessTooOld(
  step: Extract<Step, { kind: "invoke" }>,
  { maximumRecordAgeSeconds = Infinity }: MappingOptions,
  { nowMs }: StepMoment,
): Step {
  const oldestMs = nowMs - maximumRecordAgeSeconds * 1000;
  const young = step.records.findIndex(({ arrivedAtMs }) => arrivedAtMs >= oldestMs);
  if (young === 0) return step;
  return { kind: "too-old", records: young < 0 ? step.records : step.records.slice(0, young) };
}
