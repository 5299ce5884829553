/** What every `ReadWindowStore` promises. */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import type { ShardKey } from "../../src/log/store.ts";
import type { ReadWindowStore } from "../../src/streams/store.ts";

export function testReadWindowStore(make: () => ReadWindowStore): void {
  const newShard = () => `contract/${randomUUID()}` as ShardKey;
  const window = { second: 4_102_444_800, callCount: 1, byteCount: 0 };

  test("nothing stands at first, and then what was put", async () => {
    const windows = make();
    const shard = newShard();
    expect(await windows.get(shard)).toBeUndefined();
    expect(await windows.replace(shard, undefined, window)).toBe("replaced");
    expect(await windows.get(shard)).toEqual(window);
    expect(await windows.get(newShard())).toBeUndefined();
  });

  test.each(["second", "callCount", "byteCount"] as const)(
    "a window whose %s is another is not replaced",
    async (name) => {
      const windows = make();
      const shard = newShard();
      await windows.replace(shard, undefined, window);
      const after = { ...window, callCount: 2 };
      const other = { ...window, [name]: window[name] + 1 };
      expect(await windows.replace(shard, other, after)).toBe("conflict");
      expect(await windows.replace(shard, undefined, after)).toBe("conflict");
      expect(await windows.get(shard)).toEqual(window);
      expect(await windows.replace(shard, window, after)).toBe("replaced");
    },
  );

  test("of several that come at once one is let in", async () => {
    const windows = make();
    const shard = newShard();
    const results = await Promise.all(
      [1, 2, 3, 4].map((callCount) => windows.replace(shard, undefined, { ...window, callCount })),
    );
    expect(results.filter((result) => result === "replaced")).toHaveLength(1);
    expect((await windows.get(shard))?.callCount).toBe(1 + results.indexOf("replaced"));
  });
}
