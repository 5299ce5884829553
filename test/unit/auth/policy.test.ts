import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isAllowed, matchesWildcard, parsePolicy } from "../../../src/auth/policy.ts";

const LOGS = "arn:aws:firehose:us-east-1:000000000000:deliverystream/logs";

function policy(...statements: readonly unknown[]) {
  return parsePolicy({ Version: "2012-10-17", Statement: statements });
}

describe("a policy", () => {
  test("that is absent allows everything", () => {
    expect(isAllowed(undefined, "firehose:PutRecord", LOGS)).toBe(true);
  });

  test("without statements allows nothing", () => {
    expect(isAllowed({ statements: [] }, "firehose:PutRecord", LOGS)).toBe(false);
  });

  test("allows what one statement allows, action and resource together", () => {
    const writer = policy({ Effect: "Allow", Action: "firehose:Put*", Resource: `${LOGS}*` });
    expect(isAllowed(writer, "firehose:PutRecordBatch", LOGS)).toBe(true);
    expect(isAllowed(writer, "firehose:DeleteDeliveryStream", LOGS)).toBe(false);
    expect(isAllowed(writer, "firehose:PutRecord", LOGS.replace("logs", "other"))).toBe(false);
    expect(isAllowed(writer, "firehose:PutRecord", "*")).toBe(false);
  });

  test("denies what any statement denies", () => {
    const all = { Effect: "Allow", Action: "*", Resource: "*" };
    const butLogs = { Effect: "Deny", Action: ["firehose:Delete*"], Resource: [LOGS] };
    for (const statements of [
      [all, butLogs],
      [butLogs, all],
    ]) {
      expect(isAllowed(policy(...statements), "firehose:DeleteDeliveryStream", LOGS)).toBe(false);
      expect(isAllowed(policy(...statements), "firehose:PutRecord", LOGS)).toBe(true);
    }
  });

  test("compares actions without regard to case, resources with", () => {
    const writer = policy({ Effect: "Allow", Action: "Firehose:putrecord", Resource: LOGS });
    expect(isAllowed(writer, "firehose:PutRecord", LOGS)).toBe(true);
    expect(isAllowed(writer, "firehose:PutRecord", LOGS.toUpperCase())).toBe(false);
  });
});

describe("a policy document", () => {
  test.each([
    [{ Statement: [{ Effect: "allow", Action: "*", Resource: "*" }] }, /Effect must be/],
    [{ Statement: [{ Effect: "Allow", Resource: "*" }] }, /Action must be/],
    [{ Statement: [{ Effect: "Allow", Action: [], Resource: "*" }] }, /Action must be/],
    [
      { Statement: { Effect: "Allow", Action: "*", Resource: "*", Condition: {} } },
      /Condition is not supported/,
    ],
    [{ Statement: { Effect: "Deny", NotAction: "*", Resource: "*" } }, /NotAction is not/],
    [{ Statements: [] }, /Statements is not supported/],
    ["*", /must be an object/],
  ])("is refused when it says what is not understood: %j", (document, message) => {
    expect(() => parsePolicy(document)).toThrow(message);
  });
});

describe("wildcards", () => {
  test("match as the same pattern written as a regular expression does", () => {
    const letters = (all: string) => fc.string({ unit: fc.constantFrom(...all), maxLength: 8 });
    fc.assert(
      fc.property(letters("ab*?"), letters("abc"), (pattern, text) => {
        const source = pattern.replaceAll("*", ".*").replaceAll("?", ".");
        expect(matchesWildcard(pattern, text)).toBe(new RegExp(`^${source}$`).test(text));
      }),
      { numRuns: 2000 },
    );
  });
});
