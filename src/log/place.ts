/**
 * One place in a shard log: reserved, then written or closed. A large body is durable before its place is reserved,
 * and who gives a place up closes it with a tombstone, so that readers wait only for the dead.
 */
import type { Clock } from "../clock.ts";
import { INLINE_BODY_FALLBACK_MAX_BYTES, INLINE_BODY_MAX_BYTES } from "../limits.ts";
import { type Random, randomHex } from "../random.ts";
import type { BlockSealer } from "./block-seals.ts";
import { packRecords } from "./frame.ts";
import { lifetimeMs } from "./lifetime.ts";
import { type LogRecord, recordBytes } from "./record.ts";
import type { Block, BlockBody, BodyStore, LogStore, ShardKey, ShardRoom } from "./store.ts";

export interface PlacePorts {
  readonly log: LogStore;
  readonly bodies: BodyStore;
  readonly clock: Clock;
  readonly random: Random;
}

export type BlockReserved =
  | { readonly kind: "reserved"; readonly block: Block }
  /** The shard is sealed or its stream is gone. */
  | { readonly kind: "closed" }
  /** Its body finds no room in the bucket, whichever the shard. */
  | { readonly kind: "busy" }
  /** `room`: what the shard's limit would still let through. */
  | { readonly kind: "throttled"; readonly room?: ShardRoom };

export type BlockWritten =
  | { readonly kind: "written" }
  /** Somebody closed the place; nothing is stored. */
  | { readonly kind: "lost" }
  /** The store is too busy; nothing is stored. */
  | { readonly kind: "throttled" }
  /** It may be stored or not. */
  | { readonly kind: "failed"; readonly error: unknown };

/** Stores the body and takes a place for it. */
export async function reserveBlock(
  ports: PlacePorts,
  shard: ShardKey,
  records: readonly LogRecord[],
  options: {
    readonly retentionMs: number;
    readonly perSecond: ShardRoom | undefined;
    /** How many calls' records these are; absent: one's. */
    readonly callCount?: number;
    /** Absent: the records are stored as they are. */
    readonly sealer?: BlockSealer | undefined;
  },
): Promise<BlockReserved> {
  const { log, bodies, clock, random } = ports;
  const { retentionMs, perSecond, callCount = 1, sealer } = options;
  const packed = packRecords(records);
  const sealed = sealer?.seal(packed);
  const stored = await storeBody(bodies, sealed?.bytes ?? packed, retentionMs);
  if (stored === undefined) return { kind: "busy" };
  const recordCount = records.length;
  const byteCount = records.reduce((sum, record) => sum + recordBytes(record), 0);

  // Before the reservation: a later block never looks older than one that was acknowledged before it was sent.
  const arrivedAtMs = clock.now();
  const limit = perSecond && { perSecond, nowMs: arrivedAtMs };
  const append = { recordCount, byteCount, callCount, arrivedAtMs, ...(limit && { limit }) };
  const reserved = await log.reserve(shard, append);
  if (reserved.kind !== "reserved") return reserved;
  // Once in ten minutes of a shard, and awaited, for a function that has answered is frozen. Without its mark, who looks
  // for a time begins further down, and that is all.
  if (reserved.mark) await log.leaveMark(shard, reserved.mark).catch(() => {});
  const { blockIndex, firstRecord, byteOffset } = reserved;
  const keptMs = Math.max(retentionMs, reserved.retentionMs ?? 0);
  const block: Block = {
    kind: "data",
    shard,
    index: blockIndex,
    firstRecord,
    recordCount,
    byteOffset,
    byteCount,
    arrivedAtMs,
    expiresAtMs: arrivedAtMs + lifetimeMs(keptMs),
    token: randomHex(random, 8),
    body: stored,
    ...(sealed && { envelope: sealed.envelopeAt({ shard, index: blockIndex }) }),
  };
  if (keptMs <= retentionMs) return { kind: "reserved", block };
  try {
    return { kind: "reserved", block: { ...block, body: await keepBody(bodies, stored, keptMs) } };
  } catch (error) {
    await closeBlock(ports, block);
    throw error;
  }
}

/** A write that fails closes the place; should its block stand there after all, it is written. */
export async function writeBlock(
  ports: Pick<PlacePorts, "log">,
  block: Block,
): Promise<BlockWritten> {
  const { shard, index } = block;
  const written = await ports.log
    .write(block)
    .catch((error: unknown) => ({ kind: "failed", error }) as const);
  if (written.kind === "written") return written;
  if (written.kind === "lost") {
    if (written.winner === "tombstone") return { kind: "lost" };
    return { kind: "failed", error: new Error(`block ${index} of ${shard} was reserved twice`) };
  }
  return (await closeBlock(ports, block)) === "written" ? { kind: "written" } : written;
}

/** One try: a place that stays open all the same is closed by the first reader that comes to it. */
export async function closeBlock(
  { log }: Pick<PlacePorts, "log">,
  { shard, index, token, expiresAtMs }: Block,
): Promise<"closed" | "written" | "unknown"> {
  try {
    const entry = await log.fill(shard, index, expiresAtMs);
    return entry.kind === "data" && entry.token === token ? "written" : "closed";
  } catch {
    return "unknown";
  }
}

/**
 * The block at a place that an earlier attempt took, if it is filled. One that is not is closed, for that attempt may still be
 * under way; either it has written by then, or it never will. `open`: a table that was too busy let nobody close it, so that
 * the call's records can neither be answered nor put anew.
 */
export async function filledBlock(
  { log, clock }: Pick<PlacePorts, "log" | "clock">,
  shard: ShardKey,
  index: number,
  retentionMs: number,
): Promise<Block | "open" | undefined> {
  for await (const entry of log.read({ shard, from: index, to: index + 1 })) {
    return entry.kind === "data" ? entry : undefined;
  }
  const expiresAtMs = clock.now() + lifetimeMs(retentionMs);
  const entry = await log.fill(shard, index, expiresAtMs).catch(() => "open" as const);
  if (entry === "open") return entry;
  return entry.kind === "data" ? entry : undefined;
}

/**
 * A body above 8 KiB belongs into the bucket. When that does not answer, or is too busy, one that still fits an item
 * goes there: it costs more, and the records are taken. `undefined`: too busy, and too large for an item.
 */
async function storeBody(
  bodies: BodyStore,
  packed: Uint8Array,
  retentionMs: number,
): Promise<BlockBody | undefined> {
  const byteCount = packed.length;
  if (byteCount <= INLINE_BODY_MAX_BYTES) return { kind: "inline", bytes: packed };
  const fitsItem = byteCount <= INLINE_BODY_FALLBACK_MAX_BYTES;
  try {
    const key = await bodies.put(packed, retentionMs);
    if (key !== undefined) return { kind: "object", key, byteCount };
  } catch (error) {
    if (!fitsItem) throw error;
  }
  return fitsItem ? { kind: "inline", bytes: packed } : undefined;
}

/** The body of a block that must live longer than its writer knew when it stored the body. */
async function keepBody(
  bodies: BodyStore,
  body: BlockBody,
  retentionMs: number,
): Promise<BlockBody> {
  if (body.kind === "inline") return body;
  const key = await bodies.keep(body.key, retentionMs);
  if (key === undefined) throw new Error(`the body ${body.key} is gone`);
  return { ...body, key };
}
