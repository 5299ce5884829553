/** What every list of AWS roles promises. */
import { randomInt } from "node:crypto";
import { expect, test } from "vitest";
import type { RoleBook } from "../../src/auth/roles.ts";

export function testRoleBook(make: () => RoleBook): void {
  const roles = make();
  const account = String(randomInt(1e11, 1e12 - 1));
  const pattern = (name: string) => `arn:aws:iam::${account}:role/${name}`;
  const own = async () =>
    (await roles.list()).filter((role) => role.pattern.startsWith(pattern("")));
  const policy = { statements: [{ effect: "allow", actions: ["*"], resources: ["*"] }] } as const;

  test("a role is listed as it was put last, and gone once removed", async () => {
    const [first, second] = [pattern("producer-*"), pattern("reader")];
    await roles.put({ pattern: first, policy, createdAtMs: 1 });
    await roles.put({ pattern: second, createdAtMs: 2 });
    await roles.put({ pattern: first, createdAtMs: 3 });
    expect(await own()).toEqual([
      { pattern: first, createdAtMs: 3 },
      { pattern: second, createdAtMs: 2 },
    ]);
    expect(await roles.remove(first)).toBe(true);
    expect(await roles.remove(first)).toBe(false);
    expect(await own()).toEqual([{ pattern: second, createdAtMs: 2 }]);
  });

  test("sessions are issued with one key, which the first role brings", async () => {
    await roles.put({ pattern: pattern("a"), createdAtMs: 1 });
    const key = await roles.sessionKey();
    expect(key).toHaveLength(32);
    await roles.put({ pattern: pattern("b"), createdAtMs: 1 });
    expect(await roles.sessionKey()).toEqual(key);
  });
}
