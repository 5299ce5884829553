/** A delivery stream as the domain sees it: normalized, defaults filled in. AWS's shapes stay in `operations/`. */
import { streamOfShard } from "../log/block-seals.ts";
import type { KeyRefusal } from "../log/keys.ts";
import type { ShardKey } from "../log/store.ts";
import type { StreamEncryption } from "./encryption.ts";
import { allLanes, type LaneSet } from "./lanes.ts";
import type { ConversionSettings } from "./formats/conversion.ts";
import type { ReceiverSecrets, ReceiverSettings } from "./destinations/receivers/settings.ts";
import type { DirectPutRetention } from "./retention.ts";
import type { StageSettings } from "./stages/settings.ts";

/** In AWS's spelling. */
export type Compression = "UNCOMPRESSED" | "GZIP" | "ZIP" | "Snappy" | "HADOOP_SNAPPY";

/** Where errors of the deliveries to a bucket are told; kept as given while it is not enabled. */
export interface ErrorLogSettings {
  readonly isEnabled: boolean;
  readonly groupName?: string;
  readonly streamName?: string;
}

/** One bucket with its own naming, buffering and compression: the destination, or the source backup. */
export interface S3Target {
  readonly roleArn: string;
  readonly bucketArn: string;
  /** What objects are encrypted with, by ARN or alias; absent: what the bucket says. */
  readonly kmsKeyArn?: string;
  readonly prefix?: string;
  readonly errorOutputPrefix?: string;
  readonly bufferSizeMiB: number;
  readonly bufferIntervalSeconds: number;
  readonly compression: Compression;
  /** Absent: nobody has said anything of it. */
  readonly errorLog?: ErrorLogSettings;
}

/** The Lambda processor. `parameters` keeps them as given, for Describe. */
export interface TransformSettings {
  readonly functionArn: string;
  /** Absent: that of the destination. */
  readonly roleArn?: string;
  readonly retryCount: number;
  readonly bufferBytes: number;
}

/** Dynamic partitioning, which is enabled. */
export interface PartitioningSettings {
  /** Kept for Describe: what cannot be written is tried for as long as its records live. */
  readonly retrySeconds: number;
}

/** What becomes of records on their way to a bucket, and what the objects there are called. */
export interface DeliveryTarget extends S3Target {
  /** Replaces the extension that the compression would give; never the empty string. */
  readonly fileExtension?: string;
  /** IANA name; absent: UTC. */
  readonly customTimeZone?: string;
  /** What is done to records before the transform. As that, absent for the source backup, which keeps them as they came. */
  readonly stages?: StageSettings;
  readonly transform?: TransformSettings;
  /** Present: records go to the partitions that the keys of the prefix name. Absent for the source backup. */
  readonly partitioning?: PartitioningSettings;
  /** Present: objects are Parquet files. Absent for the source backup. */
  readonly conversion?: ConversionSettings;
  /** Written after each record, from the AppendDelimiterToRecord processor. */
  readonly delimiter?: string;
  /**
   * Present: records go there, and the bucket takes those that it does not. The hints and the error log are the receiver's.
   * Absent for the source backup.
   */
  readonly receiver?: ReceiverSettings;
}

export interface S3Destination extends DeliveryTarget {
  /** Present: every record is also written, untransformed, to this bucket. */
  readonly backup?: S3Target;
}

/** The data stream that a delivery stream reads, instead of being put to. */
export interface KinesisSource {
  readonly streamName: string;
  /** A data stream that is created anew under the name is another one, and is not read. */
  readonly streamGeneration: string;
  readonly roleArn: string;
  /** Earlier records are not delivered. */
  readonly startedAtMs: number;
  /** What was in the data stream before the delivery stream was made is delivered, too, from that time on. */
  readonly startsEarlier?: true;
}

/**
 * With a source, whose readers are too many for one transaction (`source-lifecycle.ts`), and while more lanes are removed
 * than fit into one (`lane-change.ts`).
 */
export interface Transition {
  /** `joining`: it is active, and gets the readers of a source backup. */
  readonly kind: "creating" | "deleting" | "joining";
  /** Since when a process is at it; 0 when it ran out of time and left the rest. */
  readonly sinceMs: number;
  /** What was put from then on is backed up, in shards whose readers join late, too. */
  readonly joinedAtMs?: number;
  /** Where to go on: that follower's readers of earlier shards are done, and all of earlier followers. */
  readonly next?: { readonly follower: number; readonly shardIndex: number };
}

export interface DeliveryStream {
  readonly name: string;
  /** Sixteen hexadecimal digits, new for every creation of the name. */
  readonly generation: string;
  /** Starts at 1, +1 per update; part of object keys. */
  readonly versionId: number;
  readonly createdAtMs: number;
  /** Of the last update of its destination. */
  readonly updatedAtMs?: number;
  readonly tags?: Readonly<Record<string, string>>;
  /** None with a source. */
  readonly lanes?: LaneSet;
  readonly source?: KinesisSource;
  /** Absent: it is active. */
  readonly transition?: Transition;
  /** Of Direct PUT; absent: 24 hours. */
  readonly retention?: DirectPutRetention;
  /** Since then it takes records and delivers none (`pause.ts`); absent: it delivers. */
  readonly pausedAtMs?: number;
  /** Its key could not be used when it was created: it takes nothing, and can only be deleted. */
  readonly creationFailure?: Omit<KeyRefusal, "kind">;
  /** Absent: it never was encrypted. */
  readonly encryption?: StreamEncryption;
  readonly throughputHintMiB?: number;
  readonly destination: S3Destination;
  /** Parts of the destination as they were given, for Describe alone; opaque to the domain. */
  readonly processingConfiguration?: unknown;
  readonly dataFormatConversionConfiguration?: unknown;
  readonly dynamicPartitioningConfiguration?: unknown;
  /** The whole of a destination that is not S3, without secrets. */
  readonly receiverConfiguration?: unknown;
  /** What was given to enter a receiver with. */
  readonly receiverSecrets?: ReceiverSecrets;
}

/** Reader ids of a delivery stream's lanes. */
export const DELIVERY_READER = "delivery";
export const BACKUP_READER = "backup";

/** `laneKey(stream, 0)` → `firehose/access-logs/5c1f09ab27de4410/0000`. */
export function laneKey(
  stream: Pick<DeliveryStream, "name" | "generation">,
  lane: number,
): ShardKey {
  return `firehose/${stream.name}/${stream.generation}/${String(lane).padStart(4, "0")}` as ShardKey;
}

/** What the data keys of its blocks are made for: `firehose/access-logs/5c1f09ab27de4410`. */
export function streamIdOf(stream: Pick<DeliveryStream, "name" | "generation">): string {
  return streamOfShard(laneKey(stream, 0));
}

/** The delivery stream's name and generation in a lane's key; `undefined` for shards of other kinds. */
export function parseLaneKey(
  shard: string,
): { readonly name: string; readonly generation: string; readonly lane: number } | undefined {
  const [kind, name, generation, lane] = shard.split("/");
  if (kind !== "firehose" || !name || !generation || !lane) return undefined;
  return { name, generation, lane: Number(lane) };
}

/** Of all lanes that have readers, also of those that are closing. */
export function laneKeys(stream: DeliveryStream): ShardKey[] {
  return stream.lanes === undefined
    ? []
    : allLanes(stream.lanes).map((lane) => laneKey(stream, lane));
}
