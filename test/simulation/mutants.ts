/**
 * Deliberate bugs, each of which breaks a guarantee. They show that the simulation looks where it claims to look:
 * every one must be caught. They live around the ports or in place of a function, never in `src/`.
 */
import type { Clock } from "../../src/clock.ts";
import type { DeliveryStream } from "../../src/delivery/delivery-stream.ts";
import type { ReceiverKind } from "../../src/delivery/destinations/receivers/registry.ts";
import { resumed, type wakeReaders } from "../../src/delivery/pause.ts";
import type { DeliveryPlan } from "../../src/delivery/plan.ts";
import type { DeliveryNotes, ObjectStore, UploadedPart } from "../../src/delivery/ports.ts";
import { HOLE_FILL_TIMEOUT_MS } from "../../src/limits.ts";
import type { BlockSeals } from "../../src/log/block-seals.ts";
import type { KeyService } from "../../src/log/keys.ts";
import type { ErrorObjects } from "../../src/delivery/redrive/ports.ts";
import type { ReplayStore } from "../../src/delivery/replay/store.ts";
import { REDRIVE_MUTANTS } from "./redrive-mutants.ts";
import { RECEIVER_MUTANTS } from "./receiver-mutants.ts";
import { REPLAY_MUTANTS } from "./replay-mutants.ts";
import { TELLING_MUTANTS } from "./telling-mutants.ts";
import type { ProofIndex } from "../../src/log/proof.ts";
import type { LogEntry, LogStore } from "../../src/log/store.ts";
import type { Lease, ReaderState, ReaderStore } from "../../src/readers/store.ts";
import type { SweepNotes } from "../../src/readers/sweep-notes.ts";
import { type answerDoorbell, decideWake } from "../../src/readers/wake.ts";
import type { MemoryObjects } from "../../src/storage/memory/objects.ts";
import { InjectedFault } from "./faults.ts";
import { LANE_MUTANTS, type LaneStores } from "./lane-mutants.ts";
import type { MemoryReaders } from "../../src/storage/memory/readers.ts";

import { PROOF_MUTANTS, type ProofMutant } from "./proof-mutants.ts";
import { refusedForGood } from "./refused-for-good.ts";

type Readers = ReaderStore<DeliveryPlan>;

export interface Mutant extends ProofMutant {
  readonly means: string;
  /** Caught where the stores give only so much in a second. */
  readonly isLimited?: true;
  /** In the stores themselves. */
  readonly log?: (log: LogStore) => LogStore;
  readonly readers?: (readers: MemoryReaders<DeliveryPlan>, raw: Readers) => Readers;
  readonly objects?: (objects: MemoryObjects) => ObjectStore;
  readonly lanes?: (stores: LaneStores) => Pick<LaneStores, "log" | "deliveryStreams">;
  /** In what a process makes of the stores' answers. */
  readonly seenLog?: (log: LogStore, clock: Clock) => LogStore;
  readonly seenReaders?: (readers: Readers) => Readers;
  readonly seenObjects?: (objects: ObjectStore) => ObjectStore;
  readonly answerDoorbell?: (
    ...doorbell: Parameters<typeof answerDoorbell<DeliveryPlan>>
  ) => Promise<unknown>;
  /** In what readers are told of their stream. */
  readonly seenStream?: (stream: DeliveryStream) => DeliveryStream;
  readonly wakeReaders?: typeof wakeReaders;
  /** In what a process is answered of keys, and in what it seals with. */
  readonly seenKeys?: (keys: KeyService) => KeyService;
  readonly seals?: (seals: BlockSeals) => BlockSeals;
  readonly replays?: (replays: ReplayStore) => ReplayStore;
  readonly redriveNotes?: (notes: SweepNotes) => SweepNotes;
  readonly errorObjects?: (objects: ErrorObjects) => ErrorObjects;
  readonly seenErrorObjects?: (objects: ErrorObjects) => ErrorObjects;
  readonly proofIndex?: (proofs: ProofIndex) => ProofIndex;
  readonly deliveryNotes?: (notes: DeliveryNotes) => DeliveryNotes;
  /** In what a process has for a receiver. */
  readonly receiver?: (kind: ReceiverKind) => ReceiverKind;
  readonly dropsFailedMessages?: boolean;
  readonly keepsSweepOn?: boolean;
  readonly takesLateWrites?: boolean;
}

