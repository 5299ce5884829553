/** What every `SubscriptionStore` promises. */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import type { ShardKey } from "../../src/log/store.ts";
import type { SubscriptionStore } from "../../src/streams/store.ts";

const NOW_MS = 1_795_428_000_000;
const PROTECTED_MS = 5000;

export function testSubscriptionStore(make: () => SubscriptionStore): void {
  const newPlace = () => ({ shard: `contract/${randomUUID()}` as ShardKey, consumerId: "c:1" });
  const claimAt = (token: string, nowMs: number) => ({
    token,
    nowMs,
    takeOverBeforeMs: nowMs - PROTECTED_MS,
  });

  test("of several that come at once one gets the place", async () => {
    const subscriptions = make();
    const place = newPlace();
    const tokens = ["a", "b", "c", "d"];
    const results = await Promise.all(
      tokens.map((token) => subscriptions.claim(place, claimAt(token, NOW_MS))),
    );
    expect(results.filter((result) => result === "claimed")).toHaveLength(1);
    expect(await subscriptions.holder(place)).toBe(tokens[results.indexOf("claimed")]);
  });

  test("a claim that is repeated with its token is granted again", async () => {
    const subscriptions = make();
    const place = newPlace();
    expect(await subscriptions.claim(place, claimAt("a", NOW_MS))).toBe("claimed");
    expect(await subscriptions.claim(place, claimAt("a", NOW_MS + 1))).toBe("claimed");
  });

  test("a place is taken over when its claim is old enough", async () => {
    const subscriptions = make();
    const place = newPlace();
    await subscriptions.claim(place, claimAt("a", NOW_MS));
    expect(await subscriptions.claim(place, claimAt("b", NOW_MS + 4999))).toBe("held");
    expect(await subscriptions.claim(place, claimAt("b", NOW_MS + 5000))).toBe("claimed");
    expect(await subscriptions.holder(place)).toBe("b");
    expect(await subscriptions.claim(place, claimAt("a", NOW_MS + 6000))).toBe("held");
  });

  test("a place that was released is free at once, but only its holder releases it", async () => {
    const subscriptions = make();
    const place = newPlace();
    await subscriptions.claim(place, claimAt("a", NOW_MS));
    await subscriptions.release(place, "b");
    expect(await subscriptions.holder(place)).toBe("a");
    await subscriptions.release(place, "a");
    expect(await subscriptions.holder(place)).toBeUndefined();
    await subscriptions.release(place, "a");
    expect(await subscriptions.claim(place, claimAt("b", NOW_MS + 1))).toBe("claimed");
  });

  test("consumers and shards do not share their places", async () => {
    const subscriptions = make();
    const place = newPlace();
    for (const other of [place, { ...place, consumerId: "c:2" }, newPlace()]) {
      expect(await subscriptions.claim(other, claimAt(randomUUID(), NOW_MS))).toBe("claimed");
    }
  });
}
