/**
 * One wake-up of a redrive: under its lease, first the objects are counted, then they are gone through. What it does for an
 * object is that object's reader's (`redrive.ts`); what is noted here is how far it came.
 */
import type { Clock } from "../../clock.ts";
import { REDRIVE_PAGE_COUNT, REPLAY_REFUSED_MAX_MS, REPLAY_TURN_MS } from "../../limits.ts";
import type { LogStore } from "../../log/store.ts";
import type { ReaderSink } from "../../readers/reader.ts";
import {
  type LeasedRun,
  type RunOptions,
  type RunPorts,
  type RunResult,
  runLeased,
} from "../../readers/run.ts";
import { type ReaderStore, SHARD_START } from "../../readers/store.ts";
import type { DeliveryStream } from "../delivery-stream.ts";
import type { Aside } from "../aside.ts";
import { failureText } from "../failure-text.ts";
import type { DeliveryPlan } from "../plan.ts";
import type { DeliveryNotes, DeliveryStreamStore } from "../ports.ts";
import type { SourceShard } from "../source/shard.ts";
import { errorShard } from "./error-object.ts";
import type { ErrorObjects, ListedObject, RedriveStore } from "./ports.ts";
import {
  NO_REDRIVE_TALLY,
  type ObjectDone,
  objectReader,
  parseRedriveShard,
  type Redrive,
  REDRIVEN_PREFIX,
  REDRIVEN_TAG,
  redrivenShard,
  type RedriveProgress,
  type RedriveTally,
} from "./redrive.ts";
import { closeRedrive, endRedrive } from "./lifecycle.ts";
import { isSelected } from "./select.ts";

export interface RedriveRunPorts extends Omit<RunPorts<never>, "readers"> {
  readonly redrives: RedriveStore;
  readonly errorObjects: ErrorObjects;
  /** The same store as `readers`; their plans are of another kind. */
  readonly redriveReaders: ReaderStore<RedriveProgress>;
  readonly readers: ReaderStore<DeliveryPlan>;
  readonly deliveryStreams: Pick<DeliveryStreamStore, "get">;
  readonly deliveryNotes: Pick<DeliveryNotes, "get" | "failed" | "delivered">;
  readonly clock: Clock;
}

/** What a redrive has delivered for it: an object of failed records, through the stream's pipeline. */
export interface ObjectWork extends Aside {
  readonly stream: DeliveryStream;
  readonly source: SourceShard;
  readonly log: LogStore;
  readonly atTip: NonNullable<ReaderSink<DeliveryPlan>["atTip"]>;
}

export type DeliverObject = (work: ObjectWork, options: RunOptions) => Promise<RunResult>;

const DONE: RunResult = { kind: "done" };
const START: RedriveProgress = { phase: "counting", place: 0, tally: NO_REDRIVE_TALLY };

export async function runRedrive(
  ports: RedriveRunPorts,
  options: RunOptions,
  deliverObject: DeliverObject,
): Promise<RunResult> {
  const { redrives, deliveryStreams, deliveryNotes, clock } = ports;
  const { shard, readerId } = options.wakeUp;
  const identity = parseRedriveShard(shard)!;
  const [redrive, stream] = await Promise.all([
    redrives.get(identity),
    deliveryStreams.get(identity.streamName),
  ]);
  const stands =
    stream?.generation === identity.generation && stream.transition?.kind !== "deleting";
  if (redrive?.state !== "RUNNING" || !stands) {
    await closeRedrive(ports, identity);
    return DONE;
  }
  const deadlineMs = Math.min(options.deadlineMs, clock.now() + REPLAY_TURN_MS);
  const run = { ...options, deadlineMs };
  const result = await runLeased({ ...ports, readers: ports.redriveReaders }, run, (leased) =>
    work(ports, { redrive, stream, leased, options: run, deliverObject }),
  );
  if (result.kind === "retry" && result.error !== undefined) {
    const message = failureText(result.error);
    const failure = { message, atMs: clock.now(), retryAtMs: result.atMs };
    // Whoever looks is told less if a note cannot be made.
    await deliveryNotes.failed(shard, readerId, failure).catch(() => {});
    await giveUpInTime(ports, redrive, result.error, options);
  }
  return result;
}

