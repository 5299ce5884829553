/** What every `SubscriptionStore` promises. */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import type { ShardKey } from "../../src/log/store.ts";
import type { SubscriptionStore } from "../../src/streams/store.ts";

const NOW_MS = 1_795_428_000_000;
const PROTECTED_MS = 5000;
const CALL_INTERVAL_MS = 1000;
const HOUR_MS = 3_600_000;
const FAR_FUTURE_MS = Date.parse("2100-01-01T00:00:00Z");

/** All who run share one count: whatever tests and earlier runs left in it is over by then. */
let eraMs = Date.now() * 1000;
const nextEraMs = () => (eraMs += HOUR_MS);

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

  test("no more than are allowed run at once; those that died make room", async () => {
    const subscriptions = make();
    const enterAt = (nowMs: number, maxCount = 2) =>
      subscriptions.enter({ token: randomUUID(), maxCount, nowMs, overByMs: nowMs + 1000 });
    const laterMs = nextEraMs();
    const first = await enterAt(laterMs);
    if (first === "full") throw new Error("nobody else is there");
    await enterAt(laterMs + 500);
    expect(await enterAt(laterMs + 999)).toBe("full");
    expect(await enterAt(laterMs + 999, 3)).not.toBe("full");
    // The first one is over, and nobody said so.
    expect(await enterAt(laterMs + 1001, 3)).not.toBe("full");
    expect(await enterAt(laterMs + 1001, 3)).toBe("full");
    const fourth = await enterAt(laterMs + 1001, 4);
    if (fourth === "full") throw new Error("there is room for a fourth");
    await subscriptions.leave(fourth);
    await subscriptions.leave(fourth);
    expect(await enterAt(laterMs + 1001, 4)).not.toBe("full");
  });

  test("of many that come at once as many enter as there is room", async () => {
    const subscriptions = make();
    const nowMs = nextEraMs();
    const count = { maxCount: 3, nowMs, overByMs: nowMs + 1000 };
    const entered = await Promise.all(
      Array.from({ length: 8 }, () => subscriptions.enter({ ...count, token: randomUUID() })),
    );
    expect(entered.filter((result) => result !== "full")).toHaveLength(3);
    // One whose answer was lost comes again, and counts once.
    const again = entered.find((result) => result !== "full")!;
    expect(await subscriptions.enter({ ...count, token: again.token })).toEqual(again);
  });

  test("consumers and shards do not share their places", async () => {
    const subscriptions = make();
    const place = newPlace();
    for (const other of [place, { ...place, consumerId: "c:2" }, newPlace()]) {
      expect(await subscriptions.claim(other, claimAt(randomUUID(), NOW_MS))).toBe("claimed");
    }
  });
}
