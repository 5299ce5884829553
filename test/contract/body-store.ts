/** What every `BodyStore` promises, run against S3 and its twin alike. */
import { expect, test } from "vitest";
import type { BodyStore } from "../../src/log/store.ts";

/** `make` is called once. */
export function testBodyStore(make: () => Promise<BodyStore>): void {
  const made = make();

  test.each([0, 1, 300_000, 6 * 1024 * 1024])("gives back a body of %i bytes", async (size) => {
    const bodies = await made;
    const body = Buffer.alloc(size, "body of a block ");
    const key = await bodies.put(body);
    expect(Buffer.from(await bodies.get(key)).equals(body)).toBe(true);
  });

  test("gives every body a key of its own, under the prefix that expires", async () => {
    const bodies = await made;
    const same = Buffer.from("the same");
    const keys = await Promise.all([bodies.put(same), bodies.put(same), bodies.put(same)]);
    expect(new Set(keys).size).toBe(3);
    for (const key of keys) expect(key).toMatch(/^direct-put\/[0-9a-f]{32}$/);
  });

  test("keeps what must live longer under a prefix of its own", async () => {
    const bodies = await made;
    const key = await bodies.put(Buffer.from("long"), "data");
    expect(key).toMatch(/^data\/[0-9a-f]{32}$/);
    expect(Buffer.from(await bodies.get(key)).toString()).toBe("long");
  });

  test("keeps the bytes it was given, whatever becomes of the buffer", async () => {
    const bodies = await made;
    const body = Buffer.from("..kept..").subarray(2, 6);
    const key = await bodies.put(body);
    body.fill("x");
    const read = await bodies.get(key);
    expect(Buffer.from(read).toString()).toBe("kept");
    read.fill(0);
    expect(Buffer.from(await bodies.get(key)).toString()).toBe("kept");
  });

  test("throws for a key that holds nothing", async () => {
    const bodies = await made;
    await expect(bodies.get("direct-put/00000000000000000000000000000000")).rejects.toThrow();
  });
}
