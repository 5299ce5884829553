/**
 * Feeding one shard to one function, for as long as there is something to do: read, share out among the lanes,
 * invoke, store what became of it, and only then let the lane go on. Whatever dies in between repeats at most the
 * invocations that were under way, in their order; nothing is passed before its outcome is stored.
 */
import {
  CONSUMER_PAGE_MAX_BYTES,
  CONSUMER_TIME_RESERVE_MS,
  LOOKAHEAD_MAX_BYTES,
  LOOKAHEAD_MAX_COUNT,
  NEAR_RETRY_MAX_MS,
} from "../limits.ts";
import { recordBytes } from "../log/append.ts";
import type { Random } from "../random.ts";
import { backOffMs } from "../readers/back-off.ts";
import type { LeasedRun, RunResult } from "../readers/run.ts";
import type { Checkpoint, Frontier, Lease, ReaderStore, Recall } from "../readers/store.ts";
import { type PageBounds, type Position, readPage, type ReadPorts } from "../streams/read.ts";
import type { DataStream, Shard } from "../streams/stream.ts";
import type { EventSource } from "./event.ts";
import { invokeBatch, type InvokePorts } from "./invoke.ts";
import { type Lane, nextStep, type Step, type StepMoment, type WaitingRecord } from "./lane.ts";
import type { EventSourceMapping } from "./mapping.ts";
import { afterInvocation, giveUpOld, giveUpUnsent, passPiece, pause } from "./outcome.ts";
import {
  comparePlaces,
  type GivenUp,
  laneOf,
  type LaneProgress,
  newLanes,
  type Place,
  placeOf,
  type Progress,
} from "./progress.ts";
import type { RunObserver } from "./run-report.ts";
import { wantedRecords } from "./wanted-records.ts";

/** Everything that a run needs to know and to call. */
export interface ShardConsumer extends ReadPorts, InvokePorts {
  readonly readers: Pick<ReaderStore<Progress>, "moveOn">;
  readonly random: Random;
  readonly mapping: EventSourceMapping;
  readonly stream: DataStream;
  readonly shard: Shard;
  readonly source: EventSource;
  /** Whether the mapping is not what it was any more. */
  isOutdated(): Promise<boolean>;
  /** Makes the report durable; without a destination there is nothing to do. */
  reportGivenUp(givenUp: GivenUp, records: readonly WaitingRecord[]): Promise<void>;
  /** All of a closed shard is handled. */
  passOn(readTo: number): Promise<RunResult>;
  readonly observer: RunObserver;
}

export interface ShardRunOptions {
  /** Of the message that brought the run. */
  readonly messageId: string;
  /** When the process ends. */
  readonly deadlineMs: number;
}

const BOUNDS: PageBounds = {
  recordCount: LOOKAHEAD_MAX_COUNT,
  byteCount: CONSUMER_PAGE_MAX_BYTES,
  bytesOf: recordBytes,
};

export class ShardRun {
  readonly #consumer: ShardConsumer;
  readonly #lease: Lease;
  readonly #recall: Recall | undefined;
  #lanes: Lane[];
  /** Of all lanes, counted along: there may be ten thousand records, and each invocation asks. */
  #waitingCount = 0;
  #waitingBytes = 0;
  /** Where the next page begins, and what the shard counts up to there. */
  #reading: Position;
  #frontier: Frontier;
  #checkpoint: Checkpoint;
  #isAtTip = false;
  #isSealed = false;
  #isGone = false;
  /** What the lanes were shared out by was changed: first they all come to here. */
  #levelAt: Place | undefined;
  /** As the lanes were shared out. */
  #deaggregates: boolean;
  #begunCount = 0;
  #hasSaved = false;
  #savedAtMs: number;
  #destinationError: unknown;
  #longestMs = 0;
  #failure: { readonly error: unknown } | undefined;
  #version = 0;
  #savedVersion = 0;
  #saving: Promise<void> | undefined;
  #order = 0;
  #isFenced = false;

