/** Whatever can be sent is bounded, in every operation there is and in every one there will be. */
import { describe, expect, test } from "vitest";
import type { Shape } from "../../../src/wire/shape.ts";
import { everyShape } from "./shapes.ts";

function isBounded(shape: Shape): boolean {
  switch (shape.kind) {
    case "string":
      return (shape.maxLength ?? shape.longestMatch ?? shape.enum?.length) !== undefined;
    case "blob":
    case "list":
    case "map":
      return shape.maxLength !== undefined;
    default:
      // Numbers, times and booleans are as large as their type, and structures as their members.
      return true;
  }
}

test("every text, blob, list and map has a length", () => {
  const unbounded = everyShape().filter(({ shape }) => !isBounded(shape));
  expect(unbounded.map(({ place }) => place)).toEqual([]);
});

describe("a shape", () => {
  test("of every service and of declared resources is looked at", () => {
    const places = everyShape().map(({ place }) => place);
    expect(places).toEqual(
      expect.arrayContaining([
        "kinesis:PutRecords.Records.member.Data",
        "firehose:CreateDeliveryStream.Tags.member.Key",
        "hydrant:CreateEventSourceMapping.FilterCriteria.Filters.member.Pattern",
        "Custom::HydrantStream.Name",
      ]),
    );
  });
});
