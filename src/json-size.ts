/**
 * What a JSON text would be built into, told without building it. Node's parser builds whatever a text asks for: lists of
 * nothing take twenty times the memory of their text, and what is nested deeply enough cannot be printed again.
 */

export interface JsonBounds {
  readonly maxDepth: number;
  readonly maxValueCount: number;
}

/**
 * Counts what would begin a value: brackets and commas outside texts. Whether they stand where they may is the
 * parser's question; what is no JSON is counted somehow, and refused by it.
 */
export function isWithin(text: string, { maxDepth, maxValueCount }: JsonBounds): boolean {
  let depth = 0;
  let valueCount = 1;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        at = endOfText(text, at);
        break;
      case OPEN_LIST:
      case OPEN_STRUCTURE:
        if (++depth > maxDepth || ++valueCount > maxValueCount) return false;
        break;
      case CLOSE_LIST:
      case CLOSE_STRUCTURE:
        depth--;
        break;
      case COMMA:
        if (++valueCount > maxValueCount) return false;
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
