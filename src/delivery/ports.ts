/** The ports of delivery: where objects go, which functions transform, where delivery streams are kept. */
import type { ShardKey } from "../log/store.ts";
import type { Checkpoint } from "../readers/store.ts";
import type { DeliveryStream } from "./delivery-stream.ts";
import type { TableColumn } from "./formats/schema.ts";
import type { ErrorOutputType } from "./naming/prefix.ts";
import type { DeliveryPlan } from "./plan.ts";

export interface ObjectTarget {
  readonly bucket: string;
  readonly key: string;
  readonly contentType: string;
  readonly contentEncoding?: string;
  /** As the stream names it; the store knows whether it acts under it. Absent: under its own. */
  readonly roleArn?: string;
  /** Of KMS, by ARN or alias; absent: the bucket's own settings say how it is encrypted. */
  readonly kmsKeyArn?: string;
}

/** `exists`: an object stands under that key already; it was left untouched. */
export type PutOutcome = "written" | "exists";

/** `lost`: the upload is gone and no object stands under its key; the contents must be sent again. */
export type CompleteOutcome = PutOutcome | "lost";

export interface UploadRef {
  readonly bucket: string;
  readonly key: string;
  readonly uploadId: string;
  /** That it was begun under; absent: the store's own. */
  readonly roleArn?: string;
}

export interface UploadedPart {
  /** 1, 2, 3, … */
  readonly partNumber: number;
  readonly etag: string;
  /** The part's checksum as the store named it; S3 wants it back when the upload is completed. */
  readonly checksum?: string;
}

/**
 * `refused`: the store answered that it would not do it, once, and for good as things are: a right is missing, say.
 * `no bucket`: there is no such bucket, and so no object in it.
 */
export type Refusal = "refused" | "no bucket";

/** S3 as delivery needs it. Failures other than those named are thrown and retried by the caller. */
export interface ObjectStore {
  /** Of an error that the store threw; `undefined` when the call may have had its effect, or may have it next time. */
  refusalOf(error: unknown): Refusal | undefined;
  /** PutObject with `If-None-Match: *`. */
  putIfAbsent(target: ObjectTarget, body: Uint8Array): Promise<PutOutcome>;
  startUpload(target: ObjectTarget): Promise<UploadRef>;
  /** All parts but the last hold at least 5 MiB. */
  uploadPart(upload: UploadRef, partNumber: number, body: Uint8Array): Promise<UploadedPart>;
  /**
   * Completes an upload with `If-None-Match: *`. Repeating a completed upload answers `exists`.
   *
   * @param movedTo the key that the object has, should somebody have moved it since it appeared
   */
  completeIfAbsent(
    upload: UploadRef,
    parts: readonly UploadedPart[],
    movedTo?: string,
  ): Promise<CompleteOutcome>;
  /** Forgets the parts; an upload that is completed or gone is left as it is. */
  abort(upload: UploadRef): Promise<void>;
}

export type InvokeResult =
  /** The function returned; `payload` is its JSON text. */
  | { readonly kind: "returned"; readonly payload: string }
  /** The function threw, exited or timed out; `message` is Lambda's `errorMessage`. */
  | { readonly kind: "failed"; readonly timedOut: boolean; readonly message: string }
  /** Lambda did not run it; `code` is the delivery error code, e.g. `Lambda.InvokeLimitExceeded`. */
  | { readonly kind: "refused"; readonly code: string; readonly message: string };

export interface FunctionInvoker {
  /** @param roleArn as the stream names it; whether it is assumed is for the invoker to know */
  invoke(functionArn: string, payload: string, roleArn?: string): Promise<InvokeResult>;
}

/** A log stream of CloudWatch Logs. */
export interface LogPlace {
  readonly groupName: string;
  readonly streamName: string;
}

export interface LogEvent {
  readonly atMs: number;
  /** JSON. */
  readonly text: string;
}

