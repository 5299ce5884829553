/**
 * Feeding one shard to one function, for as long as there is something to do: read, share out among the lanes,
 * invoke, store what became of it, and only then let the lane go on. Whatever dies in between repeats at most the
 * invocations that were under way, in their order; nothing is passed before its outcome is stored.
 */
import { CONSUMER_TIME_RESERVE_MS, NEAR_RETRY_MAX_MS } from "../limits.ts";
import type { Random } from "../random.ts";
import { backOffMs } from "../readers/back-off.ts";
import type { LeasedRun, RunResult } from "../readers/run.ts";
import type { Checkpoint, Lease, ReaderStore, Recall } from "../readers/store.ts";
import type { EventSource } from "./event.ts";
import { invokeBatch, type InvokePorts } from "./invoke.ts";
import { type Lane, nextStep, type Step, type WaitingRecord } from "./lane.ts";
import { Lanes, type LaneSource } from "./lanes.ts";
import {
  afterInvocation,
  giveUpOld,
  giveUpUnsent,
  passPiece,
  pause,
  skipPiece,
} from "./outcome.ts";
import type { GivenUp, LaneProgress, Progress } from "./progress.ts";
import { ProgressWriter } from "./progress-writer.ts";
import type { RunObserver } from "./run-report.ts";

/** Everything that a run needs to know and to call. */
export interface ShardConsumer extends LaneSource, InvokePorts {
  readonly readers: Pick<ReaderStore<Progress>, "moveOn">;
  readonly random: Random;
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

/** What a lane can do at once. */
type Doing = Exclude<Step, { kind: "starved" | "wait" }>;

export class ShardRun {
  readonly #consumer: ShardConsumer;
  readonly #lease: Lease;
  readonly #recall: Recall | undefined;
  readonly #lanes: Lanes;
  readonly #writer: ProgressWriter;
  #checkpoint: Checkpoint;
  #writeOrder = 0;
  #begunCount = 0;
  #longestMs = 0;
  /** Once it is to stop, it begins nothing more, however long what is under way may take. */
  #isStopping = false;
  #failure: { readonly error: unknown } | undefined;
  /** The last look at the log brought something. */
  #hasMoved = false;

  constructor(consumer: ShardConsumer, { lease, state }: LeasedRun<Progress>) {
    const { checkpoint, wakesAtMs, wakesBy } = state;
    this.#consumer = consumer;
    this.#lease = lease;
    if (wakesAtMs !== undefined && wakesBy !== undefined) {
      this.#recall = { atMs: wakesAtMs, messageId: wakesBy };
    }
    this.#lanes = new Lanes(consumer, state);
    this.#checkpoint = checkpoint;
    this.#writer = new ProgressWriter(consumer.clock, () => this.#write());
  }

