/** What every `ProofStore` promises. */
import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import type { InvocationKey, ProofIndex, ProofKey, ProofStore } from "../../src/log/proof.ts";

const NOW_MS = 4_102_444_800_000;
const HOUR_MS = 3_600_000;
const TIMES = { nowMs: NOW_MS, expiresAtMs: NOW_MS + HOUR_MS };

export function testProofStore(make: () => ProofStore & ProofIndex): void {
  const newInvocation = () => randomBytes(16).toString("hex") as InvocationKey;
  const newKey = (invocation = newInvocation()) =>
    `${invocation}/${randomBytes(16).toString("base64url")}` as ProofKey;
  const value = (text: string) => new Uint8Array(Buffer.from(text));
  const standing = async (proofs: ProofStore, key: ProofKey, nowMs = NOW_MS) => {
    const found = await proofs.get(key, nowMs);
    return found && Buffer.from(found).toString();
  };

  test("nothing stands at first, and then what was put", async () => {
    const proofs = make();
    const key = newKey();
    expect(await standing(proofs, key)).toBeUndefined();
    expect(await proofs.replace(key, undefined, value("one"), TIMES)).toEqual({ kind: "written" });
    expect(await standing(proofs, key)).toBe("one");
    expect(await standing(proofs, newKey())).toBeUndefined();
  });

  test("what stands is replaced by whoever has read it, and by nobody else", async () => {
    const proofs = make();
    const key = newKey();
    await proofs.replace(key, undefined, value("one"), TIMES);
    expect(await proofs.replace(key, undefined, value("two"), TIMES)).toEqual({ kind: "lost" });
    expect(await proofs.replace(key, value("on"), value("two"), TIMES)).toEqual({ kind: "lost" });
    expect(await standing(proofs, key)).toBe("one");
    expect(await proofs.replace(key, value("one"), value("two"), TIMES)).toEqual({
      kind: "written",
    });
    expect(await standing(proofs, key)).toBe("two");
    expect(await proofs.replace(key, value("one"), value("three"), TIMES)).toEqual({
      kind: "lost",
    });
  });

  test("where nothing stands, what was read is gone", async () => {
    const proofs = make();
    const key = newKey();
    expect(await proofs.replace(key, value("one"), value("two"), TIMES)).toEqual({ kind: "lost" });
    expect(await standing(proofs, key)).toBeUndefined();
  });

  test("calls of one invocation id are found by it, as far as they count", async () => {
    const proofs = make();
    const invocation = newInvocation();
    const listed = async (nowMs = NOW_MS) =>
      (await proofs.list(invocation, nowMs)).map((found) => Buffer.from(found).toString());
    expect(await listed()).toEqual([]);
    await proofs.replace(newKey(invocation), undefined, value("one"), TIMES);
    await proofs.replace(newKey(), undefined, value("another's"), TIMES);
    expect(await listed()).toEqual(["one"]);
    await proofs.replace(newKey(invocation), undefined, value("two"), TIMES);
    expect((await listed()).toSorted()).toEqual(["one", "two"]);
    expect(await listed(NOW_MS + HOUR_MS)).toEqual([]);
  });

  test("a key of a version before is one like others", async () => {
    const proofs = make();
    const key = newInvocation() as string as ProofKey;
    await proofs.replace(key, undefined, value("one"), TIMES);
    expect(await standing(proofs, key)).toBe("one");
  });

  test("the same once more is the same write", async () => {
    const proofs = make();
    const key = newKey();
    for (const before of [undefined, value("one")]) {
      const next = before === undefined ? value("one") : value("two");
      for (let i = 0; i < 2; i++) {
        expect(await proofs.replace(key, before, next, TIMES)).toEqual({ kind: "written" });
      }
    }
  });

  test("what is over does not count, whether or not it has been removed", async () => {
    const proofs = make();
    const key = newKey();
    await proofs.replace(key, undefined, value("one"), TIMES);
    const over = { nowMs: NOW_MS + HOUR_MS, expiresAtMs: NOW_MS + 2 * HOUR_MS };
    expect(await standing(proofs, key, over.nowMs - 1)).toBe("one");
    expect(await standing(proofs, key, over.nowMs)).toBeUndefined();
    expect(await proofs.replace(key, value("one"), value("two"), over)).toEqual({ kind: "lost" });
    expect(await proofs.replace(key, undefined, value("three"), over)).toEqual({ kind: "written" });
    expect(await standing(proofs, key, over.nowMs)).toBe("three");
  });

  test("of several that come at once one is let in", async () => {
    const proofs = make();
    const key = newKey();
    const results = await Promise.all(
      ["a", "b", "c", "d"].map((text) => proofs.replace(key, undefined, value(text), TIMES)),
    );
    const written = results.filter(({ kind }) => kind === "written");
    expect(written).toHaveLength(1);
    const winner = results.findIndex(({ kind }) => kind === "written");
    expect(await standing(proofs, key)).toBe("abcd"[winner]);
  });
}
