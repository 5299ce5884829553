/** When the sweep's rule goes off and on. */
import { describe, expect, it } from "vitest";
import { switchByNeed } from "../../../src/readers/sweep-switch.ts";

/** A rule that is on, and a sweep that finds these answers one after the other. */
function setUp(...answers: boolean[]) {
  const calls: string[] = [];
  const rule = {
    enable: async () => void calls.push("enable"),
    disable: async () => void calls.push("disable"),
  };
  const hasWork = async () => {
    calls.push("look");
    return answers.shift()!;
  };
  return { run: () => switchByNeed(rule, hasWork), calls };
}

describe("the sweep's rule", () => {
  it("goes off when there is no work", async () => {
    const { run, calls } = setUp(false, false);
    await run();
    expect(calls).toEqual(["look", "disable", "look"]);
  });

  it("is on again when work came just before it went off", async () => {
    const { run, calls } = setUp(false, true);
    await run();
    expect(calls).toEqual(["look", "disable", "look", "enable"]);
  });

  it("is switched on while there is work, whoever switched it off", async () => {
    const { run, calls } = setUp(true);
    await run();
    expect(calls).toEqual(["look", "enable"]);
  });
});