  /** Until nothing is left to do now, or time is over. */
  async run({ messageId, deadlineMs }: ShardRunOptions): Promise<RunResult> {
    try {
      return await this.#drain(messageId, deadlineMs);
    } finally {
      // Nobody else may hold the lease while an invocation of ours is under way.
      await Promise.all(this.#lanes.busy());
      this.#consumer.observer.left(this.#lanes.oldestWaitingArrivedAtMs);
    }
  }

  async #drain(messageId: string, deadlineMs: number): Promise<RunResult> {
    const { clock } = this.#consumer;
    const lanes = this.#lanes;
    const writer = this.#writer;
    for (;;) {
      this.#isStopping ||= this.#isOutOfTime(deadlineMs) || (await this.#consumer.isOutdated());
      if (this.#failure) throw this.#failure.error;
      if (writer.isFenced) return DONE;
      const { starved, wakesAtMs } = this.#isStopping ? IDLE : this.#beginSteps();
      const readable = starved.filter((lane) => lanes.mayRead(lane));
      if (readable.length > 0) {
        if ((await this.#read(readable)) === "gone") return DONE;
        // A filter may let nothing through for longer than a run can last.
        if (writer.unsavedForMs >= SAVE_INTERVAL_MS) await writer.save();
        continue;
      }
      const busy = lanes.busy();
      if (busy.length > 0) {
        await Promise.race(busy);
        lanes.lookAgain();
        continue;
      }
      if (this.#isStopping) {
        await writer.save();
        return { kind: "retry", atMs: clock.now(), isOpenMeanwhile: true };
      }
      if (lanes.level()) {
        writer.changed();
        continue;
      }
      const nowMs = clock.now();
      if (wakesAtMs < Infinity) {
        if (wakesAtMs - nowMs > NEAR_RETRY_MAX_MS || wakesAtMs >= deadlineMs) {
          await writer.save();
          return this.#comeBack(wakesAtMs, messageId, nowMs);
        }
        await clock.sleep(wakesAtMs - nowMs);
        lanes.lookAgain();
        continue;
      }
      // Lanes that wait for more than may be ahead: nobody else can make room.
      const behind = starved.filter((lane) => !lanes.isAtTip(lane));
      if (behind.length > 0) {
        if ((await this.#read(behind)) === "gone") return DONE;
        continue;
      }
      if (writer.isUnsaved) {
        await writer.save();
        // What came before this was stored rang for a reader that was thought to be on its way.
        lanes.lookAgain();
        continue;
      }
      const [readTo] = lanes.readTo;
      return lanes.isSealed ? this.#consumer.passOn(readTo) : DONE;
    }
  }

  /** Left to the message that stands for an earlier time, if it is another, so that they do not become more and more. */
  #comeBack(atMs: number, messageId: string, nowMs: number): RunResult {
    const recall = this.#recall;
    const isLeft = recall && recall.messageId !== messageId;
    if (isLeft && recall.atMs > nowMs && recall.atMs <= atMs) return { kind: "done", recall };
    const stuck = this.#lanes.all.find(({ notReported }) => notReported);
    const error = stuck?.notReported?.error;
    return { kind: "retry", atMs, isOpenMeanwhile: true, ...(error !== undefined && { error }) };
  }

  /** An invocation may take as long as the longest so far, twice over; a run does at least something. */
  #isOutOfTime(deadlineMs: number): boolean {
    if (this.#begunCount === 0 && this.#writer.writeCount === 0) return false;
    const reserveMs = Math.max(CONSUMER_TIME_RESERVE_MS, 2 * this.#longestMs);
    return this.#consumer.clock.now() + reserveMs > deadlineMs;
  }

  async #read(lanes: readonly Lane[]): Promise<"moved" | "still" | "gone"> {
    try {
      const result = await this.#lanes.read(lanes);
      this.#hasMoved = result === "moved";
      if (this.#hasMoved) this.#writer.changed();
      return result;
    } catch (error) {
      // What was read would have to be read again, and be as much for a busy table as now.
      if (!this.#hasMoved) throw error;
      this.#hasMoved = false;
      await this.#consumer.clock.sleep(READ_AGAIN_MS);
      return "still";
    }
  }

  #beginSteps(): Idleness {
    const { mapping, source, clock } = this.#consumer;
    const nowMs = clock.now();
    this.#lanes.makeRoom(nowMs);
    const starved: Lane[] = [];
    let wakesAtMs = Infinity;
    for (const lane of this.#lanes.all) {
      if (lane.busy) continue;
      const step = nextStep(lane, mapping, source, this.#lanes.moment(lane, nowMs));
      if (step.kind === "starved") starved.push(lane);
      else if (step.kind === "wait") wakesAtMs = Math.min(wakesAtMs, step.untilMs);
      else this.#begin(lane, step);
    }
    return { starved, wakesAtMs };
  }

  #begin(lane: Lane, step: Doing): void {
    this.#begunCount++;
    // Others may store meanwhile where this lane stands; what becomes of the step must not stand before that.
    lane.progress = { ...lane.progress, next: this.#lanes.handledTo(lane) };
    lane.busy = this.#perform(lane, step)
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => {
        delete lane.busy;
      });
  }

  async #perform(lane: Lane, step: Doing): Promise<void> {
    const { clock } = this.#consumer;
    const { progress } = lane;
    switch (step.kind) {
      case "invoke":
        lane.progress = await this.#invoke(progress, step.records);
        break;
      case "close-window":
        await this.#closeWindow(lane);
        break;
      case "too-old":
        lane.progress = giveUpOld(progress, step.records, clock.now());
        break;
      case "too-large":
        lane.progress = giveUpUnsent(progress, step.records, TOO_LARGE, clock.now());
        break;
      case "report":
        lane.progress = await this.#report(lane, step.records);
        break;
      case "skip":
        lane.progress = skipPiece(progress);
        break;
    }
    this.#lanes.dropHandled(lane);
    await this.#writer.save();
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

  /** What is read for the others meanwhile and is none of this lane's counts as handled, and may be stored so before it ends. */
  async #closeWindow(lane: Lane): Promise<void> {
    const closed = await this.#invoke(lane.progress, []);
    lane.progress = { ...closed, next: this.#lanes.handledTo(lane) };
  }

  async #report(lane: Lane, records: readonly WaitingRecord[]): Promise<LaneProgress> {
    const { observer } = this.#consumer;
    const { progress } = lane;
    const givenUp = progress.retry!.givenUp!;
    try {
      await this.#consumer.reportGivenUp(givenUp, records);
    } catch (error) {
      const message = `failure destination: ${error instanceof Error ? error.message : "failed"}`;
      lane.notReported = { error };
      observer.notReported(message);
      return pause(progress, records, message, this.#retryMoment());
    }
    delete lane.notReported;
    observer.gaveUp(givenUp, records);
    return passPiece(progress, records);
  }

  #retryMoment() {
    const { clock, random } = this.#consumer;
    return {
      nowMs: clock.now(),
      backOffMs: (failureCount: number) => backOffMs(failureCount, random),
    };
  }

  async #write() {
    const to = this.#lanes.standing(this.#checkpoint);
    const result = await this.#consumer.readers.moveOn(this.#lease, to, ++this.#writeOrder);
    if (result !== "fenced") this.#checkpoint = to.checkpoint;
    return result;
  }
}

/** How far back a run may have to begin again that was cut short while it found nothing wanted. */
const SAVE_INTERVAL_MS = 10_000;

/** A table that could not be read is asked again once in a run, so much later. */
const READ_AGAIN_MS = 1000;

const TOO_LARGE = "the record does not fit into an event";

/** What lanes wait for that begin nothing: records, or a time. */
interface Idleness {
  readonly starved: readonly Lane[];
  readonly wakesAtMs: number;
}

const IDLE: Idleness = { starved: [], wakesAtMs: Infinity };

const DONE: RunResult = { kind: "done" };
