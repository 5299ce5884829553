/**
 * What happened, as seen from outside: the only thing the checker is told. Plain data, in the order in which it
 * happened, so that a simulation and a test against a running stack can both write it down.
 *
 * A record is named by a text of its own (`"p1-7.0"`), unique over the whole history; a stream by its name and
 * generation; a place in the log by shard, block and position.
 */
export type HistoryEvent = { readonly atMs: number } & (
  | {
      readonly kind: "sent";
      readonly call: string;
      readonly records: readonly string[];
      /** When nothing was wrong any more. */
      readonly isProbe?: true;
      /** What its client names it by, towards a stream. */
      readonly invocation?: Invocation;
    }
  | ({
      readonly kind: "acknowledged";
      readonly call: string;
      /** As the producer was told. */
      readonly isEncrypted?: boolean;
    } & Place)
  /** A place in the log was given to a writer who arrived then, by his clock. */
  | ({ readonly kind: "reserved"; readonly arrivedAtMs: number } & Block)
  /** A reader gives up waiting for what is missing there. */
  | ({ readonly kind: "given up" } & Block)
  /** A block was seen in the log. */
  | ({
      readonly kind: "logged";
      readonly records: readonly string[];
      /** What was put, record by record. */
      readonly texts?: readonly string[];
      readonly isSealed?: true;
      readonly arrivedAtMs?: number;
    } & Block)
  /** A tombstone was seen in the log. */
  | ({ readonly kind: "tombstone" } & Block)
  /** A reader now stands before that block. */
  | ({ readonly kind: "checkpoint"; readonly reader: string } & Block)
  /** An object appeared; delivered and failed records count alike. */
  | {
      readonly kind: "object";
      readonly stream: string;
      readonly reader: string;
      readonly key: string;
      readonly records: readonly string[];
      /** Of the stream, as the object's place and its name tell them, where they do. */
      readonly versions?: readonly number[];
      /** What stands in it of each of them, where that is to be as it was put. */
      readonly texts?: readonly (string | undefined)[];
      /** Of the stream's buckets the one that was new with that version. */
      readonly bucket?: number;
      /** What is said of each of them beside it. */
      readonly known?: readonly (Known | undefined)[];
      /** Beside each of them it is to be said which it is. */
      readonly hasMetadata?: true;
      /** Of records that failed. */
      readonly isOfFailed?: true;
      /** It is no object, but what another destination than S3 took in one go. */
      readonly isReceived?: true;
      /** The key of the object of failed records that a redrive read for it. */
      readonly from?: string;
    }
  /** The transform asked for the record to be dropped. */
  | {
      readonly kind: "dropped";
      readonly stream: string;
      readonly reader: string;
      readonly record: string;
      /** Amid a redrive of that object. */
      readonly from?: string;
    }
  /** A receiver has it, which nobody heard, and it is given up: it may be in more than one place. */
  | {
      readonly kind: "doubted";
      readonly stream: string;
      readonly reader: string;
      readonly record: string;
    }
  /** From now on a redrive goes through the objects of failed records below a prefix. */
  | {
      readonly kind: "redrive";
      readonly stream: string;
      readonly redrive: string;
      readonly bucket: number;
      readonly prefixes: readonly string[];
      /** Objects that came later are none of its. */
      readonly startedAtMs: number;
      /** What is done with each at the end; absent: nothing. */
      readonly after?: Aside;
    }
  /** What stands in an object of failed records is redriven, all of it. */
  | { readonly kind: "redriven"; readonly stream: string; readonly from: string }
  | {
      readonly kind: "redrive ended";
      readonly stream: string;
      readonly redrive: string;
      readonly state: string;
      /** Of how many objects it says that it went through them. */
      readonly doneCount?: number;
    }
  /** An object of failed records was tagged as redriven, or moved, for one of those redrives. */
  | {
      readonly kind: "put aside";
      readonly stream: string;
      readonly from: string;
      readonly how: Aside;
      readonly redrives: readonly string[];
      /** What stands there now. */
      readonly records: readonly string[];
    }
  /** Somebody asks where the records of a call are. */
  | { readonly kind: "locating"; readonly call: string; readonly invocation: Invocation }
  | {
      readonly kind: "located";
      readonly call: string;
      /** Absent: it is said that there was no such call. */
      readonly records?: readonly Located[];
    }
  | { readonly kind: "deleted"; readonly stream: string }
  /** From now on a replay delivers once more what was acknowledged before and is in its range, as that reader. */
  | {
      readonly kind: "replay";
      readonly stream: string;
      readonly reader: string;
      /** Of arrivals, inclusive. */
      readonly sinceMs?: number;
      /** Exclusive. */
      readonly untilMs?: number;
      /** Records of one shard, both inclusive. */
      readonly from?: Place;
      readonly to?: Place;
    }
  /** Of one shard it reads the blocks from this one to `to`, exclusive. */
  | ({ readonly kind: "replay part"; readonly reader: string; readonly to: number } & Block)
  /** What became of a replay whose stream stands. */
  | {
      readonly kind: "replay ended";
      readonly stream: string;
      readonly reader: string;
      readonly state: string;
    }
  /** Somebody sets or removes tags of a stream, or asks for them. */
  | {
      readonly kind: "tagging";
      readonly call: string;
      readonly name: string;
      readonly set?: Tags;
      readonly unset?: readonly string[];
    }
  | { readonly kind: "tagged"; readonly call: string; readonly answer: TagsAnswer }
  /** A stream was created, or changed in any way. */
  | {
      readonly kind: "described";
      readonly stream: string;
      readonly versionId: number;
      readonly tags: Tags;
    }
  /** It was told so, and had answered. */
  | { readonly kind: "paused"; readonly stream: string }
  /** Somebody is about to tell it so. */
  | { readonly kind: "resumed"; readonly stream: string }
  /** Where a reader stands in the end, after it had every chance to catch up. */
  | ({ readonly kind: "settled"; readonly reader: string; readonly head: number } & Block)
  /** Something failed that no fault explains. */
  | { readonly kind: "surprise"; readonly message: string }
);

export type Aside = "TAG" | "MOVE";

export interface Invocation {
  /** Of the stream. */
  readonly name: string;
  readonly id: string;
}

export interface Known {
  /** As its id says. */
  readonly place?: Place;
  readonly arrivedAtMs?: number;
}

export interface Located {
  /** In its call. */
  readonly index: number;
  readonly place: Place;
  readonly readers: readonly {
    readonly reader: string;
    readonly state: string;
    /** What stands where it is said to be, piece by piece. */
    readonly found: readonly (string | undefined)[];
    /** Keys of objects in one of which it is said to be, or in one of so many more. */
    readonly objects: readonly string[];
    readonly unnamedCount: number;
    /** It is said that it may wait. */
    readonly mayWait: boolean;
  }[];
}

export type Tags = Readonly<Record<string, string>>;

type TagsAnswer =
  | { readonly kind: "done" }
  | { readonly kind: "listed"; readonly tags: Tags }
  | { readonly kind: "refused"; readonly code: string };

export interface Block {
  readonly stream: string;
  readonly shard: string;
  readonly block: number;
}

export interface Place extends Block {
  /** Of the call's first record; the others follow densely. */
  readonly position: number;
}

export type EventOf<Kind extends HistoryEvent["kind"]> = Extract<
  HistoryEvent,
  { readonly kind: Kind }
>;
