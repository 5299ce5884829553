/** A process's view of the stores: every call goes over the wire. */
import type {
  DeliveryNotes,
  DeliveryStreamStore,
  ObjectStore,
  SpoolStore,
} from "../../src/delivery/ports.ts";
import { InjectedFault } from "./faults.ts";
import type { DeliveryPlan } from "../../src/delivery/plan.ts";
import type { KeyService } from "../../src/log/keys.ts";
import type { ErrorObjects, RedriveStore } from "../../src/delivery/redrive/ports.ts";
import type { RedriveProgress } from "../../src/delivery/redrive/redrive.ts";
import type { ReplayStore } from "../../src/delivery/replay/store.ts";
import type { ProofIndex, ProofStore } from "../../src/log/proof.ts";
import type { BodyStore, LogEntry, LogStore, ReadRange, WriteResult } from "../../src/log/store.ts";
import { HOLE_FILL_TIMEOUT_MS } from "../../src/limits.ts";
import type { Random } from "../../src/random.ts";
import { chunksOf } from "../../src/storage/dynamodb/keys.ts";
import type { ReaderStore } from "../../src/readers/store.ts";
import type { AbandonedPlaces } from "./abandoned-places.ts";
import type { Faults } from "./faults.ts";
import type { Mutant } from "./mutants.ts";
import type { Process, Scheduler } from "./scheduler.ts";
import type { LoadStage } from "./stage.ts";
import { type Happening, streamOf, type Twins } from "./twins.ts";
import { callsFrom, type Wire, isOfRepeated } from "./wire.ts";

export interface StorePorts {
  readonly log: LogStore;
  readonly readers: ReaderStore<DeliveryPlan>;
  readonly deliveryStreams: DeliveryStreamStore;
  readonly replays: ReplayStore;
  readonly redrives: RedriveStore;
  readonly redriveReaders: ReaderStore<RedriveProgress>;
  readonly errorObjects: ErrorObjects;
  readonly bodies: BodyStore;
  readonly proofs: ProofStore;
  readonly proofIndex: ProofIndex;
  /** What is noted for people moves nothing, so it need not fail. */
  readonly deliveryNotes: DeliveryNotes;
  readonly keys: KeyService;
  readonly objects: ObjectStore;
  readonly spool: SpoolStore;
}

/** What every view needs, whatever the world. */
export interface ViewOptions {
  readonly scheduler: Scheduler;
  readonly wire: Wire;
  readonly faults: Faults;
  readonly random: Random;
  readonly load: LoadStage | undefined;
  readonly abandoned: AbandonedPlaces;
}

export interface PortOptions extends ViewOptions {
  readonly twins: Twins;
  readonly mutant: Mutant;
  readonly note: (happening: Happening) => void;
}

/** How many blocks a query of the log covers at most; between queries the log may change. */
const QUERY_MAX_BLOCKS = 12;
const QUERIES_AHEAD = 2;

