/** Bytes and texts that were right, and then something happened to them: flips, cuts, repetitions, lengths that lie. */
import type { Chance } from "./chance.ts";

const CHANGES_MAX_COUNT = 6;
const REPEATED_MAX_COUNT = 5000;
const BYTES_OF_INTEREST = [0x00, 0x01, 0x7f, 0x80, 0xfe, 0xff, 0x22, 0x5b, 0x5c, 0x7b, 0x9f, 0xbf];
/** Lengths and counts, where four bytes stand for one. */
const LENGTHS_OF_INTEREST = [0, 1, 0x7f, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];

/** What is cut, copied or spliced is seldom long, now and then all there is. */
function lengthUpTo(chance: Chance, most: number): number {
  return chance.may(0.8) ? chance.below(Math.min(most, 16) + 1) : chance.below(most + 1);
}

/** `others`: to splice from. */
export function mutateBytes(
  chance: Chance,
  bytes: Uint8Array,
  others: readonly Uint8Array[] = [],
): Buffer {
  let made = Buffer.from(bytes);
  for (let left = 1 + chance.below(CHANGES_MAX_COUNT); left > 0; left--) {
    const at = chance.below(made.length + 1);
    const [before, after] = [made.subarray(0, at), made.subarray(at)];
    switch (chance.below(8)) {
      case 0:
        if (at < made.length) made[at] = made[at]! ^ (1 << chance.below(8));
        break;
      case 1:
        if (at < made.length) made[at] = chance.pick(BYTES_OF_INTEREST);
        break;
      case 2:
        if (made.length >= 4) {
          const place = chance.below(made.length - 3);
          const length = chance.pick(LENGTHS_OF_INTEREST);
          if (chance.may(0.5)) made.writeUInt32BE(length, place);
          else made.writeUInt32LE(length, place);
        }
        break;
      case 3:
        made = Buffer.concat([before, after.subarray(lengthUpTo(chance, after.length))]);
        break;
      case 4:
        made = Buffer.concat([before, chance.bytes(lengthUpTo(chance, 64)), after]);
        break;
      case 5: {
        const unit = chance.may(0.5)
          ? Buffer.of(chance.pick(BYTES_OF_INTEREST))
          : after.subarray(0, lengthUpTo(chance, after.length));
        const count = 1 + lengthUpTo(chance, Math.min(REPEATED_MAX_COUNT, 1e6 / unit.length));
        made = Buffer.concat([before, ...Array<Uint8Array>(count).fill(unit), after]);
        break;
      }
      case 6:
        made = Buffer.from(before);
        break;
      default: {
        const other = others.length === 0 ? made : chance.pick(others);
        const from = chance.below(other.length + 1);
        const piece = other.subarray(from, from + lengthUpTo(chance, other.length - from));
        made = Buffer.concat([before, piece, after]);
      }
    }
  }
  return made;
}

/** Texts that mean something to somebody on the way. */
const WORDS_OF_INTEREST = [
  "__proto__",
  "constructor",
  "toString",
  "\ud800",
  "\udc00",
  "\u0000",
  "\u2028",
  "\u{1f600}",
  "\ufeff",
  "é",
  "ſ",
  "İ",
  '"',
  "\\",
  "\\u0000",
  "\\ud800",
  "${jndi:x}",
  "../",
  "%00",
  "*",
  "?",
  "\n",
  "\r\n",
  " ",
  "",
  "0",
  "-0",
  "1e999",
  "99999999999999999999",
  "0.1",
  "NaN",
  "null",
  "true",
];

/** `words`: what means something in this language. */
export function mutateText(chance: Chance, text: string, words: readonly string[] = []): string {
  let made = text;
  for (let left = 1 + chance.below(CHANGES_MAX_COUNT); left > 0; left--) {
    const at = chance.below(made.length + 1);
    const [before, after] = [made.slice(0, at), made.slice(at)];
    const word = () => chance.pick(words.length > 0 && chance.may(0.7) ? words : WORDS_OF_INTEREST);
    switch (chance.below(6)) {
      case 0:
        made = before + word() + after;
        break;
      case 1:
        made = before + word() + after.slice(lengthUpTo(chance, after.length));
        break;
      case 2:
        made = before + after.slice(lengthUpTo(chance, after.length));
        break;
      case 3: {
        const unit = chance.may(0.5) ? word() : after.slice(0, lengthUpTo(chance, after.length));
        made = before + unit.repeat(1 + lengthUpTo(chance, 200)) + after;
        break;
      }
      case 4:
        made = before + String.fromCharCode(chance.below(chance.may(0.8) ? 128 : 65_536)) + after;
        break;
      default: {
        const from = chance.below(made.length + 1);
        made = before + made.slice(from, from + lengthUpTo(chance, made.length - from)) + after;
      }
    }
    if (made.length > TEXT_MAX_LENGTH) made = made.slice(0, TEXT_MAX_LENGTH);
  }
  return made;
}

const TEXT_MAX_LENGTH = 1_000_000;
