/** What every `SubscriptionStore` promises. */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import type { ShardKey } from "../../src/log/store.ts";
import type { SubscriptionStore } from "../../src/streams/store.ts";

const NOW_MS = 1_795_428_000_000;
const PROTECTED_MS = 5000;
const CALL_INTERVAL_MS = 1000;
const FAR_FUTURE_MS = Date.parse("2100-01-01T00:00:00Z");

export function testSubscriptionStore(make: () => SubscriptionStore): void {
  const newPlace = () => ({ shard: `contract/${randomUUID()}` as ShardKey, consumerId: "c:1" });
  const claimAt = (token: string, nowMs: number) => ({
    token,
    nowMs,
    takeOverBeforeMs: nowMs - PROTECTED_MS,
    callBeforeMs: nowMs - CALL_INTERVAL_MS,
    overByMs: FAR_FUTURE_MS,
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
    expect(await subscriptions.claim(place, claimAt("b", NOW_MS + 4000))).toBe("held");
    expect(await subscriptions.claim(place, claimAt("b", NOW_MS + 5000))).toBe("claimed");
    expect(await subscriptions.holder(place)).toBe("b");
    expect(await subscriptions.claim(place, claimAt("a", NOW_MS + 6000))).toBe("held");
  });

  test("claims that come too soon after another, whatever became of that, are told so", async () => {
    const subscriptions = make();
    const place = newPlace();
    const claims = [
      ["a", 0, "claimed"],
      ["b", 999, "too-soon"],
      ["b", 1000, "held"],
      ["c", 1999, "too-soon"],
      // What came too soon itself does not count.
      ["c", 2000, "held"],
      ["a", 2001, "claimed"],
    ] as const;
    for (const [token, atMs, result] of claims) {
      expect(await subscriptions.claim(place, claimAt(token, NOW_MS + atMs))).toBe(result);
    }
    await subscriptions.release(place, "a");
    expect(await subscriptions.claim(place, claimAt("d", NOW_MS + 3000))).toBe("too-soon");
    expect(await subscriptions.claim(place, claimAt("d", NOW_MS + 3001))).toBe("claimed");
  });

  test("a place that was released is free, but only its holder releases it", async () => {
    const subscriptions = make();
    const place = newPlace();
    await subscriptions.claim(place, claimAt("a", NOW_MS));
    await subscriptions.release(place, "b");
    expect(await subscriptions.holder(place)).toBe("a");
    await subscriptions.release(place, "a");
    expect(await subscriptions.holder(place)).toBeUndefined();
    await subscriptions.release(place, "a");
    expect(await subscriptions.claim(place, claimAt("b", NOW_MS + 1000))).toBe("claimed");
  });

  test("consumers and shards do not share their places", async () => {
    const subscriptions = make();
    const place = newPlace();
    for (const other of [place, { ...place, consumerId: "c:2" }, newPlace()]) {
      expect(await subscriptions.claim(other, claimAt(randomUUID(), NOW_MS))).toBe("claimed");
    }
  });
}
