/**
 * JSON text to JavaScript values. What comes in was written by anybody, and Node's parser builds whatever a text
 * asks for: a list of a few million lists takes hundreds of megabytes. So the values and the depth of a text are
 * counted first, without building anything, and a text with more than any request has is no JSON to us.
 */
import { isWithin } from "../json-size.ts";
import { PARSED_DEPTH_MAX, PARSED_VALUES_MAX_COUNT } from "../limits.ts";

const BOUNDS = { maxDepth: PARSED_DEPTH_MAX, maxValueCount: PARSED_VALUES_MAX_COUNT };

/** `undefined` for what is no JSON, or too much of it. */
export function parseJson(text: string): unknown {
  if (!isWithin(text, BOUNDS)) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
