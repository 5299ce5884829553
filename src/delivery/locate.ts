/**
 * Where a record is, for each bucket that its stream delivers to: in an object, among failed records, dropped, still
 * waiting, or lost to its retention. A record is named by its place in the log, which its id tells.
 */
import { LOCATED_FLUSHES_MAX_COUNT } from "../limits.ts";
import { horizonMs } from "../readers/span.ts";
import type { DeliveryStream } from "./delivery-stream.ts";
import { findPieces, type PiecePorts, type Pieces, type PlaceInLog } from "./pieces.ts";
import type {
  DeliveryFailure,
  DeliveryNotes,
  FlushCounts,
  FlushedObject,
  FlushNote,
} from "./ports.ts";
import {
  type DeliveryProgressPorts,
  type DeliveryReader,
  deliveryReaders,
  readerProgress,
} from "./progress.ts";
import { type PlannedTarget, plannedTarget } from "./plan.ts";
import type { SourceShard } from "./source/shard.ts";

export interface LocatePorts extends PiecePorts, Omit<DeliveryProgressPorts, "deliveryNotes"> {
  readonly deliveryNotes: Pick<DeliveryNotes, "get" | "flushOf" | "flushesBehind">;
}

export type Whereabouts =
  /** The flush that it was in, and what became of it there. */
  | { readonly kind: "flushed"; readonly flush: FlushNote; readonly outcome: FlushedOutcome }
  | {
      readonly kind: "waiting";
      /** Absent: the stream is paused. */
      readonly dueAtMs?: number;
      /** A flush of it was begun. */
      readonly isPending: boolean;
      readonly failure?: DeliveryFailure;
    }
  /** Its retention ended before it was delivered. */
  | { readonly kind: "expired" }
  /** It was delivered, dropped or failed so long ago that nobody remembers. */
  | { readonly kind: "forgotten" }
  /** There is no such record, so far: its place was given up, or whoever took it has not been answered. */
  | { readonly kind: "not stored" };

export type FlushedOutcome =
  /** Exactly where. */
  | Extract<Pieces, { kind: "pieces" }>
  /** All of the flush fared alike: it is in one of these objects, dropped where there are none. */
  | ({ readonly kind: "alike"; readonly fate: "delivered" | "dropped" | "failed" } & Unplaced)
  /** It is in one of the objects, or was dropped. */
  | ({
      readonly kind: "unsure";
      /** Or it waits for the rest of its partition. */
      readonly mayWait?: true;
    } & Unplaced);

interface Unplaced {
  readonly why: Extract<Pieces, { kind: "unknown" }>["why"];
  readonly objects: readonly FlushedObject[];
  /** Of a flush that made very many not all are named. */
  readonly objectCount: number;
}

export interface Location extends DeliveryReader {
  readonly whereabouts: Whereabouts;
}

export interface WantedRecord {
  readonly stream: DeliveryStream;
  readonly source: SourceShard;
  readonly place: PlaceInLog;
  /** When it arrived, as far as its id tells. */
  readonly arrivedAtMs: number;
  /** What cannot be found out until then is left open. */
  readonly deadlineMs: number;
}

export function locateRecord(
  ports: LocatePorts,
  wanted: WantedRecord,
): Promise<readonly Location[]> {
  return Promise.all(
    deliveryReaders(wanted.stream).map(async (reader) => ({
      ...reader,
      whereabouts: await forReader(ports, wanted, reader),
    })),
  );
}

async function forReader(
  ports: LocatePorts,
  wanted: WantedRecord,
  { kind, readerId }: DeliveryReader,
): Promise<Whereabouts> {
  const { destination } = wanted.stream;
  if (!(await isStored(ports, wanted))) return { kind: "not stored" };
  const now = kind === "backup" ? destination.backup : destination;
  const known =
    kind === "delivery" && destination.partitioning !== undefined
      ? await ofPartitions(ports, wanted, readerId)
      : await ofBlock(ports, wanted, readerId);
  const found = known ?? (await whileUnknown(ports, wanted, readerId));
  if ("whereabouts" in found) return found.whereabouts;
  const { flush, later = [], mayWait = false } = found;
  if (later.length > 0 || mayWait) return { kind: "flushed", flush, outcome: inOneOf(found) };
  const target = flush.plan.target ?? (now && plannedTarget(now));
  const outcome = await inFlush(ports, wanted, flush, target);
  return { kind: "flushed", flush, outcome };
}

interface FoundFlushes {
  /** That it was read in, as far as that is known. */
  readonly flush: FlushNote;
  /** In which it may have been delivered, having waited for its partition. */
  readonly later?: readonly FlushNote[];
  readonly mayWait?: boolean;
}

async function ofBlock(
  { deliveryNotes }: LocatePorts,
  { source, place }: WantedRecord,
  readerId: string,
): Promise<FoundFlushes | undefined> {
  const flush = await deliveryNotes.flushOf(source.key, readerId, place.blockIndex);
  return flush && { flush };
}

