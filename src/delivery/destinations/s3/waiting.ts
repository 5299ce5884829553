/**
 * Records that a reader has read, and whose partitions were not due: what is kept of them between two flushes. They lie in
 * the spool with what the stages have made of them, so that no record is read, given to a function or asked about a second
 * time, whatever the function would answer. The reader's checkpoint stays before the oldest of them.
 * Behind their heads come the pieces of all partitions, one after the other.
 */
import type { BlockSealer } from "../../../log/block-seals.ts";
import type { Checkpoint } from "../../../readers/store.ts";
import { partitionOf } from "../../naming/partition.ts";
import { prefixParts } from "../../naming/prefix.ts";
import type { PlannedTarget } from "../../plan.ts";
import { readHead, withHead } from "../../headed-bytes.ts";
import { getSealed, putSealed, type SealedSpoolPorts, type Spooled } from "../../sealed-spool.ts";
import { type BufferHead, PartitionBuffer } from "./partition-buffer.ts";

/** Plain JSON: it is stored in plans. */
export interface Waiting extends Spooled {
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

/** `undefined`: nothing waits. */
export async function keepWaiting(
  ports: SealedSpoolPorts,
  buffers: readonly PartitionBuffer[],
  sealer: BlockSealer | undefined,
): Promise<Waiting | undefined> {
  const [oldest] = buffers;
  if (oldest === undefined) return undefined;
  const heads = buffers.map((buffer): StoredHead => {
    const pieces = buffer.pieces().map(({ length }) => length);
    return { ...buffer.head, pieces };
  });
  const packed = withHead(
    heads,
    buffers.flatMap((buffer) => buffer.pieces()),
  );
  const { from } = oldest.head;
  return {
    ...(await putSealed(ports, sealer, from.blockIndex, packed)),
    partitionCount: heads.length,
    recordCount: heads.reduce((sum, { recordCount }) => sum + recordCount, 0),
    byteCount: heads.reduce((sum, { byteCount }) => sum + byteCount, 0),
    oldestArrivedAtMs: Math.min(...heads.map(({ arrivedAtMs }) => arrivedAtMs)),
    from,
  };
}

export async function takeWaiting(
  ports: SealedSpoolPorts,
  { prefix, customTimeZone, conversion }: PlannedTarget,
  waiting: Waiting,
): Promise<readonly PartitionBuffer[]> {
  const packed = await getSealed(ports, waiting.from.blockIndex, waiting);
  if (packed === undefined) return [];
  const { head: heads, next } = readHead(packed);
  return (heads as readonly StoredHead[]).map(({ pieces: lengths, ...head }) => {
    const pieces = lengths.map(next);
    const place = partitionOf(prefixParts(prefix), head.keys, customTimeZone);
    if (place.kind === "none")
      throw new Error(`a partition that waits has no place: ${place.message}`);
    return PartitionBuffer.from(place, head, pieces, conversion !== undefined);
  });
}
