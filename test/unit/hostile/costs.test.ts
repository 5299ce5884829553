/**
 * What one request can cost, whoever sends it: processor time and memory are counted in a process of its own. The
 * worst takes a tenth of a second and a tenth of the memory that it may.
 */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { MEDIA_TYPES } from "../../../src/wire/codec.ts";
import { HOSTILE_BODIES } from "./bodies.ts";
import type { Measured } from "./measure.ts";

const CPU_MAX_MS = 1000;
const GROWN_MAX_MIB = 256;
/** Every sentence and what is around it. */
const REFUSAL_MAX_BYTES = 20_000;
const MEASURE_TIMEOUT_MS = 300_000;

let measured: readonly Measured[] = [];
beforeAll(() => {
  const script = fileURLToPath(new URL("measure.ts", import.meta.url));
  const lines = execFileSync(process.execPath, ["--expose-gc", script], { encoding: "utf8" });
  measured = lines
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Measured);
}, MEASURE_TIMEOUT_MS);

describe("no request", () => {
  test("costs more than a second of a processor", () => {
    expect(measured.filter(({ cpuMs }) => cpuMs >= CPU_MAX_MS)).toEqual([]);
  });

  test("takes more memory than its share", () => {
    // The peak never falls: the first above the bound is the one that took it.
    expect(measured.find(({ grownMiB }) => grownMiB >= GROWN_MAX_MIB)).toBeUndefined();
  });

  test("is refused in more than a few sentences", () => {
    expect(measured.filter(({ refusalBytes }) => refusalBytes >= REFUSAL_MAX_BYTES)).toEqual([]);
  });

  test("is a fault of ours", () => {
    expect(measured.filter(({ failures }) => failures > 0)).toEqual([]);
  });
});

test("every decoder and every operation has been tried", () => {
  expect(Object.keys(HOSTILE_BODIES)).toEqual(expect.arrayContaining([...MEDIA_TYPES]));
  expect(measured.length).toBeGreaterThan(150);
});
