/** The records of a planned span, block by block, with a few large bodies fetched ahead. */
import type { Clock } from "../../clock.ts";
import { BYTES_PER_MIB } from "../../limits.ts";
import type { BlockSeals } from "../../log/block-seals.ts";
import { loadBody } from "../../log/body.ts";
import { unpackRecords } from "../../log/frame.ts";
import type { LogRecord } from "../../log/record.ts";
import type { Block, BodyStore, LogStore } from "../../log/store.ts";
import { horizonMs, isWanted, type Span } from "../../readers/span.ts";
import type { DeliveryRecord } from "../record.ts";
import { type Cut, identified, type SourceShard } from "./shard.ts";

/**
 * Bodies that are fetched while earlier ones are worked on. Small ones take as long to come as large ones, so only many
 * at once keep a core busy; and what they hold, compressed as they are, is bounded by their size.
 */
const BODIES_AHEAD_MAX_COUNT = 32;
const BODIES_AHEAD_MAX_BYTES = 16 * BYTES_PER_MIB;

export interface SourceOptions {
  readonly log: LogStore;
  readonly bodies: BodyStore;
  readonly seals?: BlockSeals;
  readonly clock: Clock;
  readonly source: SourceShard;
}

export interface SpanBlock {
  readonly block: Block;
  readonly records: readonly LogRecord[];
  /** Position in the block of the first of them. */
  readonly first: number;
}

/** Blocks whose retention is over, or that are not wanted, are left out. */
export async function* spanBlocks(
  options: SourceOptions,
  { from, to }: Span,
): AsyncGenerator<SpanBlock> {
  const { log, clock, source } = options;
  const underWay: { readonly block: Block; readonly body: Promise<Uint8Array> }[] = [];
  let heldBytes = 0;
  const isFull = () =>
    underWay.length >= BODIES_AHEAD_MAX_COUNT || heldBytes > BODIES_AHEAD_MAX_BYTES;
  const range = { shard: source.key, from: from.blockIndex, to: to.blockIndex };
  for await (const entry of log.read(range)) {
    if (entry.kind === "tombstone") continue;
    if (entry.arrivedAtMs < horizonMs(source.retention, clock.now())) continue;
    if (!isWanted(source.retention, entry.arrivedAtMs)) continue;
    const body = loadBody(options, entry);
    // It is awaited when its turn comes; until then a failure must not count as unhandled.
    body.catch(() => {});
    underWay.push({ block: entry, body });
    heldBytes += packedBytes(entry);
    while (isFull()) {
      const first = underWay.shift()!;
      yield unpack(first, source.cut);
      heldBytes -= packedBytes(first.block);
    }
  }
  for (const loaded of underWay) yield unpack(loaded, source.cut);
}

/** Only when the block's turn has come: records are many times the size of their packed body. */
async function unpack(
  loaded: { readonly block: Block; readonly body: Promise<Uint8Array> },
  { start, end }: Cut = {},
): Promise<SpanBlock> {
  const { block } = loaded;
  const all = unpackRecords(await loaded.body, block);
  const first = start?.blockIndex === block.index ? start.skippedCount : 0;
  const last = end?.blockIndex === block.index ? end.keptCount : all.length;
  const records = first === 0 && last >= all.length ? all : all.slice(first, last);
  return { block, records, first };
}

function packedBytes({ body }: Block): number {
  return body.kind === "inline" ? body.bytes.length : body.byteCount;
}

/** The records with the ids that a transform knows them by; `begin` is told of each block before its records are. */
export async function* spanRecords(
  options: SourceOptions,
  span: Span,
  begin: (block: Block) => void = () => {},
): AsyncGenerator<readonly DeliveryRecord[]> {
  for await (const { block, records, first } of spanBlocks(options, span)) {
    begin(block);
    yield identified(options.source, block, records, first);
  }
}