/** Where owners of delivery streams read of their errors. It rejects where a place does not take them. */
export interface ErrorLog {
  append(place: LogPlace, events: readonly LogEvent[]): Promise<void>;
}

/** A table in a catalog. */
export interface TableReference {
  /** Absent: that of the account. */
  readonly catalogId?: string | undefined;
  readonly databaseName: string;
  readonly tableName: string;
  /** Absent: that of the caller. */
  readonly region?: string | undefined;
  /** A version's number, or `LATEST`. */
  readonly versionId: string;
  /** Under which it is read, where that is assumed; absent: the reader's own. */
  readonly roleArn?: string;
}

export type TableResult =
  /** Its columns, without those of its partitions; none where it has no storage descriptor. */
  | { readonly kind: "table"; readonly columns: readonly TableColumn[] }
  | { readonly kind: "not found" }
  /** It may not be read, or not by that name; `detail` is what the catalog said. */
  | { readonly kind: "refused"; readonly reason: TableRefusal; readonly detail: string };

export type TableRefusal = "AccessDenied" | "InvalidInput";

/** Where tables have their columns. A catalog that does not answer is thrown. */
export interface TableCatalog {
  get(table: TableReference): Promise<TableResult>;
}

/**
 * What a reader keeps beside its item, which is small: large plans, and records that wait. What nobody removes is there for
 * longer than any record lives.
 */
export interface SpoolStore {
  /** Answers its key, which nothing had before. */
  put(bytes: Uint8Array): Promise<string>;
  /** `undefined`: it is gone. */
  get(key: string): Promise<Uint8Array | undefined>;
  /** May be repeated. */
  remove(key: string): Promise<void>;
}

/** An object that stands. */
export interface DeliveredObject {
  readonly bucket: string;
  readonly key: string;
}

/** Why a reader delivers nothing, since when, and when it tries again. */
export interface DeliveryFailure {
  /** The error's name and sentence. */
  readonly message: string;
  readonly sinceMs: number;
  readonly atMs: number;
  readonly retryAtMs: number;
}

/** What became of a reader's last flush. */
export interface DeliveryNote {
  readonly lastObject?: DeliveredObject & { readonly atMs: number };
  /** Present while flushes fail. */
  readonly failure?: DeliveryFailure;
}

/** Where the records of a flush went, found again by any of its blocks. Plain JSON. */
export interface FlushNote {
  /** Of the log: from the first to the second, exclusive. */
  readonly fromBlock: number;
  readonly toBlock: number;
  /** Of a partitioned stream, of which several may begin at one block, having read nothing. */
  readonly plannedAtMs?: number;
  /** What earlier ones had read from that block on, and left, may be in its objects, too. */
  readonly waitedFrom?: number;
  readonly atMs: number;
  /** Arrival of the first record; absent: there was none any more. */
  readonly oldestArrivedAtMs?: number;
  readonly recordCount: number;
  /** Absent: an earlier run counted, and died before it could say. */
  readonly counts?: FlushCounts;
  /** What was delivered first; at most FLUSH_NOTE_OBJECTS_MAX_COUNT of them. */
  readonly objects: readonly FlushedObject[];
  readonly objectCount: number;
  /** What it was made of the records by, and where they were to go. */
  readonly plan: FlushedPlan;
}

/** Where a flush stands among the others of its reader. Without an end: before all that begin at the block. */
export type FlushPlace = Pick<FlushNote, "fromBlock" | "plannedAtMs"> &
  Partial<Pick<FlushNote, "toBlock">>;

/** A plan without what it needed to be run. */
export type FlushedPlan = Pick<DeliveryPlan, "span" | "versionId" | "target" | "namesSort">;

/** Of what the stages made of the records: a record may be split into several. */
export interface FlushCounts {
  readonly deliveredCount: number;
  readonly droppedCount: number;
  readonly failedCount: number;
  /** Before any compression. */
  readonly deliveredBytes: number;
}

