/**
 * One lane of a shard: its progress, the records that wait in it, and what it should do next. At most one
 * invocation is under way in a lane, and the next begins only when the outcome of the last is stored.
 */
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
  /** What was read of the shard: all before it waits in the lanes, or is handled. */
  readonly readTo: Place;
  /** More can be read now. */
  readonly mayRead: boolean;
  /** There was nothing beyond what was read. */
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

function retryStep(
  { waiting }: Lane,
  { pieceEnds, retryAtMs, givenUp }: NonNullable<LaneProgress["retry"]>,
  { nowMs, readTo }: StepMoment,
): Step {
  if (retryAtMs > nowMs) return { kind: "wait", untilMs: retryAtMs };
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
    const isOver =
      window.isTerminatedEarly ||
      (first ? first.arrivedAtMs >= endMs : isAtTip && (isAtEnd || nowMs >= endMs));
    if (isOver) return { kind: "close-window" };
    if (first === undefined && isAtTip) return { kind: "wait", untilMs: endMs };
  }
  if (first === undefined) return { kind: "starved" };
  const { records, isFull, isTooLarge } = cutBatch(waiting, options, source, window);
  if (isTooLarge) return { kind: "too-large", records };
  if (!isFull && mayRead) return { kind: "starved" };
  const dueAtMs = first.arrivedAtMs + options.batchingWindowSeconds * 1000;
  if (!isFull && !isAtEnd && nowMs < dueAtMs) return { kind: "wait", untilMs: dueAtMs };
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
