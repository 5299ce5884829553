import { expect, test } from "vitest";
import { throttleOperations, throttleStage } from "../../../offline/stage-throttle.mjs";

test("what is given of a throttle is set for every method of the stage", () => {
  expect(throttleOperations({ rate: "0.5", burst: 2000 })).toEqual([
    { op: "replace", path: "/*/*/throttling/rateLimit", value: "0.5" },
    { op: "replace", path: "/*/*/throttling/burstLimit", value: "2000" },
  ]);
  expect(throttleOperations({ rate: 10, burst: "" })).toHaveLength(1);
});

test("without one nothing is asked of AWS", async () => {
  expect(throttleOperations({ rate: "", burst: "" })).toEqual([]);
  await throttleStage(undefined, { rate: "", burst: "" });
});

test("what is no number is refused with the parameter's name", () => {
  expect(() => throttleOperations({ rate: "1k", burst: "" })).toThrow(
    "stageRate must be a number, got 1k",
  );
  expect(() => throttleOperations({ rate: 1, burst: "-1" })).toThrow(
    "stageBurst must be a number, got -1",
  );
});
