/** What every store of access keys promises. */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import type {
  AccessKey,
  AccessKeyBook,
  AccessKeyUses,
  NewAccessKey,
} from "../../src/auth/store.ts";

const CREATED_AT_MS = 1_795_428_000_000;

export function testAccessKeyBook(make: () => AccessKeyBook & AccessKeyUses): void {
  const keys = make();
  const policy = { statements: [{ effect: "allow", actions: ["*"], resources: ["*"] }] } as const;
  const newKey = (extra: Partial<NewAccessKey> = {}): NewAccessKey => ({
    id: `K${randomUUID().replaceAll("-", "")}`,
    secret: "s",
    createdAtMs: CREATED_AT_MS,
    ...extra,
  });

  /** What is read of it, with its secret. */
  async function read(id: string): Promise<NewAccessKey | undefined> {
    const stored = await keys.get(id);
    return stored && { ...stored.accessKey, secret: (await stored.openSecret())! };
  }
  const lastUseOf = async (id: string) =>
    (await keys.list()).find((key) => key.id === id)?.lastUsedAtMs;
  const withoutSecret = ({ secret: _secret, ...facts }: NewAccessKey): AccessKey => facts;

  test.each([
    ["with a policy", { policy }],
    ["with a rate", { rate: { callsPerSecond: 500, bytesPerSecond: 2_097_152 } }],
    ["with a name", { name: "contract-logs" }],
    ["that expires", { expiresAtMs: CREATED_AT_MS + 1 }],
    ["with nothing but a secret", {}],
  ])("a key %s comes back as it was, and is gone once removed", async (_, extra) => {
    const key = newKey(extra);
    expect(await keys.create(key)).toBe("created");
    expect(await read(key.id)).toEqual(key);
    expect(await keys.remove(key.id)).toBe(true);
    expect(await read(key.id)).toBeUndefined();
    expect(await keys.remove(key.id)).toBe(false);
  });

  test("a key is made once", async () => {
    const key = newKey();
    await keys.create(key);
    expect(await keys.create({ ...key, secret: "another" })).toBe("exists");
    expect(await read(key.id)).toEqual(key);
  });

  test("a name has two keys at most, and one again when one was removed", async () => {
    const name = `contract-${randomUUID()}`;
    const [first, second, third] = [newKey({ name }), newKey({ name }), newKey({ name })];
    expect(await keys.create(first)).toBe("created");
    expect(await keys.create(second)).toBe("created");
    expect(await keys.create(third)).toBe("name has two");
    expect(await read(third.id)).toBeUndefined();
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
    expect(listed).toEqual([withoutSecret(a), withoutSecret(b)]);
  });

  test("a key can be disabled and enabled again", async () => {
    const key = newKey();
    await keys.create(key);
    expect(await keys.setDisabled(key.id, true)).toBe(true);
    expect(await read(key.id)).toEqual({ ...key, isDisabled: true });
    expect(await keys.setDisabled(key.id, false)).toBe(true);
    expect(await read(key.id)).toEqual(key);
    expect(await keys.setDisabled("nobody", true)).toBe(false);
    expect(await read("nobody")).toBeUndefined();
  });

  test("one that was made anew under the same id has another version of its secret", async () => {
    const key = newKey();
    await keys.create(key);
    const first = await keys.get(key.id);
    await keys.remove(key.id);
    expect(await first?.openSecret()).toBeUndefined();
    await keys.create({ ...key, secret: "another" });
    const second = await keys.get(key.id);
    expect(second?.secretVersion).not.toBe(first?.secretVersion);
    expect(await second?.openSecret()).toBe("another");
  });

  test("the last use only moves on, is noted once in a while, and makes no key", async () => {
    const key = newKey();
    await keys.create(key);
    const atMs = CREATED_AT_MS + 10_000;
    expect(await keys.noteUse(key.id, atMs, atMs - 100)).toBe(atMs);
    expect(await keys.noteUse(key.id, atMs + 99, atMs - 1)).toBe(atMs);
    expect(await lastUseOf(key.id)).toBe(atMs);
    expect(await keys.noteUse(key.id, atMs + 100, atMs)).toBe(atMs + 100);
    expect(await lastUseOf(key.id)).toBe(atMs + 100);
    await keys.remove(key.id);
    await keys.create(key);
    expect(await lastUseOf(key.id)).toBeUndefined();
    await keys.noteUse("nobody", CREATED_AT_MS, 0);
    expect(await read("nobody")).toBeUndefined();
  });
}
