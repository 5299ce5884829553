import { describe, expect, test } from "vitest";
import { optionName, readOptions } from "../../../../bin/hydrant/options.ts";
import {
  boolean,
  integer,
  list,
  map,
  required,
  string,
  structure,
  timestamp,
} from "../../../../src/wire/shape.ts";

const MEMBERS = {
  UUID: required(string()),
  BatchSize: integer(),
  Enabled: boolean(),
  FunctionResponseTypes: list(string()),
  SourceAccessConfigurations: list(structure({})),
  FilterCriteria: structure({}),
  Tags: map(string(), string()),
  StartingPositionTimestamp: timestamp(),
};

const read = (...args: readonly string[]) => readOptions(MEMBERS, ["--uuid", "u", ...args]);

test.each([
  ["UUID", "uuid"],
  ["EventSourceArn", "event-source-arn"],
  ["KMSKeyArn", "kms-key-arn"],
  ["MaximumBatchingWindowInSeconds", "maximum-batching-window-in-seconds"],
])("the member %s is the option --%s", (member, option) => {
  expect(optionName(member)).toBe(option);
});

describe("options", () => {
  test("become the members that they give, and no others", () => {
    expect(readOptions(MEMBERS, ["--uuid", "u"])).toEqual({
      input: { UUID: "u" },
      flags: new Set(),
      isHelpWanted: false,
    });
    expect(read("--batch-size=-1", "--endpoint-url=http://h")).toMatchObject({
      input: { UUID: "u", BatchSize: -1 },
      endpointUrl: "http://h",
    });
  });

  test.each([
    [["--enabled"], { Enabled: true }],
    [["--no-enabled"], { Enabled: false }],
    [["--function-response-types", "A"], { FunctionResponseTypes: ["A"] }],
    [["--function-response-types", '["A"]'], { FunctionResponseTypes: ["A"] }],
    [["--function-response-types", "[]"], { FunctionResponseTypes: [] }],
    [["--source-access-configurations", "[{}]"], { SourceAccessConfigurations: [{}] }],
    [["--filter-criteria", '{"Filters":[]}'], { FilterCriteria: { Filters: [] } }],
    [["--tags", '{"a":"b"}'], { Tags: { a: "b" } }],
    [
      ["--starting-position-timestamp", "1795428000.5"],
      { StartingPositionTimestamp: 1795428000.5 },
    ],
    [
      ["--starting-position-timestamp", "2026-11-23T10:00:00Z"],
      { StartingPositionTimestamp: 1795428000 },
    ],
  ])("%j", (args, members) => {
    expect(read(...args).input).toEqual({ UUID: "u", ...members });
  });

  test.each([
    [["--batch-size", "many"], "--batch-size must be a number, got many"],
    [["--tags", "a=b"], "--tags must be JSON, got a=b"],
    [["--starting-position-timestamp", "soon"], "must be a time such as"],
    [["--batchsize", "1"], "Unknown option '--batchsize'"],
    [["more"], "Unexpected argument 'more'"],
  ])("that cannot be read are refused: %j", (args, message) => {
    expect(() => read(...args)).toThrow(message);
  });

  test("that are missing are named, unless help is wanted", () => {
    expect(() => readOptions(MEMBERS, [])).toThrow("--uuid is missing");
    expect(readOptions(MEMBERS, ["--help"])).toMatchObject({ input: {}, isHelpWanted: true });
  });
});
