import { expect, test } from "vitest";
import type { OpenWindow } from "../../../src/consumer/progress.ts";
import { loadState, storeState } from "../../../src/consumer/windows.ts";
import {
  HOURS_TO_MS,
  INLINE_STATE_MAX_BYTES,
  RETENTION_MAX_HOURS,
  WINDOW_STATE_MAX_BYTES,
} from "../../../src/limits.ts";
import { systemRandom } from "../../../src/random.ts";
import { bodyKeyFor } from "../../../src/storage/body-key.ts";
import { memoryBodies } from "../../../src/storage/memory/bodies.ts";

const START_MS = 1_795_428_000_000;
const LONGEST_MS = RETENTION_MAX_HOURS * HOURS_TO_MS;

const bodies = memoryBodies(systemRandom);
const load = (state: OpenWindow["state"], nowMs = START_MS) =>
  loadState(bodies, { next: [0, 0, 0], window: { startMs: START_MS, state } }, nowMs);
/** As JSON of that many bytes. */
const stateOf = (byteCount: number) => ({ n: "x".repeat(byteCount - '{"n":""}'.length) });

test("a window that was just opened has an empty state", async () => {
  expect(await loadState(bodies, { next: [0, 0, 0] }, START_MS)).toEqual({});
});

test.each([
  ["small", INLINE_STATE_MAX_BYTES, "inline"],
  ["large", INLINE_STATE_MAX_BYTES + 1, "bodyKey"],
  ["largest", WINDOW_STATE_MAX_BYTES, "bodyKey"],
])("a %s state comes back from where it is kept", async (_, byteCount, place) => {
  const stored = await storeState(bodies, stateOf(byteCount));
  expect(Object.keys(stored)).toEqual([place]);
  expect(await load(stored)).toEqual(stateOf(byteCount));
});

test("a large state stays in the bucket for as long as records may wait for it", async () => {
  const stored = await storeState(bodies, stateOf(INLINE_STATE_MAX_BYTES + 1));
  const { bodyKey } = stored as { readonly bodyKey: string };
  // Nothing copies it when a retention is raised, so its first key must do.
  expect(bodyKeyFor(bodyKey, LONGEST_MS)).toBe(bodyKey);
  expect(await load(stored, START_MS + LONGEST_MS)).not.toEqual({});
});

test("a state that is older than any record is not asked for any more", async () => {
  expect(await load({ bodyKey: "year/gone" }, START_MS + LONGEST_MS + 1)).toEqual({});
});
