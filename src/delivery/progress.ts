/** What waits of a delivery stream, for how long, what stood last, and what keeps the rest. */
import type { Clock } from "../clock.ts";
import { firstBlockSince } from "../log/seek.ts";
import type { LogStore, ShardKey } from "../log/store.ts";
import type { Checkpoint, ReaderState, ReaderStore } from "../readers/store.ts";
import { retentionMs, trimHorizonMs } from "../streams/retention.ts";
import { inTurns } from "../streams/in-turns.ts";
import type { StreamStore } from "../streams/store.ts";
import { dataShardKey } from "../streams/stream.ts";
import {
  BACKUP_READER,
  DELIVERY_READER,
  type DeliveryStream,
  laneKeys,
} from "./delivery-stream.ts";
import type { DeliveryPlan } from "./plan.ts";
import type { DeliveryFailure, DeliveryNote, DeliveryNotes } from "./ports.ts";
import { directPutHorizonMs, directPutRetentionMs } from "./retention.ts";
import { backupFollower, deliveryFollower } from "./source/readers.ts";

/** Of all lanes, or all shards of the source, together. */
export interface DeliveryProgress {
  readonly kind: "delivery" | "backup";
  readonly bucketArn: string;
  /** Where else its records go, and only what fails to the bucket; absent: to the bucket. */
  readonly place?: string;
  readonly recordsWaiting: number;
  readonly bytesWaiting: number;
  /** How long ago the oldest of them arrived; 0 when none waits. */
  readonly oldestAgeMs: number;
  readonly lastObject?: DeliveryNote["lastObject"];
  /** The last one, with the earliest of their next tries. */
  readonly failure?: DeliveryFailure;
}

export interface DeliveryProgressPorts {
  readonly log: LogStore;
  readonly readers: Pick<ReaderStore<DeliveryPlan>, "get">;
  readonly deliveryNotes: Pick<DeliveryNotes, "get">;
  readonly dataStreams: Pick<StreamStore, "get" | "shards">;
  readonly clock: Clock;
}

/** A bucket that a stream delivers to, and the reader that does it in each lane or shard. */
export interface DeliveryReader {
  readonly kind: DeliveryProgress["kind"];
  readonly bucketArn: string;
  readonly place?: string;
  readonly roleArn: string;
  readonly readerId: string;
}

/** One lane, or one shard of the source. */
export interface LaneProgress extends Omit<DeliveryProgress, "kind" | "bucketArn" | "place"> {
  readonly shard: ShardKey;
  /** Nothing more is put into it. */
  readonly isSealed: boolean;
  readonly checkpoint: Checkpoint;
  /** Absent: nothing waits. */
  readonly oldestArrivedAtMs?: number;
  /** When its buffer is due, or was; absent: nothing waits. */
  readonly dueAtMs?: number;
  /** It was begun, and its end was not seen yet. */
  readonly plan?: DeliveryPlan;
}

export async function deliveryProgress(
  ports: DeliveryProgressPorts,
  stream: DeliveryStream,
): Promise<readonly DeliveryProgress[]> {
  const readers = await laneProgress(ports, stream);
  return readers.map(({ kind, bucketArn, place, lanes }) => ({
    kind,
    bucketArn,
    ...(place !== undefined && { place }),
    ...joined(lanes),
  }));
}

export interface ReaderProgress extends DeliveryReader {
  readonly lanes: readonly LaneProgress[];
}

export async function laneProgress(
  ports: DeliveryProgressPorts,
  stream: DeliveryStream,
): Promise<readonly ReaderProgress[]> {
  const { shards, horizonMs } = await deliveredLog(ports, stream);
  return Promise.all(
    deliveryReaders(stream).map(async (reader) => {
      const { readerId } = reader;
      const lanes = await inTurns(shards, (shard) =>
        readerProgress(ports, { shard, readerId, horizonMs }),
      );
      return { ...reader, lanes: lanes.filter((lane) => lane !== undefined) };
    }),
  );
}

/** What the stream reads, for how long what stands there can be read, and since when. */
export async function deliveredLog(
  { dataStreams, clock }: Pick<DeliveryProgressPorts, "dataStreams" | "clock">,
  stream: DeliveryStream,
): Promise<DeliveredLog> {
  const nowMs = clock.now();
  if (stream.source === undefined) {
    return {
      shards: laneKeys(stream),
      horizonMs: directPutHorizonMs(stream, nowMs),
      retentionMs: directPutRetentionMs(stream),
    };
  }
  const source = { name: stream.source.streamName, generation: stream.source.streamGeneration };
  const [shards, standing] = await Promise.all([
    dataStreams.shards(source),
    dataStreams.get(source.name),
  ]);
  // Of one that is gone nothing can be read.
  const isStanding = standing?.generation === source.generation;
  return {
    shards: shards.map(({ index }) => dataShardKey(source, index)),
    horizonMs: isStanding ? trimHorizonMs(standing, nowMs) : nowMs,
    retentionMs: isStanding ? retentionMs(standing) : 0,
  };
}

interface DeliveredLog {
  readonly shards: readonly ShardKey[];
  readonly horizonMs: number;
  readonly retentionMs: number;
}

