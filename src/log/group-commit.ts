/**
 * While one block is on its way into a shard from this process, later calls gather and travel in the next one. A lone
 * call never waits. Each call of a block has a proof of its own; where one of them does not come to stand, the place
 * is closed, and the others begin again.
 */
import { PUT_RECORD_BATCH_MAX_BYTES } from "../limits.ts";
import type { BlockSealer } from "./block-seals.ts";
import { type AppendPorts, commit, type Committed, type ProofOutcome } from "./commit.ts";
import { reserveBlock } from "./place.ts";
import type { ProofKey } from "./proof.ts";
import { type LogRecord, recordBytes } from "./record.ts";
import { BLOCK_MAX_RECORDS } from "./sequence.ts";
import type { Block, ShardKey, ShardRoom } from "./store.ts";

export interface BlockPlace {
  readonly blockIndex: number;
  /** Of the call's first record in that block; the others follow densely. */
  readonly position: number;
  readonly arrivedAtMs: number;
}

export interface GroupProof {
  readonly key: ProofKey;
  /** As it was read. */
  readonly before: Uint8Array | undefined;
  nextAt(place: BlockPlace): Uint8Array;
}

export interface GroupCall {
  readonly records: readonly LogRecord[];
  readonly retentionMs: number;
  readonly sealer?: BlockSealer;
  /** What the shard takes in a second; absent: as much as it can. A block goes by that of its first call. */
  readonly perSecond?: ShardRoom;
  readonly proof?: GroupProof;
}

export type GroupResult =
  | ({ readonly kind: "appended" } & BlockPlace)
  /** Of these four, nothing was stored. */
  | { readonly kind: "closed" }
  /** No place was taken: the shard's counter is too busy, or its second is full (`isOverLimit`). */
  | { readonly kind: "full"; readonly isOverLimit: boolean }
  | { readonly kind: "throttled" }
  /** The call's place is closed, by us or by others: it may begin again, as a retry. */
  | { readonly kind: "lost" };

type Settled = GroupResult | { readonly kind: "failed"; readonly error: unknown };

interface Waiting extends GroupCall {
  readonly byteCount: number;
  readonly resolve: (result: GroupResult) => void;
  readonly reject: (error: unknown) => void;
}

export function groupCommit(
  ports: AppendPorts,
): (shard: ShardKey, call: GroupCall) => Promise<GroupResult> {
  const waiting = new Map<ShardKey, Waiting[]>();

  async function drain(shard: ShardKey, queue: Waiting[]): Promise<void> {
    while (queue.length > 0) {
      const calls = takeBlock(queue);
      const results = await appendBlock(ports, shard, calls).catch((error: unknown) =>
        calls.map(() => ({ kind: "failed", error }) as const),
      );
      calls.forEach((call, i) => settle(call, results[i] as Settled));
    }
    waiting.delete(shard);
  }

  return (shard, call) => {
    const byteCount = call.records.reduce((sum, record) => sum + recordBytes(record), 0);
    return new Promise((resolve, reject) => {
      const joining: Waiting = { ...call, byteCount, resolve, reject };
      const queue = waiting.get(shard);
      if (queue) return void queue.push(joining);
      const opened = [joining];
      waiting.set(shard, opened);
      void drain(shard, opened);
    });
  };
}

/**
 * The calls of the next block, in order of arrival: at least one, and no more than fit one producer's largest call, or what the
 * shard takes in a second.
 */
