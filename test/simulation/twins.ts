/**
 * The memory twins, which are the truth of a run, with a witness in front: whatever takes effect in them is
 * written into the history. Mutants of the stores sit below the witness.
 */
import { memorySpool } from "../../src/storage/memory/spool.ts";
import type { Clock } from "../../src/clock.ts";
import type { DeliveryPlan } from "../../src/delivery/plan.ts";
import type {
  DeliveryNotes,
  DeliveryStreamStore,
  ObjectStore,
  SpoolStore,
} from "../../src/delivery/ports.ts";
import { createBlockSeals } from "../../src/log/block-seals.ts";
import { loadBody } from "../../src/log/body.ts";
import { unpackRecords } from "../../src/log/frame.ts";
import type { ProofIndex, ProofStore } from "../../src/log/proof.ts";
import type { Block, BodyStore, LogEntry, LogStore, ShardKey } from "../../src/log/store.ts";
import type { Random } from "../../src/random.ts";
import type { ReaderStore } from "../../src/readers/store.ts";
import type { SweepNotes } from "../../src/readers/sweep-notes.ts";
import { memoryBodies } from "../../src/storage/memory/bodies.ts";
import { memoryDeliveryNotes } from "../../src/storage/memory/delivery-notes.ts";
import { memoryDeliveryStreams } from "../../src/storage/memory/delivery-streams.ts";
import { type MemoryKeys, memoryKeys } from "../../src/storage/memory/keys.ts";
import { memoryLog } from "../../src/storage/memory/log.ts";
import { memoryObjects } from "../../src/storage/memory/objects.ts";
import { memoryProofs } from "../../src/storage/memory/proofs.ts";
import { memoryReaders } from "../../src/storage/memory/readers.ts";
import { type DeliveryStream, laneKey } from "../../src/delivery/delivery-stream.ts";
import {
  parseReplayReader,
  type RecordPosition,
  type Replay,
  replayReader,
} from "../../src/delivery/replay/replay.ts";
import type { ReplayStore } from "../../src/delivery/replay/store.ts";
import { decodeRecordId } from "../../src/delivery/record-id.ts";
import { type RedriveObjects, watchRedrives } from "./redrive-witness.ts";
import type { RedriveStore } from "../../src/delivery/redrive/ports.ts";
import type { RedriveProgress } from "../../src/delivery/redrive/redrive.ts";
import { memoryErrorObjects } from "../../src/storage/memory/error-objects.ts";
import { memoryRedrives } from "../../src/storage/memory/redrives.ts";
import { memoryReplays } from "../../src/storage/memory/replays.ts";
import type { HistoryEvent, Known } from "./history.ts";
import type { Mutant } from "./mutants.ts";
import {
  isOfFailed,
  METADATA_FOLDER,
  type RecordFound,
  recordOf,
  recordsOfObject,
  textOf,
} from "./payload.ts";
import { COPIED_FOLDER, type ReceiverTwins, receiverTwins } from "./receivers.ts";
import type { Untimed } from "./stage.ts";

export type Happening = Untimed<HistoryEvent>;

export interface Twins {
  readonly log: LogStore;
  readonly readers: ReaderStore<DeliveryPlan>;
  readonly deliveryStreams: DeliveryStreamStore;
  readonly replays: ReplayStore;
  readonly redrives: RedriveStore;
  /** The same readers. */
  readonly redriveReaders: ReaderStore<RedriveProgress>;
  readonly errorObjects: RedriveObjects;
  readonly bodies: BodyStore;
  readonly proofs: ProofStore;
  readonly proofIndex: ProofIndex;
  readonly deliveryNotes: DeliveryNotes;
  readonly keys: MemoryKeys;
  readonly objects: ObjectStore;
  readonly receivers: ReceiverTwins;
  readonly spool: SpoolStore;
  /** From now on the bucket refuses all calls. */
  readonly closeBucket: (bucket: string) => void;
  /** That one, or all. */
  readonly openBucket: (bucket?: string) => void;
  /** What appeared there, whatever became of it. */
  appeared(bucket: string, key: string): Uint8Array | undefined;
  expire(nowMs: number): void;
}

