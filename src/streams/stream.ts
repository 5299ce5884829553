/** A data stream and its shards as the domain sees them. AWS's shapes stay in `operations/kinesis`. */
import type { ShardKey } from "../log/store.ts";

export type StreamMode = "PROVISIONED" | "ON_DEMAND";

export type StreamStatus = "CREATING" | "ACTIVE" | "UPDATING" | "DELETING";

/** Inclusive bounds, 0 .. 2^128 - 1; decimal text where it is stored or shown. */
export interface HashKeyRange {
  readonly start: bigint;
  readonly end: bigint;
}

export interface Shard {
  /** 0, 1, 2, … per stream, never reused. */
  readonly index: number;
  readonly range: HashKeyRange;
  readonly createdAtMs: number;
  readonly parentIndex?: number;
  /** The second parent of a merged shard. */
  readonly adjacentParentIndex?: number;
  /** Present once it was split or merged: nothing is appended any more. */
  readonly closed?: {
    readonly atMs: number;
    readonly finalBlockIndex: number;
    /** What came of it: one or two. */
    readonly childIndexes: readonly number[];
  };
}

/** A reshard that was begun; whoever meets it may finish it, for every step can be repeated. */
export interface PendingReshard {
  readonly parentIndexes: readonly number[];
  readonly children: readonly Shard[];
  /** What to begin next, for UpdateShardCount's series of splits and merges. */
  readonly scaling?: Scaling;
}

/** An UpdateShardCount that is under way. */
export interface Scaling {
  readonly targetShardCount: number;
  /** The first index that it used: shards from there on are its own. */
  readonly firstNewIndex: number;
}

/** A reader with enhanced fan-out. */
export interface StreamConsumer {
  readonly name: string;
  /** Before `createdAtMs` and the time of a transition have passed it shows as CREATING. */
  readonly createdAtMs: number;
  readonly tags?: Readonly<Record<string, string>>;
  readonly policy?: string;
  readonly policyGeneration?: string;
  /** Sixteen hexadecimal digits; present where a stack declared it, which asks by them whether it is still its own. */
  readonly generation?: string;
}

export interface DataStream {
  readonly name: string;
  /** Sixteen hexadecimal digits, new for every creation of the name. */
  readonly generation: string;
  readonly createdAtMs: number;
  /** Raised by one with every change; changes are conditional on it. */
  readonly revision: number;
  readonly mode: StreamMode;
  readonly status: StreamStatus;
  /** Before this time the status shown is CREATING or UPDATING although all is done. */
  readonly settledAtMs: number;
  /** Before this time it shows as CREATING; nothing can be changed that long. */
  readonly creatingUntilMs?: number;
  readonly retentionHours: number;
  readonly nextShardIndex: number;
  /** Absent until its shards were split or merged for the first time: all that it was created with are open. */
  readonly openShardCount?: number;
  readonly maxRecordKiB: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly shardLevelMetrics: readonly string[];
  /** Present while encryption is switched on. */
  readonly encryptionKeyId?: string;
  readonly policy?: string;
  /** Sixteen hexadecimal digits; present where a stack declared the policy, whoever put it since. */
  readonly policyGeneration?: string;
  readonly pendingReshard?: PendingReshard;
  /** Times of UpdateShardCount calls within the last 24 h. */
  readonly scaledAtMs: readonly number[];
  /** Times of UpdateStreamMode calls within the last 24 h. */
  readonly modeChangedAtMs?: readonly number[];
  /** Records that arrived before it had expired when retention was raised, and do not come back. */
  readonly trimmedBeforeMs?: number;
  /** Present until all blocks live as long as a raised retention says: the revision of that raise. */
  readonly extension?: number;
  /** When the first of its closed shards may be forgotten, at the earliest; absent: none is closed. */
  readonly pruneAtMs?: number;
  /** At most twenty, in byte order of their names; absent: none was ever registered. */
  readonly consumers?: readonly StreamConsumer[];
}

/** When nothing is under way. */
export function openShardCountOf({ openShardCount, nextShardIndex }: DataStream): number {
  return openShardCount ?? nextShardIndex;
}

/** A stream and its shards, in the order of their indexes, as they were at one moment. */
export interface StreamView {
  readonly stream: DataStream;
  readonly shards: readonly Shard[];
}

/** `dataShardKey(stream, 3)` → `kinesis/clicks/5c1f09ab27de4410/0000000003`. */
export function dataShardKey(
  stream: Pick<DataStream, "name" | "generation">,
  shardIndex: number,
): ShardKey {
  return `kinesis/${stream.name}/${stream.generation}/${String(shardIndex).padStart(10, "0")}` as ShardKey;
}

/** What a key says that `dataShardKey` made; `undefined` for shards of other kinds. */
export function parseDataShardKey(
  shard: string,
): { readonly name: string; readonly generation: string; readonly shardIndex: number } | undefined {
  const [kind, name, generation, index] = shard.split("/");
  if (kind !== "kinesis" || !name || !generation || !index) return undefined;
  return { name, generation, shardIndex: Number(index) };
}
