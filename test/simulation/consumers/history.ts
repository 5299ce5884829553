/**
 * What happened to a data stream and its mappings, as seen from outside: the only thing the checker is told. A record
 * is named by where it stands, `shard/block/position/sub` (`sub`: its place in its aggregate); its `name` is what its
 * producer called it, and may stand in the log more than once. Shards are numbered over all streams of the name.
 */
import type { FailureCondition } from "../../../src/consumer/failure-document.ts";

export type RecordKind = "plain" | "other" | "poison";

export interface LoggedRecord {
  readonly id: string;
  readonly name: string;
  readonly key: string;
  readonly kind: RecordKind;
}

/** Before that user record of that stored record of that block. */
export type LanePlace = readonly [block: number, position: number, sub: number];

/** A reader: a mapping's, in a shard. */
interface Reader {
  readonly mapping: string;
  readonly shard: number;
}

/** Of a lease, and with it of the process that leased the reader. */
interface Run extends Reader {
  readonly epoch: number;
}

export interface MappingFacts {
  readonly mapping: string;
  /** Goes up with every change. */
  readonly revision: number;
  readonly status: "starting" | "enabled" | "disabled" | "deleting" | "gone";
  readonly stream: number;
  /** What arrived then or later has to be seen; 0: all that stands in the log. */
  readonly startsAtMs: number;
  /** Absent: records are given up when they expire. */
  readonly maximumRetryCount?: number;
  readonly maximumAgeMs?: number;
  readonly bisects: boolean;
  /** Where what is given up is reported; absent: nowhere. */
  readonly destination?: string;
  /** 0: no tumbling windows. */
  readonly windowSeconds: number;
  /** Absent: all. */
  readonly wantedKinds?: readonly RecordKind[];
}

export type Outcome =
  | { readonly kind: "success" | "failure" }
  /** So many records, from the first on, succeeded. */
  | { readonly kind: "partial"; readonly count: number };

export type ConsumerEvent = { readonly atMs: number } & (
  | {
      readonly kind: "sent";
      readonly names: readonly string[];
      /** When nothing was wrong any more. */
      readonly isProbe?: true;
    }
  /** In how many attempts so ever; what was not taken is sent in another call. */
  | { readonly kind: "called"; readonly names: readonly string[] }
  | { readonly kind: "acknowledged"; readonly name: string; readonly id: string }
  /** A shard gave places to so many records of a call. */
  | { readonly kind: "taken"; readonly shard: number; readonly count: number }
  | {
      readonly kind: "shard";
      readonly shard: number;
      readonly stream: number;
      readonly parents: readonly number[];
    }
  /** A stream is gone, with all of its shards. */
  | { readonly kind: "stream gone"; readonly stream: number }
  /** A block was seen in the log. */
  | {
      readonly kind: "logged";
      readonly shard: number;
      readonly block: number;
      readonly arrivedAtMs: number;
      readonly records: readonly LoggedRecord[];
    }
  /** A mapping was made, changed or removed. */
  | ({ readonly kind: "mapping" } & MappingFacts)
  | ({ readonly kind: "opened"; readonly block: number } & Reader)
  /** A process leased a reader, and goes by its mapping as it was at that revision. */
  | ({ readonly kind: "leased"; readonly revision: number } & Run)
  /** What is stored of a reader: its checkpoint, and how far each of its lanes has come. */
  | ({
      readonly kind: "progress";
      readonly block: number;
      readonly lanes: readonly LanePlace[];
    } & Run)
  | ({ readonly kind: "ended" } & Run)
  /** The function began to run. */
  | ({
      readonly kind: "invoked";
      readonly call: number;
      readonly records: readonly string[];
      /** An aggregate that comes whole is one. */
      readonly recordCount: number;
      /** Records whose traces the state holds that it was given, in a tumbling window. */
      readonly state?: readonly string[];
      readonly window?: { readonly start: string; readonly isFinal: boolean };
    } & Run)
  | { readonly kind: "returned"; readonly call: number; readonly outcome: Outcome }
  /** A failure destination was told. */
  | ({
      readonly kind: "reported";
      readonly destination: string;
      readonly condition: FailureCondition;
      readonly invokeCount: number;
      readonly records: readonly string[];
      /** An aggregate that comes whole is one. */
      readonly recordCount: number;
    } & Run)
  /** Where a reader stands in the end, after it had every chance to catch up. */
  | ({
      readonly kind: "settled";
      readonly block: number;
      readonly head: number;
      readonly isSealed: boolean;
      readonly isEnded: boolean;
    } & Reader)
  /** In the end, nobody reads that open shard for a mapping that is enabled. */
  | ({ readonly kind: "unread" } & Reader)
  /** So many messages for one reader were in the queue at once. */
  | ({ readonly kind: "messages"; readonly count: number } & Reader)
  /** Something failed that no fault explains. */
  | { readonly kind: "surprise"; readonly message: string }
);

export type ConsumerEventOf<Kind extends ConsumerEvent["kind"]> = Extract<
  ConsumerEvent,
  { readonly kind: Kind }
>;
