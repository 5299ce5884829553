/** How far a receiver has come with a flush. Plain JSON: it is stored with the plan. */
import type { Attempts } from "./attempts.ts";
import type { ParcelPiece } from "./parcel.ts";

export interface Settling {
  /** Of a receiver that follows objects there are none. */
  readonly pieces?: readonly ParcelPiece[];
  readonly droppedCount: number;
  /** Of the data to be delivered of those that the receiver did not take. */
  readonly failedBytes: number;
  /** The records that the receiver did not take and that are given up. */
  readonly failures: readonly ParcelPiece[];
  /** Those that failed. */
  readonly attempts?: Attempts;
  /** The receiver's own. */
  readonly state?: unknown;
  /** Nothing more is asked of the receiver. */
  readonly isSettled?: true;
}

/** The names in the spool of all that belongs to it. */
export function spooledOf(settling: Settling | undefined): readonly string[] {
  if (settling === undefined) return [];
  return [...(settling.pieces ?? []), ...settling.failures].map(({ key }) => key);
}
