/**
 * The port of destinations that are not S3: what a receiver is given of a flush, and what it answers.
 *
 * What the stages have made of a plan's records is kept first, in pieces, and noted in the plan (`parcel.ts`): from then on a
 * flush is the same records in the same pieces, whoever carries it on and however often. So what a receiver is sent follows
 * from the plan alone, ids and all. A receiver settles a flush: each record is with the receiver, or it failed for good. What
 * failed goes to the bucket for failed records, and only then the checkpoint moves.
 */
import type { Clock } from "../../../clock.ts";
import type { Random } from "../../../random.ts";
import type { FencedResult } from "../../../readers/store.ts";
import type { DeliveryStream } from "../../delivery-stream.ts";
import type { DeliveryError } from "../../error-log/delivery-error.ts";
import type { ErrorOutputType } from "../../naming/prefix.ts";
import type { Span } from "../../../readers/span.ts";
import type { Passing } from "../../stages/outcome.ts";

/** What a flush is known by: the same in every attempt at it. */
export interface FlushIdentity {
  readonly stream: DeliveryStream;
  readonly deliveryStreamArn: string;
  /** Of the data stream that is read, if it is one. */
  readonly sourceKinesisStreamArn?: string | undefined;
  /** Of the lane, or of the data stream's shard. */
  readonly shardIndex: number;
  readonly readerId: string;
  readonly span: Span;
  /** A UUID that only depends on the flush and on the parts: `idOf("batch", 3)`. */
  idOf(...parts: readonly (string | number)[]): string;
}

/** What became of a record for good. `details`: members that its line among the failed records has besides. */
export interface FailedDelivery extends DeliveryError {
  readonly details?: Readonly<Record<string, string>>;
}

/** The records of a flush, in their order. */
export interface Parcel {
  readonly recordCount: number;
  /** Of data. */
  readonly byteCount: number;
  readonly pieceCount: number;
  /** One at a time: a piece is some MiB. Those that failed in the stages are not in it. */
  piece(index: number): Promise<readonly Passing[]>;
}

/** What every receiver is run with. */
export interface SettleRun {
  readonly flush: FlushIdentity;
  readonly clock: Clock;
  readonly random: Random;
  /** Nothing new is begun then. */
  readonly deadlineMs: number;
  /** How often the flush was tried before, as a whole. */
  readonly attempts: number;
  /** For the metrics of the destination: `add("DeliveryToSplunk.DataAckLatency", 1.5)` */
  readonly measure: (metric: string, value: number) => void;
}

/**
 * Settles a flush as a whole: a transaction, say. It holds no more than a piece in memory.
 *
 * `State`: what it notes between two steps, plain JSON; what was saved is given to the next run.
 */
export interface Receiver<State = unknown> {
  /** The folder of what failed. */
  readonly errorOutputType: ErrorOutputType;
  /** Between two attempts; absent: more and more, from a second to two minutes. */
  readonly retryEveryMs?: number;
  settle(parcel: Parcel, run: ReceiverRun<State>): Promise<Settlement>;
  /**
   * No more is tried: `run.fail` is told of every record that is not with the receiver and of which it was not told. Absent: all
   * of them, but for those told of.
   */
  givenUp?(parcel: Parcel, run: ReceiverRun<State>, error: FailedDelivery): Promise<void>;
}

export interface ReceiverRun<State = unknown> extends SettleRun {
  /** As saved last; absent: nothing was. */
  readonly state?: State | undefined;
  /** Noted with the plan before anything that depends on it. `fenced`: another run has taken over, do nothing more. */
  save(state: State): Promise<FencedResult>;
  /**
   * Of a record that failed for good, once. It is kept with what is saved next, or with the end: what was told since a run's
   * last `save` is forgotten with that run.
   */
  fail(record: Passing, error: FailedDelivery): void;
}

/** What stands in the bucket of S3Configuration, and is to be taken up from there. */
export interface StandingObject {
  readonly bucket: string;
  readonly key: string;
}