export function portsOf(process: Process, options: PortOptions): StorePorts {
  const { scheduler, wire, twins, mutant } = options;
  const call = callsFrom(process, wire);
  const isReader = process.name.startsWith("deliver");
  const log = logSeenBy(process, isReader ? witnessedByReader(options) : twins.log, options);
  const readers = readersSeenBy(process, twins.readers, options);

  const objects: ObjectStore = {
    refusalOf: (error) => (isOfRepeated(error) ? undefined : twins.objects.refusalOf(error)),
    putIfAbsent: (target, body) =>
      call("objects", `put ${target.key}`, () => twins.objects.putIfAbsent(target, body)),
    startUpload: (target) =>
      call("objects", "start upload", () => twins.objects.startUpload(target)),
    uploadPart: (upload, partNumber, body) => {
      // A copy: the caller fills the same buffer anew once it was answered.
      const bytes = new Uint8Array(body);
      return call("objects", "upload part", () =>
        twins.objects.uploadPart(upload, partNumber, bytes),
      );
    },
    completeIfAbsent: (upload, parts, movedTo) =>
      call("objects", `complete ${upload.key}`, () =>
        twins.objects.completeIfAbsent(upload, parts, movedTo),
      ),
    abort: (upload) => call("objects", "abort upload", () => twins.objects.abort(upload)),
  };

  const keys: KeyService = {
    newDataKey: (stream, keyArn) =>
      call("read", "new data key", () => twins.keys.newDataKey(stream, keyArn)),
    unwrap: (stream, wrapped) =>
      call("read", "unwrap data key", () => twins.keys.unwrap(stream, wrapped)),
  };

  const errorObjects: ErrorObjects = {
    list: (asked) => call("read", "list of failed", () => twins.errorObjects.list(asked)),
    get: (object) => call("read", "get of failed", () => twins.errorObjects.get(object)),
    tag: (object, tag) => call("objects", "tag failed", () => twins.errorObjects.tag(object, tag)),
    move: (object, to) => call("objects", "move failed", () => twins.errorObjects.move(object, to)),
    refusalOf: (error) => twins.errorObjects.refusalOf(error),
  };

  return {
    log: mutant.seenLog?.(log, scheduler.clockOf(process)) ?? log,
    readers: mutant.seenReaders?.(readers) ?? readers,
    redriveReaders: readersSeenBy(process, twins.redriveReaders, options),
    redrives: {
      create: (redrive, room) =>
        call("checkpoint", "create redrive", () => twins.redrives.create(redrive, room)),
      room: (stream) => call("read", "room", () => twins.redrives.room(stream)),
      get: (redrive) => call("read", "redrive", () => twins.redrives.get(redrive)),
      list: (stream) => call("read", "redrives", () => twins.redrives.list(stream)),
      update: (before, after) =>
        call("checkpoint", "update redrive", () => twins.redrives.update(before, after)),
      close: (redrive) => call("checkpoint", "close redrive", () => twins.redrives.close(redrive)),
    },
    errorObjects: mutant.seenErrorObjects?.(errorObjects) ?? errorObjects,
    objects: mutant.seenObjects?.(objects) ?? objects,
    bodies: bodiesSeenBy(process, twins.bodies, options),
    proofs: proofsSeenBy(process, twins.proofs, options),
    proofIndex: {
      list: (invocation, nowMs) =>
        call("read", "proofs of", () => twins.proofIndex.list(invocation, nowMs)),
    },
    deliveryNotes: twins.deliveryNotes,
    spool: {
      put: (bytes) => call("log", "put into the spool", () => twins.spool.put(bytes)),
      get: (key) => call("read", "get of the spool", () => twins.spool.get(key)),
      remove: (key) => call("log", "remove from the spool", () => twins.spool.remove(key)),
    },
    keys: mutant.seenKeys?.(keys) ?? keys,
    replays: {
      create: (replay, room) =>
        call("checkpoint", "create replay", () => twins.replays.create(replay, room)),
      room: (stream) => call("read", "room", () => twins.replays.room(stream)),
      get: (replay) => call("read", "replay", () => twins.replays.get(replay)),
      list: (stream) => call("read", "replays", () => twins.replays.list(stream)),
      update: (before, after) =>
        call("checkpoint", "update replay", () => twins.replays.update(before, after)),
      leave: (replay) => call("checkpoint", "leave replay", () => twins.replays.leave(replay)),
      opened: (replay) =>
        call("checkpoint", "replay is opened", () => twins.replays.opened(replay)),
      settled: (replay) =>
        call("checkpoint", "replay is settled", () => twins.replays.settled(replay)),
      left: () => call("read", "replays left", () => twins.replays.left()),
      openPart: (replay, part) =>
        call("checkpoint", "open part", () => twins.replays.openPart(replay, part)),
      part: (replay, shardIndex) =>
        call("read", "part", () => twins.replays.part(replay, shardIndex)),
      parts: (replay) => call("read", "parts", () => twins.replays.parts(replay)),
      count: (replay, shardIndex, done) =>
        call("checkpoint", "count", () => twins.replays.count(replay, shardIndex, done)),
      endPart: (replay, shardIndex) =>
        call("checkpoint", "end part", () => twins.replays.endPart(replay, shardIndex)),
    },
    deliveryStreams: {
      create: (stream, lanes, newReaders) =>
        call("safe", "create stream", () =>
          twins.deliveryStreams.create(stream, lanes, newReaders),
        ),
      update: (before, after, lanes) =>
        call("safe", "update stream", () => twins.deliveryStreams.update(before, after, lanes)),
      sealLane: (lane) => call("safe", "seal lane", () => twins.deliveryStreams.sealLane(lane)),
      get: (name) => call("read", "stream", () => twins.deliveryStreams.get(name)),
      list: (list) => call("read", "streams", () => twins.deliveryStreams.list(list)),
      remove: (stream, lanes, nowMs) =>
        call("safe", "remove stream", () => twins.deliveryStreams.remove(stream, lanes, nowMs)),
    },
  };
}