export interface TwinOptions {
  readonly random: Random;
  readonly mutant: Mutant;
  readonly sweepNotes: SweepNotes;
  readonly note: (happening: Happening) => void;
  readonly onRing: (shard: ShardKey, openedAtMs?: number) => void;
  /** The true time. */
  readonly clock: Pick<Clock, "now">;
  /** Nobody asks what takes effect: the twins as they are, or these. */
  readonly unwitnessed?: Partial<Pick<Twins, "bodies" | "objects">> | undefined;
}

/** `firehose/logs/5c1f…/0000` → `logs/5c1f…`. */
export function streamOf(shard: string): string {
  const [, name, generation] = shard.split("/");
  return `${name}/${generation}`;
}

/** `delivered/2/2026/11/23/10/logs-2-2026-…` → "2" of the prefix, "2" of the name. */
function versionsIn(key: string): readonly (string | undefined)[] {
  return [key.split("/")[1], /\/[a-z]+-(\d+)-[^/]*$/.exec(key)?.[1]];
}

const VERSIONS_PER_BUCKET = 3;

/** One update in three brings another bucket, so that redrives find objects of earlier versions: 1, 1, 1, 4, 4, … */
export const bucketVersionOf = (versionId: number) =>
  versionId - ((versionId - 1) % VERSIONS_PER_BUCKET);

/** Buckets are named after what is put into them: `logs.5c1f….delivery.1`. */
export function bucketFor({
  name,
  generation,
  readerId,
  versionId,
}: {
  readonly name: string;
  readonly generation: string;
  readonly readerId: string;
  readonly versionId: number;
}): string {
  return [name, generation, readerId, bucketVersionOf(versionId)].join(".");
}

/** What stands behind a reader's plan is its owner's matter. */
function asRedriveReaders(readers: ReaderStore<DeliveryPlan>): ReaderStore<RedriveProgress> {
  return readers as unknown as ReaderStore<RedriveProgress>;
}

/** What a replay was asked for, in the words of the history. */
function boundsOf({ streamName: name, generation, range }: Replay) {
  const place = ({ shardIndex, blockIndex: block, position }: RecordPosition) => {
    const shard = laneKey({ name, generation }, shardIndex);
    return { stream: streamOf(shard), shard, block, position };
  };
  const { from, to } = range;
  return {
    ...(from?.kind === "time" && { sinceMs: from.atMs }),
    ...(to?.kind === "time" && { untilMs: to.atMs }),
    ...(from?.kind === "record" && { from: place(from) }),
    ...(to?.kind === "record" && { to: place(to) }),
  };
}

function knownIn(name: string, { id, arrivedAtMs }: NonNullable<RecordFound["known"]>): Known {
  const place = id === undefined ? undefined : decodeRecordId(name, id);
  if (id !== undefined && place === undefined) throw new Error(`${id} is no id of ${name}`);
  const shard = place && laneKey({ name, generation: place.generation }, place.lane);
  return {
    ...(arrivedAtMs !== undefined && { arrivedAtMs }),
    ...(place &&
      shard && {
        place: {
          stream: streamOf(shard),
          shard,
          block: place.blockIndex,
          position: place.position,
        },
      }),
  };
}

function withoutEnvelope({ envelope: _none, ...block }: Block): Block {
  return block;
}

/** Whether any of the records can be read from what is stored. */
function isShown(records: readonly string[], stored: Uint8Array): boolean {
  const bytes = Buffer.from(stored);
  return records.some((record) => bytes.includes(record));
}