export function deliveryReaders(stream: DeliveryStream): readonly DeliveryReader[] {
  const { destination } = stream;
  const { backup, bucketArn, roleArn, receiver } = destination;
  const [delivery, backedUp] = stream.source
    ? [deliveryFollower(stream).readerId, backupFollower(stream)?.readerId]
    : [DELIVERY_READER, BACKUP_READER];
  const { place } = receiver ?? {};
  const main: DeliveryReader = {
    kind: "delivery",
    bucketArn,
    ...(place !== undefined && { place }),
    roleArn: receiver?.roleArn ?? roleArn,
    readerId: delivery,
  };
  if (backup === undefined || backedUp === undefined) return [main];
  const { bucketArn: copies, roleArn: copier } = backup;
  return [main, { kind: "backup", bucketArn: copies, roleArn: copier, readerId: backedUp }];
}

/** `undefined`: it does not read that shard. */
export async function readerProgress(
  { log, readers, deliveryNotes, clock }: DeliveryProgressPorts,
  part: { readonly shard: ShardKey; readonly readerId: string; readonly horizonMs: number },
): Promise<LaneProgress | undefined> {
  const { shard, readerId, horizonMs } = part;
  const [reader, head, note] = await Promise.all([
    readers.get(shard, readerId),
    log.head(shard),
    deliveryNotes.get(shard, readerId),
  ]);
  if (reader === undefined) return undefined;
  const { checkpoint, frontier, plan } = reader;
  // What it has read, of partitions that are not due.
  const { waiting: read, isResting } = plan ?? {};
  const { sizeBytes, intervalMs } = reader.wakeRule;
  const known = {
    shard,
    checkpoint,
    isSealed: head?.sealed ?? true,
    ...(plan && !isResting && { plan }),
    ...(note?.lastObject && { lastObject: note.lastObject }),
  };
  const range = { shard, from: (frontier ?? checkpoint).blockIndex, to: head?.blockIndex ?? 0 };
  const first = await firstBlockSince(log, range, horizonMs);
  const arrivals = [read?.oldestArrivedAtMs, first?.arrivedAtMs].filter((at) => at !== undefined);
  if (head === undefined || arrivals.length === 0) {
    return { ...known, recordsWaiting: 0, bytesWaiting: 0, oldestAgeMs: 0 };
  }
  const failure = note?.failure ?? transformFailure(reader) ?? receiverFailure(reader);
  const oldestArrivedAtMs = Math.min(...arrivals);
  const newBytes = first === undefined ? 0 : head.byteOffset - first.byteOffset;
  const newRecords = first === undefined ? 0 : head.recordCount - first.firstRecord;
  const isFull = newBytes >= sizeBytes || head.sealed;
  const dueAtMs = isFull ? oldestArrivedAtMs : oldestArrivedAtMs + intervalMs;
  return {
    ...known,
    recordsWaiting: newRecords + (read?.recordCount ?? 0),
    bytesWaiting: newBytes + (read?.byteCount ?? 0),
    oldestAgeMs: Math.max(0, clock.now() - oldestArrivedAtMs),
    oldestArrivedAtMs,
    dueAtMs: failure?.retryAtMs ?? dueAtMs,
    ...(failure && { failure }),
  };
}

/** A transform that fails is tried again before its records are given up. */
function transformFailure({ plan }: ReaderState<DeliveryPlan>): DeliveryFailure | undefined {
  const [last] = Object.values(plan?.transformAttempts ?? {}).toSorted(
    (a, b) => b.endedAtMs - a.endedAtMs,
  );
  if (last === undefined) return undefined;
  const { errorCode, errorMessage, endedAtMs, retryAtMs } = last;
  return {
    message: `${errorCode}: ${errorMessage}`,
    sinceMs: endedAtMs,
    atMs: endedAtMs,
    retryAtMs,
  };
}

/** A flush that a receiver did not take is tried again before its records are given up. */
function receiverFailure({ plan }: ReaderState<DeliveryPlan>): DeliveryFailure | undefined {
  const { attempts } = plan?.settling ?? {};
  if (attempts === undefined) return undefined;
  const { error, firstFailedAtMs, lastFailedAtMs, retryAtMs } = attempts;
  return {
    message: `${error.errorCode}: ${error.errorMessage}`,
    sinceMs: firstFailedAtMs,
    atMs: lastFailedAtMs,
    retryAtMs,
  };
}

function joined(
  parts: readonly LaneProgress[],
): Omit<DeliveryProgress, "kind" | "bucketArn" | "place"> {
  const sum = (of: (part: LaneProgress) => number) =>
    parts.reduce((total, part) => total + of(part), 0);
  const [lastObject] = parts
    .flatMap((part) => part.lastObject ?? [])
    .toSorted((a, b) => b.atMs - a.atMs);
  const failures = parts.flatMap(({ failure }) => failure ?? []);
  const [failure] = failures.toSorted((a, b) => b.atMs - a.atMs);
  return {
    recordsWaiting: sum(({ recordsWaiting }) => recordsWaiting),
    bytesWaiting: sum(({ bytesWaiting }) => bytesWaiting),
    oldestAgeMs: Math.max(0, ...parts.map(({ oldestAgeMs }) => oldestAgeMs)),
    ...(lastObject && { lastObject }),
    ...(failure && {
      failure: {
        ...failure,
        sinceMs: Math.min(...failures.map(({ sinceMs }) => sinceMs)),
        retryAtMs: Math.min(...failures.map(({ retryAtMs }) => retryAtMs)),
      },
    }),
  };
}
