import { expect, test } from "vitest";
import { actingRole } from "../../../src/delivery/acting-role.ts";

const ROLE = "arn:aws:iam::123456789012:role/teams/firehose";

test.each([
  [[ROLE], true],
  [["arn:aws:iam::*:role/teams/*"], true],
  [["arn:aws:iam::123456789012:role/*"], true],
  [["arn:aws:iam::999999999999:role/*", "*firehose"], true],
  [["*"], true],
  [[`${ROLE}*`], true],
  [[], false],
  [["arn:aws:iam::123456789012:role/teams/fire"], false],
  [["arn:aws:iam::123456789012:role/teams/fire*x"], false],
  [["arn:aws:iam::999999999999:role/*"], false],
  // What matches the beginning cannot match the end again.
  [["arn:aws:iam::123456789012:role/teams/firehose*hose"], false],
])("of a deployment that lists %j, whether the role acts: %s", (assumable, isNamed) => {
  expect(actingRole(assumable, ROLE)).toEqual(
    isNamed ? { kind: "named", roleArn: ROLE } : { kind: "own" },
  );
});

test("who names no role acts under none", () => {
  expect(actingRole(["*"], undefined)).toEqual({ kind: "own" });
});
