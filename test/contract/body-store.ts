/** What every `BodyStore` promises, run against S3 and its twin alike. */
import { expect, test } from "vitest";
import type { BodyStore } from "../../src/log/store.ts";

const DAY_MS = 86_400_000;

/** `make` is called once. */
export function testBodyStore(make: () => Promise<BodyStore>): void {
  const made = make();

  test.each([0, 1, 300_000, 6 * 1024 * 1024])("gives back a body of %i bytes", async (size) => {
    const bodies = await made;
    const body = Buffer.alloc(size, "body of a block ");
    const key = (await bodies.put(body, DAY_MS))!;
    expect(Buffer.from(await bodies.get(key)).equals(body)).toBe(true);
  });

  test("gives every body a key of its own, under a prefix that expires", async () => {
    const bodies = await made;
    const same = Buffer.from("the same");
    const keys = await Promise.all([1, 2, 3].map(() => bodies.put(same, DAY_MS)));
    expect(new Set(keys).size).toBe(3);
    for (const key of keys) expect(key).toMatch(/^day\/[0-9a-f]{32}$/);
  });

  test.each([
    [DAY_MS, "day"],
    [DAY_MS + 1, "week"],
    [7 * DAY_MS, "week"],
    [7 * DAY_MS + 1, "year"],
    [365 * DAY_MS, "year"],
  ])("keeps what must live %i ms under %s/", async (retentionMs, prefix) => {
    const bodies = await made;
    const key = (await bodies.put(Buffer.from("long"), retentionMs))!;
    expect(key.split("/")[0]).toBe(prefix);
    expect(Buffer.from(await bodies.get(key)).toString()).toBe("long");
  });

  test("copies a body that is to live longer, again and again to the same place", async () => {
    const bodies = await made;
    const key = (await bodies.put(Buffer.from("+/ kept"), DAY_MS))!;
    const kept = await bodies.keep(key, 2 * DAY_MS);
    expect(kept).toBe(key.replace("day/", "week/"));
    expect(await bodies.keep(key, 2 * DAY_MS)).toBe(kept);
    expect(await bodies.keep(kept!, 300 * DAY_MS)).toBe(key.replace("day/", "year/"));
    for (const place of [key, kept!, key.replace("day/", "year/")]) {
      expect(Buffer.from(await bodies.get(place)).toString()).toBe("+/ kept");
    }
  });

  test("leaves a body where it is when that is long enough", async () => {
    const bodies = await made;
    const key = (await bodies.put(Buffer.from("long"), 8 * DAY_MS))!;
    for (const days of [1, 7, 365]) expect(await bodies.keep(key, days * DAY_MS)).toBe(key);
  });

  test("says of a body that is gone that it cannot be kept", async () => {
    const bodies = await made;
    expect(await bodies.keep(`day/${"0".repeat(32)}`, 2 * DAY_MS)).toBeUndefined();
  });

  test("keeps the bytes it was given, whatever becomes of the buffer", async () => {
    const bodies = await made;
    const body = Buffer.from("..kept..").subarray(2, 6);
    const key = (await bodies.put(body, DAY_MS))!;
    body.fill("x");
    const read = await bodies.get(key);
    expect(Buffer.from(read).toString()).toBe("kept");
    read.fill(0);
    expect(Buffer.from(await bodies.get(key)).toString()).toBe("kept");
  });

  test("throws for a key that holds nothing", async () => {
    const bodies = await made;
    await expect(bodies.get("day/00000000000000000000000000000000")).rejects.toThrow();
  });
}
