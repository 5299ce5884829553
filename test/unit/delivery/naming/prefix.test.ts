import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  errorPrefixParts,
  evaluatePrefix,
  parsePrefix,
  prefixParts,
  prefixProblem,
} from "../../../../src/delivery/naming/prefix.ts";
import { PREFIX_EVALUATED_MAX_BYTES } from "../../../../src/limits.ts";

const ARRIVED_MS = Date.UTC(2026, 6, 13, 14, 5, 6);
const values = { instantMs: ARRIVED_MS, seed: "a flush" };
const failed = { ...values, errorOutputType: "processing-failed" } as const;
const FAILURES = "failed/!{firehose:error-output-type}/";

function problem(prefix: string, errorOutputPrefix?: string): string | undefined {
  return prefixProblem({ prefix, errorOutputPrefix }, ARRIVED_MS);
}

describe("a prefix", () => {
  it.each([
    [undefined, "2026/07/13/14/"],
    ["", "2026/07/13/14/"],
    ["legacy", "legacy2026/07/13/14/"],
    ["logs/", "logs/2026/07/13/14/"],
    ["logs/!{timestamp:yyyy}/", "logs/2026/"],
    ["!{timestamp:'year='yyyy/'month='MM}/x", "year=2026/month=07/x"],
    ["a}b{c!d/", "a}b{c!d/2026/07/13/14/"],
  ])("%j names objects %j", (prefix, expected) => {
    expect(evaluatePrefix(prefixParts(prefix), values)).toBe(expected);
  });

  it("tells the time in the zone it is given", () => {
    expect(evaluatePrefix(prefixParts("logs/"), { ...values, timeZone: "Asia/Tokyo" })).toBe(
      "logs/2026/07/13/23/",
    );
  });

  it("uses one instant for all its timestamps", () => {
    const parts = prefixParts("!{timestamp:HH}-!{timestamp:mm}-!{timestamp:ss}");
    expect(evaluatePrefix(parts, values)).toBe("14-05-06");
  });

  it("gets the date appended to random strings alone", () => {
    expect(evaluatePrefix(prefixParts("!{firehose:random-string}/"), values)).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{2}\/2026\/07\/13\/14\/$/,
    );
  });

  it("draws a new random string per occurrence and the same ones for the same seed", () => {
    const parts = prefixParts(
      "!{firehose:random-string}/!{firehose:random-string}/!{timestamp:yyyy}",
    );
    const [first, second] = evaluatePrefix(parts, values).split("/");
    expect(first).not.toBe(second);
    expect(evaluatePrefix(parts, values)).toBe(evaluatePrefix(parts, { ...values }));
    expect(evaluatePrefix(parts, { ...values, seed: "other" })).not.toContain(first);
  });

  it("keeps text without expressions letter for letter", () => {
    fc.assert(
      fc.property(
        fc.string().filter((text) => !text.includes("!{")),
        (text) => {
          expect(evaluatePrefix(prefixParts(text), values)).toBe(`${text}2026/07/13/14/`);
        },
      ),
    );
  });

  it("is read or refused, whatever it holds", () => {
    const piece = fc.constantFrom("!{", "}", ":", "timestamp", "firehose", "yyyy", "'", "x");
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const parsed = parsePrefix(pieces.join(""), "Prefix");
        if (parsed.kind === "prefix") evaluatePrefix(parsed.parts, values);
        else expect(parsed.message).not.toBe("");
      }),
    );
  });
});

describe("the prefix of failed records", () => {
  it.each([
    [undefined, undefined, "processing-failed/2026/07/13/14/"],
    ["logs/", undefined, "logs/processing-failed/2026/07/13/14/"],
    ["logs/", "", "logs/processing-failed/2026/07/13/14/"],
    ["logs/", "failed/", "failed/processing-failed/2026/07/13/14/"],
    ["logs/", FAILURES, "failed/processing-failed/"],
    [undefined, `${FAILURES}!{timestamp:yyyy}/`, "failed/processing-failed/2026/"],
  ])("for %j and %j is %j", (prefix, errorOutputPrefix, expected) => {
    expect(evaluatePrefix(errorPrefixParts({ prefix, errorOutputPrefix }), failed)).toBe(expected);
  });
});

