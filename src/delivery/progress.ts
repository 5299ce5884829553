/** What waits of a delivery stream, for how long, what stood last, and what keeps the rest. */
import type { Clock } from "../clock.ts";
import { DIRECT_PUT_RETENTION_MS } from "../limits.ts";
import { firstBlockSince } from "../log/seek.ts";
import type { LogStore, ShardKey } from "../log/store.ts";
import type { ReaderState, ReaderStore } from "../readers/store.ts";
import { trimHorizonOf } from "../streams/retention.ts";
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
import { backupFollower, deliveryFollower } from "./source/readers.ts";

/** Of all lanes, or all shards of the source, together. */
export interface DeliveryProgress {
  readonly kind: "delivery" | "backup";
  readonly bucketArn: string;
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

interface Target {
  readonly kind: DeliveryProgress["kind"];
  readonly bucketArn: string;
  readonly readerId: string;
}

type ShardPart = Pick<
  DeliveryProgress,
  "recordsWaiting" | "bytesWaiting" | "oldestAgeMs" | "lastObject" | "failure"
>;

export async function deliveryProgress(
  ports: DeliveryProgressPorts,
  stream: DeliveryStream,
): Promise<readonly DeliveryProgress[]> {
  const { shards, horizonMs } = await logOf(ports, stream);
  return Promise.all(
    targetsOf(stream).map(async ({ kind, bucketArn, readerId }) => {
      const parts = await inTurns(shards, (shard) => partOf(ports, { shard, readerId, horizonMs }));
      return { kind, bucketArn, ...joined(parts.filter((part) => part !== undefined)) };
    }),
  );
}

/** What the stream reads, and since when what stands there can be read. */
async function logOf(
  { dataStreams, clock }: DeliveryProgressPorts,
  stream: DeliveryStream,
): Promise<{ readonly shards: readonly ShardKey[]; readonly horizonMs: number }> {
  const nowMs = clock.now();
  if (stream.source === undefined) {
    return { shards: laneKeys(stream), horizonMs: nowMs - DIRECT_PUT_RETENTION_MS };
  }
  const source = { name: stream.source.streamName, generation: stream.source.streamGeneration };
  const [shards, horizonMs] = await Promise.all([
    dataStreams.shards(source),
    trimHorizonOf(dataStreams, source, nowMs),
  ]);
  return { shards: shards.map(({ index }) => dataShardKey(source, index)), horizonMs };
}

function targetsOf(stream: DeliveryStream): readonly Target[] {
  const { destination } = stream;
  const { backup, bucketArn } = destination;
  const [delivery, backedUp] = stream.source
    ? [deliveryFollower(stream).readerId, backupFollower(stream)?.readerId]
    : [DELIVERY_READER, BACKUP_READER];
  const main: Target = { kind: "delivery", bucketArn, readerId: delivery };
  if (backup === undefined || backedUp === undefined) return [main];
  return [main, { kind: "backup", bucketArn: backup.bucketArn, readerId: backedUp }];
}

/** `undefined`: it does not read that shard. */
async function partOf(
  { log, readers, deliveryNotes, clock }: DeliveryProgressPorts,
  part: { readonly shard: ShardKey; readonly readerId: string; readonly horizonMs: number },
): Promise<ShardPart | undefined> {
  const { shard, readerId, horizonMs } = part;
  const [reader, head, note] = await Promise.all([
    readers.get(shard, readerId),
    log.head(shard),
    deliveryNotes.get(shard, readerId),
  ]);
  if (reader === undefined) return undefined;
  const { checkpoint } = reader;
  const last = note?.lastObject && { lastObject: note.lastObject };
  const range = { shard, from: checkpoint.blockIndex, to: head?.blockIndex ?? 0 };
  const first = await firstBlockSince(log, range, horizonMs);
  if (head === undefined || first === undefined) {
    return { recordsWaiting: 0, bytesWaiting: 0, oldestAgeMs: 0, ...last };
  }
  const failure = note?.failure ?? transformFailure(reader);
  return {
    recordsWaiting: head.recordCount - first.firstRecord,
    bytesWaiting: head.byteOffset - first.byteOffset,
    oldestAgeMs: Math.max(0, clock.now() - first.arrivedAtMs),
    ...last,
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

function joined(parts: readonly ShardPart[]): ShardPart {
  const sum = (of: (part: ShardPart) => number) =>
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
