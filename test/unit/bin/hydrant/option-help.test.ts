import { describe, expect, it } from "vitest";
import { offeredMembers } from "../../../../bin/hydrant/mappings.ts";
import { describeOptions, NOTES } from "../../../../bin/hydrant/option-help.ts";

const OPERATIONS = [
  "CreateEventSourceMapping",
  "UpdateEventSourceMapping",
  "GetEventSourceMapping",
  "ListEventSourceMappings",
  "DeleteEventSourceMapping",
];

describe("the options of a command", () => {
  it.each(OPERATIONS)("of %s are all explained", (operation) => {
    const unexplained = Object.keys(offeredMembers(operation)).filter((name) => !NOTES[name]);
    expect(unexplained).toEqual([]);
  });

  it("leave out what would only be refused", () => {
    const names = Object.keys(offeredMembers("CreateEventSourceMapping"));
    expect(names).toContain("BatchSize");
    expect(names).not.toContain("Topics");
    expect(names).not.toContain("KMSKeyArn");
  });

  it("are told with what they take, their bounds, and what holds without them", () => {
    const created = describeOptions(offeredMembers("CreateEventSourceMapping"), "default");
    expect(created).toMatch(/--batch-size NUMBER +records of .*; 1\.\.10000; 100 unless given/);
    expect(created).toMatch(/--function-name TEXT +.*; required$/m);
    expect(created).toMatch(/--starting-position TRIM_HORIZON\|LATEST\|AT_TIMESTAMP .*required$/m);
    const updated = describeOptions(offeredMembers("UpdateEventSourceMapping"), "unchanged");
    expect(updated).not.toContain("unless given");
  });
});
