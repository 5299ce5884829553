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

  test("what a role may send in a second stands with it", async () => {
    const role = { pattern: pattern("rated"), rate: { callsPerSecond: 5 }, createdAtMs: 1 };
    await roles.put(role);
    expect(await own()).toContainEqual(role);
  });

  test("sessions are issued with one key, which the first role brings, until it is rotated", async () => {
    await roles.put({ pattern: pattern("a"), createdAtMs: 1 });
    const standing = (await roles.sessionKeys())!;
    expect(standing.current).toHaveLength(32);
    await roles.put({ pattern: pattern("b"), createdAtMs: 1 });
    expect(await roles.sessionKeys()).toEqual(standing);

    const next = { current: new Uint8Array(32).fill(7), former: standing.current, rotatedAtMs: 5 };
    expect(await roles.rotateSessionKey(() => next)).toBe(true);
    const found = (await roles.sessionKeys())!;
    expect(Buffer.from(found.current)).toEqual(Buffer.from(next.current));
    expect(Buffer.from(found.former!)).toEqual(Buffer.from(next.former));
    expect(found.rotatedAtMs).toBe(5);

    expect(await roles.rotateSessionKey(() => undefined)).toBe(false);
    // Two at once: the second one has read what the first one replaced.
    const [one, other] = await Promise.all(
      [1, 2].map((byte) =>
        roles.rotateSessionKey(() => ({
          current: new Uint8Array(32).fill(byte),
          rotatedAtMs: 5 + byte,
        })),
      ),
    );
    expect([one, other].filter(Boolean)).toHaveLength(1);
    expect((await roles.sessionKeys())!.former).toBeUndefined();
  });
}