export function createTwins({
  random,
  mutant,
  sweepNotes,
  note,
  onRing,
  clock,
  unwitnessed,
}: TwinOptions): Twins {
  const memory = memoryLog({ onRing, ...(!mutant.takesLateWrites && { clock }) });
  const memoryState = memoryReaders<DeliveryPlan>();
  const memoryBucket = memoryObjects();
  const bodies = memoryBodies(random);
  const proofs = memoryProofs();
  const spool = memorySpool(random);
  const deliveryNotes = memoryDeliveryNotes();
  const keys = memoryKeys(random);
  const seals = createBlockSeals({ ...keys, ...keys.whateverIsRefused }, clock, random);
  const memoryReplayStore = memoryReplays();
  const laneStores = {
    log: memory,
    readers: memoryState,
    deliveryStreams: memoryDeliveryStreams(memory, memoryState),
  };
  const expire = (nowMs: number) => {
    memory.expire(nowMs);
    proofs.expire(nowMs);
  };
  if (unwitnessed) {
    const { bodies: ownBodies = bodies, objects: ownObjects = memoryBucket } = unwitnessed;
    const noBucket = () => {};
    const buckets = { closeBucket: noBucket, openBucket: noBucket };
    return {
      replays: memoryReplayStore,
      redrives: memoryRedrives(memory, memoryState),
      redriveReaders: asRedriveReaders(memoryState),
      errorObjects: {
        ...memoryErrorObjects(memoryBucket),
        comesFrom: () => {},
        handledBy: () => {},
      },
      appeared: (bucket, key) => memoryBucket.get(bucket, key)?.body,
      proofIndex: proofs,
      deliveryNotes,
      ...laneStores,
      bodies: ownBodies,
      objects: ownObjects,
      receivers: receiverTwins(note),
      proofs,
      spool,
      keys,
      expire,
      ...buckets,
    };
  }
  const { log: laneLog, deliveryStreams } = mutant.lanes?.(laneStores) ?? laneStores;
  const log = mutant.log?.(laneLog) ?? laneLog;
  const readers = mutant.readers?.(memoryState, memoryState) ?? memoryState;
  const objects = mutant.objects?.(memoryBucket) ?? memoryBucket;
  const receivers = receiverTwins(note);
  const replays = mutant.replays?.(memoryReplayStore) ?? memoryReplayStore;
  const redriven = watchRedrives({
    memory,
    readers: memoryState,
    objects: memoryBucket,
    mutant,
    notes: sweepNotes,
    note,
    nowMs: clock.now,
  });
  const closed = new Set<string>();
  const appeared = new Map<string, Uint8Array>();
  const seen = new Map<string, string>();
  let changing: Promise<unknown> = Promise.resolve();
  const checkpoints = new Map<string, number>();

  /** Notes what stands at a place when it is news. */
  async function witness(entry: LogEntry): Promise<void> {
    const { shard, index: block } = entry;
    const place = `${shard} ${block}`;
    const found = entry.kind === "tombstone" ? "tombstone" : entry.token;
    if (seen.get(place) === found) return;
    seen.set(place, found);
    const at = { stream: streamOf(shard), shard, block };
    if (entry.kind === "tombstone") return note({ kind: "tombstone", ...at });
    const body = await loadBody({ bodies, seals }, entry);
    const data = unpackRecords(body).map((record) => record.data);
    const records = data.map(recordOf);
    const texts = data.map(textOf);
    const isSealed = entry.envelope !== undefined;
    if (isSealed && isShown(records, await loadBody({ bodies }, withoutEnvelope(entry)))) {
      note({ kind: "surprise", message: `block ${block} shows what it seals` });
    }
    const { arrivedAtMs } = entry;
    note({ kind: "logged", ...at, records, texts, arrivedAtMs, ...(isSealed && { isSealed }) });
  }

  /** Notes where a reader stands after a change, should it have moved. */
  async function watch<Answer>(
    { shard, readerId }: { readonly shard: ShardKey; readonly readerId: string },
    change: Promise<Answer>,
  ): Promise<Answer> {
    const answer = await change;
    if (redriven.isRedriven(shard)) return answer;
    const block = (await memoryState.get(shard, readerId))?.checkpoint.blockIndex;
    const key = `${shard} ${readerId}`;
    if (block !== undefined && block !== (checkpoints.get(key) ?? 0)) {
      checkpoints.set(key, block);
      note({ kind: "checkpoint", stream: streamOf(shard), shard, reader: readerId, block });
    }
    return answer;
  }

  /** So that what is noted of a change is noted before the next one. */
  function inTurn<Asked extends unknown[], Answer>(
    act: (...asked: Asked) => Promise<Answer>,
  ): (...asked: Asked) => Promise<Answer> {
    return (...asked) => {
      const answer = changing.then(() => act(...asked));
      changing = answer.catch(() => {});
      return answer;
    };
  }

  function describe({ name, generation, versionId, tags = {} }: DeliveryStream): void {
    note({ kind: "described", stream: `${name}/${generation}`, versionId, tags });
  }

  function noteObject(bucket: string, key: string): void {
    const stored = memoryBucket.get(bucket, key);
    if (stored === undefined) return;
    const [name = "", generation, reader = "", ofBucket] = bucket.split(".");
    const found = recordsOfObject(key, stored.body);
    const records = found.map(({ record }) => record);
    const texts = found.map(({ text }) => text);
    appeared.set(`${bucket} ${key}`, stored.body);
    const bucketVersion = Number(ofBucket);
    const [ofPrefix = 0, ofName = 0] = versionsIn(key).map(Number);
    const isInPlace = bucketVersionOf(ofPrefix) === bucketVersion;
    const stream = `${name}/${generation}`;
    const event: Happening = {
      kind: "object",
      stream,
      reader,
      key,
      records,
      texts,
      known: found.map(({ known }) => known && knownIn(name, known)),
      ...(key.includes(METADATA_FOLDER) && { hasMetadata: true as const }),
      bucket: bucketVersion,
      versions: [ofPrefix, ofName, ...(isInPlace ? [] : [bucketVersion])],
      ...(isOfFailed(key) && { isOfFailed: true as const }),
      ...redriven.appeared({ bucket, key }),
    };
    if (!isOfFailed(key) && key.includes(COPIED_FOLDER)) {
      return receivers.standsToBeCopied({ bucket, key }, event);
    }
    for (const record of isOfFailed(key) ? records : []) {
      if (receivers.mayBeUnheard(stream, reader, record))
        note({ kind: "doubted", stream, reader, record });
    }
    note(event);
  }

  const witnessedReaders: ReaderStore<DeliveryPlan> = {
    open(shard, readerId, state) {
      // A replay begins where its part does.
      if (parseReplayReader(readerId)) {
        checkpoints.set(`${shard} ${readerId}`, state.checkpoint.blockIndex);
      }
      return readers.open(shard, readerId, state);
    },
    configure: (shard, readerId, wakeRule) => readers.configure(shard, readerId, wakeRule),
    remove: (shard, readerId) => readers.remove(shard, readerId),
    moveOn: (lease, to, order) => watch(lease, readers.moveOn(lease, to, order)),
    async end(lease) {
      const ended = await readers.end(lease);
      if (ended === "done") redriven.ended(lease);
      return ended;
    },
    get: (shard, readerId) => readers.get(shard, readerId),
    list: (shard) => readers.list(shard),
    acquire: (shard, readerId, claim) =>
      watch({ shard, readerId }, readers.acquire(shard, readerId, claim)),
    renew: (lease, untilMs, recall) => watch(lease, readers.renew(lease, untilMs, recall)),
    savePlan: (lease, plan, order) => watch(lease, readers.savePlan(lease, plan, order)),
    advance: (lease, from, to) => watch(lease, readers.advance(lease, from, to)),
    release: (lease, recall) => readers.release(lease, recall),
    markWoken: (shard, readerId, woken) => readers.markWoken(shard, readerId, woken),
    forgetNoted: (shard, readerId) => readers.forgetNoted(shard, readerId),
  };

  return {
    redrives: redriven.redrives,
    redriveReaders: asRedriveReaders(witnessedReaders),
    errorObjects: redriven.errorObjects,
    bodies,
    spool,
    receivers,
    closeBucket(bucket) {
      closed.add(bucket);
      memoryBucket.refuse(bucket, "refused");
    },
    openBucket(bucket) {
      for (const each of bucket === undefined ? closed : [bucket]) {
        memoryBucket.refuse(each, undefined);
      }
    },
    proofs: mutant.proofs?.(proofs) ?? proofs,
    proofIndex: mutant.proofIndex?.(proofs) ?? proofs,
    deliveryNotes: mutant.deliveryNotes?.(deliveryNotes) ?? deliveryNotes,
    appeared: (bucket, key) => appeared.get(`${bucket} ${key}`),
    keys,
    expire,
    log: {
      async reserve(shard, append) {
        const result = await log.reserve(shard, append);
        if (result.kind === "reserved") {
          const at = { stream: streamOf(shard), shard, block: result.blockIndex };
          note({ kind: "reserved", ...at, arrivedAtMs: append.arrivedAtMs ?? clock.now() });
        }
        return result;
      },
      async write(block) {
        const result = await log.write(block);
        if (result.kind === "written") await witness(block);
        return result;
      },
      async fill(shard, index, expiresAtMs) {
        const entry = await log.fill(shard, index, expiresAtMs);
        await witness(entry);
        return entry;
      },
      async *read(range) {
        for await (const entry of log.read(range)) {
          await witness(entry);
          yield entry;
        }
      },
      head: (shard) => log.head(shard),
      ring: (shard, openedAtMs) => log.ring(shard, openedAtMs),
      leaveMark: (shard, mark) => log.leaveMark(shard, mark),
      lastMark: (shard, timeMs) => log.lastMark(shard, timeMs),
      nextMark: (shard, timeMs) => log.nextMark(shard, timeMs),
    },
    readers: witnessedReaders,
    objects: {
      refusalOf: (error) => objects.refusalOf(error),
      async putIfAbsent(target, body) {
        const outcome = await objects.putIfAbsent(target, body);
        if (outcome === "written") noteObject(target.bucket, target.key);
        return outcome;
      },
      startUpload: (target) => objects.startUpload(target),
      async uploadPart(upload, partNumber, body) {
        const existed = memoryBucket.get(upload.bucket, upload.key) !== undefined;
        const part = await objects.uploadPart(upload, partNumber, body);
        if (!existed) noteObject(upload.bucket, upload.key);
        return part;
      },
      async completeIfAbsent(upload, parts, movedTo) {
        const outcome = await objects.completeIfAbsent(upload, parts, movedTo);
        if (outcome === "written") noteObject(upload.bucket, upload.key);
        return outcome;
      },
      abort: (upload) => objects.abort(upload),
    },
    replays: {
      ...replays,
      async create(replay) {
        const isNew = (await memoryReplayStore.get(replay)) === undefined;
        const outcome = await replays.create(replay);
        const stream = `${replay.streamName}/${replay.generation}`;
        const reader = replayReader(replay);
        if (isNew) note({ kind: "replay", stream, reader, ...boundsOf(replay) });
        return outcome;
      },
      async openPart(replay, part) {
        const isNew = (await memoryReplayStore.part(replay, part.shardIndex)) === undefined;
        await replays.openPart(replay, part);
        if (!isNew) return;
        const { streamName: name, generation } = replay;
        const shard = laneKey({ name, generation }, part.shardIndex);
        const { blockIndex: block } = part.from;
        const { blockIndex: to } = part.to;
        const reader = replayReader(replay);
        note({ kind: "replay part", stream: streamOf(shard), shard, block, to, reader });
      },
    },
    deliveryStreams: {
      create: inTurn(async (stream, lanes, newReaders) => {
        const outcome = await deliveryStreams.create(stream, lanes, newReaders);
        if (outcome === "created") describe(stream);
        return outcome;
      }),
      update: inTurn(async (before, after, lanes) => {
        const outcome = await deliveryStreams.update(before, after, lanes);
        if (outcome === "updated") describe((await deliveryStreams.get(after.name)) ?? after);
        const [was, is] = [before, after].map(({ pausedAtMs }) => pausedAtMs !== undefined);
        // Here, where one comes behind the other.
        if (outcome === "updated" && was !== is) {
          const stream = `${after.name}/${after.generation}`;
          note({ kind: is ? "paused" : "resumed", stream });
        }
        return outcome;
      }),
      sealLane: (lane) => deliveryStreams.sealLane(lane),
      get: (name) => deliveryStreams.get(name),
      list: (options) => deliveryStreams.list(options),
      remove: inTurn(async (stream, lanes, nowMs) => {
        const outcome = await deliveryStreams.remove(stream, lanes, nowMs);
        if (outcome === "removed") {
          note({ kind: "deleted", stream: `${stream.name}/${stream.generation}` });
        }
        return outcome;
      }),
    },
  };
}
