/** One wake-up of a delivery stream's reader: finds what it reads and runs the reader with the right sink. */
import { FLUSH_NOTE_LIFETIME_MS } from "../limits.ts";
import type { BlockSeals } from "../log/block-seals.ts";
import type { BodyStore } from "../log/store.ts";
import { type ReaderPorts, runReader } from "../readers/reader.ts";
import type { RunOptions, RunResult } from "../readers/run.ts";
import type { ReaderStore, WakeUp } from "../readers/store.ts";
import { tryAgain } from "../readers/try-again.ts";
import { BACKUP_READER, type DeliveryTarget, parseLaneKey } from "./delivery-stream.ts";
import { type Delivery, findSource, type FollowSourcePorts } from "./source/follow.ts";
import type { JqEngine } from "./jq/engine.ts";
import { largePlans } from "./large-plans.ts";
import type { DeliveryPlan } from "./plan.ts";
import { errorEvent } from "./error-log/error-event.ts";
import { errorLogger, SILENT_LOGGER } from "./error-log/error-logger.ts";
import { watchingPace } from "./falling-behind.ts";
import { lookingForPause } from "./pause.ts";
import { failureText } from "./failure-text.ts";
import type {
  DeliveryNotes,
  ErrorLog,
  FunctionInvoker,
  ObjectStore,
  SpoolStore,
  TableCatalog,
} from "./ports.ts";
import type { ReceiverPorts } from "./destinations/receivers/ports.ts";
import { deliverySink } from "./destinations/sink.ts";
import type { FlushReport } from "./destinations/sink-options.ts";
import { flushNote } from "./flush-note.ts";
import { laneSource } from "./source/shard.ts";
import type { Aside } from "./aside.ts";
import type { ErrorObjects, RedriveStore } from "./redrive/ports.ts";
import { parseRedriveShard, type RedriveProgress } from "./redrive/redrive.ts";
import { type DeliverObject, runRedrive } from "./redrive/run.ts";
import { parseReplayReader } from "./replay/replay.ts";
import { findReplay } from "./replay/run.ts";
import type { ReplayStore } from "./replay/store.ts";

export interface DeliverPorts
  extends ReaderPorts<DeliveryPlan>, Omit<FollowSourcePorts, keyof ReaderPorts<DeliveryPlan>> {
  readonly bodies: BodyStore;
  /** Absent: sealed blocks cannot be read. */
  readonly seals?: BlockSeals;
  readonly objects: ObjectStore;
  readonly invoker: FunctionInvoker;
  /** Asked at the start of each flush that converts. */
  readonly tables: TableCatalog;
  readonly jq: JqEngine;
  readonly spool: SpoolStore;
  readonly deliveryNotes: DeliveryNotes;
  /** Of errors that owners of delivery streams asked for. It does not reject. */
  readonly errorLog: ErrorLog;
  readonly replays: ReplayStore;
  readonly redrives: RedriveStore;
  /** The same readers; their plans are of another kind. */
  readonly redriveReaders: ReaderStore<RedriveProgress>;
  readonly errorObjects: ErrorObjects;
  /** Absent: streams deliver to S3 alone. */
  readonly receivers?: ReceiverPorts;
  readonly region: string;
  /** `deliveryStreamArn("access-logs")` → `arn:aws:firehose:us-east-1:000000000000:deliverystream/access-logs`. */
  readonly deliveryStreamArn: (name: string) => string;
  /** `dataStreamArn("clicks")` → `arn:aws:kinesis:us-east-1:000000000000:stream/clicks`. */
  readonly dataStreamArn: (name: string) => string;
  readonly report: (flush: FlushReport) => void;
}

/** What a wake-up's reader delivers, and where to. */
interface Work extends Pick<Delivery, "stream" | "source" | "atTip"> {
  readonly kind: FlushReport["kind"];
  readonly target: DeliveryTarget;
  /** Of what is not the stream's own delivery. */
  readonly aside?: Aside;
}

/** Wake-ups of streams that are gone, or that were created anew under the same name, have nothing to do. */
export async function deliver(given: DeliverPorts, options: RunOptions): Promise<RunResult> {
  const readers = largePlans(tryAgain(given.readers, given.clock), given.spool);
  const ports = { ...given, readers };
  if (parseRedriveShard(options.wakeUp.shard) !== undefined) {
    const deliverObject: DeliverObject = (object, run) =>
      runWork(ports, { ...object, kind: "redrive", aside: object }, run);
    return runRedrive(ports, options, deliverObject);
  }
  const work = await findWork(ports, options);
  return work === undefined ? { kind: "done" } : runWork(ports, work, options);
}

