/**
 * JSON as bytes, found apart without building anything of it. What is looked at within objects is their brackets and
 * strings alone; whether one is valid is for those to say who read it.
 */
const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** The objects that stand one behind the other; `undefined` when anything but objects and white space does, or more. */
export function splitJson(
  data: Uint8Array,
  maxCount = Number.POSITIVE_INFINITY,
): readonly Uint8Array[] | undefined {
  const parts: Uint8Array[] = [];
  let at = skipSpace(data, 0);
  while (at < data.byteLength) {
    if (data[at] !== OPEN_BRACE) return undefined;
    const end = objectEnd(data, at);
    if (end === undefined) return undefined;
    if (parts.push(data.subarray(at, end)) > maxCount) return undefined;
    at = skipSpace(data, end);
  }
  return parts;
}

/** The members of a valid object, each from its name to the end of its value. */
export function* membersOf(object: Uint8Array): Generator<Member> {
  let at = skipSpace(object, skipSpace(object, 0) + 1);
  while (object[at] === QUOTE) {
    const nameEnd = stringEnd(object, at)! + 1;
    const valueStart = skipSpace(object, skipSpace(object, nameEnd) + 1);
    const end = valueEnd(object, valueStart);
    const name = JSON.parse(Buffer.from(object.subarray(at, nameEnd)).toString()) as string;
    yield { name, bytes: object.subarray(at, end) };
    at = skipSpace(object, skipSpace(object, end) + 1);
  }
}

export interface Member {
  readonly name: string;
  readonly bytes: Uint8Array;
}

function valueEnd(data: Uint8Array, start: number): number {
  const first = data[start];
  if (first === QUOTE) return stringEnd(data, start)! + 1;
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return objectEnd(data, start)!;
  let at = start;
  while (data[at] !== COMMA && data[at] !== CLOSE_BRACE && skipSpace(data, at) === at) at++;
  return at;
}

/** Behind the bracket that closes the one at `start`. */
function objectEnd(data: Uint8Array, start: number): number | undefined {
  let depth = 0;
  for (let at = start; at < data.byteLength; at++) {
    const byte = data[at];
    if (byte === QUOTE) {
      const end = stringEnd(data, at);
      if (end === undefined) return undefined;
      at = end;
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      depth++;
    } else if ((byte === CLOSE_BRACE || byte === CLOSE_BRACKET) && --depth === 0) {
      return at + 1;
    }
  }
  return undefined;
}

/** The quote that closes the one at `start`. */
function stringEnd(data: Uint8Array, start: number): number | undefined {
  for (let at = start + 1; at < data.byteLength; at++) {
    if (data[at] === BACKSLASH) at++;
    else if (data[at] === QUOTE) return at;
  }
  return undefined;
}

/** Space, tab, newline and carriage return, as JSON has them. */
function skipSpace(data: Uint8Array, start: number): number {
  let at = start;
  while (data[at] === 0x20 || data[at] === 0x09 || data[at] === 0x0a || data[at] === 0x0d) at++;
  return at;
}
