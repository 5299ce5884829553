/**
 * Appending: body, reserve, write, acknowledge. The order is the guarantee: a large body is durable before an
 * index points to it, and a call is answered only when its block stands in the log. Whatever dies in between
 * leaves an orphaned body (it expires) or a hole (a reader fills it), never half a call.
 *
 * Group commit: while one append to a shard is under way in this process, later ones gather and travel in the
 * next block. A lone append never waits.
 */
import type { Clock } from "../clock.ts";
import {
  INLINE_BODY_FALLBACK_MAX_BYTES,
  INLINE_BODY_MAX_BYTES,
  PUT_RECORD_BATCH_MAX_BYTES,
  RETRY_SEARCH_MAX_BLOCKS,
} from "../limits.ts";
import { type Random, randomHex } from "../random.ts";
import type { Appender, AppendResult } from "./appender.ts";
import { packRecords } from "./frame.ts";
import { earlierAppends } from "./earlier-appends.ts";
import type { GroupRequest, LogRecord, ProducerRequest } from "./record.ts";
import { packRequests } from "./retry.ts";
import { BLOCK_MAX_RECORDS } from "./sequence.ts";
import { rememberSeconds } from "./shard-seconds.ts";
import type { BlockBody, BodyStore, LogStore, ShardKey, ShardRoom } from "./store.ts";

export interface AppendPorts {
  readonly log: LogStore;
  readonly bodies: BodyStore;
  readonly clock: Clock;
  readonly random: Random;
}

interface Call {
  readonly records: readonly LogRecord[];
  readonly byteCount: number;
  readonly retentionMs: number;
  readonly perSecond: ShardRoom | undefined;
  readonly request: GroupRequest | undefined;
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: unknown) => void;
}

export function createAppender(given: AppendPorts): Appender {
  const ports = { ...given, log: rememberSeconds(given.log, given.clock) };
  const waiting = new Map<ShardKey, Call[]>();

  async function drain(shard: ShardKey, queue: Call[]): Promise<void> {
    while (queue.length > 0) {
      const calls = takeBlock(queue);
      try {
        const results = await writeBlock(ports, shard, calls);
        calls.forEach((call, i) => call.resolve(results[i] as AppendResult));
      } catch (error) {
        for (const call of calls) call.reject(error);
      }
    }
    waiting.delete(shard);
  }

  return {
    async append(shard, records, { retentionMs, request, perSecond }) {
      if (request !== undefined && request.attempt > 1 && request.members === undefined) {
        const earlier = await findEarlierAttempt(ports, shard, records, request, retentionMs);
        if (earlier !== undefined) return earlier;
      }
      const byteCount = records.reduce((sum, record) => sum + recordBytes(record), 0);
      return new Promise((resolve, reject) => {
        const call: Call = {
          records,
          byteCount,
          retentionMs,
          perSecond,
          request,
          resolve,
          reject,
        };
        const queue = waiting.get(shard);
        if (queue) return void queue.push(call);
        const opened = [call];
        waiting.set(shard, opened);
        void drain(shard, opened);
      });
    },
  };
}

/** Data and partition key: what Kinesis counts, and the log's byte offsets. */
export function recordBytes({ data, partitionKey }: LogRecord): number {
  return data.length + (partitionKey === undefined ? 0 : Buffer.byteLength(partitionKey));
}

/** The calls of the next block, in order of arrival: at least one, and no more than fit one producer's largest call. */
function takeBlock(queue: Call[]): Call[] {
  const first = queue.shift();
  if (first === undefined) return [];
  const calls = [first];
  let { byteCount } = first;
  let recordCount = first.records.length;
  for (let next = queue[0]; next !== undefined; next = queue[0]) {
    byteCount += next.byteCount;
    recordCount += next.records.length;
    if (byteCount > PUT_RECORD_BATCH_MAX_BYTES || recordCount > BLOCK_MAX_RECORDS) break;
    if (next.retentionMs !== first.retentionMs) break;
    // A shard's limit is answered call by call, with what room there is.
    if (next.perSecond !== undefined) break;
    calls.push(next);
    queue.shift();
  }
  return calls;
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

async function writeBlock(
  { log, bodies, clock, random }: AppendPorts,
  shard: ShardKey,
  calls: readonly Call[],
): Promise<AppendResult[]> {
  const packed = packRecords(calls.flatMap((call) => call.records));
  // Calls of one block have the same.
  const { retentionMs, perSecond } = calls[0] as Call;
  const body = await storeBody(bodies, packed, retentionMs);
  if (body === undefined) return calls.map(() => ({ kind: "throttled" }));

  const positions: number[] = [];
  let recordCount = 0;
  let byteCount = 0;
  for (const call of calls) {
    positions.push(recordCount);
    recordCount += call.records.length;
    byteCount += call.byteCount;
  }
  const requests = packRequests(
    calls.map(({ request }, i) => ({ request, position: positions[i] as number })),
  );

  // Before the reservation: a later block never looks older than one that was acknowledged before it was sent.
  const arrivedAtMs = clock.now();
  const limit = perSecond && { perSecond, nowMs: arrivedAtMs };
  const reserved = await log.reserve(shard, { recordCount, byteCount, ...(limit && { limit }) });
  if (reserved.kind !== "reserved") return calls.map(() => reserved);
  const { blockIndex, firstRecord, byteOffset } = reserved;
  const keptMs = Math.max(retentionMs, reserved.retentionMs ?? 0);
  const written = await log.write({
    kind: "data",
    shard,
    index: blockIndex,
    firstRecord,
    recordCount,
    byteOffset,
    byteCount,
    arrivedAtMs,
    expiresAtMs: arrivedAtMs + keptMs,
    token: randomHex(random, 8),
    body: keptMs > retentionMs ? await keepBody(bodies, body, keptMs) : body,
    requests,
  });
  if (written.kind === "written") {
    return calls.map(({ records }, i) => ({
      kind: "appended",
      blockIndex,
      position: positions[i] as number,
      recordCount: records.length,
      arrivedAtMs,
    }));
  }
  if (written.kind === "lost" && written.winner === "data") {
    throw new Error(`block ${blockIndex} of ${shard} was reserved twice`);
  }
  // Throttled, or a reader gave up on us and closed the hole: nothing is stored. Taking a new place here could
  // store the call twice, for its next attempt may have looked already and gone ahead.
  return calls.map(() => ({ kind: "throttled" }));
}

/**
 * The answer that an earlier attempt of the same call got, or would have got. A sealed shard is the caller's to
 * judge: its stream may be deleted, or the call may have gone on in another shard.
 */
async function findEarlierAttempt(
  ports: AppendPorts,
  shard: ShardKey,
  records: readonly LogRecord[],
  { proof }: ProducerRequest,
  retentionMs: number,
): Promise<AppendResult | undefined> {
  const head = await ports.log.head(shard);
  if (head === undefined || head.sealed) return undefined;
  const options = { shard, to: head.blockIndex, proof, retentionMs };
  const found = earlierAppends(ports, { ...options, maxBlocks: RETRY_SEARCH_MAX_BLOCKS });
  for await (const { blockIndex, position, arrivedAtMs } of found) {
    const recordCount = records.length;
    return { kind: "appended", blockIndex, position, recordCount, arrivedAtMs };
  }
  return undefined;
}
