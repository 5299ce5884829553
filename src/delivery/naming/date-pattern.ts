/**
 * Date patterns as Java's `DateTimeFormatter` reads them: that is what `!{timestamp:…}` in a Firehose prefix
 * holds. Read once when a stream is created, which refuses what Java refuses, and printed once per object.
 */
import { DATE_FIELDS } from "./date-fields.ts";
import { zonedTime } from "./zoned-time.ts";

export type DatePatternPart =
  | { readonly kind: "text"; readonly text: string }
  | {
      readonly kind: "field";
      readonly letter: string;
      readonly count: number;
      /** Spaces are put before it up to that length. What is longer Java cannot print; here it stands as it is. */
      readonly padLength: number;
    };

/**
 * `undefined` where Java throws: an unknown letter, too many of one, an open quote, a reserved character.
 * Square brackets mark what parsing may skip; printing passes over them.
 */
export function parseDatePattern(pattern: string): readonly DatePatternPart[] | undefined {
  const parts: DatePatternPart[] = [];
  let openBrackets = 0;
  for (let at = 0; at < pattern.length;) {
    const character = pattern.charAt(at);
    if (/[A-Za-z]/.test(character)) {
      // `ppH`: the hour in two places.
      const padLength = character === PAD ? repeatCount(pattern, at) : 0;
      const start = at + padLength;
      const letter = pattern.charAt(start);
      const count = repeatCount(pattern, start);
      if (!mayRepeat(letter, count)) return undefined;
      parts.push({ kind: "field", letter, count, padLength });
      at = start + count;
    } else if (character === "'") {
      const quoted = /^'((?:[^']|'')*)'/.exec(pattern.slice(at));
      if (quoted?.[1] === undefined) return undefined;
      parts.push({ kind: "text", text: quoted[1] === "" ? "'" : quoted[1].replaceAll("''", "'") });
      at += quoted[0].length;
    } else {
      if (character === "[") openBrackets++;
      else if (character === "]") openBrackets--;
      else if ("{}#".includes(character)) return undefined;
      else parts.push({ kind: "text", text: character });
      if (openBrackets < 0) return undefined;
      at++;
    }
  }
  return parts;
}

/**
 * @example formatDate(parseDatePattern("yyyy/MM/dd/HH")!, Date.UTC(2026, 6, 13, 14)) // "2026/07/13/14"
 */
export function formatDate(
  parts: readonly DatePatternPart[],
  instantMs: number,
  timeZone?: string,
): string {
  const time = zonedTime(instantMs, timeZone);
  return parts
    .map((part) => {
      if (part.kind === "text") return part.text;
      const { letter, count, padLength } = part;
      return (DATE_FIELDS[letter]?.print(time, count) ?? "").padStart(padLength);
    })
    .join("");
}

const PAD = "p";

/** How often the character at that place stands there in a row. */
function repeatCount(pattern: string, at: number): number {
  let end = at;
  while (end < pattern.length && pattern.charAt(end) === pattern.charAt(at)) end++;
  return end - at;
}

function mayRepeat(letter: string, count: number): boolean {
  const counts = DATE_FIELDS[letter]?.counts;
  if (counts === undefined) return false;
  return typeof counts === "number" ? count <= counts : counts.includes(count);
}
