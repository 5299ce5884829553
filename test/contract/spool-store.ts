/** What every `SpoolStore` promises, run against S3 and its twin alike. */
import { expect, test } from "vitest";
import type { SpoolStore } from "../../src/delivery/ports.ts";

/** `make` is called once. */
export function testSpoolStore(make: () => Promise<SpoolStore>): void {
  const made = make();

  test.each([0, 1, 300_000, 6 * 1024 * 1024])("gives back %i bytes", async (size) => {
    const spool = await made;
    const bytes = Buffer.alloc(size, "what waits ");
    const key = await spool.put(bytes);
    bytes.fill(0);
    expect(Buffer.from((await spool.get(key))!).equals(Buffer.alloc(size, "what waits "))).toBe(
      true,
    );
  });

  test("gives everything a key of its own, under the spool's prefix", async () => {
    const spool = await made;
    const keys = await Promise.all([1, 2, 3].map(() => spool.put(Buffer.from("the same"))));
    expect(new Set(keys).size).toBe(3);
    for (const key of keys) expect(key).toMatch(/^spool\/[0-9a-f]{32}$/);
  });

  test("forgets what is removed, which may be repeated", async () => {
    const spool = await made;
    const [one, other] = await Promise.all(["a", "b"].map((text) => spool.put(Buffer.from(text))));
    await spool.remove(one!);
    await spool.remove(one!);
    expect(await spool.get(one!)).toBeUndefined();
    expect(Buffer.from((await spool.get(other!))!).toString()).toBe("b");
  });
}
