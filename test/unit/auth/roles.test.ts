import { describe, expect, test } from "vitest";
import { cachedRoles, findRole, ROLE_PATTERN, roleOf } from "../../../src/auth/roles.ts";
import type { SessionKeys } from "../../../src/auth/sessions.ts";
import { ACCESS_KEY_CACHE_MAX_AGE_MS } from "../../../src/limits.ts";

const arn = (name: string) => `arn:aws:iam::123456789012:role/${name}`;

describe("a pattern of roles", () => {
  test.each([arn("producer"), arn("producer-*"), arn("*"), "arn:aws-cn:iam::123456789012:role/a"])(
    "may be %s",
    (pattern) => expect(ROLE_PATTERN.test(pattern)).toBe(true),
  );

  test.each([
    "*",
    "arn:aws:iam::*:role/producer",
    arn("service/producer"),
    arn(""),
    "arn:aws:iam::123456789012:user/producer",
    "arn:aws:sts::123456789012:assumed-role/producer/i",
  ])("may not be %s", (pattern) => expect(ROLE_PATTERN.test(pattern)).toBe(false));
});

test.each([
  ["arn:aws:sts::123456789012:assumed-role/producer/i-0abc", arn("producer")],
  ["arn:aws-cn:sts::123456789012:assumed-role/a/bb", "arn:aws-cn:iam::123456789012:role/a"],
  ["arn:aws:sts::123456789012:assumed-role/producer", undefined],
  ["arn:aws:sts::123456789012:assumed-role/a/b/c", undefined],
  ["arn:aws:iam::123456789012:user/producer", undefined],
])("the role of %s is %s", (session, role) => expect(roleOf(session)).toBe(role));

test("of several that fit, the one without wildcards holds, else the longest", () => {
  const roles = [arn("*"), arn("producer-*"), arn("producer-1"), arn("p??????????????1")].map(
    (pattern) => ({ pattern, createdAtMs: 0 }),
  );
  const found = (name: string) => findRole(roles, arn(name))?.pattern;
  expect(found("producer-1")).toBe(arn("producer-1"));
  expect(found("producer-2")).toBe(arn("producer-*"));
  expect(found("other")).toBe(arn("*"));
  expect(findRole(roles, "arn:aws:iam::210987654321:role/other")).toBeUndefined();
});

test("the list is asked for again after some seconds, and at once after a failure", async () => {
  let nowMs = 0;
  const answers = [
    () => Promise.reject(new Error("busy")),
    () => Promise.resolve([]),
    () => Promise.resolve([{ pattern: arn("a"), createdAtMs: 0 }]),
  ];
  let keys: SessionKeys | undefined;
  const roles = cachedRoles(
    { list: () => answers.shift()!(), sessionKeys: () => Promise.resolve(keys) },
    { now: () => nowMs },
  );
  await expect(roles.list()).rejects.toThrow("busy");
  expect(await roles.list()).toEqual([]);
  nowMs += ACCESS_KEY_CACHE_MAX_AGE_MS - 1;
  expect(await roles.list()).toEqual([]);
  nowMs += 1;
  expect(await roles.list()).toHaveLength(1);

  expect(await roles.sessionKeys()).toBeUndefined();
  const first = { current: Buffer.from("k") };
  keys = first;
  expect(await roles.sessionKeys()).toBe(first);
  keys = { current: Buffer.from("l"), former: first.current, rotatedAtMs: 1 };
  expect(await roles.sessionKeys()).toBe(first);
  nowMs += ACCESS_KEY_CACHE_MAX_AGE_MS;
  expect(await roles.sessionKeys()).toBe(keys);
});
