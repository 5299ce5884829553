/** Records that would take far more memory as values than as text. */
import { isWithin } from "../../json-size.ts";
import { RECORD_VALUES_MAX_COUNT } from "../../limits.ts";

const BOUNDS = { maxDepth: Number.POSITIVE_INFINITY, maxValueCount: RECORD_VALUES_MAX_COUNT };

/** Texts that are too short for so many values are not gone through. */
export function hasTooManyValues(text: string): boolean {
  return text.length > RECORD_VALUES_MAX_COUNT && !isWithin(text, BOUNDS);
}