/** What refuses it by an answer, and for long, will not let it through. */
async function giveUpInTime(
  ports: RedriveRunPorts,
  redrive: Redrive,
  error: unknown,
  { wakeUp: { shard, readerId } }: RunOptions,
): Promise<void> {
  const isRefused =
    error instanceof ObjectRefused || ports.errorObjects.refusalOf(error) !== undefined;
  if (!isRefused) return;
  const nowMs = ports.clock.now();
  const note = await ports.deliveryNotes.get(shard, readerId);
  if (nowMs - (note?.failure?.sinceMs ?? nowMs) < REPLAY_REFUSED_MAX_MS) return;
  const message = failureText(error instanceof ObjectRefused ? error.cause : error);
  await endRedrive(ports, redrive, { state: "FAILED", failure: { message, atMs: nowMs } });
}

/** A bucket refuses what comes of an object. */
class ObjectRefused extends Error {
  override readonly name = "ObjectRefused";
}

interface Work {
  readonly redrive: Redrive;
  readonly stream: DeliveryStream;
  readonly leased: LeasedRun<RedriveProgress>;
  readonly options: RunOptions;
  readonly deliverObject: DeliverObject;
}

async function work(ports: RedriveRunPorts, given: Work): Promise<RunResult> {
  const { redrive, leased, options } = given;
  const { redriveReaders, redrives, clock } = ports;
  const { lease } = leased;
  let progress = leased.state.plan ?? START;
  let savedCount = 0;
  const save = async (next: RedriveProgress): Promise<boolean> => {
    progress = next;
    return (await redriveReaders.savePlan(lease, next, ++savedCount)) === "done";
  };

  // It may be gone from the list already.
  if (progress.current?.done !== undefined) {
    await putAside(ports, given, progress.current);
    if (!(await save(withDone(progress, progress.current.key, progress.current.done)))) return DONE;
  }
  while (progress.place < redrive.prefixes.length) {
    if (clock.now() >= options.deadlineMs) return { kind: "retry", atMs: clock.now() };
    if ((await redrives.get(redrive))?.state !== "RUNNING") return DONE;
    const { phase, place, after, tally } = progress;
    const page = await ports.errorObjects.list({
      bucket: redrive.bucket,
      roleArn: given.stream.destination.roleArn,
      prefix: redrive.prefixes[place]!,
      ...(after !== undefined && { after }),
      limit: REDRIVE_PAGE_COUNT,
    });
    const selected = page.filter((object) => isSelected(redrive, object, redrive.prefixes[place]!));
    if (phase === "working") {
      for (const object of selected) {
        if (clock.now() >= options.deadlineMs) return { kind: "retry", atMs: clock.now() };
        const result = await takeObject(ports, given, object, () => progress, save);
        if (result !== undefined) return result;
      }
    }
    // In one step with what was counted of the page, so that no page is counted twice.
    const seen = phase === "counting" ? { ...progress, tally: counted(tally, selected) } : progress;
    const isLast = page.length < REDRIVE_PAGE_COUNT;
    const next = isLast ? atNextPlace(seen, redrive) : { ...seen, after: page.at(-1)!.key };
    if (!(await save(next))) return DONE;
  }
  await endRedrive(ports, redrive, { state: "COMPLETED", tally: progress.tally });
  return DONE;
}

function atNextPlace(
  { phase, place, tally }: RedriveProgress,
  { prefixes }: Redrive,
): RedriveProgress {
  const isCounted = phase === "counting" && place + 1 === prefixes.length;
  return isCounted ? { phase: "working", place: 0, tally } : { phase, place: place + 1, tally };
}

function counted(tally: RedriveTally, objects: readonly ListedObject[]): RedriveTally {
  return {
    ...tally,
    foundCount: tally.foundCount + objects.length,
    foundBytes: objects.reduce((sum, { byteCount }) => sum + byteCount, tally.foundBytes),
  };
}

/** Answers how the run ends, if it does. */
async function takeObject(
  ports: RedriveRunPorts,
  given: Work,
  { key, etag }: ListedObject,
  progress: () => RedriveProgress,
  save: (next: RedriveProgress) => Promise<boolean>,
): Promise<RunResult | undefined> {
  const { redrive } = given;
  if ((await ports.redrives.get(redrive))?.state !== "RUNNING") return DONE;
  const { current } = progress();
  /** An earlier run died between the end of this object and its own note of it. */
  const wasBegun = current?.key === key && current.etag === etag;
  if (!wasBegun && !(await save({ ...progress(), current: { key, etag } }))) return DONE;
  const taken = await redriveObject(ports, given, { bucket: redrive.bucket, key, etag }, wasBegun);
  if (taken.kind === "ended") return taken.result;
  const { done } = taken;
  if (redrive.after !== undefined && isHandled(done)) {
    // Noted first: who finds the object gone knows that it was this redrive.
    if (!(await save({ ...progress(), current: { key, etag, done } }))) return DONE;
    await putAside(ports, given, { key, etag });
  }
  return (await save(withDone(progress(), key, done))) ? undefined : DONE;
}

