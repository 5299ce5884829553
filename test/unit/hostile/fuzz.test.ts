/**
 * Every decoder for a moment, with inputs that are the same each time; `npm run fuzz` draws others for as long as wanted.
 * Where nothing is ever taken, or nothing refused, an oracle has nothing to say.
 */
import { expect, test } from "vitest";
import { drive } from "../../fuzz/drive.ts";
import { TARGETS } from "../../fuzz/targets.ts";

const SEED = 20_261_130;
const INPUTS = 250;
/** Of targets whose inputs take milliseconds each. */
const FEWER: Readonly<Record<string, number>> = { jq: 12, calls: 150, declared: 80, sigv4: 20 };
/** Of which all inputs must be refused; that the right one is not, its own oracle sees. */
const REFUSING = new Set(["sigv4"]);

test.each(Object.entries(TARGETS))("%s", async (name, make) => {
  const target = await make();
  try {
    const count = FEWER[name] ?? INPUTS;
    const { became } = await drive(target, { seed: SEED, goesOn: (index) => index < count });
    expect(Object.keys(became).length).toBeGreaterThan(REFUSING.has(name) ? 0 : 1);
  } finally {
    await target.end?.();
  }
});
