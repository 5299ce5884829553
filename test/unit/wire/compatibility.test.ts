import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { SERVICES } from "../../../src/operations/services.ts";
import { printCompatibility } from "../../../src/wire/compatibility.ts";
import { kebab } from "../../conformance/clients/cli.ts";

test("docs/compatibility.md is what the operation tables say (npm run docs:compatibility)", () => {
  const page = readFileSync(new URL("../../../docs/compatibility.md", import.meta.url), "utf8");
  expect(page).toBe(printCompatibility(SERVICES));
});

test("every operation that is offered has a conformance test of its name", () => {
  const untested = SERVICES.flatMap(({ signingName, operations }) =>
    [...operations].flatMap(([name, { kind }]) => {
      const file = `${signingName}/${kebab(name)}.test.ts`;
      const isThere = existsSync(new URL(`../../conformance/${file}`, import.meta.url));
      return kind === "notOffered" || isThere ? [] : file;
    }),
  );
  expect(untested).toEqual([]);
});

test("a row names every operation with its reason, and no text breaks its table", () => {
  const page = printCompatibility([
    {
      title: "Test",
      targetPrefix: "Test_1",
      signingName: "test",
      emptyOutput: "object",
      violationValue: "omitted",
      operations: new Map([
        ["TagThing", { kind: "notOffered", reason: "a | b" }],
        ["PutThing", { kind: "notOffered", reason: "later" }],
      ]),
      differences: [{ about: "Things", aws: "many", hydrant: "few\nor none" }],
    },
  ]);
  expect(page).toContain("| PutThing | no: later |\n| TagThing | no: a \\| b |\n");
  expect(page).toContain("Target prefix `Test_1`; 0 of 2 operations.");
  expect(page).toContain("| Things | many | few or none |\n");
});