export const NO_MUTANT: Mutant = { means: "the code as it is" };

/** Few, so that a short run has many borders. */
const CHUNK_BLOCKS = 4;

export const MUTANTS = {
  ...REPLAY_MUTANTS,
  ...REDRIVE_MUTANTS,
  ...TELLING_MUTANTS,
  ...RECEIVER_MUTANTS,
  "mark-is-ahead": {
    means: "a time mark names a place behind the blocks that it should stand before",
    log: (log) => ({
      ...log,
      leaveMark: (shard, mark) =>
        log.leaveMark(shard, { ...mark, blockIndex: mark.blockIndex + 100 }),
    }),
  },
  "reserve-hands-out-twice": {
    means: "the counter sometimes hands out an index that is taken, and writers overwrite",
    log(log) {
      const standing = new Map<string, LogEntry>();
      let count = 0;
      let last: Awaited<ReturnType<LogStore["reserve"]>> | undefined;
      return {
        ...log,
        async reserve(shard, append) {
          count += 1;
          if (count % 7 === 0 && last?.kind === "reserved") return last;
          last = await log.reserve(shard, append);
          return last;
        },
        async write(block) {
          standing.set(`${block.shard} ${block.index}`, block);
          await log.write(block);
          return { kind: "written" };
        },
        async *read(range) {
          for await (const entry of log.read(range)) {
            yield standing.get(`${entry.shard} ${entry.index}`) ?? entry;
          }
        },
      };
    },
  },
  "reserve-ignores-seal": {
    means: "a deleted stream's lane goes on handing out indexes",
    log(log) {
      const extra = new Map<string, number>();
      return {
        ...log,
        async reserve(shard, append) {
          const result = await log.reserve(shard, append);
          if (result.kind !== "closed") return result;
          const count = extra.get(shard) ?? 0;
          extra.set(shard, count + 1);
          const head = await log.head(shard);
          const blockIndex = (head?.blockIndex ?? 0) + count;
          return { kind: "reserved", blockIndex, firstRecord: 0, byteOffset: 0 };
        },
      };
    },
  },
  "fill-overwrites": {
    means: "a tombstone is written without the condition that nothing stands there",
    log(log) {
      const filled = new Map<string, LogEntry>();
      const key = (entry: { readonly shard: string; readonly index: number }) =>
        `${entry.shard} ${entry.index}`;
      return {
        ...log,
        async fill(shard, index, expiresAtMs) {
          await log.fill(shard, index, expiresAtMs);
          const tombstone = { kind: "tombstone", shard, index } as const;
          filled.set(key(tombstone), tombstone);
          return tombstone;
        },
        async *read(range) {
          for await (const entry of log.read(range)) yield filled.get(key(entry)) ?? entry;
        },
      };
    },
  },
  "write-overwrites": {
    means: "a block is written without the condition that nothing stands there",
    log: (log) => ({
      ...log,
      async write(block) {
        await log.write(block);
        return { kind: "written" };
      },
    }),
  },
  "hole-is-skipped": {
    means: "a reader takes a missing block for a tombstone without writing one",
    seenLog: (log) => ({
      ...log,
      async *read(range) {
        let next = range.from;
        for await (const entry of log.read(range)) {
          for (; next < entry.index; next++) {
            yield { kind: "tombstone", shard: range.shard, index: next };
          }
          yield entry;
          next = entry.index + 1;
        }
      },
    }),
  },
  "read-ends-at-a-border": {
    means: "a read ends where what the store keeps together ends",
    log: (log) => ({
      ...log,
      async *read(range) {
        for await (const entry of log.read(range)) {
          yield entry;
          if ((entry.index + 1) % CHUNK_BLOCKS === 0) return;
        }
      },
    }),
  },
  "border-is-left-out": {
    means: "a read over such a border leaves out the first block behind it",
    log: (log) => ({
      ...log,
      async *read(range) {
        for await (const entry of log.read(range)) {
          if (entry.index === range.from || entry.index % CHUNK_BLOCKS !== 0) yield entry;
        }
      },
    }),
  },
  "fresh-hole-is-aged": {
    means: "a reader passes a missing block as too old to be written, which it is not",
    seenLog: (log) => ({
      ...log,
      async head(shard) {
        const head = await log.head(shard);
        return head && { ...head, reservedBeforeMs: 0 };
      },
    }),
  },
  "hole-is-taken-for-expired": {
    means: "a reader passes what is missing because it may have been removed",
    seenLog: (log) => ({
      ...log,
      nextMark: async () => ({
        atMs: 0,
        blockIndex: Number.MAX_SAFE_INTEGER,
        reservedBeforeMs: 0,
      }),
    }),
  },
  "late-writes-are-taken": {
    means: "a block is written however long ago its place was reserved",
    takesLateWrites: true,
  },
  "fills-beyond-the-look": {
    means: "a reader that closes holes closes what was reserved since it looked, too",
    seenLog: (log) => ({
      ...log,
      async fill(shard, index, expiresAtMs) {
        const to = (await log.head(shard))?.blockIndex ?? 0;
        for (let later = index + 1; later < to; later++) {
          await log.fill(shard, later, expiresAtMs);
        }
        return log.fill(shard, index, expiresAtMs);
      },
    }),
  },
  "waits-for-each-hole": {
    means: "holes are waited for one after the other",
    seenLog(log, clock) {
      let last: Promise<unknown> = Promise.resolve();
      return {
        ...log,
        fill(shard, index, expiresAtMs) {
          const filled = last
            .then(() => clock.sleep(HOLE_FILL_TIMEOUT_MS))
            .then(() => log.fill(shard, index, expiresAtMs));
          last = filled.catch(() => {});
          return filled;
        },
      };
    },
  },
  "acknowledged-before-written": {
    means: "a failed write of a block counts as done",
    seenLog: (log) => ({
      ...log,
      write: (block) => log.write(block).catch(() => ({ kind: "written" })),
    }),
  },
  "tombstone-is-ignored": {
    means: "a writer that lost against a tombstone acknowledges all the same",
    seenLog: (log) => ({
      ...log,
      async write(block) {
        const result = await log.write(block);
        return result.kind === "lost" ? { kind: "written" } : result;
      },
    }),
  },
  ...PROOF_MUTANTS,
  "plan-ignores-epoch": {
    means: "a plan is saved although the lease was lost",
    readers: (readers) => ({
      ...readers,
      savePlan: (lease, plan) =>
        withCurrentEpoch(readers, lease, (now) =>
          readers.savePlan(now, plan, Number.MAX_SAFE_INTEGER),
        ),
    }),
  },
  "plan-follows-updates": {
    means: "a plan that is run again goes to where the stream delivers by then",
    seenReaders: (readers) => ({
      ...readers,
      savePlan(lease, { target: _target, ...plan }, order) {
        return readers.savePlan(lease, plan, order);
      },
    }),
  },
  "failed-plan-is-void": {
    means: "a plan whose object may stand is planned anew, for its call to S3 had no answer",
    seenObjects: (objects) => ({ ...objects, refusalOf: () => "refused" }),
  },
  "left-is-forgotten": {
    means: "the checkpoint passes records whose partition was not due",
    seenReaders: (readers) => ({
      ...readers,
      moveOn: async (lease, { frontier }) => {
        const from = (await readers.get(lease.shard, lease.readerId))?.checkpoint;
        return from === undefined ? "fenced" : readers.advance(lease, from, frontier);
      },
    }),
  },
  "left-is-read-again": {
    means: "a reader begins at its checkpoint again, though what waits lies in the spool",
    seenReaders: (readers) => ({
      ...readers,
      async acquire(shard, readerId, claim) {
        const acquired = await readers.acquire(shard, readerId, claim);
        if (acquired.kind !== "acquired") return acquired;
        const { frontier: _ahead, ...state } = acquired.state;
        return { ...acquired, state };
      },
    }),
  },
  "objects-without-partition": {
    means:
      "an object's name does not tell which partition it is of, where two come to the same prefix",
    seenObjects: (objects) => ({
      ...objects,
      startUpload: (target) =>
        objects.startUpload({
          ...target,
          key: target.key.replace(/(-[0-9a-f]{4}){2}-[0-9a-f]{12}$/, "-one-of-them"),
        }),
    }),
  },
  "straggling-plan-is-kept": {
    means: "a plan that arrives behind a later one, or behind the advance, is stored",
    readers(readers) {
      let order = 0;
      return { ...readers, savePlan: (lease, plan) => readers.savePlan(lease, plan, ++order) };
    },
  },
  "advance-is-unconditional": {
    means: "the checkpoint is set whatever the lease and the checkpoint are",
    readers: (readers) => ({
      ...readers,
      advance: (lease, _from, to) =>
        withCurrentEpoch(readers, lease, async (now, { checkpoint }) =>
          readers.advance(now, checkpoint, to),
        ),
    }),
  },
  "lease-is-shared": {
    means: "a lease is given out again without a new epoch",
    readers(readers) {
      return {
        ...readers,
        async acquire(shard, readerId, claim) {
          const state = await readers.get(shard, readerId);
          if (state === undefined) return { kind: "gone" };
          if (state.epoch === 0) return readers.acquire(shard, readerId, claim);
          return { kind: "acquired", lease: { shard, readerId, epoch: state.epoch }, state };
        },
      };
    },
  },
  "advance-before-put": {
    means: "the checkpoint moves when the plan is saved",
    readers: (readers) => ({
      ...readers,
      async savePlan(lease, plan, order) {
        const saved = await readers.savePlan(lease, plan, order);
        if (saved === "done") await readers.advance(lease, plan.span.from, plan.span.to);
        return saved;
      },
    }),
  },
  "put-overwrites": {
    means: "objects are written without If-None-Match",
    objects(objects) {
      const replaced = memoryObjectsWithoutCondition(objects);
      return replaced;
    },
  },
  "plan-is-not-kept": {
    means: "a plan is acknowledged and forgotten, so that a crash plans anew",
    readers: (readers) => ({
      ...readers,
      async savePlan(lease, plan, order) {
        if (plan.staged !== undefined) return readers.savePlan(lease, plan, order);
        const state = await readers.get(lease.shard, lease.readerId);
        return state?.epoch === lease.epoch ? "done" : "fenced";
      },
    }),
  },
  "failed-put-is-ignored": {
    means: "the checkpoint passes an object that could not be written",
    seenObjects: (objects) => ({
      ...objects,
      putIfAbsent: (target, body) => objects.putIfAbsent(target, body).catch(() => "exists"),
      completeIfAbsent: (upload, parts, movedTo) =>
        objects.completeIfAbsent(upload, parts, movedTo).catch(() => "exists"),
    }),
  },
  "completed-before-planned": {
    means: "a staged upload becomes an object before the plan says so",
    objects(objects) {
      const parts = new Map<string, UploadedPart[]>();
      return {
        ...objects,
        async uploadPart(upload, partNumber, body) {
          const part = await objects.uploadPart(upload, partNumber, body);
          const uploaded = [...(parts.get(upload.uploadId) ?? []), part];
          parts.set(upload.uploadId, uploaded);
          await objects.completeIfAbsent(upload, uploaded);
          return part;
        },
      };
    },
  },
  "woken-before-sent": {
    means: "a wake-up is noted before it is sent, so that a crash between the two loses it",
    async answerDoorbell({ log, readers, queue, clock }, shard, openedAtMs) {
      const [head, states] = await Promise.all([log.head(shard), readers.list(shard)]);
      if (head === undefined) return;
      for (const reader of states) {
        const { readerId, checkpoint } = reader;
        const decision = decideWake(head, reader, openedAtMs, clock.now());
        if (decision === undefined) continue;
        const { blockIndex } = checkpoint;
        const { delaySeconds, level = "work" } = decision;
        await readers.markWoken(shard, readerId, { blockIndex, level, rule: reader.wakeRule });
        await queue.send({ shard, readerId, blockIndex }, delaySeconds);
      }
    },
  },
  "message-is-not-handed-back": {
    means: "a wake-up whose flush failed is deleted",
    dropsFailedMessages: true,
  },
  "resume-wakes-nobody": {
    means: "a stream that is resumed leaves its readers to the next record, or to the sweep",
    wakeReaders: async () => {},
  },
  "envelope-stays-behind": {
    means: "a sealed block is written without what opens it",
    seenLog: (log) => ({
      ...log,
      write({ envelope: _lost, ...block }) {
        return log.write(block);
      },
    }),
  },
  "first-key-opens-all": {
    means: "a reader opens each block of a stream with the data key that it asked for first",
    seenKeys(keys) {
      const last = new Map<string, ReturnType<KeyService["unwrap"]>>();
      return {
        ...keys,
        unwrap(stream, wrapped) {
          const known = last.get(stream) ?? keys.unwrap(stream, wrapped);
          last.set(stream, known);
          return known;
        },
      };
    },
  },
  "sealed-by-name-alone": {
    means: "the envelope is made, and the body is stored as it is",
    seals: (seals) => ({
      ...seals,
      async sealerFor(...asked) {
        const answer = await seals.sealerFor(...asked);
        if (answer.kind !== "key") return answer;
        const seal: typeof answer.key.seal = (packed) => ({
          ...answer.key.seal(packed),
          bytes: packed,
        });
        return { kind: "key", key: { seal } };
      },
    }),
  },
  "pause-is-not-seen": {
    means: "readers deliver whether their stream is paused or not",
    seenStream: resumed,
  },
  "sweep-stays-on": {
    means: "the sweep's rule is never switched off",
    keepsSweepOn: true,
  },
  "ring-is-omitted": {
    means: "nobody rings for records that came while the buffer before theirs was open",
    seenLog: (log) => ({ ...log, ring: async () => {} }),
  },
  "throttle-is-a-failure": {
    means:
      "a lane that is busy makes a producer's call fail, instead of being refused for the rate",
    isLimited: true,
    seenLog: (log) => ({
      ...log,
      async reserve(shard, append) {
        const reserved = await log.reserve(shard, append);
        if (reserved.kind === "throttled") throw new InjectedFault("busy");
        return reserved;
      },
    }),
  },
  "refused-for-good": {
    means: "a process that was told that a lane is busy never asks it again",
    seenLog: refusedForGood,
  },
  ...LANE_MUTANTS,
} as const satisfies Readonly<Record<string, Mutant>>;

export type MutantName = keyof typeof MUTANTS;
export const MUTANT_NAMES = Object.keys(MUTANTS) as MutantName[];

async function withCurrentEpoch<Answer>(
  readers: Readers,
  lease: Lease,
  act: (lease: Lease, state: ReaderState<DeliveryPlan>) => Promise<Answer>,
): Promise<Answer | "fenced"> {
  const state = await readers.get(lease.shard, lease.readerId);
  return state === undefined ? "fenced" : act({ ...lease, epoch: state.epoch }, state);
}

/** The twin always refuses to replace, so replaced contents are only announced. */
function memoryObjectsWithoutCondition(objects: MemoryObjects): ObjectStore {
  return {
    ...objects,
    async putIfAbsent(target, body) {
      await objects.putIfAbsent(target, body);
      return "written";
    },
    async completeIfAbsent(upload, parts, movedTo) {
      const outcome = await objects.completeIfAbsent(upload, parts, movedTo);
      return outcome === "exists" ? "written" : outcome;
    },
  };
}
