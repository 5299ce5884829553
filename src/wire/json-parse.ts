/**
 * JSON text to JavaScript values. What comes in was written by anybody, and Node's parser builds whatever a text
 * asks for: a list of a few million lists takes hundreds of megabytes. So the values and the depth of a text are
 * counted first, without building anything, and a text with more than any request has is no JSON to us.
 */
import { PARSED_DEPTH_MAX, PARSED_VALUES_MAX_COUNT } from "../limits.ts";

/** `undefined` for what is no JSON, or too much of it. */
export function parseJson(text: string): unknown {
  if (!isModest(text)) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/**
 * Counts what would begin a value: brackets and commas outside texts. Whether they stand where they may is the
 * parser's question; what is no JSON is counted somehow, and refused by it.
 */
function isModest(text: string): boolean {
  let depth = 0;
  let valueCount = 1;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        at = endOfText(text, at);
        break;
      case OPEN_LIST:
      case OPEN_STRUCTURE:
        if (++depth > PARSED_DEPTH_MAX || ++valueCount > PARSED_VALUES_MAX_COUNT) return false;
        break;
      case CLOSE_LIST:
      case CLOSE_STRUCTURE:
        depth--;
        break;
      case COMMA:
        if (++valueCount > PARSED_VALUES_MAX_COUNT) return false;
    }
  }
  return true;
}

/** Where the text ends that begins at `start`, both meaning its quotes; without an end, where everything ends. */
function endOfText(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let firstBackslash = end;
    while (text.charCodeAt(firstBackslash - 1) === BACKSLASH) firstBackslash--;
    // Backslashes come in pairs, but for one that belongs to the quote.
    if ((end - firstBackslash) % 2 === 0) return end;
  }
  return text.length;
}

const QUOTE = '"'.charCodeAt(0);
const BACKSLASH = "\\".charCodeAt(0);
const COMMA = ",".charCodeAt(0);
const OPEN_LIST = "[".charCodeAt(0);
const CLOSE_LIST = "]".charCodeAt(0);
const OPEN_STRUCTURE = "{".charCodeAt(0);
const CLOSE_STRUCTURE = "}".charCodeAt(0);
