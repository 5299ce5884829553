/** When the sweep's rule goes off and on, and what is left by calls. */
import { describe, expect, it } from "vitest";
import {
  CALL_LEFTOVERS_MAX_MS,
  SWEEP_SECOND_LOOK_MS,
  SWEEP_TRUST_MS,
} from "../../../src/limits.ts";
import type { ShardKey } from "../../../src/log/store.ts";
import { systemRandom as random } from "../../../src/random.ts";
import { sweepLeftovers } from "../../../src/readers/left-by-calls.ts";
import { LEFT_BY_CALLS } from "../../../src/readers/sweep-notes.ts";
import { SweepSwitch, switchByNeed } from "../../../src/readers/sweep-switch.ts";
import { memorySweepNotes } from "../../../src/storage/memory/sweep-notes.ts";
import { steppingClock } from "../../helpers/stepping-clock.ts";

const SHARD = "firehose/logs/0123456789abcdef/0000" as ShardKey;

function setUp() {
  const calls: string[] = [];
  const clock = steppingClock(1_800_000_000_000);
  const rule = {
    enable: async () => void calls.push("enable"),
    disable: async () => void calls.push("disable"),
  };
  const notes = memorySweepNotes();
  const caller = new SweepSwitch({ notes, rule, clock, random });
  const sweep = (hasWork: boolean) =>
    switchByNeed({ rule, notes, clock }, async () => {
      calls.push("look");
      return hasWork;
    });
  return { calls, clock, rule, notes, caller, sweep };
}

describe("the sweep's rule", () => {
  it("goes off when there is no work", async () => {
    const { sweep, calls, clock } = setUp();
    const startMs = clock.now();
    await sweep(false);
    expect(calls).toEqual(["look", "disable"]);
    expect(clock.now() - startMs).toBe(SWEEP_SECOND_LOOK_MS);
  });

  it("is on again when work was noted before the second look", async () => {
    const { sweep, calls, notes } = setUp();
    const swept = sweep(false);
    await notes.put({ subject: SHARD, token: "a", atMs: 0 });
    await swept;
    expect(calls).toEqual(["look", "disable", "enable"]);
  });

  it("is switched on while there is work, whoever switched it off", async () => {
    const { sweep, calls } = setUp();
    await sweep(true);
    expect(calls).toEqual(["look", "enable"]);
  });

  it("is switched on by whoever brings work, who relies on that for less than the sweep waits", async () => {
    const { caller, calls, clock, notes } = setUp();
    await Promise.all([caller.callFor(SHARD), caller.callFor(SHARD)]);
    await clock.sleep(SWEEP_TRUST_MS - 1);
    await caller.callFor(SHARD);
    expect(calls).toEqual(["enable"]);
    await clock.sleep(1);
    await caller.callFor(SHARD);
    expect(calls).toEqual(["enable", "enable"]);
    expect(await notes.list()).toHaveLength(1);
    expect(SWEEP_TRUST_MS).toBeLessThan(SWEEP_SECOND_LOOK_MS / 2);
  });

  it("counts as on for nobody when switching it on failed", async () => {
    const { rule, notes, clock } = setUp();
    let count = 0;
    const failing = { ...rule, enable: () => Promise.reject(new Error(`no answer ${++count}`)) };
    const caller = new SweepSwitch({ notes, rule: failing, clock, random });
    await expect(caller.callFor(SHARD)).rejects.toThrow("no answer 1");
    await expect(caller.callFor(SHARD)).rejects.toThrow("no answer 2");
  });
});

describe("what calls left", () => {
  it("is looked for only where a call may have left something, and for as long as it may", async () => {
    const { notes, clock, caller } = setUp();
    let looks = 0;
    let isDone = false;
    const sweep = async () =>
      sweepLeftovers({ notes, clock }, await notes.list(), async () => {
        looks++;
        return isDone;
      });
    expect(await sweep()).toBe(false);
    expect(looks).toBe(0);
    await caller.callFor(LEFT_BY_CALLS);
    expect(await sweep()).toBe(true);
    isDone = true;
    expect(await sweep()).toBe(true);
    await clock.sleep(CALL_LEFTOVERS_MAX_MS);
    isDone = false;
    expect(await sweep()).toBe(true);
    isDone = true;
    expect(await sweep()).toBe(false);
    expect(await notes.list()).toEqual([]);
    expect(await sweep()).toBe(false);
    expect(looks).toBe(4);
  });
});
