/**
 * Records that a reader has read, and whose partitions were not due: what is kept of them between two flushes. They lie in
 * the spool with what the stages have made of them, so that no record is read, given to a function or asked about a second
 * time, whatever the function would answer. The reader's checkpoint stays before the oldest of them.
 *
 *     length of the head (4 bytes) · head, JSON · the pieces of all partitions, one after the other
 */
import type { BlockSealer, BlockSeals } from "../../../log/block-seals.ts";
import type { ShardKey } from "../../../log/store.ts";
import type { Checkpoint } from "../../../readers/store.ts";
import { partitionOf } from "../../naming/partition.ts";
import { prefixParts } from "../../naming/prefix.ts";
import type { PlannedTarget } from "../../plan.ts";
import type { SpoolStore } from "../../ports.ts";
import { type BufferHead, PartitionBuffer } from "./partition-buffer.ts";

/** Plain JSON: it is stored in plans. */
export interface Waiting {
  /** In the spool. */
  readonly key: string;
  /** Base64: with what the stream's key sealed them; absent: they lie there as they are. */
  readonly envelope?: string;
  readonly partitionCount: number;
  readonly recordCount: number;
  /** Of data. */
  readonly byteCount: number;
  readonly oldestArrivedAtMs: number;
  /** The block of the oldest record. */
  readonly from: Checkpoint;
}

interface StoredHead extends BufferHead {
  /** The lengths of its pieces. */
  readonly pieces: readonly number[];
}

export interface WaitingPorts {
  readonly spool: SpoolStore;
  readonly shard: ShardKey;
  readonly seals?: BlockSeals | undefined;
}

const LENGTH_BYTES = 4;

/** `undefined`: nothing waits. */
export async function keepWaiting(
  { spool, shard }: WaitingPorts,
  buffers: readonly PartitionBuffer[],
  sealer: BlockSealer | undefined,
): Promise<Waiting | undefined> {
  const [oldest] = buffers;
  if (oldest === undefined) return undefined;
  const heads = buffers.map((buffer): StoredHead => {
    const pieces = buffer.pieces().map(({ length }) => length);
    return { ...buffer.head, pieces };
  });
  const head = Buffer.from(JSON.stringify(heads));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(head.length);
  const packed = Buffer.concat([length, head, ...buffers.flatMap((buffer) => buffer.pieces())]);
  const { from } = oldest.head;
  const sealed = sealer?.seal(packed);
  const envelope = sealed?.envelopeAt({ shard, index: from.blockIndex });
  return {
    key: await spool.put(sealed?.bytes ?? packed),
    ...(envelope && { envelope: Buffer.from(envelope).toString("base64") }),
    partitionCount: heads.length,
    recordCount: heads.reduce((sum, { recordCount }) => sum + recordCount, 0),
    byteCount: heads.reduce((sum, { byteCount }) => sum + byteCount, 0),
    oldestArrivedAtMs: Math.min(...heads.map(({ arrivedAtMs }) => arrivedAtMs)),
    from,
  };
}

export async function takeWaiting(
  { spool, shard, seals }: WaitingPorts,
  { prefix, customTimeZone, conversion }: PlannedTarget,
  { key, envelope, from }: Waiting,
): Promise<readonly PartitionBuffer[]> {
  const kept = await spool.get(key);
  // After a year: the records have long expired.
  if (kept === undefined) return [];
  const packed = Buffer.from(
    envelope === undefined
      ? kept
      : await seals!.open({ shard, index: from.blockIndex }, Buffer.from(envelope, "base64"), kept),
  );
  let at = LENGTH_BYTES + packed.readUInt32BE();
  const heads = JSON.parse(packed.toString("utf8", LENGTH_BYTES, at)) as readonly StoredHead[];
  return heads.map(({ pieces: lengths, ...head }) => {
    const pieces = lengths.map((length) => packed.subarray(at, (at += length)));
    const place = partitionOf(prefixParts(prefix), head.keys, customTimeZone);
    if (place.kind === "none")
      throw new Error(`a partition that waits has no place: ${place.message}`);
    return PartitionBuffer.from(place, head, pieces, conversion !== undefined);
  });
}
