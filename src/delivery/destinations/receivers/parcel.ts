/**
 * What the stages have made of a flush's records, kept until its receiver has settled it. It lies in the spool in pieces of
 * some MiB and is noted in the plan: so every attempt at the flush is made of the same records, whatever a function would
 * answer the next time, and no record goes through a function twice because a receiver was away.
 *
 * A piece is compressed: the heads of its records, and behind them for each the bytes as ingested, and if others came of
 * them these.
 */
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import type { BlockSealer } from "../../../log/block-seals.ts";
import { PARCEL_PIECE_BYTES, PARCEL_PIECE_MAX_COUNT } from "../../../limits.ts";
import { readHead, withHead } from "../../headed-bytes.ts";
import type { DeliveryRecord } from "../../record.ts";
import { getSealed, putSealed, type SealedSpoolPorts, type Spooled } from "../../sealed-spool.ts";
import type { Passing } from "../../stages/outcome.ts";
import type { FailedOutcome, Outcome } from "../../stages/pipeline.ts";
import type { Parcel } from "./port.ts";

/** Plain JSON: it is stored in plans. */
export interface ParcelPiece extends Spooled {
  /** Of those that are to be delivered. */
  readonly recordCount: number;
  /** Of their data. */
  readonly byteCount: number;
  readonly failedCount: number;
}

/** What a parcel holds; what was dropped is only counted. */
export type Kept = Passing | FailedOutcome;

type Head = Omit<DeliveryRecord, "data"> & {
  readonly rawLength: number;
  /** Of the data to be delivered, where it is not as it was ingested. */
  readonly length?: number;
  readonly partitionKeys?: Passing["partitionKeys"];
  readonly failure?: Omit<FailedOutcome, "kind" | "record">;
};

const COMPRESSION = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

export function packKept(kept: readonly Kept[]): Buffer {
  const heads: Head[] = [];
  const chunks: Uint8Array[] = [];
  for (const { record, ...outcome } of kept) {
    const { data: raw, ...known } = record;
    chunks.push(raw);
    if (outcome.kind === "failed") {
      const { kind: _failed, ...failure } = outcome;
      heads.push({ ...known, rawLength: raw.length, failure });
      continue;
    }
    const { data, partitionKeys } = outcome;
    const isOther = data !== raw;
    if (isOther) chunks.push(data);
    heads.push({
      ...known,
      rawLength: raw.length,
      ...(isOther && { length: data.length }),
      ...(partitionKeys && { partitionKeys }),
    });
  }
  return zstdCompressSync(withHead(heads, chunks), COMPRESSION);
}

export function unpackKept(packed: Uint8Array): readonly Kept[] {
  const { head: heads, next } = readHead(zstdDecompressSync(packed));
  return (heads as readonly Head[]).map(
    ({ rawLength, length, partitionKeys, failure, ...known }): Kept => {
      const record: DeliveryRecord = { ...known, data: next(rawLength) };
      if (failure !== undefined) return { kind: "failed", record, ...failure };
      return {
        kind: "delivered",
        record,
        data: length === undefined ? record.data : next(length),
        ...(partitionKeys && { partitionKeys }),
      };
    },
  );
}

/** Where the pieces of a plan lie. */
export interface ParcelPlace {
  readonly ports: SealedSpoolPorts;
  readonly sealer: BlockSealer | undefined;
  /** Of the plan's first block. */
  readonly blockIndex: number;
}

/** Puts pieces down as they become full. Calls must not overlap. */
export class ParcelWriter {
  readonly #place: ParcelPlace;
  readonly #pieces: ParcelPiece[] = [];
  #kept: Kept[] = [];
  #recordCount = 0;
  #byteCount = 0;
  /** Of all that is held, to be delivered or not. */
  #heldBytes = 0;

  constructor(place: ParcelPlace) {
    this.#place = place;
  }

  async take(outcomes: readonly Outcome[]): Promise<void> {
    for (const outcome of outcomes) {
      if (outcome.kind === "dropped") continue;
      this.#kept.push(outcome);
      this.#heldBytes += outcome.record.data.length;
      if (outcome.kind === "delivered") {
        this.#recordCount += 1;
        this.#byteCount += outcome.data.length;
        if (outcome.data !== outcome.record.data) this.#heldBytes += outcome.data.length;
      }
      if (this.#heldBytes >= PARCEL_PIECE_BYTES || this.#kept.length >= PARCEL_PIECE_MAX_COUNT) {
        await this.#putDown();
      }
    }
  }

  async finish(): Promise<readonly ParcelPiece[]> {
    if (this.#kept.length > 0) await this.#putDown();
    return this.#pieces;
  }

  async #putDown(): Promise<void> {
    const { ports, sealer, blockIndex } = this.#place;
    const spooled = await putSealed(ports, sealer, blockIndex, packKept(this.#kept));
    this.#pieces.push({
      ...spooled,
      recordCount: this.#recordCount,
      byteCount: this.#byteCount,
      failedCount: this.#kept.length - this.#recordCount,
    });
    this.#kept = [];
    this.#recordCount = this.#byteCount = this.#heldBytes = 0;
  }
}

/** All that lies in a piece; nothing where it is gone, after a year, for its records have long expired. */
export async function readPiece(
  { ports, blockIndex }: Pick<ParcelPlace, "ports" | "blockIndex">,
  piece: ParcelPiece,
): Promise<readonly Kept[]> {
  const packed = await getSealed(ports, blockIndex, piece);
  return packed === undefined ? [] : unpackKept(packed);
}

/** The last piece that was asked for is remembered: batches of it follow each other. */
export function openParcel(
  place: Pick<ParcelPlace, "ports" | "blockIndex">,
  pieces: readonly ParcelPiece[],
): Parcel {
  let last: { readonly index: number; readonly records: readonly Passing[] } | undefined;
  const sum = (of: (piece: ParcelPiece) => number) =>
    pieces.reduce((total, piece) => total + of(piece), 0);
  return {
    recordCount: sum(({ recordCount }) => recordCount),
    byteCount: sum(({ byteCount }) => byteCount),
    pieceCount: pieces.length,
    async piece(index) {
      if (last?.index === index) return last.records;
      last = undefined;
      const kept = await readPiece(place, pieces[index]!);
      const records = kept.filter((one) => one.kind === "delivered");
      last = { index, records };
      return records;
    },
  };
}
