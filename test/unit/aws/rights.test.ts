/** The functions' policies against the calls that `npm run test:aws:rights` recorded of a run of the stack's suites. */
import { describe, expect, test } from "vitest";
import { readCalls } from "../../aws/rights/calls.ts";
import { checkRights } from "../../aws/rights/rights.ts";
import { UNUSED } from "../../aws/rights/unused.ts";

const { denied, unused } = checkRights(readCalls());

test("no recorded call lacks a right", () => {
  expect(denied).toEqual([]);
});

test("no right is unused without a reason", () => {
  expect(unused.filter((right) => !UNUSED.some(({ rights }) => rights.test(right)))).toEqual([]);
});

describe("each reason is one of something", () => {
  test.each(UNUSED.map(({ why, rights }) => [why, rights] as const))("%s", (_, rights) => {
    expect(unused.some((right) => rights.test(right))).toBe(true);
  });
});

test("a call without a right is found", () => {
  const call = {
    function: "doorbell",
    service: "dynamodb",
    operation: "GetItem",
    resource: "hydrant-dev-state",
    partition: "access-key#…",
  };
  expect(checkRights([call]).denied).toEqual([
    "DoorbellRole: dynamodb:GetItem on arn:aws:dynamodb:us-east-1:000000000000:table/hydrant-dev-state access-key#…",
  ]);
});
