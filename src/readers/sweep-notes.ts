/**
 * The port of what the sweep is to look at, so that its cost depends on what is open and never on what stands idle:
 * shards with a buffer open, and what calls may have left to be done. Whoever brings the sweep work notes it first; the
 * sweep alone removes notes.
 */
import type { ShardKey } from "../log/store.ts";

/** Stands for whatever calls leave: changes of mappings, streams and retentions that are not finished. */
export const LEFT_BY_CALLS = "left-by-calls";

/** Of the token of a note. */
export const SWEEP_NOTE_TOKEN_BYTES = 8;

export interface SweepNote {
  readonly subject: ShardKey | typeof LEFT_BY_CALLS;
  /** Made anew whenever it is noted, so that what was noted again meanwhile is not taken away. */
  readonly token: string;
  readonly atMs: number;
}

export interface SweepNotes {
  /** Replaces the subject's note, if there is one. */
  put(note: SweepNote): Promise<void>;
  /** All, strongly consistent; what is put meanwhile may be missing. */
  list(): Promise<readonly SweepNote[]>;
  /** Removes it, unless the subject was noted again. */
  drop(note: SweepNote): Promise<void>;
}
