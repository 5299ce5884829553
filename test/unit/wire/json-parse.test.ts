import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PARSED_DEPTH_MAX, PARSED_VALUES_MAX_COUNT } from "../../../src/limits.ts";
import { parseJson } from "../../../src/wire/json-parse.ts";

/** Texts and keys that look like the brackets and commas that are counted. */
const value = fc.json({
  maxDepth: 5,
  stringUnit: fc.constantFrom("[", "]", "{", "}", ",", '"', "\\", "a", "ü", "\ud800"),
});

test("what is no more than a request is parsed as ever", () => {
  fc.assert(
    fc.property(value, (text) => {
      expect(parseJson(text)).toEqual(JSON.parse(text));
    }),
  );
});

test("what is no JSON is refused without an exception", () => {
  const soup = fc.string({ unit: fc.constantFrom(...'[]{},:"\\ 1tn'), maxLength: 30 });
  fc.assert(
    fc.property(soup, (text) => {
      let expected: unknown;
      try {
        expected = JSON.parse(text);
      } catch {
        expected = undefined;
      }
      expect(parseJson(text)).toEqual(expected);
    }),
    { numRuns: 5000 },
  );
});

describe("the depth", () => {
  const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;

  test("is bounded", () => {
    expect(parseJson(nested(PARSED_DEPTH_MAX))).toBeDefined();
    expect(parseJson(nested(PARSED_DEPTH_MAX + 1))).toBeUndefined();
    expect(parseJson('{"a":'.repeat(PARSED_DEPTH_MAX + 1))).toBeUndefined();
  });

  test("is not that of a text's own brackets", () => {
    const text = JSON.stringify({ Data: `\\"${"[{".repeat(PARSED_DEPTH_MAX)}` });
    expect(parseJson(text)).toEqual(JSON.parse(text));
  });
});

describe("the number of values", () => {
  const values = (count: number) => JSON.stringify(Array.from({ length: count - 1 }, () => 0));

  test("is bounded", () => {
    expect(parseJson(values(PARSED_VALUES_MAX_COUNT))).toHaveLength(PARSED_VALUES_MAX_COUNT - 1);
    expect(parseJson(values(PARSED_VALUES_MAX_COUNT + 2))).toBeUndefined();
  });

  test("is not that of a text's own commas", () => {
    const text = JSON.stringify([",".repeat(PARSED_VALUES_MAX_COUNT * 2)]);
    expect(parseJson(text)).toEqual(JSON.parse(text));
  });
});
