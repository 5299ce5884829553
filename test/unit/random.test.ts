import { expect, test } from "vitest";
import { systemRandom } from "../../src/random.ts";

test("hands out bytes of any number, never the same ones", () => {
  const seen = new Set<string>();
  for (const count of [16, 72, 255, 256, 257, 5000]) {
    for (let i = 0; i < 300; i++) {
      const bytes = systemRandom.bytes(count);
      expect(bytes).toHaveLength(count);
      expect(bytes.buffer.byteLength).toBeLessThan(20_000);
      // The first sixteen: none begins where another one did.
      seen.add(Buffer.from(bytes.subarray(0, 16)).toString("hex"));
    }
  }
  expect(seen.size).toBe(6 * 300);
});

test("keeps what it handed out for itself", () => {
  const bytes = systemRandom.bytes(32);
  const copy = [...bytes];
  bytes.fill(0);
  for (let i = 0; i < 1000; i++) expect([...systemRandom.bytes(32)]).not.toEqual(copy);
  expect(copy.some((byte) => byte !== 0)).toBe(true);
});
