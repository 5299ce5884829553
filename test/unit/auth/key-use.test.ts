import { expect, it } from "vitest";
import { keyUseNotes } from "../../../src/auth/key-use.ts";
import type { AccessKeyUses } from "../../../src/auth/store.ts";
import { ACCESS_KEY_USE_INTERVAL_MS } from "../../../src/limits.ts";

function setUp(noteUse: AccessKeyUses["noteUse"]) {
  let nowMs = 1_795_428_000_000;
  const notes = keyUseNotes({ noteUse }, { now: () => nowMs });
  return { notes, now: () => nowMs, pass: (ms: number) => (nowMs += ms) };
}

it("notes a use once an hour, however many there are", async () => {
  const noted: (readonly [number, number])[] = [];
  const { notes, now, pass } = setUp((_, atMs, sinceMs) => {
    noted.push([atMs, sinceMs]);
    return Promise.resolve(atMs);
  });
  const firstMs = now();
  await Promise.all([notes("K"), notes("K"), notes("K")]);
  pass(ACCESS_KEY_USE_INTERVAL_MS - 1);
  await notes("K");
  expect(noted).toEqual([[firstMs, firstMs - ACCESS_KEY_USE_INTERVAL_MS]]);
  pass(1);
  await notes("K");
  expect(noted.slice(1)).toEqual([[now(), firstMs]]);
});

it("goes by what another process has noted", async () => {
  const asked: number[] = [];
  const { notes, now, pass } = setUp((_, atMs) => {
    asked.push(atMs);
    return Promise.resolve(atMs - ACCESS_KEY_USE_INTERVAL_MS + 10);
  });
  await notes("K");
  pass(9);
  await notes("K");
  expect(asked).toHaveLength(1);
  pass(1);
  await notes("K");
  expect(asked).toEqual([now() - 10, now()]);
});

it("lets the request go on when a use cannot be noted, and tries with the next", async () => {
  let tried = 0;
  const { notes } = setUp(() => Promise.reject(new Error(`no table ${++tried}`)));
  await notes("K");
  await notes("K");
  expect(tried).toBe(2);
});
