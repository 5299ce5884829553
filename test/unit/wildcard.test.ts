import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { matchesArn, matchesWildcard } from "../../src/wildcard.ts";

const letters = (all: string) => fc.string({ unit: fc.constantFrom(...all), maxLength: 8 });

describe("wildcards", () => {
  test("match as the same pattern written as a regular expression does", () => {
    fc.assert(
      fc.property(letters("ab*?"), letters("abc"), (pattern, text) => {
        const source = pattern.replaceAll("*", ".*").replaceAll("?", ".");
        expect(matchesWildcard(pattern, text)).toBe(new RegExp(`^${source}$`).test(text));
      }),
      { numRuns: 2000 },
    );
  });

  test("of ARNs stop at a colon, unless a star ends its segment", () => {
    fc.assert(
      fc.property(letters("a:*?"), letters("ab:"), (pattern, text) => {
        const source = pattern
          .replaceAll("?", "[^:]")
          .replaceAll(/\*(?=:|$)/g, ".*")
          .replaceAll(/(?<!\.)\*/g, "[^:]*");
        expect(matchesArn(pattern, text)).toBe(new RegExp(`^${source}$`).test(text));
      }),
      { numRuns: 5000 },
    );
  });

  test.each([
    ["*", "arn:aws:kinesis:us-east-1:123456789012:stream/a", true],
    ["arn:aws:kinesis:*", "arn:aws:kinesis:us-east-1:123456789012:stream/a", true],
    ["arn:aws:kinesis:*:stream/a", "arn:aws:kinesis:us-east-1:123456789012:stream/a", true],
    ["arn:aws:kinesis:*:*:stream/a*", "arn:aws:kinesis:us-east-1:123456789012:stream/ab", true],
    ["arn:aws:kinesis:*:*:stream/a*", "arn:aws:kinesis:us-east-1:123456789012:stream/b", false],
    ["arn:aws:ki*sis:*", "arn:aws:ki:x:sis:y", false],
    [
      "arn:aws:kinesis:*:*:stream/*/consumer/*",
      "arn:aws:kinesis:us-east-1:123456789012:stream/a/consumer/b:1764489600",
      true,
    ],
    [
      "arn:aws:kinesis:*:*:stream/*/consumer/b?176",
      "arn:aws:kinesis:us-east-1:123456789012:stream/a/consumer/b:176",
      false,
    ],
  ])("say of %s and %s: %s", (pattern, text, isMatch) => {
    expect(matchesArn(pattern, text)).toBe(isMatch);
  });

  test("take no longer for the worst of patterns than its length times the text's", () => {
    const pattern = `arn:${"*a".repeat(1000)}b`;
    expect(matchesArn(pattern, `arn:${"a".repeat(2000)}`)).toBe(false);
    expect(matchesArn(`arn:${"*:".repeat(1000)}b`, `arn:${":".repeat(2000)}`)).toBe(false);
  });
});
