/**
 * What waits of one partition until it is written: packed as blocks of the log are, piece by piece, so that many
 * partitions find room in memory, and the spans that their records came from need not stay there.
 */
import { PARTITION_PIECE_BYTES } from "../../../limits.ts";
import { packRecords, unpackRecords } from "../../../log/frame.ts";
import type { LogRecord } from "../../../log/record.ts";
import type { Checkpoint } from "../../../readers/store.ts";
import type { Partition, PartitionKeys } from "../../naming/partition.ts";
import type { DeliveryRecord } from "../../record.ts";
import { enter, type Passing } from "../../stages/outcome.ts";

type Place = Extract<Partition, { readonly kind: "partition" }>;

/** Plain JSON. */
export interface BufferHead {
  readonly keys: PartitionKeys;
  /** Of its oldest record, the first one in the log. */
  readonly from: Checkpoint;
  readonly recordId: string;
  readonly arrivedAtMs: number;
  readonly recordCount: number;
  /** Of data. */
  readonly byteCount: number;
}

/** Of a partition's oldest record, and the block that it stands in. */
export type FirstRecord = Pick<BufferHead, "from" | "recordId" | "arrivedAtMs">;

export class PartitionBuffer {
  readonly place: Place;
  readonly #keys: PartitionKeys;
  readonly #keepsRecords: boolean;
  readonly #first: FirstRecord;
  #recordCount = 0;
  #byteCount = 0;
  #pieces: Uint8Array[] = [];
  #packedBytes = 0;
  #open: LogRecord[] = [];
  #openBytes = 0;

  /** @param keepsRecords with what they were when they came, for those that are going to fail */
  constructor(place: Place, keys: PartitionKeys, first: FirstRecord, keepsRecords: boolean) {
    this.place = place;
    this.#keys = keys;
    this.#first = first;
    this.#keepsRecords = keepsRecords;
  }

  static from(
    place: Place,
    head: BufferHead,
    pieces: readonly Uint8Array[],
    keepsRecords: boolean,
  ) {
    const buffer = new PartitionBuffer(place, head.keys, head, keepsRecords);
    buffer.#recordCount = head.recordCount;
    buffer.#byteCount = head.byteCount;
    for (const piece of pieces) buffer.#addPiece(piece);
    return buffer;
  }

  get head(): BufferHead {
    const { from, recordId, arrivedAtMs } = this.#first;
    return {
      keys: this.#keys,
      from,
      recordId,
      arrivedAtMs,
      recordCount: this.#recordCount,
      byteCount: this.#byteCount,
    };
  }

  /** What it takes in memory, about. */
  get heldBytes(): number {
    return this.#packedBytes + this.#openBytes;
  }

  add(passing: Passing): void {
    // A copy: its data is a view of its whole block.
    const data = passing.data.slice();
    this.#open.push(
      this.#keepsRecords ? { data, partitionKey: JSON.stringify(originOf(passing)) } : { data },
    );
    this.#recordCount += 1;
    this.#byteCount += data.length;
    this.#openBytes += data.length;
    if (this.#openBytes >= PARTITION_PIECE_BYTES) this.#pack();
  }

  /** In their order, piece by piece. */
  *records(): Generator<readonly Passing[]> {
    for (const piece of this.pieces()) yield unpackRecords(piece).map(passingOf);
  }

  pieces(): readonly Uint8Array[] {
    this.#pack();
    return this.#pieces;
  }

  #pack(): void {
    if (this.#open.length === 0) return;
    this.#addPiece(packRecords(this.#open));
    this.#open = [];
    this.#openBytes = 0;
  }

  #addPiece(piece: Uint8Array): void {
    this.#pieces.push(piece);
    this.#packedBytes += piece.length;
  }
}

/** A record without its data, which is kept beside it only where the stages have changed it. */
interface Origin extends Omit<DeliveryRecord, "data"> {
  readonly came?: string;
}

function originOf({ record: { data: came, ...record }, data }: Passing): Origin {
  if (came === data) return record;
  return {
    ...record,
    came: Buffer.from(came.buffer, came.byteOffset, came.length).toString("base64"),
  };
}

function passingOf({ data, partitionKey }: LogRecord): Passing {
  if (partitionKey === undefined) return enter({ recordId: "", arrivedAtMs: 0, data });
  const { came, ...record } = JSON.parse(partitionKey) as Origin;
  const original = came === undefined ? data : Buffer.from(came, "base64");
  return { kind: "delivered", record: { ...record, data: original }, data };
}
