/** Inputs made from shapes: at all their bounds at once, and far beyond one of them. */
import fc from "fast-check";
import type { Shape, StringShape, StructureShape } from "../../../src/wire/shape.ts";

/** How much of a request its data may be, so that the rest fits, too, whatever it is encoded in. */
const DATA_MAX_BYTES = 4_000_000;
const TEXT_MAX_LENGTH = 1_000_000;
/** What an entry takes at least, with its name and the signs around it. */
const ENTRY_BYTES = 64;
const SEED = 1;

/** Every member there is, as long as it may be. */
export function atTheBounds(shape: StructureShape): unknown {
  return largest(shape, DATA_MAX_BYTES);
}

function largest(shape: Shape, shareBytes: number): unknown {
  switch (shape.kind) {
    case "string":
      return longestText(shape).slice(0, Math.max(shape.minLength ?? 0, shareBytes));
    case "integer":
    case "long":
      return shape.max ?? shape.min ?? 1;
    case "double":
      return shape.max ?? 1;
    case "boolean":
      return true;
    case "timestamp":
      return new Date(0);
    case "blob":
      return Buffer.alloc(Math.min(shape.maxLength ?? 0, shareBytes), "x");
    case "list": {
      const count = countOf(shape, shareBytes);
      const entry = largest(shape.member, shareBytes / count);
      return Array.from({ length: count }, () => entry);
    }
    case "map": {
      const key = longestText(shape.key);
      const count = countOf(shape, shareBytes / key.length);
      const entry = largest(shape.value, shareBytes / count);
      const keys = Array.from({ length: count }, (_, index) =>
        `${index}${key}`.slice(0, key.length),
      );
      return Object.fromEntries(keys.map((name) => [name, entry]));
    }
    case "structure": {
      const members = Object.entries(shape.members);
      const share = shareBytes / members.length;
      return Object.fromEntries(members.map(([name, member]) => [name, largest(member, share)]));
    }
  }
}

function countOf(
  { minLength = 0, maxLength = 0 }: { readonly minLength?: number; readonly maxLength?: number },
  shareBytes: number,
): number {
  return Math.max(1, minLength, Math.min(maxLength, Math.floor(shareBytes / ENTRY_BYTES)));
}

/** Of those that keep the shape, as far as they are easily made. */
function longestText({ enum: words, pattern, maxLength, longestMatch }: StringShape): string {
  if (words !== undefined) return words.at(-1) ?? "";
  const length = Math.min(maxLength ?? longestMatch ?? 0, TEXT_MAX_LENGTH);
  if (pattern === undefined || pattern.test("a".repeat(length))) return "a".repeat(length);
  const source = pattern.source.replaceAll("(?!aws:)", "");
  return (
    fc
      .sample(fc.stringMatching(new RegExp(source, pattern.flags)), { seed: SEED, numRuns: 50 })
      .filter((text) => text.length <= length)
      .toSorted((a, b) => b.length - a.length)[0] ?? ""
  );
}

/** Texts that begin right, up to each of their colons, and then go on without end. */
export function* endlessTexts(shape: StringShape, length: number): Iterable<string> {
  const right = longestText(shape);
  const starts = [...right.matchAll(/:/g)].map(({ index }) => right.slice(0, index + 1));
  for (const start of ["", ...starts]) yield start.padEnd(length, "a");
}

/** An input in which nothing is but `value`, at the place of a shape within it. */
export interface Place {
  readonly name: string;
  readonly shape: StringShape;
  holding(value: string): unknown;
}

export function textPlaces(shape: Shape, name: string): readonly Place[] {
  const within = (member: Shape, step: string, wrap: (inner: unknown) => unknown) =>
    textPlaces(member, `${name}.${step}`).map((place) => ({
      ...place,
      holding: (value: string) => wrap(place.holding(value)),
    }));
  switch (shape.kind) {
    case "string":
      return [{ name, shape, holding: (value) => value }];
    case "list":
      return within(shape.member, "member", (inner) => [inner]);
    case "map":
      return [
        ...within(shape.key, "key", (inner) => ({ [inner as string]: "" })),
        ...within(shape.value, "value", (inner) => ({ a: inner })),
      ];
    case "structure":
      return Object.entries(shape.members).flatMap(([step, member]) =>
        within(member, step, (inner) => ({ [step]: inner })),
      );
    default:
      return [];
  }
}

/**
 * Texts of a length that keep a pattern busy, as far as they can be told from it: its own words again and again, one
 * after another, and at the end something that it does not take.
 */
export function busyTexts(pattern: RegExp, length: number): readonly string[] {
  const [start = ""] = /^\^\(\?:([\w:/-]*)/.exec(pattern.source)?.slice(1) ?? [];
  const words = new Set(
    [...pattern.source.matchAll(/[\w:/-]+(?:\\d\{12\}[\w:/-]*)?/g)]
      .map(([word]) => word.replaceAll(String.raw`\d{12}`, "0".repeat(12)))
      .filter((word) => word.length > 1),
  );
  const units = [...words, "a", "0", ":", "/", " "].slice(0, 9);
  const room = length - start.length - 1;
  const half = (unit: string) => unit.repeat(Math.max(1, Math.floor(room / 2 / unit.length)));
  return units.flatMap((first) =>
    units.map((second) => `${start}${half(first)}${half(second)}`.slice(0, length - 1) + "\n"),
  );
}
