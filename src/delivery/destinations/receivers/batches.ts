/**
 * A receiver that takes batches, each by itself. Which records a batch holds follows from the parcel alone, and its id from the
 * flush and its place in it: whoever sends it again, however often, sends the same. What has become of which batch is noted
 * with the plan behind each; one that was taken without that having been noted is sent once more.
 *
 * A batch that is refused does not hold up the others, unless the receiver is away.
 */
import { OPEN_BATCHES_MAX_COUNT } from "../../../limits.ts";
import type { DeliveryError } from "../../error-log/delivery-error.ts";
import type { Passing } from "../../stages/outcome.ts";
import type {
  BatchOutcome,
  BatchSender,
  FailedDelivery,
  Parcel,
  Receiver,
  ReceiverRun,
  Settlement,
} from "./port.ts";

/** Plain JSON. */
export interface BatchesState {
  /** Where the next new batch begins. */
  readonly next: { readonly piece: number; readonly record: number; readonly batch: number };
  /** Those that were sent and are not with the receiver, as far as is known. */
  readonly open: readonly OpenBatch[];
}

interface OpenBatch {
  readonly batch: number;
  readonly piece: number;
  /** Of the piece's records: from the first to the second, exclusive. */
  readonly from: number;
  readonly to: number;
  /** Places in the batch; absent: all. */
  readonly left?: readonly number[];
  readonly memo?: unknown;
}

const START: BatchesState = { next: { piece: 0, record: 0, batch: 0 }, open: [] };

export function batchReceiver(sender: BatchSender): Receiver<BatchesState> {
  return {
    errorOutputType: sender.errorOutputType,
    settle: (parcel, run) => new Batches(sender, parcel, run).settle(),
    givenUp: (parcel, run, error) => new Batches(sender, parcel, run).giveUp(error),
  };
}

class Batches {
  readonly #sender: BatchSender;
  readonly #parcel: Parcel;
  readonly #run: ReceiverRun<BatchesState>;
  #state: BatchesState;
  #failure: { readonly error: DeliveryError; readonly afterMs?: number | undefined } | undefined;
  #isAway = false;
  /** Until the earliest of what is awaited is asked for. */
  #awaitedMs: number | undefined;
  /** There are no records behind the last batch. */
  #isAtEnd = false;

  constructor(sender: BatchSender, parcel: Parcel, run: ReceiverRun<BatchesState>) {
    this.#sender = sender;
    this.#parcel = parcel;
    this.#run = run;
    this.#state = run.state ?? START;
  }