async function runWork(ports: DeliverPorts, work: Work, options: RunOptions): Promise<RunResult> {
  const { stream, target, aside } = work;
  // Whoever resumes it wakes its readers. What is beside the stream's delivery goes on.
  if (aside === undefined && stream.pausedAtMs !== undefined) return { kind: "done" };
  const { deliveryNotes, clock } = ports;
  const { shard, readerId } = options.wakeUp;
  const { log = ports.log, deadlineMs = options.deadlineMs } = aside ?? {};
  const arn = ports.deliveryStreamArn(stream.name);
  const logger = loggerOf(ports, target);
  const sink = deliverySink({
    ...ports,
    ...work,
    log,
    deadlineMs,
    readerId,
    noteDelivered: (flush) => {
      aside?.delivered(flush);
      const atMs = clock.now();
      // Records that failed have no retention any more.
      const { retentionMs } = work.source.retention;
      const keptMs = Math.max(
        FLUSH_NOTE_LIFETIME_MS,
        Number.isFinite(retentionMs) ? retentionMs : 0,
      );
      const note = flushNote(flush, atMs);
      const [first] = note.objects;
      const object = first && { bucket: first.bucket, key: first.key };
      return noted(
        deliveryNotes.delivered(shard, readerId, { ...(object && { object }), atMs }),
        deliveryNotes.flushed(shard, readerId, note, atMs + keptMs),
      );
    },
    tellError(error, { versionId, target: planned = target }) {
      const { bucketArn, transform, receiver } = planned;
      const functionArn = transform?.functionArn;
      const destination = receiver?.place ?? bucketArn;
      logger.tell(
        errorEvent(error, { deliveryStreamArn: arn, versionId, destination, functionArn }),
      );
    },
    deliveryStreamArn: arn,
    ...(stream.source && {
      sourceKinesisStreamArn: ports.dataStreamArn(stream.source.streamName),
    }),
  });
  const watched =
    aside?.around(sink) ??
    watchingPace(ports, work, { ...sink, mayBegin: lookingForPause(ports, stream) });
  const result = await runReader({ ...ports, log }, watched, { ...options, deadlineMs });
  if (result.kind === "retry" && result.error !== undefined) {
    const message = failureText(result.error);
    const failure = { message, atMs: clock.now(), retryAtMs: result.atMs };
    await noted(deliveryNotes.failed(shard, readerId, failure));
    await aside?.failed(result.error, ports.objects.refusalOf(result.error) !== undefined);
  }
  await logger.settled();
  return result;
}

function loggerOf({ errorLog, clock }: DeliverPorts, { errorLog: settings }: DeliveryTarget) {
  const { isEnabled = false, groupName, streamName } = settings ?? {};
  return isEnabled && groupName !== undefined && streamName !== undefined
    ? errorLogger(errorLog, { groupName, streamName }, clock)
    : SILENT_LOGGER;
}

/** Whoever looks is told less if a note cannot be made; what it tells of is done all the same. */
async function noted(...notes: readonly Promise<void>[]): Promise<void> {
  await Promise.allSettled(notes);
}

async function findWork(ports: DeliverPorts, options: RunOptions): Promise<Work | undefined> {
  if (parseReplayReader(options.wakeUp.readerId) !== undefined) {
    const replay = await findReplay(ports, options);
    return replay && { ...replay, kind: "replay", aside: replay };
  }
  const delivery = await findDelivery(ports, options);
  const target = delivery && targetOf(delivery);
  return delivery && target && { ...delivery, target };
}

async function findDelivery(
  ports: DeliverPorts,
  options: RunOptions,
): Promise<Delivery | undefined> {
  const { wakeUp } = options;
  return parseLaneKey(wakeUp.shard) === undefined
    ? findSource(ports, options)
    : findLane(ports, wakeUp);
}

async function findLane(
  { deliveryStreams }: DeliverPorts,
  { shard, readerId }: WakeUp,
): Promise<Delivery | undefined> {
  const place = parseLaneKey(shard)!;
  const stream = await deliveryStreams.get(place.name);
  if (stream?.generation !== place.generation) return undefined;
  const kind = readerId === BACKUP_READER ? "backup" : "delivery";
  return { stream, kind, source: laneSource(stream, place.lane) };
}

function targetOf({ stream: { destination }, kind }: Delivery): DeliveryTarget | undefined {
  return kind === "backup" ? destination.backup : destination;
}