/** Of others' places, retries may close those of their own call at any time. */
function witnessedByReader({ twins: { log }, note }: PortOptions): LogStore {
  return {
    ...log,
    fill(shard, index, expiresAtMs) {
      note({ kind: "given up", stream: streamOf(shard), shard, block: index });
      return log.fill(shard, index, expiresAtMs);
    },
  };
}

export function logSeenBy(process: Process, log: LogStore, options: ViewOptions): LogStore {
  const { scheduler, wire, faults, random, abandoned } = options;
  const call = callsFrom(process, wire);

  /** Long enough for the others to give up on what it was about to do. */
  function stall(): void {
    process.frozenUntilMs = scheduler.now() + HOLE_FILL_TIMEOUT_MS * (1 + random.fraction());
  }

  /** One query: what stands in a part of a range, all as it is at the same time. */
  function query(range: ReadRange): Promise<LogEntry[]> {
    const asked = call("read", `read from ${range.from}`, async () => {
      const found: LogEntry[] = [];
      for await (const entry of log.read(range)) found.push(entry);
      return found;
    });
    // It is awaited when its turn comes; until then a failure must not count as unhandled.
    asked.catch(() => {});
    return asked;
  }

  return {
    reserve: (shard, append) =>
      call("log", "reserve", async () => {
        if (faults.strikes("throttledCounter")) return { kind: "throttled" };
        return log.reserve(shard, append);
      }),
    write(block) {
      if (faults.strikes("writerStalls")) stall();
      const written = call("log", `write ${block.index}`, async (): Promise<WriteResult> => {
        if (faults.strikes("throttledLog")) return { kind: "throttled" };
        return log.write(block);
      });
      return options.load ? written : abandoned.watch(process, block, written);
    },
    fill(shard, index, expiresAtMs) {
      abandoned.closing(process, { shard, index });
      if (faults.strikes("fillerStalls")) stall();
      return call("log", `fill ${index}`, () => log.fill(shard, index, expiresAtMs));
    },
    async *read({ shard, from, to }) {
      if (options.load) {
        let start = from;
        for (const { end } of chunksOf({ shard, from, to })) {
          const range = { shard, from: start, to: end };
          yield* await call("read", "a chunk", () => allOf(log.read(range)));
          start = end;
        }
        return;
      }
      // As the store does it: part by part, and the next one asked for before this one is gone through.
      const underWay: Promise<LogEntry[]>[] = [];
      for (let next = from; next < to || underWay.length > 0;) {
        while (next < to && underWay.length < QUERIES_AHEAD) {
          const length = 1 + Math.floor(random.fraction() * QUERY_MAX_BLOCKS);
          const end = Math.min(to, next + length);
          underWay.push(query({ shard, from: next, to: end }));
          next = end;
        }
        yield* await (underWay.shift() as Promise<LogEntry[]>);
      }
    },
    head: (shard) => call("read", "head", () => log.head(shard)),
    ring: (shard, openedAtMs) => call("log", "ring", () => log.ring(shard, openedAtMs)),
    leaveMark: (shard, mark) => call("log", "leave mark", () => log.leaveMark(shard, mark)),
    lastMark: (shard, timeMs) => call("read", "last mark", () => log.lastMark(shard, timeMs)),
    nextMark: (shard, timeMs) => call("read", "next mark", () => log.nextMark(shard, timeMs)),
  };
}

