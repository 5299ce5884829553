/**
 * The sweep over what calls left to be done. Only while one may have left something are all streams and mappings
 * looked through.
 */
import { type Clock, isAhead } from "../clock.ts";
import { CALL_LEFTOVERS_MAX_MS } from "../limits.ts";
import { LEFT_BY_CALLS, type SweepNote, type SweepNotes } from "./sweep-notes.ts";

/**
 * @param finish does what it can, and answers whether all is done
 * @returns whether the note is left, if there is one
 */
export async function sweepLeftovers(
  { notes, clock }: { readonly notes: Pick<SweepNotes, "drop">; readonly clock: Clock },
  known: readonly SweepNote[],
  finish: () => Promise<boolean>,
): Promise<boolean> {
  const note = known.find(({ subject }) => subject === LEFT_BY_CALLS);
  if (note === undefined) return false;
  const isDone = await finish();
  // Whoever noted it may be just about to leave something, unless his function must have ended since.
  const mayCome = isAhead(note.atMs + CALL_LEFTOVERS_MAX_MS, clock.now(), CALL_LEFTOVERS_MAX_MS);
  if (!isDone || mayCome) return true;
  await notes.drop(note);
  return false;
}