function takeBlock(queue: Waiting[]): Waiting[] {
  const first = queue.shift();
  if (first === undefined) return [];
  const calls = [first];
  const { perSecond } = first;
  const maxBytes = Math.min(PUT_RECORD_BATCH_MAX_BYTES, perSecond?.byteCount ?? Infinity);
  const maxRecords = Math.min(BLOCK_MAX_RECORDS, perSecond?.recordCount ?? Infinity);
  let { byteCount } = first;
  let recordCount = first.records.length;
  for (let next = queue[0]; next !== undefined; next = queue[0]) {
    byteCount += next.byteCount;
    recordCount += next.records.length;
    if (byteCount > maxBytes || recordCount > maxRecords) break;
    if (calls.length >= (perSecond?.callCount ?? Infinity)) break;
    if (next.retentionMs !== first.retentionMs || next.sealer !== first.sealer) break;
    // Two attempts of one call: the second will find what became of the first.
    if (next.proof !== undefined && calls.some(({ proof }) => proof?.key === next.proof?.key))
      break;
    calls.push(next);
    queue.shift();
  }
  return calls;
}

async function appendBlock(
  ports: AppendPorts,
  shard: ShardKey,
  calls: readonly Waiting[],
): Promise<readonly Settled[]> {
  const records = calls.flatMap((call) => call.records);
  const { retentionMs, perSecond, sealer } = calls[0] as Waiting;
  const options = { retentionMs, perSecond, callCount: calls.length, sealer };
  const reserved = await reserveBlock(ports, shard, records, options);
  if (reserved.kind === "closed") return calls.map(() => ({ kind: "closed" }));
  if (reserved.kind === "throttled") {
    const { room } = reserved;
    const full = { kind: "full", isOverLimit: room !== undefined } as const;
    const count = room === undefined ? 0 : fittingCount(calls, room);
    if (count === 0 || count === calls.length) return calls.map(() => full);
    const taken = await appendBlock(ports, shard, calls.slice(0, count));
    return [...taken, ...calls.slice(count).map(() => full)];
  }
  if (reserved.kind === "busy") return calls.map(() => ({ kind: "throttled" }));

  const places = placesOf(calls, reserved.block);
  const changes = calls.flatMap(({ proof }, i) =>
    proof === undefined
      ? []
      : [{ key: proof.key, before: proof.before, next: proof.nextAt(places[i] as BlockPlace) }],
  );
  return settledBy(await commit(ports, [reserved.block], changes), calls, places);
}

/** How many calls, from the first on, fit into `room`. */
function fittingCount(calls: readonly Waiting[], room: ShardRoom): number {
  const callRoom = Math.min(calls.length, room.callCount ?? Infinity);
  let [byteCount, recordCount, count] = [0, 0, 0];
  for (; count < callRoom; count++) {
    const call = calls[count] as Waiting;
    byteCount += call.byteCount;
    recordCount += call.records.length;
    if (byteCount > room.byteCount || recordCount > room.recordCount) break;
  }
  return count;
}

function placesOf(
  calls: readonly GroupCall[],
  { index: blockIndex, arrivedAtMs }: Block,
): readonly BlockPlace[] {
  let position = 0;
  return calls.map(({ records }) => {
    const place = { blockIndex, position, arrivedAtMs };
    position += records.length;
    return place;
  });
}

function settledBy(
  committed: Committed,
  calls: readonly GroupCall[],
  places: readonly BlockPlace[],
): readonly Settled[] {
  if (committed.kind === "unproven") {
    const proofs = committed.proofs.values();
    return calls.map(({ proof }) => afterUnproven(proof && proofs.next().value));
  }
  const [block] = committed.blocks;
  return calls.map(({ proof }, i) => {
    if (block?.kind === "failed") return block;
    if (block?.kind === "written") return { kind: "appended", ...(places[i] as BlockPlace) };
    // Without a proof it would be stored twice, should its producer have sent it again by now.
    return { kind: block?.kind === "lost" && proof !== undefined ? "lost" : "throttled" };
  });
}

/** Whoever's proof stands names a place that is closed now; that is what the next round finds. */
function afterUnproven(proof: ProofOutcome | undefined): Settled {
  if (proof?.kind === "failed" || proof?.kind === "throttled") return proof;
  return { kind: "lost" };
}

function settle({ resolve, reject }: Waiting, settled: Settled): void {
  if (settled.kind === "failed") reject(settled.error);
  else resolve(settled);
}