/** A flush of a partitioned stream leaves what is not due to a later one. */
async function ofPartitions(
  { deliveryNotes, readers }: LocatePorts,
  { source: { key }, place: { blockIndex } }: WantedRecord,
  readerId: string,
): Promise<FoundFlushes | undefined> {
  // First: what is delivered meanwhile is noted before the reader moves on.
  const reader = await readers.get(key, readerId);
  const [read, behind] = await Promise.all([
    deliveryNotes.flushOf(key, readerId, blockIndex),
    deliveryNotes.flushesBehind(key, readerId, blockIndex, LOCATED_FLUSHES_MAX_COUNT),
  ]);
  const later = behind.filter(({ waitedFrom = Infinity }) => waitedFrom <= blockIndex);
  const [flush = later.shift()] = [read];
  if (flush === undefined) return undefined;
  const mayWait = reader !== undefined && reader.checkpoint.blockIndex <= blockIndex;
  return { flush, later, mayWait };
}

function inOneOf({ flush, later = [], mayWait }: FoundFlushes): FlushedOutcome {
  const flushes = [flush, ...later];
  const objects = flushes.flatMap((one) => one.objects);
  const objectCount = flushes.reduce((sum, one) => sum + one.objectCount, 0);
  return { kind: "unsure", why: "partitions", objects, objectCount, ...(mayWait && { mayWait }) };
}

/** Of what no flush is noted. */
async function whileUnknown(
  ports: LocatePorts,
  wanted: WantedRecord,
  readerId: string,
): Promise<FoundFlushes | { readonly whereabouts: Whereabouts }> {
  const { stream, source, place } = wanted;
  const sinceMs = horizonMs(source.retention, ports.clock.now());
  const range = { shard: source.key, readerId, horizonMs: sinceMs };
  const progress = await readerProgress(ports, range);
  // Its lane is gone, which is read to its end before; or the reader has passed it.
  if (progress === undefined || progress.checkpoint.blockIndex > place.blockIndex) {
    // Perhaps just now.
    const noted = await ofBlock(ports, wanted, readerId);
    return noted ?? { whereabouts: { kind: "forgotten" } };
  }
  if (wanted.arrivedAtMs < sinceMs) return { whereabouts: { kind: "expired" } };
  const { plan, failure, dueAtMs } = progress;
  return {
    whereabouts: {
      kind: "waiting",
      isPending: plan !== undefined && place.blockIndex < plan.span.to.blockIndex,
      ...(dueAtMs !== undefined && stream.pausedAtMs === undefined && { dueAtMs }),
      ...(failure && { failure }),
    },
  };
}

/** What stood there and was removed counts as stored; what is about to be put there does not yet. */
async function isStored(
  { log, clock }: LocatePorts,
  { source, place: { blockIndex, position }, arrivedAtMs }: WantedRecord,
): Promise<boolean> {
  const { key: shard, retention } = source;
  const head = await log.head(shard);
  if (head !== undefined && blockIndex >= head.blockIndex) return false;
  for await (const entry of log.read({ shard, from: blockIndex, to: blockIndex + 1 })) {
    return entry.kind === "data" && position < entry.recordCount;
  }
  // What has expired may have been removed.
  return arrivedAtMs < horizonMs(retention, clock.now());
}

async function inFlush(
  ports: LocatePorts,
  { stream, source, place, deadlineMs }: WantedRecord,
  flush: FlushNote,
  target: PlannedTarget | undefined,
): Promise<FlushedOutcome> {
  const pieces: Pieces =
    target === undefined
      ? { kind: "unknown", why: "gone" }
      : await findPieces(ports, { stream, source, flush, target, place, deadlineMs });
  if (pieces.kind === "pieces") return pieces;
  const { why } = pieces;
  const fate = flush.counts && onlyFate(flush.counts);
  const { objectCount } = flush;
  if (fate === undefined) return { kind: "unsure", why, objects: flush.objects, objectCount };
  if (fate === "dropped") return { kind: "alike", fate, why, objects: [], objectCount: 0 };
  const objects = flush.objects.filter(
    ({ errorOutputType }) => (errorOutputType !== undefined) === (fate === "failed"),
  );
  return { kind: "alike", fate, why, objects, objectCount };
}

/** `undefined`: some fared so, and some otherwise. */
function onlyFate({
  deliveredCount,
  droppedCount,
  failedCount,
}: FlushCounts): "delivered" | "dropped" | "failed" | undefined {
  const fates = [
    ["delivered", deliveredCount],
    ["dropped", droppedCount],
    ["failed", failedCount],
  ] as const;
  const met = fates.filter(([, count]) => count > 0);
  return met.length === 1 ? met[0]![0] : undefined;
}