export function readersSeenBy<Plan>(
  process: Process,
  readers: ReaderStore<Plan>,
  { wire }: Pick<ViewOptions, "wire">,
): ReaderStore<Plan> {
  const call = callsFrom(process, wire);
  return {
    open: (shard, readerId, state) =>
      call("checkpoint", "open reader", () => readers.open(shard, readerId, state)),
    configure: (shard, readerId, wakeRule) =>
      call("checkpoint", "configure", () => readers.configure(shard, readerId, wakeRule)),
    remove: (shard, readerId) =>
      call("checkpoint", "remove reader", () => readers.remove(shard, readerId)),
    moveOn: (lease, to, order) => call("plan", "move on", () => readers.moveOn(lease, to, order)),
    end: (lease) => call("checkpoint", "end", () => readers.end(lease)),
    get: (shard, readerId) => call("read", "reader", () => readers.get(shard, readerId)),
    list: (shard) => call("read", "readers", () => readers.list(shard)),
    acquire: (shard, readerId, claim) =>
      call("checkpoint", "acquire", () => readers.acquire(shard, readerId, claim)),
    renew: (lease, untilMs, recall) =>
      call("checkpoint", "renew", () => readers.renew(lease, untilMs, recall)),
    savePlan: (lease, plan, order) =>
      call("plan", "save plan", () => readers.savePlan(lease, plan, order)),
    advance: (lease, from, to) =>
      call("checkpoint", `advance to ${to.blockIndex}`, () => readers.advance(lease, from, to)),
    release: (lease, recall) => call("checkpoint", "release", () => readers.release(lease, recall)),
    markWoken: (shard, readerId, woken) =>
      call("checkpoint", "mark woken", () => readers.markWoken(shard, readerId, woken)).catch(
        (error: unknown) => {
          if (error instanceof InjectedFault && error.message.endsWith(": throttledCheckpoint")) {
            return "throttled";
          }
          throw error;
        },
      ),
    forgetNoted: (shard, readerId) =>
      call("checkpoint", "forget noted", () => readers.forgetNoted(shard, readerId)),
  };
}

export function bodiesSeenBy(
  process: Process,
  bodies: BodyStore,
  { wire }: Pick<ViewOptions, "wire">,
): BodyStore {
  const call = callsFrom(process, wire);
  return {
    put: (body, retentionMs) => call("log", "put body", () => bodies.put(body, retentionMs)),
    get: (key) => call("read", "get body", () => bodies.get(key)),
    keep: (key, retentionMs) => call("log", "keep body", () => bodies.keep(key, retentionMs)),
  };
}

export function proofsSeenBy(
  process: Process,
  proofs: ProofStore,
  { wire, faults }: Pick<ViewOptions, "wire" | "faults">,
): ProofStore {
  const call = callsFrom(process, wire);
  return {
    get: (key, nowMs) => call("read", "get proof", () => proofs.get(key, nowMs)),
    replace: (key, before, next, times) =>
      call("log", before === undefined ? "first proof" : "next proof", async () => {
        if (faults.strikes("throttledProof")) return { kind: "throttled" };
        return proofs.replace(key, before, next, times);
      }),
  };
}

async function allOf(entries: AsyncIterable<LogEntry>): Promise<readonly LogEntry[]> {
  const all: LogEntry[] = [];
  for await (const entry of entries) all.push(entry);
  return all;
}
