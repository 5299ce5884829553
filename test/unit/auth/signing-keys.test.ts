import { expect, test } from "vitest";
import { deriveSigningKey } from "../../../src/auth/signature.ts";
import { signingKeys } from "../../../src/auth/signing-keys.ts";
import type { StoredKey } from "../../../src/auth/store.ts";
import { SIGNING_KEY_CACHE_MAX_AGE_MS } from "../../../src/limits.ts";

const SCOPE = { scopeDate: "20261130", region: "us-east-1", service: "kinesis" };

function setUp(open: () => Promise<string | undefined>) {
  let nowMs = 1_795_428_000_000;
  let openedCount = 0;
  const key = (secretVersion = "1"): StoredKey => ({
    accessKey: { id: "K", createdAtMs: 0 },
    secretVersion,
    openSecret() {
      openedCount++;
      return open();
    },
  });
  const derive = signingKeys({ now: () => nowMs });
  return { derive, key, pass: (ms: number) => (nowMs += ms), opened: () => openedCount };
}

test("a secret is opened once a day for each scope, by however many requests", async () => {
  const { derive, key, pass, opened } = setUp(() => Promise.resolve("s"));
  const [first, second] = await Promise.all([derive(key(), SCOPE), derive(key(), SCOPE)]);
  expect(first?.equals(deriveSigningKey("s", SCOPE))).toBe(true);
  expect(second).toBe(first);
  expect(opened()).toBe(1);
  await derive(key(), { ...SCOPE, service: "firehose" });
  expect(opened()).toBe(2);
  pass(SIGNING_KEY_CACHE_MAX_AGE_MS - 1);
  await derive(key(), SCOPE);
  expect(opened()).toBe(2);
  pass(1);
  await derive(key(), SCOPE);
  expect(opened()).toBe(3);
});

test("a key that was made anew has its secret opened anew", async () => {
  let secret = "first";
  const { derive, key } = setUp(() => Promise.resolve(secret));
  await derive(key("1"), SCOPE);
  secret = "second";
  const derived = await derive(key("2"), SCOPE);
  expect(derived?.equals(deriveSigningKey("second", SCOPE))).toBe(true);
});

test("what could not be opened, or was gone, is asked for again", async () => {
  const answers = [
    () => Promise.reject(new Error("KMS is busy")),
    () => Promise.resolve(undefined),
    () => Promise.resolve("s"),
  ];
  const { derive, key } = setUp(() => answers.shift()!());
  await expect(derive(key(), SCOPE)).rejects.toThrow("KMS is busy");
  expect(await derive(key(), SCOPE)).toBeUndefined();
  expect(await derive(key(), SCOPE)).toBeDefined();
});
