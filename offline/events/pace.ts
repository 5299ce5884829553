/**
 * How soon a stream that gives records is looked at again. A look costs what a put costs, and the function that is
 * told of ten records need not work harder than for one. So the more came, the longer the next look waits: a lone
 * record is shown at once, and a load is shown a few times a second, as Lambda does that.
 */
const MS_PER_RECORD = 5;
const SHORTEST_MS = 10;
/** Lambda looks four times a second. */
const LONGEST_MS = 250;

/** @param recordCount of the page that came; @param limit how many it could have held */
export function pauseAfterMs(recordCount: number, limit: number): number {
  if (recordCount >= limit) return 0;
  return Math.min(LONGEST_MS, Math.max(SHORTEST_MS, MS_PER_RECORD * recordCount));
}
