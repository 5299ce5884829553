/** The second try of what the owner of a lease writes. */
import { describe, expect, test } from "vitest";
import { OWNER_TRIES_AGAIN_MS } from "../../../src/limits.ts";
import type { ShardKey } from "../../../src/log/store.ts";
import { SHARD_START } from "../../../src/readers/store.ts";
import { tryAgain } from "../../../src/readers/try-again.ts";
import { memoryReaders } from "../../../src/storage/memory/readers.ts";
import { steppingClock } from "../../helpers/stepping-clock.ts";

const SHARD = "kinesis/clicks/0123456789abcdef/0000000000" as ShardKey;
const NOW_MS = 1_000_000_000;
const AHEAD = { blockIndex: 1, byteOffset: 10 };

/** @param failures how many writes fail, the first ones, each before or behind its effect */
async function setUp(failures: number, isCarriedOut = false) {
  const clock = steppingClock(NOW_MS);
  const stored = memoryReaders<string>();
  let left = failures;
  const failing =
    <Rest extends readonly unknown[], Answer>(write: (...rest: Rest) => Promise<Answer>) =>
    async (...rest: Rest): Promise<Answer> => {
      if (left-- <= 0) return write(...rest);
      if (isCarriedOut) await write(...rest);
      throw new Error("too busy");
    };
  const readers = tryAgain<string>(
    {
      ...stored,
      acquire: failing(stored.acquire),
      renew: failing(stored.renew),
      savePlan: failing(stored.savePlan),
      advance: failing(stored.advance),
      moveOn: failing(stored.moveOn),
      end: failing(stored.end),
      release: failing(stored.release),
    },
    clock,
  );
  const wakeRule = { sizeBytes: 1, intervalMs: 0 };
  await stored.open(SHARD, "one", { checkpoint: SHARD_START, wakeRule });
  const claim = { token: "t", nowMs: NOW_MS, untilMs: NOW_MS + 1000 };
  const acquired = await stored.acquire(SHARD, "one", claim);
  if (acquired.kind !== "acquired") throw new Error(acquired.kind);
  const { lease } = acquired;
  return { clock, readers, lease, claim, state: () => stored.get(SHARD, "one") };
}

type Made = Awaited<ReturnType<typeof setUp>>;

const WRITES: Readonly<Record<string, (made: Made) => Promise<unknown>>> = {
  renew: ({ readers, lease }) => readers.renew(lease, NOW_MS + 9000),
  savePlan: ({ readers, lease }) => readers.savePlan(lease, "plan", 1),
  advance: ({ readers, lease }) => readers.advance(lease, SHARD_START, AHEAD),
  moveOn: ({ readers, lease }) => {
    const to = { checkpoint: AHEAD, frontier: { ...AHEAD, recordOffset: 1 }, plan: "lanes" };
    return readers.moveOn(lease, to, 1);
  },
  end: ({ readers, lease }) => readers.end(lease),
  release: ({ readers, lease }) => readers.release(lease, { atMs: NOW_MS, messageId: "m" }),
};

describe.each(Object.entries(WRITES))("%s", (_name, write) => {
  test.each([false, true])(
    "succeeds by its second try, the first being carried out: %s",
    async (isCarriedOut) => {
      const plain = await setUp(0);
      const answer = await write(plain);
      const made = await setUp(1, isCarriedOut);
      expect(await write(made)).toEqual(answer);
      expect(await made.state()).toEqual(await plain.state());
      expect(made.clock.now()).toBe(NOW_MS + OWNER_TRIES_AGAIN_MS);
    },
  );

  test("fails when that fails as well", async () => {
    const made = await setUp(2);
    await expect(write(made)).rejects.toThrow("too busy");
  });
});

test("a lease is asked for once", async () => {
  const { readers, claim } = await setUp(1);
  await expect(readers.acquire(SHARD, "one", claim)).rejects.toThrow("too busy");
});