/** By this redrive or another one. */
function isHandled({ outcome }: ObjectDone): boolean {
  return outcome === "redrivenCount" || outcome === "alreadyCount";
}

/** May be repeated. */
async function putAside(
  { errorObjects }: RedriveRunPorts,
  { redrive: { after, bucket }, stream: { destination } }: Work,
  { key, etag }: { readonly key: string; readonly etag: string },
): Promise<void> {
  const { roleArn, kmsKeyArn } = destination;
  const object = { bucket, key, etag, roleArn, ...(kmsKeyArn !== undefined && { kmsKeyArn }) };
  if (after === "TAG") await errorObjects.tag(object, REDRIVEN_TAG);
  if (after === "MOVE") await errorObjects.move(object, REDRIVEN_PREFIX + key);
}

function withDone(
  { current: _done, tally, ...rest }: RedriveProgress,
  key: string,
  { outcome, recordCount = 0, failedAgainCount = 0, writtenCount = 0 }: ObjectDone,
): RedriveProgress {
  return {
    ...rest,
    after: key,
    tally: {
      ...tally,
      doneCount: tally.doneCount + 1,
      [outcome]: tally[outcome] + 1,
      recordCount: tally.recordCount + recordCount,
      failedAgainCount: tally.failedAgainCount + failedAgainCount,
      writtenCount: tally.writtenCount + writtenCount,
    },
  };
}

type Taken =
  | { readonly kind: "done"; readonly done: ObjectDone }
  | { readonly kind: "ended"; readonly result: RunResult };

async function redriveObject(
  ports: RedriveRunPorts,
  { redrive, stream, options, deliverObject }: Work,
  object: { readonly bucket: string; readonly key: string; readonly etag: string },
  wasBegun: boolean,
): Promise<Taken> {
  const { readers, errorObjects, deliveryNotes, clock } = ports;
  const done = (of: ObjectDone): Taken => ({ kind: "done", done: of });
  const shard = redrivenShard(stream);
  const readerId = objectReader(object);
  const standing = redrive.isDryRun ? undefined : await readers.get(shard, readerId);
  if (standing?.ended && !wasBegun) return done({ outcome: "alreadyCount" });
  const body = await errorObjects.get({ ...object, roleArn: stream.destination.roleArn });
  if (body === undefined) return done({ outcome: "goneCount" });
  const errors = errorShard(body, shard, readerId);
  if (errors === undefined) return done({ outcome: "ignoredCount" });
  const { source, log, recordCount } = errors;
  if (redrive.isDryRun || standing?.ended) return done({ outcome: "redrivenCount", recordCount });

  await readers.open(shard, readerId, {
    checkpoint: SHARD_START,
    wakeRule: { sizeBytes: Number.MAX_SAFE_INTEGER, intervalMs: 0 },
  });
  let failedAgainCount = 0;
  let writtenCount = 0;
  let refusal: unknown;
  const result = await deliverObject(
    {
      stream,
      source,
      log,
      target: stream.destination,
      deadlineMs: options.deadlineMs,
      async atTip(lease) {
        await readers.end(lease);
        return DONE;
      },
      // One plan for all of it, however large the stream's own objects are.
      around: (sink) => ({
        ...sink,
        wakeRule: () => ({ sizeBytes: Number.MAX_SAFE_INTEGER, intervalMs: 0 }),
        takesMore: false,
      }),
      delivered({ objects, counts }) {
        writtenCount += objects.length;
        failedAgainCount += counts?.failedCount ?? 0;
      },
      async failed(error, isRefused) {
        if (isRefused) refusal = error;
      },
    },
    { ...options, wakeUp: { shard, readerId, blockIndex: 0 }, isRepeated: true },
  );
  if (result.kind === "retry") {
    const error =
      refusal === undefined ? result.error : new ObjectRefused("refused", { cause: refusal });
    return {
      kind: "ended",
      result: { kind: "retry", atMs: result.atMs, ...(error !== undefined && { error }) },
    };
  }
  // Somebody else took the lease from us, and is at it still.
  if (!(await readers.get(shard, readerId))?.ended) {
    return { kind: "ended", result: { kind: "retry", atMs: clock.now() + options.backOffMs } };
  }
  await deliveryNotes
    .delivered(options.wakeUp.shard, options.wakeUp.readerId, { atMs: clock.now() })
    .catch(() => {});
  return done({ outcome: "redrivenCount", recordCount, failedAgainCount, writtenCount });
}
