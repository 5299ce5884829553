import { expect, it } from "vitest";
import { keyUseNotes } from "../../../src/auth/key-use.ts";
import { ACCESS_KEY_USE_INTERVAL_MS } from "../../../src/limits.ts";

const KEY = { id: "K", secret: "s", createdAtMs: 0 };

function setUp(noteUse: (id: string, atMs: number) => Promise<void>) {
  let nowMs = 1_795_428_000_000;
  const notes = keyUseNotes({ noteUse }, { now: () => nowMs, sleep: () => Promise.resolve() });
  return { notes, now: () => nowMs, pass: (ms: number) => (nowMs += ms) };
}

it("notes a use once an interval, whatever the remembered key says", async () => {
  const noted: number[] = [];
  const { notes, now, pass } = setUp((_, atMs) => Promise.resolve(void noted.push(atMs)));
  const firstMs = now();
  await notes(KEY);
  pass(ACCESS_KEY_USE_INTERVAL_MS - 1);
  await notes(KEY);
  expect(noted).toEqual([firstMs]);
  pass(1);
  await notes(KEY);
  expect(noted).toEqual([firstMs, now()]);
});

it("leaves it at what another process has noted", async () => {
  const noted: number[] = [];
  const { notes, now } = setUp((_, atMs) => Promise.resolve(void noted.push(atMs)));
  await notes({ ...KEY, lastUsedAtMs: now() - ACCESS_KEY_USE_INTERVAL_MS + 1 });
  expect(noted).toEqual([]);
});

it("lets the request go on when a use cannot be noted, and tries with the next", async () => {
  let tried = 0;
  const { notes } = setUp(() => Promise.reject(new Error(`no table ${++tried}`)));
  await notes(KEY);
  await notes(KEY);
  expect(tried).toBe(2);
});
