/** What every `SecretStore` promises. */
import { randomBytes, randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import type { SecretStore } from "../../src/streams/store.ts";

export function testSecretStore(make: () => SecretStore): void {
  test("the first of a name stands for everybody, also when several come at once", async () => {
    const secrets = make();
    const name = `contract-${randomUUID()}`;
    const candidates = Array.from({ length: 8 }, () => new Uint8Array(randomBytes(32)));
    const kept = await Promise.all(candidates.map((bytes) => secrets.keepOnce(name, bytes)));
    const [first] = kept;
    expect(candidates).toContainEqual(new Uint8Array(first!));
    for (const bytes of kept) expect(Buffer.from(bytes).equals(first!)).toBe(true);
    const later = await secrets.keepOnce(name, new Uint8Array(32));
    expect(Buffer.from(later).equals(first!)).toBe(true);
  });

  test("names do not share their secrets", async () => {
    const secrets = make();
    const [a, b] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
    expect(await secrets.keepOnce(`contract-${randomUUID()}`, a)).toEqual(a);
    expect(await secrets.keepOnce(`contract-${randomUUID()}`, b)).toEqual(b);
  });
}
