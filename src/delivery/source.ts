/** The records of a planned span, block by block, with a few large bodies fetched ahead. */
import type { Clock } from "../clock.ts";
import { unpackRecords } from "../log/frame.ts";
import type { LogRecord } from "../log/record.ts";
import type { Block, BodyStore, LogStore } from "../log/store.ts";
import { horizonMs, type Span } from "../readers/span.ts";
import type { DeliveryRecord } from "./record.ts";
import { identified, type SourceShard } from "./source-shard.ts";

/** Compressed bodies held in memory at once: 4 × 4 MiB, of a data stream's large records 4 × 10, at the very most. */
const BODIES_AHEAD = 4;

export interface SourceOptions {
  readonly log: LogStore;
  readonly bodies: BodyStore;
  readonly clock: Clock;
  readonly source: SourceShard;
}

export interface SpanBlock {
  readonly block: Block;
  readonly records: readonly LogRecord[];
}

/** Blocks whose retention is over are left out. */
export async function* spanBlocks(
  { log, bodies, clock, source }: SourceOptions,
  { from, to }: Span,
): AsyncGenerator<SpanBlock> {
  const underWay: { readonly block: Block; readonly body: Promise<Uint8Array> }[] = [];
  const range = { shard: source.key, from: from.blockIndex, to: to.blockIndex };
  for await (const entry of log.read(range)) {
    if (entry.kind === "tombstone") continue;
    if (entry.arrivedAtMs < horizonMs(source.retention, clock.now())) continue;
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

/** The records with the ids that a transform knows them by. */
export async function* spanRecords(
  options: SourceOptions,
  span: Span,
): AsyncGenerator<readonly DeliveryRecord[]> {
  for await (const { block, records } of spanBlocks(options, span)) {
    yield identified(options.source, block, records);
  }
}
