/** The records of a planned span, block by block, with a few large bodies fetched ahead. */
import type { Clock } from "../clock.ts";
import { unpackRecords } from "../log/frame.ts";
import { formatSequenceNumber } from "../log/sequence.ts";
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
  readonly shardIndex: number;
  readonly shardCreatedAtMs: number;
}

/** One group per block. Records whose retention is over are left out. */
export async function* spanRecords(
  options: SourceOptions,
  { from, to }: Span,
): AsyncGenerator<readonly DeliveryRecord[]> {
  const { log, bodies, clock, shard } = options;
  const underWay: Promise<readonly DeliveryRecord[]>[] = [];
  for await (const entry of log.read({ shard, from: from.blockIndex, to: to.blockIndex })) {
    if (entry.kind === "tombstone" || entry.expiresAtMs <= clock.now()) continue;
    const records = loadBody(bodies, entry).then((body) => toRecords(options, entry, body));
    // It is awaited when its turn comes; until then a failure must not count as unhandled.
    records.catch(() => {});
    underWay.push(records);
    if (underWay.length >= BODIES_AHEAD)
      yield await (underWay.shift() as (typeof underWay)[number]);
  }
  for (const records of underWay) yield await records;
}

function loadBody(bodies: BodyStore, { body }: Block): Promise<Uint8Array> {
  return body.kind === "inline" ? Promise.resolve(body.bytes) : bodies.get(body.key);
}

function toRecords(
  options: SourceOptions,
  block: Block,
  body: Uint8Array,
): readonly DeliveryRecord[] {
  const { shardIndex, shardCreatedAtMs } = options;
  const { index: blockIndex, arrivedAtMs } = block;
  return unpackRecords(body).map(({ data }, position) => ({
    recordId:
      formatSequenceNumber({ shardCreatedAtMs, shardIndex, blockIndex, position, arrivedAtMs }) +
      NO_SUBSEQUENCE,
    arrivedAtMs,
    data,
  }));
}
