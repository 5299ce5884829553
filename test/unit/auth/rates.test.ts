import { describe, expect, test } from "vitest";
import { keyRates } from "../../../src/auth/rates.ts";
import { KEY_RATE_WINDOW_MS } from "../../../src/limits.ts";
import { memoryRateAccounts } from "../../../src/storage/memory/rate-accounts.ts";
import { type Fleet, runFleet } from "./rate-fleet.ts";

const RATE = 500;
const PROCESSES = 200;
const SECONDS = 20;
const fleet = (members: Partial<Fleet>): Fleet => ({
  rate: { callsPerSecond: RATE },
  processCount: PROCESSES,
  seconds: SECONDS,
  demand: () => (20 * RATE) / PROCESSES,
  ...members,
});
/** The first process has most to do, the hundredth hardly anything. */
const uneven = (times: number) => (process: number) => (times * RATE) / ((process + 1) * 5.88);

const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);

describe("two hundred processes", () => {
  test.each<[string, Partial<Fleet>]>([
    ["at twenty times the rate", {}],
    ["unevenly, at twice the rate", { demand: uneven(2) }],
    ["of which half come and go", { isReplaced: (process) => process % 2 === 0 }],
    [
      "whose load moves from some to others",
      {
        demand: (process, second) =>
          process % 5 === Math.floor(second / 4) % 5
            ? (10 * RATE) / PROCESSES
            : RATE / PROCESSES / 4,
      },
    ],
    ["whose clocks are apart by two seconds", { clockAheadMs: (process) => (process % 5) * 500 }],
    ["at a table that refuses every third time", { isBusy: (_, chance) => chance < 0.33 }],
    ["at a rate of 20", { rate: { callsPerSecond: 20 } }],
  ])("%s let the rate through, and not half as much again", async (_, members) => {
    const made = fleet(members);
    const { calls } = await runFleet(made);
    const allowed = made.rate.callsPerSecond! * SECONDS;
    expect(sum(calls)).toBeLessThanOrEqual(1.5 * allowed);
    expect(sum(calls)).toBeGreaterThanOrEqual(0.9 * allowed);
  });

  test("let through all that stays below the rate", async () => {
    const { calls, wantedCount } = await runFleet(fleet({ demand: uneven(0.8) }));
    expect(sum(calls)).toBeGreaterThanOrEqual(0.97 * wantedCount);
  });

  test("write a few times in a window each, however many calls there are", async () => {
    const windows = (SECONDS * 1000) / KEY_RATE_WINDOW_MS + 1;
    const few = await runFleet(fleet({}));
    const many = await runFleet(fleet({ demand: () => (100 * RATE) / PROCESSES }));
    for (const { writeCount } of [few, many]) {
      expect(writeCount).toBeLessThanOrEqual(2 * PROCESSES * windows);
    }
  });

  test("go on by what they were given last when the table answers nobody", async () => {
    const { calls } = await runFleet(fleet({ isBusy: (second) => second >= 10 }));
    const later = sum(calls.slice(12));
    expect(later).toBeLessThanOrEqual(RATE * (SECONDS - 12));
    expect(later).toBeGreaterThanOrEqual(0.35 * RATE * (SECONDS - 12));
  });

  test("keep to bytes as they keep to calls", async () => {
    const rate = { bytesPerSecond: 1_000_000 };
    const { calls } = await runFleet(fleet({ rate, byteCount: 10_000 }));
    expect(sum(calls)).toBeLessThanOrEqual(1.5 * 100 * SECONDS);
    expect(sum(calls)).toBeGreaterThanOrEqual(0.9 * 100 * SECONDS);
  });
});

test.each([1, 3])("%i alone have the whole rate", async (processCount) => {
  const demand = () => (1.2 * RATE) / processCount;
  const { calls, writeCount } = await runFleet(fleet({ processCount, demand }));
  expect(sum(calls)).toBeGreaterThanOrEqual(0.95 * RATE * SECONDS);
  expect(sum(calls)).toBeLessThanOrEqual(1.1 * RATE * SECONDS);
  expect(writeCount).toBeLessThanOrEqual(10 * processCount * SECONDS);
});

describe("one process", () => {
  const RATES = { callsPerSecond: 10, bytesPerSecond: 100_000 };
  /** Calls and bytes of a window. */
  const [CALLS, BYTES] = [20, 200_000];

  function process() {
    let nowMs = KEY_RATE_WINDOW_MS * 100;
    const clock = { now: () => nowMs, sleep: () => Promise.reject(new Error("nobody sleeps")) };
    const advance = (durationMs: number) => void (nowMs += durationMs);
    return { clock, advance, rates: keyRates(memoryRateAccounts(), clock) };
  }

  test("refuses by itself once nothing is left, until the window is over", async () => {
    const { advance, rates } = process();
    const admitted: boolean[] = [];
    for (let call = 0; call < CALLS + 5; call++) admitted.push(await rates.admit("a", RATES, 10));
    expect(admitted.filter(Boolean)).toHaveLength(CALLS);
    expect(rates.isSpent("a")).toBe(true);
    expect(rates.isSpent("b")).toBe(false);
    expect(await rates.admit("b", RATES, 10)).toBe(true);
    advance(KEY_RATE_WINDOW_MS);
    expect(rates.isSpent("a")).toBe(false);
    expect(await rates.admit("a", RATES, 10)).toBe(true);
  });

  test("counts keys of one account together", async () => {
    const { rates } = process();
    const admitted: boolean[] = [];
    for (let call = 0; call < CALLS + 5; call++) {
      admitted.push(await rates.admit(call % 2 === 0 ? "a" : "b", RATES, 10, "role"));
    }
    expect(admitted.filter(Boolean)).toHaveLength(CALLS);
    expect([rates.isSpent("a"), rates.isSpent("b"), rates.isSpent("c")]).toEqual([
      true,
      true,
      false,
    ]);
  });

  test("lets a call pass that is larger than a window, and none behind it until that is made up for", async () => {
    const { advance, rates } = process();
    expect(await rates.admit("a", RATES, 2.5 * BYTES)).toBe(true);
    const admitted: boolean[] = [];
    for (let window = 0; window < 4; window++) {
      admitted.push(await rates.admit("a", RATES, BYTES / 2));
      advance(KEY_RATE_WINDOW_MS);
    }
    expect(admitted).toEqual([false, false, true, true]);
  });

  test("refuses what it was never given anything for, when the table answers nobody", async () => {
    const { clock } = process();
    const rates = keyRates({ take: () => Promise.reject(new Error("busy")) }, clock);
    expect(await rates.admit("a", RATES, 10)).toBe(false);
  });
});
