/**
 * An object of failed records as a shard of a log: a block for each MiB of them, and nothing behind. So what reads lanes
 * reads it, too.
 */
import { BYTES_PER_MIB, REDRIVE_OBJECT_MAX_BYTES } from "../../limits.ts";
import { packRecords } from "../../log/frame.ts";
import type { Block, LogStore, ShardHead, ShardKey } from "../../log/store.ts";
import { decompressed, NotDecompressed } from "../compression/decompress.ts";
import type { SourceShard } from "../source/shard.ts";
import { type FailedLine, parseErrorLines } from "./error-lines.ts";

const BLOCK_BYTES = BYTES_PER_MIB;
const BLOCK_RECORDS = 10_000;

export interface ErrorShard {
  readonly source: SourceShard;
  readonly log: LogStore;
  readonly recordCount: number;
}

/** `undefined`: these are no failed records. `readerId` is in the ids of the records. */
export function errorShard(
  object: Uint8Array,
  shard: ShardKey,
  readerId: string,
): ErrorShard | undefined {
  const lines = linesOf(object);
  if (lines === undefined) return undefined;
  const groups = inBlocks(lines);
  const source: SourceShard = {
    kind: "lane",
    key: shard,
    index: 0,
    // However long ago they failed.
    retention: { retentionMs: Number.POSITIVE_INFINITY, shardCreatedAtMs: 0 },
    identify: ({ index }, records, first) => {
      const { from } = groups[index]!;
      return records.map(({ data }, i) => {
        const at = from + first + i;
        const { arrivedAtMs, attemptsMade, identity } = lines[at]!;
        return {
          recordId: `${readerId}-${at}`,
          arrivedAtMs,
          data,
          priorAttempts: attemptsMade,
          // What was not noted then is not known: its number here says nothing to anybody.
          identity: identity ?? {},
        };
      });
    },
  };
  return { source, log: logOf(lines, groups, shard), recordCount: lines.length };
}

function linesOf(object: Uint8Array): readonly FailedLine[] | undefined {
  try {
    return parseErrorLines(decompressed(object, REDRIVE_OBJECT_MAX_BYTES));
  } catch (error) {
    if (error instanceof NotDecompressed) return undefined;
    throw error;
  }
}

/** Lines from one to the other, exclusive. */
interface Group {
  readonly from: number;
  readonly to: number;
  readonly byteOffset: number;
  readonly byteCount: number;
}

function inBlocks(lines: readonly FailedLine[]): readonly Group[] {
  const groups: Group[] = [];
  let from = 0;
  let byteOffset = 0;
  let byteCount = 0;
  for (const [i, { data }] of lines.entries()) {
    byteCount += data.length;
    const isFull = byteCount >= BLOCK_BYTES || i + 1 - from >= BLOCK_RECORDS;
    if (!isFull && i + 1 < lines.length) continue;
    groups.push({ from, to: i + 1, byteOffset, byteCount });
    byteOffset += byteCount;
    byteCount = 0;
    from = i + 1;
  }
  return groups;
}

function logOf(lines: readonly FailedLine[], groups: readonly Group[], shard: ShardKey): LogStore {
  const last = groups.at(-1)!;
  const head: ShardHead = {
    blockIndex: groups.length,
    recordCount: lines.length,
    byteOffset: last.byteOffset + last.byteCount,
    sealed: true,
  };
  const blockAt = (index: number): Block => {
    const { from, to, byteOffset, byteCount } = groups[index]!;
    const bytes = packRecords(lines.slice(from, to).map(({ data }) => ({ data })));
    return {
      kind: "data",
      shard,
      index,
      firstRecord: from,
      recordCount: to - from,
      byteOffset,
      byteCount,
      arrivedAtMs: lines[from]!.arrivedAtMs,
      expiresAtMs: Number.POSITIVE_INFINITY,
      token: "",
      body: { kind: "inline", bytes },
    };
  };
  const never = () =>
    Promise.reject(new Error("nothing is written to an object of failed records"));
  return {
    head: async () => head,
    async *read({ from, to }) {
      for (let index = from; index < Math.min(to, groups.length); index++) yield blockAt(index);
    },
    ring: async () => {},
    lastMark: async () => undefined,
    nextMark: async () => undefined,
    reserve: never,
    write: never,
    fill: never,
    leaveMark: never,
  };
}