  constructor(consumer: ShardConsumer, { lease, state }: LeasedRun<Progress>) {
    const { checkpoint, frontier, plan, wakesAtMs, wakesBy } = state;
    const { parallelizationFactor, deaggregates: isWanted = false } = consumer.mapping;
    const start: Place = [checkpoint.blockIndex, 0, 0];
    const { lanes } = plan ?? { lanes: newLanes(parallelizationFactor, start) };
    const [lowest = start] = lanes.map(({ next }) => next).toSorted(comparePlaces);
    this.#consumer = consumer;
    this.#lease = lease;
    if (wakesAtMs !== undefined && wakesBy !== undefined) {
      this.#recall = { atMs: wakesAtMs, messageId: wakesBy };
    }
    this.#lanes = lanes.map((progress) => newLane(consumer.mapping, progress));
    this.#reading = { blockIndex: lowest[0], position: lowest[1] };
    this.#checkpoint = checkpoint;
    this.#savedAtMs = consumer.clock.now();
    this.#deaggregates = plan ? (plan.deaggregates ?? false) : isWanted;
    this.#frontier = { ...checkpoint, recordOffset: frontier?.recordOffset ?? 0 };
    if (lanes.length !== parallelizationFactor || this.#deaggregates !== isWanted) {
      const ends = lanes.map(({ next, retry }) => retry?.pieceEnds.at(-1) ?? next);
      this.#levelAt = ends.toSorted(comparePlaces).at(-1);
    }
  }

