/**
 * One page of a shard, for GetRecords and GetDeliveryRecords: from a position on, in order, without passing a block that is on its way.
 * Such a block ends the page; only a page that would begin with it waits until it shows or is closed.
 */
import type { Clock } from "../clock.ts";
import { PAGE_LOOK_BUDGET_MS, PAGE_SCAN_MAX_BLOCKS } from "../limits.ts";
import type { BlockSeals } from "../log/block-seals.ts";
import { type BodyPorts, loadBody } from "../log/body.ts";
import { unpackRecords } from "../log/frame.ts";
import type { IteratorStart } from "../log/iterator.ts";
import type { LogRecord } from "../log/record.ts";
import { readOn } from "../log/read-on.ts";
import { seekTime } from "../log/seek.ts";
import type { Block, BodyStore, LogStore, ShardHead, ShardKey } from "../log/store.ts";
import { retentionMs, trimHorizonMs } from "./retention.ts";
import { type DataStream, dataShardKey, type Shard } from "./stream.ts";

export interface ReadPorts {
  readonly log: LogStore;
  readonly bodies: BodyStore;
  readonly seals?: BlockSeals;
  readonly clock: Clock;
}

export interface PageBounds {
  readonly recordCount: number;
  readonly byteCount: number;
  /** No block from it on is read; absent: all that there are. */
  readonly toBlock?: number;
  /** What a record takes of `byteCount`. */
  bytesOf(record: LogRecord): number;
}

export interface ReadRecord extends LogRecord {
  readonly blockIndex: number;
  readonly position: number;
  readonly arrivedAtMs: number;
  /** Records in the shard before it. */
  readonly recordOffset: number;
  /** Bytes of record data in the shard before its block. */
  readonly byteOffset: number;
}

export interface Position {
  readonly blockIndex: number;
  readonly position: number;
}

export interface Page {
  readonly records: readonly ReadRecord[];
  /** Where the next page begins. */
  readonly next: Position;
  /** Nothing was reserved beyond `next` when the page was begun. */
  readonly isAtTip: boolean;
  /** The shard's head when the page was begun. */
  readonly head: ShardHead;
  /** Nothing ever will be. */
  readonly isSealed: boolean;
}

/** `undefined` when the shard's log is gone. */
export async function readPage(
  ports: ReadPorts,
  stream: DataStream,
  shard: Shard,
  start: IteratorStart,
  bounds: PageBounds,
): Promise<Page | undefined> {
  const { log, clock } = ports;
  const key = dataShardKey(stream, shard.index);
  const head = await log.head(key);
  if (head === undefined) return undefined;
  const horizonMs = trimHorizonMs(stream, clock.now());
  const source = { key, head, horizonMs, retentionMs: retentionMs(stream) };
  return readPageOf(ports, source, start, bounds);
}

/** A shard log, up to where it was reserved, and what of it can be read. */
export interface PageSource {
  readonly key: ShardKey;
  readonly head: ShardHead;
  readonly horizonMs: number;
  readonly retentionMs: number;
}

export async function readPageOf(
  ports: ReadPorts,
  { key, head, horizonMs, retentionMs: kept }: PageSource,
  start: IteratorStart,
  bounds: PageBounds,
): Promise<Page> {
  const first = start.kind === "record" ? start : { blockIndex: 0, position: 0 };
  const sinceMs = start.kind === "time" ? Math.max(start.timestampMs, horizonMs) : horizonMs;
  const facts = { isSealed: head.sealed, head };
  if (first.blockIndex >= head.blockIndex) {
    const { blockIndex, position } = first;
    return { ...facts, records: [], next: { blockIndex, position }, isAtTip: true };
  }

  const end = Math.min(head.blockIndex, bounds.toBlock ?? head.blockIndex);
  const stretch = await nextStretch(
    ports,
    key,
    { ...head, blockIndex: end },
    {
      first,
      sinceMs,
      horizonMs,
      isTime: start.kind === "time",
      bounds,
      retentionMs: kept,
    },
  );
  const taken = await takeRecords(ports, stretch, first, bounds);
  return { ...facts, ...taken, isAtTip: taken.next.blockIndex >= head.blockIndex };
}

/** As many blocks as a page may need. */
interface Stretch {
  /** Those whose records are wanted. */
  readonly blocks: readonly Block[];
  /** Exclusive; behind the last index that was looked at. */
  readonly to: number;
}

interface Wanted {
  readonly first: Position;
  readonly sinceMs: number;
  readonly horizonMs: number;
  /** A position forgets the time that is looked for, so the page goes on until it found that. */
  readonly isTime: boolean;
  readonly bounds: PageBounds;
  readonly retentionMs: number;
}

