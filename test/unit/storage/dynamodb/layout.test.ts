import { expect, test } from "vitest";
import { layoutCondition } from "../../../../src/storage/dynamodb/layout.ts";

test("a counter of any layout that is read passes, by one condition", () => {
  expect(layoutCondition([4])).toEqual({
    expression: "layout = :layout4",
    values: { ":layout4": { N: "4" } },
  });
  expect(layoutCondition([4, 5])).toEqual({
    expression: "layout IN (:layout4, :layout5)",
    values: { ":layout4": { N: "4" }, ":layout5": { N: "5" } },
  });
});