/**
 * Takes up the objects of a flush once they stand, before the checkpoint moves. Records that failed in the stages are in none of
 * them. What it is given is the same in every attempt.
 */
export interface ObjectFollower<State = unknown> {
  /** Between two attempts; absent: more and more, from a second to two minutes. */
  readonly retryEveryMs?: number;
  settle(
    objects: readonly StandingObject[],
    run: Omit<ReceiverRun<State>, "fail">,
  ): Promise<Settlement>;
  /** All of them are given up; may be repeated. */
  givenUp(
    objects: readonly StandingObject[],
    run: Omit<ReceiverRun<State>, "fail">,
    error: DeliveryError,
  ): Promise<void>;
}

export type Settlement =
  /** Every record is with the receiver, but for those that were told to have failed. */
  | { readonly kind: "settled" }
  /** Nothing, or what is noted, has come about: it is tried again within the retry duration, then `error` is what all fail with. */
  | {
      readonly kind: "retry";
      readonly error: DeliveryError;
      readonly afterMs?: number | undefined;
      /** This time in place of `retryEveryMs`. */
      readonly everyMs?: number | undefined;
    }
  /** All that was not told to have failed fails, and is not tried again. */
  | { readonly kind: "failed"; readonly error: FailedDelivery }
  /** The time of this run is over, or something is awaited: no attempt counts. */
  | { readonly kind: "later"; readonly atMs: number }
  | { readonly kind: "fenced" };

/** Sends batch after batch, each by itself: a request, say. `batches.ts` makes a receiver of it. */
export interface BatchSender {
  readonly errorOutputType: ErrorOutputType;
  /** How much comes into a batch. A record above `maxBytes` makes a batch by itself. */
  readonly bounds: { readonly maxCount: number; readonly maxBytes: number };
  /** What a record takes of `maxBytes`. */
  sizeOf(record: Passing): number;
  /** Why a record cannot be sent at all; it fails before its batch is made, and changes no other batch. */
  problemOf?(record: Passing): FailedDelivery | undefined;
  /** What the line of a record that failed has besides, whatever it failed with. */
  detailsOf?(record: Passing, flush: FlushIdentity): FailedDelivery["details"];
  /** May be repeated with the same batch after any failure, its answer having been lost, too. It does not reject. */
  send(batch: Batch, run: SettleRun): Promise<BatchOutcome>;
}

export interface Batch {
  /** A UUID: the same whenever the batch is sent. */
  readonly id: string;
  /** 0, 1, 2, … of the flush; later ones hold later records. */
  readonly index: number;
  /** In every attempt the same, or of one that was taken in part, those that are left: see `BatchOutcome`. */
  readonly records: readonly Passing[];
  /** What was answered as `awaited` before; it is forgotten with the next answer of another kind. */
  readonly memo?: unknown;
}

export type BatchOutcome =
  | { readonly kind: "delivered" }
  /** For good. */
  | { readonly kind: "failed"; readonly error: FailedDelivery }
  /**
   * To be sent again, whole.
   *
   * `isAway`: there was no answer, or one that says that others would be refused alike, so that nothing more is sent now.
   * `afterMs`: not before so long, as the receiver asks.
   */
  | {
      readonly kind: "retry";
      readonly error: DeliveryError;
      readonly isAway?: boolean;
      readonly afterMs?: number;
    }
  /** It has been sent, and what becomes of it is asked later. No attempt counts. `memo`: plain JSON, noted with the plan. */
  | { readonly kind: "awaited"; readonly memo: unknown; readonly afterMs: number }
  /** One for each record, in their order: those to be tried again are the batch from then on. */
  | { readonly kind: "each"; readonly records: readonly RecordOutcome[] };

export type RecordOutcome =
  | { readonly kind: "delivered" }
  | { readonly kind: "failed"; readonly error: FailedDelivery }
  | { readonly kind: "retry"; readonly error: FailedDelivery };