  /** Until nothing is left to do now, or time is over. */
  async run({ messageId, deadlineMs }: ShardRunOptions): Promise<RunResult> {
    try {
      return await this.#drain(messageId, deadlineMs);
    } finally {
      // Nobody else may hold the lease while an invocation of ours is under way.
      await Promise.all(this.#busy());
      this.#consumer.observer.left(this.#oldestWaiting());
    }
  }

  async #drain(messageId: string, deadlineMs: number): Promise<RunResult> {
    const { clock } = this.#consumer;
    for (;;) {
      const isStopping = this.#isOutOfTime(deadlineMs) || (await this.#consumer.isOutdated());
      if (this.#failure) throw this.#failure.error;
      if (this.#isFenced || this.#isGone) return { kind: "done" };
      const { isStarved, wakesAtMs } = isStopping ? IDLE : this.#beginSteps();
      if (isStarved && this.#mayRead()) {
        await this.#read();
        await this.#saveNowAndThen();
        continue;
      }
      const busy = this.#busy();
      if (busy.length > 0) {
        await Promise.race(busy);
        // More may have come meanwhile.
        this.#isAtTip = false;
        continue;
      }
      if (isStopping) {
        await this.#save();
        return { kind: "retry", atMs: clock.now(), isOpenMeanwhile: true };
      }
      if (this.#level()) continue;
      const nowMs = clock.now();
      if (wakesAtMs < Infinity) {
        if (wakesAtMs - nowMs > NEAR_RETRY_MAX_MS || wakesAtMs >= deadlineMs) {
          await this.#save();
          return this.#comeBack(wakesAtMs, messageId, nowMs);
        }
        await clock.sleep(wakesAtMs - nowMs);
        this.#isAtTip = false;
        continue;
      }
      // Lanes that wait for more than may be ahead: nobody else can make room.
      if (!this.#isAtTip) {
        await this.#read();
        continue;
      }
      if (this.#isUnsaved()) {
        await this.#save();
        // What came before this was stored rang for a reader that was thought to be on its way.
        this.#isAtTip = false;
        continue;
      }
      return this.#isSealed ? this.#consumer.passOn(this.#reading.blockIndex) : { kind: "done" };
    }
  }

  /** Left to the message that stands for an earlier time, if it is another, so that they do not become more and more. */
  #comeBack(atMs: number, messageId: string, nowMs: number): RunResult {
    const recall = this.#recall;
    const isLeft = recall && recall.messageId !== messageId;
    if (isLeft && recall.atMs > nowMs && recall.atMs <= atMs) return { kind: "done", recall };
    const error = this.#destinationError;
    return { kind: "retry", atMs, isOpenMeanwhile: true, ...(error !== undefined && { error }) };
  }

  /** An invocation may take as long as the longest so far, twice over; a run does at least something. */
  #isOutOfTime(deadlineMs: number): boolean {
    if (this.#begunCount === 0 && !this.#hasSaved) return false;
    const reserveMs = Math.max(CONSUMER_TIME_RESERVE_MS, 2 * this.#longestMs);
    return this.#consumer.clock.now() + reserveMs > deadlineMs;
  }

  #busy(): Promise<void>[] {
    return this.#lanes.flatMap(({ busy }) => busy ?? []);
  }

  #beginSteps(): { readonly isStarved: boolean; readonly wakesAtMs: number } {
    const { mapping, source, clock } = this.#consumer;
    const isLevelRead = this.#isReadToLevel();
    const moment: StepMoment = {
      nowMs: clock.now(),
      readTo: this.#readTo(),
      mayRead: this.#mayRead(),
      // What must come level has nothing to wait for.
      isAtTip: this.#isAtTip || isLevelRead,
      isAtEnd: (this.#isAtTip && this.#isSealed) || isLevelRead,
    };
    let isStarved = false;
    let wakesAtMs = Infinity;
    for (const lane of this.#lanes) {
      if (lane.busy) continue;
      const step = nextStep(lane, mapping, source, moment);
      if (step.kind === "starved") isStarved = true;
      else if (step.kind === "wait") wakesAtMs = Math.min(wakesAtMs, step.untilMs);
      else this.#begin(lane, step);
    }
    return { isStarved, wakesAtMs };
  }

  #begin(lane: Lane, step: Exclude<Step, { kind: "starved" | "wait" }>): void {
    this.#begunCount++;
    // Others may store meanwhile where this lane stands; what becomes of the step must not stand before that.
    lane.progress = { ...lane.progress, next: this.#handledTo(lane) };
    lane.busy = this.#perform(lane, step)
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => {
        delete lane.busy;
      });
  }

  async #perform(lane: Lane, step: Exclude<Step, { kind: "starved" | "wait" }>): Promise<void> {
    const { observer, clock } = this.#consumer;
    const { progress } = lane;
    switch (step.kind) {
      case "invoke":
        lane.progress = await this.#invoke(progress, step.records);
        break;
      case "close-window":
        lane.progress = await this.#invoke(progress, []);
        break;
      case "too-old":
        lane.progress = giveUpOld(progress, step.records, clock.now());
        break;
      case "too-large":
        lane.progress = giveUpUnsent(progress, step.records, TOO_LARGE, clock.now());
        break;
      case "report": {
        const givenUp = progress.retry!.givenUp!;
        try {
          await this.#consumer.reportGivenUp(givenUp, step.records);
        } catch (error) {
          const message = `failure destination: ${error instanceof Error ? error.message : "failed"}`;
          lane.progress = pause(progress, step.records, message, this.#retryMoment());
          this.#destinationError = error;
          observer.notReported(message);
          break;
        }
        observer.gaveUp(givenUp, step.records);
        lane.progress = passPiece(progress, step.records);
        break;
      }
      case "skip": {
        const { window: _given, ...passed } = passPiece(progress, []);
        const isWindows = progress.retry?.pieceEnds.length === 0;
        lane.progress = isWindows ? passed : passPiece(progress, []);
        break;
      }
    }
    this.#dropHandled(lane);
    await this.#save();
  }

  #dropHandled(lane: Lane): void {
    const { next } = lane.progress;
    const first = lane.waiting.findIndex((record) => comparePlaces(placeOf(record), next) >= 0);
    const handled = first < 0 ? lane.waiting : lane.waiting.slice(0, first);
    lane.waiting = lane.waiting.slice(handled.length);
    this.#waitingCount -= handled.length;
    for (const { data } of handled) this.#waitingBytes -= data.length;
  }