describe("a pair of prefixes", () => {
  it.each([
    ["", undefined],
    ["logs/", undefined],
    ["logs/", "failed/"],
    ["!{timestamp:yyyy/MM/dd}/", FAILURES],
    ["!{partitionKeyFromQuery:id}/", FAILURES],
  ])("%j with %j is taken", (prefix, errorOutputPrefix) => {
    expect(problem(prefix, errorOutputPrefix)).toBeUndefined();
  });

  it.each([
    "!{",
    "!{}",
    "!{timestamp}",
    "!{timestamp:}",
    "!{:x}",
    "a!{timestamp:yyyy",
    "!{!{x:y}}",
  ])("is refused for the malformed %j", (prefix) => {
    expect(problem(prefix, FAILURES)).toBe("Invalid expression usage");
  });

  it("is refused for an unknown namespace", () => {
    expect(problem("!{time:yyyy}", FAILURES)).toBe(
      "Namespace to the left of colon (time) is an invalid keyword!",
    );
  });

  it.each([
    ...[..."CIJPRTUVbfijloprt"].map((letter) => `!{timestamp:yyyy/${letter}${letter}}`),
    "!{timestamp:ppH}",
    "!{timestamp:yyyy'}",
    "!{firehose:random}",
  ])("is refused for the value in %j", (expression) => {
    expect(problem(expression, FAILURES)).toBe(
      "Invalid conversion character used in the value of the expression in Prefix",
    );
    expect(problem("", FAILURES + expression)).toBe(
      "Invalid conversion character used in the value of the expression in ErrorOutputPrefix",
    );
  });

  it("needs an error prefix when the prefix has expressions", () => {
    const message = "ErrorOutputPrefix cannot be null or empty when Prefix contains expressions";
    expect(problem("!{timestamp:yyyy}/")).toBe(message);
    expect(problem("!{firehose:random-string}/", "")).toBe(message);
  });

  it("needs the error type in an error prefix with expressions, and only there", () => {
    expect(problem("", "failed/!{timestamp:yyyy}/")).toBe(
      "ErrorOutputPrefix must contain at least one occurrence of !{firehose:error-output-type}",
    );
    expect(problem("!{firehose:error-output-type}/", FAILURES)).toBe(
      "Prefix must not contain any occurrence of !{firehose:error-output-type}",
    );
  });

  it("is refused for a partition key in the error prefix", () => {
    expect(problem("", `${FAILURES}!{partitionKeyFromQuery:id}`)).toBe(
      "Dynamic Partitioning Namespaces can't be part of an error prefix expression",
    );
  });

  it("may each be 512 characters long once evaluated, with the date that is appended", () => {
    const dateLength = "2026/07/13/14/".length;
    const typeLength = "processing-failed/".length;
    expect(problem("x".repeat(512 - dateLength), FAILURES)).toBeUndefined();
    expect(problem("x".repeat(513 - dateLength), FAILURES)).toBe(
      "Length of evaluated prefix cannot be greater than 512",
    );
    expect(problem("x".repeat(512 - dateLength))).toBeUndefined();
    const longest = "x".repeat(512 - typeLength);
    expect(problem("", `${longest}!{firehose:error-output-type}/`)).toBeUndefined();
    expect(problem("", `x${longest}!{firehose:error-output-type}/`)).toBe(
      "Length of evaluated ErrorOutputPrefix cannot be greater than 512",
    );
  });

  it("gets no date appended to partition keys", () => {
    expect(problem(`!{partitionKeyFromQuery:id}${"x".repeat(512)}`, FAILURES)).toBeUndefined();
  });

  it.each([..."GuyYQqMLwWDdFgEeaBHkKhmsSAnNzOXxZ"])("takes the date letter %s", (letter) => {
    expect(problem(`!{timestamp:${letter}}/`, FAILURES)).toBeUndefined();
  });

  it("takes any letter between quotes", () => {
    expect(problem("!{timestamp:'priVate='yyyy}/", FAILURES)).toBeUndefined();
  });

  it("leaves room for the longest kind of failure", () => {
    const bytes = PREFIX_EVALUATED_MAX_BYTES - "metadata-extraction-failed".length;
    const longest = "é".repeat(Math.floor(bytes / 2));
    expect(problem("", `${longest}!{firehose:error-output-type}`)).toBeUndefined();
    expect(problem("", `é${longest}!{firehose:error-output-type}`)).toMatch(/bytes/);
  });

  it("is refused when no object's key could hold it", () => {
    expect(problem("é".repeat(370), FAILURES)).toBeUndefined();
    expect(problem("é".repeat(380), FAILURES)).toMatch(
      /^The evaluated prefix must be at most 760 bytes/,
    );
    expect(problem("", "é".repeat(380))).toMatch(
      /^The evaluated ErrorOutputPrefix must be at most/,
    );
    expect(problem("\ud800")).toBe("The prefix must be well-formed Unicode");
  });
});
