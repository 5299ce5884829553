/** What every store of access keys promises. */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import type { AccessKey, AccessKeyBook, AccessKeyUses } from "../../src/auth/store.ts";

const CREATED_AT_MS = 1_795_428_000_000;

export function testAccessKeyBook(make: () => AccessKeyBook & AccessKeyUses): void {
  const keys = make();
  const policy = { statements: [{ effect: "allow", actions: ["*"], resources: ["*"] }] } as const;
  const newKey = (extra: Partial<AccessKey> = {}): AccessKey => ({
    id: `K${randomUUID().replaceAll("-", "")}`,
    secret: "s",
    createdAtMs: CREATED_AT_MS,
    ...extra,
  });

  test.each([
    ["with a policy", { policy }],
    ["with a rate", { rate: { callsPerSecond: 500, bytesPerSecond: 2_097_152 } }],
    ["with a name", { name: "contract-logs" }],
    ["with nothing but a secret", {}],
  ])("a key %s comes back as it was, and is gone once removed", async (_, extra) => {
    const key = newKey(extra);
    expect(await keys.create(key)).toBe("created");
    expect(await keys.get(key.id)).toEqual(key);
    expect(await keys.remove(key.id)).toBe(true);
    expect(await keys.get(key.id)).toBeUndefined();
    expect(await keys.remove(key.id)).toBe(false);
  });

  test("a key is made once", async () => {
    const key = newKey();
    await keys.create(key);
    expect(await keys.create({ ...key, secret: "another" })).toBe("exists");
    expect(await keys.get(key.id)).toEqual(key);
  });

  test("a name has two keys at most, and one again when one was removed", async () => {
    const name = `contract-${randomUUID()}`;
    const [first, second, third] = [newKey({ name }), newKey({ name }), newKey({ name })];
    expect(await keys.create(first)).toBe("created");
    expect(await keys.create(second)).toBe("created");
    expect(await keys.create(third)).toBe("name has two");
    expect(await keys.get(third.id)).toBeUndefined();
    await keys.remove(first.id);
    expect(await keys.create(third)).toBe("created");
  });

  test("of several keys that are made at once for a name, two are", async () => {
    const name = `contract-${randomUUID()}`;
    const made = await Promise.all([1, 2, 3].map(() => keys.create(newKey({ name }))));
    expect(made.toSorted()).toEqual(["created", "created", "name has two"]);
  });

  test("all keys are listed by their names, without secrets", async () => {
    const prefix = `contract-${randomUUID()}`;
    const [b, a] = [newKey({ name: `${prefix}-b` }), newKey({ name: `${prefix}-a`, policy })];
    await keys.create(b);
    await keys.create(a);
    const listed = (await keys.list()).filter(({ name }) => name?.startsWith(prefix));
    const { secret: _a, ...plainA } = a;
    const { secret: _b, ...plainB } = b;
    expect(listed).toEqual([plainA, plainB]);
  });

  test("a key can be disabled and enabled again", async () => {
    const key = newKey();
    await keys.create(key);
    expect(await keys.setDisabled(key.id, true)).toBe(true);
    expect(await keys.get(key.id)).toEqual({ ...key, isDisabled: true });
    expect(await keys.setDisabled(key.id, false)).toBe(true);
    expect(await keys.get(key.id)).toEqual(key);
    expect(await keys.setDisabled("nobody", true)).toBe(false);
    expect(await keys.get("nobody")).toBeUndefined();
  });

  test("the last use only moves on, and makes no key", async () => {
    const key = newKey();
    await keys.create(key);
    await keys.noteUse(key.id, CREATED_AT_MS + 2);
    await keys.noteUse(key.id, CREATED_AT_MS + 1);
    expect(await keys.get(key.id)).toEqual({ ...key, lastUsedAtMs: CREATED_AT_MS + 2 });
    await keys.noteUse("nobody", CREATED_AT_MS);
    expect(await keys.get("nobody")).toBeUndefined();
  });
}