  async #invoke(progress: LaneProgress, records: readonly WaitingRecord[]): Promise<LaneProgress> {
    const { mapping, source, clock, observer } = this.#consumer;
    const startedAtMs = clock.now();
    const options = { mapping, source, nowMs: startedAtMs };
    const { verdict, window } = await invokeBatch(this.#consumer, options, progress, records);
    this.#longestMs = Math.max(this.#longestMs, clock.now() - startedAtMs);
    observer.invoked(verdict, records);
    const moment = this.#retryMoment();
    const { window: _before, ...after } = afterInvocation(
      progress,
      records,
      verdict,
      mapping,
      moment,
    );
    return { ...after, ...(window && { window }) };
  }

  #retryMoment() {
    const { clock, random } = this.#consumer;
    return {
      nowMs: clock.now(),
      backOffMs: (failureCount: number) => backOffMs(failureCount, random),
    };
  }

  #mayRead(): boolean {
    if (this.#isAtTip || this.#isReadToLevel()) return false;
    return this.#waitingCount < LOOKAHEAD_MAX_COUNT && this.#waitingBytes < LOOKAHEAD_MAX_BYTES;
  }

  async #read(): Promise<void> {
    const { stream, shard, mapping } = this.#consumer;
    const start = { kind: "record", ...this.#reading } as const;
    const page = await readPage(this.#consumer, stream, shard, start, BOUNDS);
    if (page === undefined) {
      this.#isGone = true;
      return;
    }
    const { blockIndex: fromBlock, position: fromPosition } = this.#reading;
    if (page.next.blockIndex !== fromBlock || page.next.position !== fromPosition) this.#version++;
    for (const record of page.records) {
      const { blockIndex, position, byteOffset, recordOffset } = record;
      const place: Place = [blockIndex, position, 0];
      if (this.#levelAt && comparePlaces(place, this.#levelAt) >= 0) {
        this.#reading = { blockIndex, position };
        this.#frontier = { blockIndex, byteOffset, recordOffset };
        return;
      }
      const options = { ...mapping, deaggregates: this.#deaggregates };
      for (const wanted of wantedRecords(record, shard, options)) {
        const lane = this.#lanes[laneOf(wanted.partitionKey, this.#lanes.length)]!;
        if (comparePlaces(placeOf(wanted), lane.progress.next) < 0) continue;
        lane.waiting.push(wanted);
        this.#waitingCount++;
        this.#waitingBytes += wanted.data.length;
      }
    }
    this.#reading = page.next;
    this.#isAtTip = page.isAtTip;
    this.#isSealed = page.isSealed;
    const last = page.records.at(-1);
    const { blockIndex } = page.next;
    const { byteOffset, recordCount } = page.head;
    if (page.isAtTip) this.#frontier = { blockIndex, byteOffset, recordOffset: recordCount };
    else if (last) {
      const recordOffset = last.recordOffset + 1;
      this.#frontier = { blockIndex, byteOffset: last.byteOffset, recordOffset };
    } else this.#frontier = { ...this.#frontier, blockIndex };
  }

  #isReadToLevel(): boolean {
    return this.#levelAt !== undefined && comparePlaces(this.#readTo(), this.#levelAt) >= 0;
  }

  #readTo(): Place {
    return [this.#reading.blockIndex, this.#reading.position, 0];
  }

  /** Once all lanes stand at the same place, there may be more or fewer of them from there on. */
  #level(): boolean {
    if (!this.#isReadToLevel()) return false;
    const isLevel = this.#lanes.every(
      ({ waiting, progress: { retry, window } }) => waiting.length === 0 && !retry && !window,
    );
    if (!isLevel) return false;
    this.#levelAt = undefined;
    const { mapping } = this.#consumer;
    const fresh = newLanes(mapping.parallelizationFactor, this.#readTo());
    this.#deaggregates = mapping.deaggregates ?? false;
    this.#lanes = fresh.map((progress) => newLane(mapping, progress));
    this.#version++;
    this.#isAtTip = false;
    return true;
  }

  #isUnsaved(): boolean {
    return this.#savedVersion < this.#version;
  }

  /** A filter may let nothing through for longer than a run can last. */
  async #saveNowAndThen(): Promise<void> {
    const isDue = this.#consumer.clock.now() - this.#savedAtMs >= SAVE_INTERVAL_MS;
    if (isDue && this.#isUnsaved()) await this.#save();
  }

  #oldestWaiting(): number | undefined {
    const times = this.#lanes.flatMap(({ waiting: [first] }) => first?.arrivedAtMs ?? []);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** Returns when what stands now is stored, or the lease is lost. Lanes that come together share a write. */
  async #save(): Promise<void> {
    const version = ++this.#version;
    while (this.#savedVersion < version && !this.#isFenced) {
      this.#saving ??= this.#write().finally(() => {
        this.#saving = undefined;
      });
      await this.#saving;
    }
  }

  async #write(): Promise<void> {
    const version = this.#version;
    const to = this.#standing();
    const result = await this.#consumer.readers.moveOn(this.#lease, to, ++this.#order);
    if (result === "fenced") this.#isFenced = true;
    else {
      this.#savedVersion = version;
      this.#checkpoint = to.checkpoint;
      this.#hasSaved = true;
      this.#savedAtMs = this.#consumer.clock.now();
    }
  }

  #standing(): {
    readonly checkpoint: Checkpoint;
    readonly frontier: Frontier;
    readonly plan: Progress;
  } {
    const lanes = this.#lanes.map((lane) => ({ lane, next: this.#handledTo(lane) }));
    let lowest = lanes[0]!;
    for (const one of lanes) if (comparePlaces(one.next, lowest.next) < 0) lowest = one;
    const [blockIndex] = lowest.next;
    const byteOffset =
      blockIndex === this.#frontier.blockIndex
        ? this.#frontier.byteOffset
        : (lowest.lane.waiting[0]?.byteOffset ?? this.#checkpoint.byteOffset);
    return {
      checkpoint: { blockIndex, byteOffset },
      frontier: this.#lookedTo(),
      plan: {
        lanes: lanes.map(({ lane: { progress }, next }) => ({ ...progress, next })),
        ...(this.#deaggregates && { deaggregates: true }),
      },
    };
  }

  /** Filtered records between two that are wanted are handled, too. */
  #handledTo({ progress: { next, retry }, waiting: [first] }: Lane): Place {
    if (retry) return next;
    const to = first ? placeOf(first) : this.#readTo();
    return comparePlaces(to, next) > 0 ? to : next;
  }

  /** What is read and waits only for its window must ring again together with what comes; what is blocked need not. */
  #lookedTo(): Frontier {
    let frontier = this.#frontier;
    for (const { progress, waiting } of this.#lanes) {
      const [first] = waiting;
      if (progress.retry || first === undefined) continue;
      if (first.recordOffset >= frontier.recordOffset) continue;
      const { position, byteOffset, recordOffset } = first;
      frontier = { blockIndex: position.blockIndex, byteOffset, recordOffset };
    }
    return frontier;
  }
}

/** A window that was open is dropped when there are to be none any more. */
function newLane({ tumblingWindowSeconds }: EventSourceMapping, progress: LaneProgress): Lane {
  const { window: _dropped, ...rest } = progress;
  return { progress: tumblingWindowSeconds === 0 ? rest : progress, waiting: [] };
}

/** How far back a run may have to begin again that was cut short while it found nothing wanted. */
const SAVE_INTERVAL_MS = 10_000;

const TOO_LARGE = "the record does not fit into an event";

const IDLE = { isStarved: false, wakesAtMs: Infinity };
