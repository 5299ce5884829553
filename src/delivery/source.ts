/** The records of a planned span, block by block, with a few large bodies fetched ahead. */
import type { Clock } from "../clock.ts";
import { unpackRecords } from "../log/frame.ts";
import { formatSequenceNumber } from "../log/sequence.ts";
import type { LogRecord } from "../log/record.ts";
import type { Block, BodyStore, LogStore, ShardKey } from "../log/store.ts";
import type { Span } from "../readers/span.ts";
import type { DeliveryRecord } from "./record.ts";

/** Compressed bodies held in memory at once: 4 × 4 MiB at the very most. */
const BODIES_AHEAD = 4;
/** Firehose's record ids end in a sub-sequence number, which only de-aggregated records use. */
const NO_SUBSEQUENCE = "000000";

export interface SourceOptions {
  readonly log: LogStore;
  readonly bodies: BodyStore;
  readonly clock: Clock;
  readonly shard: ShardKey;
}

/** What record ids are made of besides the block. */
export interface ShardFacts {
  readonly shardIndex: number;
  readonly shardCreatedAtMs: number;
}

export interface SpanBlock {
  readonly block: Block;
  readonly records: readonly LogRecord[];
}

/** Blocks whose retention is over are left out. */
export async function* spanBlocks(
  { log, bodies, clock, shard }: SourceOptions,
  { from, to }: Span,
): AsyncGenerator<SpanBlock> {
  const underWay: { readonly block: Block; readonly body: Promise<Uint8Array> }[] = [];
  for await (const entry of log.read({ shard, from: from.blockIndex, to: to.blockIndex })) {
    if (entry.kind === "tombstone" || entry.expiresAtMs <= clock.now()) continue;
    const body = loadBody(bodies, entry);
    // It is awaited when its turn comes; until then a failure must not count as unhandled.
    body.catch(() => {});
    underWay.push({ block: entry, body });
    if (underWay.length >= BODIES_AHEAD) yield unpack(underWay.shift()!);
  }
  for (const loaded of underWay) yield unpack(loaded);
}

/** Only when the block's turn has come: records are many times the size of their packed body. */
async function unpack(loaded: {
  readonly block: Block;
  readonly body: Promise<Uint8Array>;
}): Promise<SpanBlock> {
  return { block: loaded.block, records: unpackRecords(await loaded.body) };
}

function loadBody(bodies: BodyStore, { body }: Block): Promise<Uint8Array> {
  return body.kind === "inline" ? Promise.resolve(body.bytes) : bodies.get(body.key);
}

/** The records with the ids that a transform knows them by; making these costs more than all else about a record. */
export async function* spanRecords(
  options: SourceOptions & ShardFacts,
  span: Span,
): AsyncGenerator<readonly DeliveryRecord[]> {
  for await (const { block, records } of spanBlocks(options, span)) {
    yield toRecords(options, block, records);
  }
}

function toRecords(
  { shardIndex, shardCreatedAtMs }: ShardFacts,
  { index: blockIndex, arrivedAtMs }: Block,
  records: readonly LogRecord[],
): readonly DeliveryRecord[] {
  return records.map(({ data }, position) => ({
    recordId:
      formatSequenceNumber({ shardCreatedAtMs, shardIndex, blockIndex, position, arrivedAtMs }) +
      NO_SUBSEQUENCE,
    arrivedAtMs,
    data,
  }));
}
