/**
 * A redrive: records that failed, once more through their stream's pipeline as it is now. It goes through the objects of
 * failed records that stood when it began, one after the other, in the order of their keys.
 *
 * What keeps a record from being delivered twice is not the redrive but the object that it stands in. Each such object, by
 * its bucket, key and tag, has a reader of its own that all redrives of the stream share, and reads it as a shard: it is
 * leased, planned, settled and advanced like any lane. A redrive that dies leaves a plan or nothing; another one ends that
 * plan as it is. An object that was read to its end stays so, whatever comes.
 */
import { createHash } from "node:crypto";
import { type NewReaderState, SHARD_START } from "../../readers/store.ts";
import type { ShardKey } from "../../log/store.ts";
import type { DeliveryStream } from "../delivery-stream.ts";
import type { ErrorOutputType } from "../naming/prefix.ts";

/** `RUNNING` until it has gone through all, is stopped, or is given up. */
export type RedriveState = "RUNNING" | "STOPPED" | "COMPLETED" | "FAILED";

/** What becomes of an object once all of its records are handled. `KEEP`: nothing. */
export const AFTER_REDRIVE = ["KEEP", "TAG", "MOVE"] as const;
export type AfterRedrive = (typeof AFTER_REDRIVE)[number];

/** Of objects that were redriven: one value for all, so that lifecycle rules can name it. */
export const REDRIVEN_TAG = { key: "hydrant:redriven", value: "true" };
/** Below it objects keep their keys. No redrive looks there. */
export const REDRIVEN_PREFIX = "redriven/";

/** Which of the stream's objects of failed records. */
export interface RedriveSelection {
  /** Absent: all. */
  readonly kinds?: readonly ErrorOutputType[];
  /** The time in the object's name: from the first to the second, exclusive. */
  readonly sinceMs?: number;
  readonly untilMs?: number;
  /** Instead of the stream's present error prefix. */
  readonly prefix?: string;
  /** These and no others. */
  readonly keys?: readonly string[];
}

/** Plain JSON: it is stored as it is. */
export interface Redrive {
  readonly streamName: string;
  readonly generation: string;
  readonly redriveId: string;
  readonly state: RedriveState;
  readonly selection: RedriveSelection;
  /** Objects are read and counted, and nothing else. */
  readonly isDryRun?: true;
  /** Absent: nothing. */
  readonly after?: Exclude<AfterRedrive, "KEEP">;
  readonly bucket: string;
  /** Below which it looks, as the stream's settings said when it began. */
  readonly prefixes: readonly string[];
  /** Of the times in names; absent: UTC. */
  readonly timeZone?: string;
  /** A hash of what was asked for: a client token stands for one request. */
  readonly request: string;
  readonly startedAtMs: number;
  readonly endedAtMs?: number;
  /** Once it is over. */
  readonly tally?: RedriveTally;
  readonly failure?: { readonly message: string; readonly atMs: number };
}

export type RedriveIdentity = Pick<Redrive, "streamName" | "generation" | "redriveId">;

export interface RedriveTally {
  /** All that it is to go through. */
  readonly foundCount: number;
  readonly foundBytes: number;
  /** Those it has gone through: the sum of the next four. */
  readonly doneCount: number;
  readonly redrivenCount: number;
  /** By an earlier redrive, or another one that runs. */
  readonly alreadyCount: number;
  /** They hold something else, or cannot be read. */
  readonly ignoredCount: number;
  /** They were there when they were counted. */
  readonly goneCount: number;
  readonly recordCount: number;
  readonly failedAgainCount: number;
  readonly writtenCount: number;
}

export const NO_REDRIVE_TALLY: RedriveTally = {
  foundCount: 0,
  foundBytes: 0,
  doneCount: 0,
  redrivenCount: 0,
  alreadyCount: 0,
  ignoredCount: 0,
  goneCount: 0,
  recordCount: 0,
  failedAgainCount: 0,
  writtenCount: 0,
};

/** How far it came; the plan of its reader. */
export interface RedriveProgress {
  /** First the objects are counted. */
  readonly phase: "counting" | "working";
  /** Of its prefixes, or of its keys. */
  readonly place: number;
  /** All below that place up to this key is done. */
  readonly after?: string;
  /** What is under way. With `done`: all of its records are handled, and what is left is what the redrive does with it then. */
  readonly current?: { readonly key: string; readonly etag: string; readonly done?: ObjectDone };
  readonly tally: RedriveTally;
}

/** What became of an object. */
export interface ObjectDone extends Partial<
  Pick<RedriveTally, "recordCount" | "failedAgainCount" | "writtenCount">
> {
  readonly outcome: "redrivenCount" | "alreadyCount" | "ignoredCount" | "goneCount";
}

/** Of the shard that wakes a redrive. */
export const REDRIVE_READER = "redrive";
/** It is woken at once, and again for as long as there is something to do. */
export const NEW_REDRIVE_READER: NewReaderState = {
  checkpoint: SHARD_START,
  wakeRule: { sizeBytes: 1, intervalMs: 0 },
};
const PREFIX = "redrive";

/** `redrive/access-logs/5c1f09ab27de4410/8c2d…`: nothing is put there, but it has a doorbell, and the sweep looks at it. */
export function redriveShard({ streamName, generation, redriveId }: RedriveIdentity): ShardKey {
  return [PREFIX, streamName, generation, redriveId].join("/") as ShardKey;
}

export function parseRedriveShard(shard: string): RedriveIdentity | undefined {
  const [prefix, streamName, generation, redriveId] = shard.split("/");
  if (prefix !== PREFIX || !streamName || !generation || !redriveId) return undefined;
  return { streamName, generation, redriveId };
}

/** Where the readers of a stream's objects are. */
export function redrivenShard({
  name,
  generation,
}: Pick<DeliveryStream, "name" | "generation">): ShardKey {
  return `redriven/${name}/${generation}` as ShardKey;
}

export interface ErrorObject {
  readonly bucket: string;
  readonly key: string;
  readonly etag: string;
}

const OBJECT_ID_DIGITS = 32;

/** The reader of an object: the same for every redrive. */
export function objectReader({ bucket, key, etag }: ErrorObject): string {
  const hash = createHash("sha256").update(JSON.stringify([bucket, key, etag]));
  return hash.digest("hex").slice(0, OBJECT_ID_DIGITS);
}
