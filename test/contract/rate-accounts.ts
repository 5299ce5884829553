/** What all accounts of keys' rates promise. */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import type { RateAccounts } from "../../src/auth/rates.ts";

const WINDOW = 1_000_000_000;

export function testRateAccounts(make: () => RateAccounts): void {
  test("what is taken adds up, window by window and key by key", async () => {
    const accounts = make();
    const [key, other] = [randomUUID(), randomUUID()];
    expect(await accounts.take(key, WINDOW, { calls: 2, bytes: 30 })).toEqual({
      calls: 2,
      bytes: 30,
    });
    expect(await accounts.take(key, WINDOW, { calls: 0, bytes: 5 })).toEqual({
      calls: 2,
      bytes: 35,
    });
    const one = { calls: 1, bytes: 1 };
    expect(await accounts.take(key, WINDOW + 1, one)).toEqual(one);
    expect(await accounts.take(other, WINDOW, one)).toEqual(one);
  });

  test("of several that take at once each is told another sum", async () => {
    const accounts = make();
    const key = randomUUID();
    const totals = await Promise.all(
      [1, 2, 3, 4].map(() => accounts.take(key, WINDOW, { calls: 3, bytes: 0 })),
    );
    expect(totals.map(({ calls }) => calls).toSorted((a, b) => a - b)).toEqual([3, 6, 9, 12]);
  });
}
