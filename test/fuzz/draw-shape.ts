/** Inputs as callers send them, drawn from shapes: right for the most part, so that what was changed in them is met. */
import fc from "fast-check";
import type { Shape, StringShape } from "../../src/wire/shape.ts";
import type { Chance } from "./chance.ts";

/** Values that name what there is, by the members' names. */
export type Known = Readonly<Record<string, readonly unknown[]>>;

const OPTIONAL_MEMBER = 0.35;
const KNOWN_VALUE = 0.85;
const ENTRIES_MAX_COUNT = 3;

export function drawShape(chance: Chance, shape: Shape, known: Known = {}, name = ""): unknown {
  if (Object.hasOwn(known, name) && chance.may(KNOWN_VALUE)) return chance.pick(known[name]!);
  switch (shape.kind) {
    case "string":
      return chance.pick(textsOf(shape));
    case "integer":
    case "long":
    case "double":
      return drawNumber(chance, shape);
    case "boolean":
      return chance.may(0.5);
    case "blob":
      return chance.bytes(chance.below(Math.min(shape.maxLength ?? 40, 40) + 1));
    case "timestamp":
      return new Date(Date.UTC(2026, 6, 13) + chance.below(86_400_000));
    case "list": {
      const count = chance.below(Math.min(shape.maxLength ?? 1, ENTRIES_MAX_COUNT) + 1);
      const length = Math.max(shape.minLength ?? 0, count);
      return Array.from({ length }, () => drawShape(chance, shape.member, known, name));
    }
    case "map": {
      const names = Array.from({ length: chance.below(ENTRIES_MAX_COUNT + 1) }, () =>
        chance.pick(textsOf(shape.key)),
      );
      return Object.fromEntries(names.map((key) => [key, drawShape(chance, shape.value, known)]));
    }
    case "structure": {
      const members = Object.entries(shape.members).filter(
        ([, { required }]) => required || chance.may(OPTIONAL_MEMBER),
      );
      return Object.fromEntries(
        members.map(([member, inner]) => [member, drawShape(chance, inner, known, member)]),
      );
    }
  }
}

function drawNumber(
  chance: Chance,
  { min = 0, max = min + 100 }: { readonly min?: number; readonly max?: number },
): number {
  return chance.pick([min, max, min + chance.below(Math.min(max - min, 100) + 1)]);
}

const SAMPLE = { seed: 1, numRuns: 8 } as const;
const made = new Map<StringShape, readonly string[]>();

/** A few that keep the shape, as far as they are easily made. */
function textsOf(shape: StringShape): readonly string[] {
  const standing = made.get(shape);
  if (standing !== undefined) return standing;
  const { enum: words, pattern, minLength = 0, maxLength = 40 } = shape;
  let texts: readonly string[] = words ?? [];
  if (texts.length === 0 && pattern === undefined) {
    texts = [
      "a".repeat(Math.max(1, minLength)),
      "b".repeat(Math.max(minLength, Math.min(maxLength, 20))),
    ];
  } else if (texts.length === 0 && pattern !== undefined) {
    const source = pattern.source.replaceAll(/\(\?![^()]*\)/g, "");
    texts = fc
      .sample(fc.stringMatching(new RegExp(source, pattern.flags)), SAMPLE)
      .filter((text) => text.length >= minLength && text.length <= maxLength);
  }
  if (texts.length === 0) texts = ["a".repeat(Math.max(1, minLength))];
  made.set(shape, texts);
  return texts;
}