export interface FlushedObject extends DeliveredObject {
  /** Present: it holds failed records. */
  readonly errorOutputType?: ErrorOutputType;
}

/** For people alone: nothing is decided by it, and a note may be missing or late. */
export interface DeliveryNotes {
  get(shard: ShardKey, readerId: string): Promise<DeliveryNote | undefined>;
  /** Notes a flush, until that time at least; one at the same place replaces it. */
  flushed(shard: ShardKey, readerId: string, flush: FlushNote, untilMs: number): Promise<void>;
  /** The flush that the block was in. */
  flushOf(shard: ShardKey, readerId: string, block: number): Promise<FlushNote | undefined>;
  /** The next ones that begin behind that block, the earliest first. */
  flushesBehind(
    shard: ShardKey,
    readerId: string,
    block: number,
    limit: number,
  ): Promise<readonly FlushNote[]>;
  /** The last ones that stand before that one, the latest first. */
  flushes(
    shard: ShardKey,
    readerId: string,
    options: { readonly before?: FlushPlace; readonly limit: number },
  ): Promise<readonly FlushNote[]>;
  /** Nothing fails any more. Without an object (all its records were dropped) the one before stays the last. */
  delivered(
    shard: ShardKey,
    readerId: string,
    flush: { readonly object?: DeliveredObject; readonly atMs: number },
  ): Promise<void>;
  failed(
    shard: ShardKey,
    readerId: string,
    failure: Omit<DeliveryFailure, "sinceMs">,
  ): Promise<void>;
}

/** A reader that is created together with its delivery stream. */
export interface NewReader {
  readonly readerId: string;
  readonly sizeBytes: number;
  readonly intervalMs: number;
}

/** Lanes that come and go with a change of their stream, at most LANE_CHANGE_MAX_COUNT. */
export interface LaneChange {
  readonly opened: readonly ShardKey[];
  /** Of each opened one. */
  readonly readers: readonly NewReader[];
  readonly removed: readonly ShardKey[];
  /** Until then their counters, sealed as they are, still say how far they reached; absent: they go at once. */
  readonly keptUntilMs?: number;
  /** Of lanes that stand already. At most JOINING_READERS_MAX_COUNT, and no other change in the same step. */
  readonly joining?: readonly JoiningReader[];
}

/** A reader of a lane that stands already: it begins where the lane is by then. */
export interface JoiningReader extends NewReader {
  readonly lane: ShardKey;
  readonly checkpoint: Checkpoint;
}

export interface DeliveryStreamStore {
  /**
   * Creates the stream, its lanes and their readers, all or nothing. The same stream again is `created`; after its
   * removal, or when the name is another's, the answer is `exists`.
   */
  create(
    stream: DeliveryStream,
    lanes: readonly ShardKey[],
    readers: readonly NewReader[],
  ): Promise<"created" | "exists">;
  get(name: string): Promise<DeliveryStream | undefined>;
  /** Replaces a stream that still stands as `before` says, and its lanes with it, all or nothing. */
  update(
    before: DeliveryStream,
    after: DeliveryStream,
    lanes?: LaneChange,
  ): Promise<"updated" | "conflict">;
  /** Nothing more is reserved in that lane. May be repeated, also when it is gone. */
  sealLane(lane: ShardKey): Promise<void>;
  /** Names in byte order after `after`, at most `limit`. */
  list(options: { readonly after?: string; readonly limit: number }): Promise<readonly string[]>;
  /**
   * Removes the stream with its readers and its lanes' counters, so that nothing is appended or delivered any more.
   * `gone` when that generation does not exist (any more), `conflict` when it stands otherwise than given. It is known
   * to have been removed for a day from `nowMs` on.
   */
  remove(
    stream: DeliveryStream,
    lanes: readonly ShardKey[],
    nowMs: number,
  ): Promise<"removed" | "gone" | "conflict">;
}
