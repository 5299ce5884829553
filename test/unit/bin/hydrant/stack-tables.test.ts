import { beforeEach, expect, test, vi } from "vitest";
import { findTables } from "../../../../bin/hydrant/stack-tables.ts";

const told = vi.spyOn(console, "error").mockImplementation(() => {});
beforeEach(() => told.mockClear());

const usual = { logTable: "hydrant-prod-log", stateTable: "hydrant-prod-state" };

test("a stage's tables are those that its functions serve, such as restored ones", async () => {
  const restored = { logTable: "restored-log", stateTable: "restored-state" };
  const asked: string[] = [];
  const found = await findTables("prod", {}, async (functionName) => {
    asked.push(functionName);
    return { kind: "served", ...restored };
  });
  expect(asked).toEqual(["hydrant-prod-api"]);
  expect(found).toMatchObject(restored);
});

test("those of a stack that was removed have the usual names", async () => {
  expect(await findTables("prod", {}, async () => ({ kind: "none" }))).toMatchObject(usual);
  expect(told).not.toHaveBeenCalled();
});

test("whoever may not see the functions is told which are taken", async () => {
  expect(await findTables("prod", {}, async () => ({ kind: "denied" }))).toMatchObject(usual);
  expect(told).toHaveBeenCalledWith(expect.stringContaining("taking hydrant-prod-state"));
});

test("a table that the environment names is asked of nobody", async () => {
  const environment = { HYDRANT_LOG_TABLE: "a-log", HYDRANT_STATE_TABLE: "a-state" };
  const nobody = async () => expect.unreachable("nobody is asked");
  expect(await findTables(undefined, environment, nobody)).toMatchObject({
    logTable: "a-log",
    stateTable: "a-state",
  });
});
