import { expect, it } from "vitest";
import { parseFilterPatterns, passesFilter } from "../../../offline/events/filter.ts";

it("passes what has one of the values in every member of a pattern", () => {
  const patterns = parseFilterPatterns([{ eventName: ["INSERT", "MODIFY"] }]);
  expect(passesFilter(patterns, { eventName: "MODIFY" })).toBe(true);
  expect(passesFilter(patterns, { eventName: "REMOVE" })).toBe(false);
  expect(passesFilter(patterns, {})).toBe(false);
});

it("passes everything when there is no pattern", () => {
  expect(passesFilter(parseFilterPatterns(undefined), { eventName: "REMOVE" })).toBe(true);
});

it.each([[{ eventName: [{ prefix: "IN" }] }], [{ dynamodb: { Keys: ["a"] } }]])(
  "refuses the pattern %j, which it would not understand",
  (pattern) => {
    expect(() => parseFilterPatterns([pattern])).toThrow("must be a list of plain values");
  },
);