  async settle(): Promise<Settlement> {
    for (const open of this.#state.open) {
      if (this.#isAway) break;
      if (this.#isLate()) return this.#later();
      if ((await this.#try(open)) === "fenced") return { kind: "fenced" };
    }
    while (!this.#isAway && this.#state.open.length < OPEN_BATCHES_MAX_COUNT) {
      if (this.#isLate()) return this.#later();
      const next = await this.#nextBatch();
      if (next === undefined) break;
      if ((await this.#try(next)) === "fenced") return { kind: "fenced" };
    }
    return this.#settlement();
  }

  async giveUp(error: FailedDelivery): Promise<void> {
    const { open } = this.#state;
    for (const one of open) {
      for (const record of await this.#recordsOf(one)) this.#fail(record, error);
    }
    for (let next = await this.#nextBatch(); next; next = await this.#nextBatch()) {
      for (const record of await this.#recordsOf(next)) this.#fail(record, error);
    }
  }

  #fail(record: Passing, error: FailedDelivery): void {
    const details = this.#sender.detailsOf?.(record, this.#run.flush);
    const whole = details && { ...error, details: { ...details, ...error.details } };
    this.#run.fail(record, whole ?? error);
  }

  #isLate(): boolean {
    return this.#run.clock.now() >= this.#run.deadlineMs;
  }

  #later(): Settlement {
    return { kind: "later", atMs: this.#run.clock.now() };
  }

  #settlement(): Settlement {
    if (this.#failure !== undefined) return { kind: "retry", ...this.#failure };
    if (this.#awaitedMs !== undefined) {
      return { kind: "later", atMs: this.#run.clock.now() + this.#awaitedMs };
    }
    return { kind: "settled" };
  }

  /** Takes up the place behind it, and tells of records that cannot be sent. */
  async #nextBatch(): Promise<OpenBatch | undefined> {
    const { bounds } = this.#sender;
    let { piece, record: from, batch } = this.#state.next;
    for (; piece < this.#parcel.pieceCount; piece += 1, from = 0) {
      const records = await this.#parcel.piece(piece);
      let to = from;
      let count = 0;
      let byteCount = 0;
      for (; to < records.length && count < bounds.maxCount; to += 1) {
        const record = records[to]!;
        const problem = this.#sender.problemOf?.(record);
        if (problem !== undefined) {
          this.#fail(record, problem);
          continue;
        }
        const size = this.#sender.sizeOf(record);
        if (count > 0 && byteCount + size > bounds.maxBytes) break;
        count += 1;
        byteCount += size;
      }
      this.#isAtEnd = piece + 1 === this.#parcel.pieceCount && to === records.length;
      if (count > 0) {
        this.#state = { ...this.#state, next: { piece, record: to, batch: batch + 1 } };
        return { batch, piece, from, to };
      }
    }
    this.#state = { ...this.#state, next: { piece, record: 0, batch } };
    return undefined;
  }

  async #recordsOf({ piece, from, to, left }: OpenBatch): Promise<readonly Passing[]> {
    const records = (await this.#parcel.piece(piece))
      .slice(from, to)
      .filter((record) => this.#sender.problemOf?.(record) === undefined);
    return left === undefined ? records : left.map((place) => records[place]!);
  }

  async #try(open: OpenBatch): Promise<"done" | "fenced"> {
    const { memo } = open;
    const records = await this.#recordsOf(open);
    const id = this.#run.flush.idOf("batch", open.batch);
    const batch = { id, index: open.batch, records, ...(memo !== undefined && { memo }) };
    const outcome = await this.#sender.send(batch, this.#run);
    const left = this.#leftOf(open, records, outcome);
    const others = this.#state.open.filter((other) => other.batch !== open.batch);
    const standing = [...others, ...(left ? [left] : [])].toSorted((a, b) => a.batch - b.batch);
    this.#state = { ...this.#state, open: standing };
    // Then the flush is settled, and that is noted.
    if (this.#isAtEnd && standing.length === 0) return "done";
    return this.#run.save(this.#state);
  }

  /** What of a batch is to be sent again; `undefined`: nothing. */
  #leftOf(
    { memo: _before, ...open }: OpenBatch,
    records: readonly Passing[],
    outcome: BatchOutcome,
  ): OpenBatch | undefined {
    switch (outcome.kind) {
      case "delivered":
        return undefined;
      case "failed":
        for (const record of records) this.#fail(record, outcome.error);
        return undefined;
      case "awaited":
        this.#awaitedMs = Math.min(this.#awaitedMs ?? outcome.afterMs, outcome.afterMs);
        return { ...open, memo: outcome.memo };
      case "retry":
        this.#failure = { error: outcome.error, afterMs: outcome.afterMs };
        this.#isAway ||= outcome.isAway === true;
        return open;
      case "each":
        return this.#leftOfEach(open, records, outcome.records);
    }
  }

  #leftOfEach(
    open: OpenBatch,
    records: readonly Passing[],
    outcomes: Extract<BatchOutcome, { kind: "each" }>["records"],
  ): OpenBatch | undefined {
    const left: number[] = [];
    for (const [place, record] of records.entries()) {
      const outcome = outcomes[place]!;
      if (outcome.kind === "failed") this.#fail(record, outcome.error);
      if (outcome.kind !== "retry") continue;
      const { errorCode, errorMessage } = outcome.error;
      this.#failure = { error: { errorCode, errorMessage } };
      left.push(open.left?.[place] ?? place);
    }
    return left.length === 0 ? undefined : { ...open, left };
  }
}