async function nextStretch(
  { log, clock }: ReadPorts,
  shard: ShardKey,
  head: ShardHead,
  { first, sinceMs, horizonMs, isTime, bounds, retentionMs: kept }: Wanted,
): Promise<Stretch> {
  const blocks: Block[] = [];
  let byteCount = 0;
  let recordCount = 0;
  let seenCount = 0;
  let to = first.blockIndex;
  const rest = () => ({ shard, from: to, to: head.blockIndex });
  if (isTime) to = await seekTime(log, rest(), sinceMs);
  let maySeek = !isTime;
  const deadlineMs = clock.now() + PAGE_LOOK_BUDGET_MS;
  const isOver = () =>
    byteCount >= bounds.byteCount ||
    recordCount >= bounds.recordCount ||
    (seenCount >= PAGE_SCAN_MAX_BLOCKS && !(isTime && blocks.length === 0));

  /** Answers whether there is more to look at. */
  async function lookOn(): Promise<boolean> {
    const entries = readOn(
      { log, clock },
      {
        shard,
        from: to,
        head,
        byteCount: bounds.byteCount,
        // A page that holds something waits for nothing.
        patience: () => (blocks.length === 0 ? "all" : "nothing"),
        horizonMs,
        retentionMs: kept,
        ...(!isTime && { deadlineMs }),
      },
    );
    for await (const entry of untilTrouble(entries)) {
      to = entry.kind === "gone" ? entry.to : entry.index + 1;
      seenCount++;
      if (entry.kind === "data") {
        // A time is reached once; what follows is wanted, whatever its clock said.
        const isWanted = entry.arrivedAtMs >= (blocks.length > 0 ? horizonMs : sinceMs);
        if (isWanted) {
          blocks.push(entry);
          byteCount += entry.byteCount;
          recordCount +=
            entry.recordCount - (entry.index === first.blockIndex ? first.position : 0);
        } else if (blocks.length === 0 && maySeek) {
          // What has expired is better searched through than gone through.
          maySeek = false;
          to = Math.max(to, await seekTime(log, rest(), sinceMs));
          return true;
        }
      }
      if (isOver()) return false;
    }
    return false;
  }

  while (await lookOn());
  return { blocks, to };
}

/** What was read before trouble came is worth having: whoever met a busy table at each page's end would never come on. */
async function* untilTrouble<Entry>(entries: AsyncIterable<Entry>): AsyncGenerator<Entry> {
  let isBegun = false;
  try {
    for await (const entry of entries) {
      yield entry;
      isBegun = true;
    }
  } catch (error) {
    if (!isBegun) throw error;
  }
}

async function takeRecords(
  ports: BodyPorts,
  { blocks, to }: Stretch,
  first: Position,
  bounds: PageBounds,
): Promise<Pick<Page, "records" | "next">> {
  const records: ReadRecord[] = [];
  let byteCount = 0;
  for await (const { block, body } of withBodies(ports, blocks)) {
    const { index: blockIndex, arrivedAtMs, byteOffset } = block;
    const unpacked = unpackRecords(body, block);
    const begin = blockIndex === first.blockIndex ? first.position : 0;
    for (let position = begin; position < unpacked.length; position++) {
      const record = unpacked[position]!;
      byteCount += bounds.bytesOf(record);
      const isFull = records.length === bounds.recordCount || byteCount > bounds.byteCount;
      if (isFull && records.length > 0) return { records, next: { blockIndex, position } };
      const recordOffset = block.firstRecord + position;
      records.push({ ...record, blockIndex, position, arrivedAtMs, recordOffset, byteOffset });
    }
  }
  return { records, next: { blockIndex: to, position: 0 } };
}

/** Large bodies fetched at once. */
const BODIES_AHEAD = 8;

async function* withBodies(
  ports: BodyPorts,
  blocks: readonly Block[],
): AsyncGenerator<{ readonly block: Block; readonly body: Uint8Array }> {
  const ahead: Promise<Uint8Array>[] = [];
  for (let i = 0; i < blocks.length; i++) {
    for (let j = i + ahead.length; j < Math.min(blocks.length, i + BODIES_AHEAD); j++) {
      const body = loadBody(ports, blocks[j]!);
      // It is awaited when its turn comes; until then a failure must not count as unhandled.
      body.catch(() => {});
      ahead.push(body);
    }
    yield { block: blocks[i]!, body: await ahead.shift()! };
  }
}
