/** Doorbells of one batch: shared out, side by side, and none in the way of another. */
import { expect, test } from "vitest";
import { RINGS_AT_ONCE } from "../../../src/limits.ts";
import type { ShardKey } from "../../../src/log/store.ts";
import { answerRings, groupRings, type Ring } from "../../../src/readers/rings.ts";

const ring = (shard: string, openedAtMs = 1): Ring => ({ shard: shard as ShardKey, openedAtMs });

function setUp(failing: readonly string[] = []) {
  const answered: string[] = [];
  const queued: Ring[] = [];
  const reported: string[] = [];
  const ports = {
    ringQueue: { send: async (left: Ring) => void queued.push(left) },
    async answer({ shard }: Ring) {
      if (failing.includes(shard)) throw new Error(shard);
      answered.push(shard);
    },
    reportFailure: (_: Ring, error: unknown) => void reported.push(String(error)),
  };
  return { ports, answered, queued, reported };
}

test("a shard rings once for all of a batch, with the earliest time", () => {
  expect(groupRings([ring("a", 5), ring("b", 4), ring("a", 3)])).toEqual([
    ring("a", 3),
    ring("b", 4),
  ]);
});

test("a ring that fails is left to the queue, and told of; all others are answered", async () => {
  const { ports, answered, queued, reported } = setUp(["b"]);
  await answerRings(ports, [ring("a"), ring("b", 7), ring("c")]);
  expect(answered).toEqual(["a", "c"]);
  expect(queued).toEqual([ring("b", 7)]);
  expect(reported).toEqual(["Error: b"]);
});

test("the batch comes again only where the queue does not take the ring either", async () => {
  const { ports } = setUp(["b"]);
  const ringQueue = { send: () => Promise.reject(new Error("no queue")) };
  await expect(answerRings({ ...ports, ringQueue }, [ring("a"), ring("b")])).rejects.toThrow(
    "no queue",
  );
});

test("shards are rung side by side, a bounded number at a time", async () => {
  let atOnce = 0;
  let most = 0;
  const answer = async () => {
    most = Math.max(most, ++atOnce);
    await new Promise(setImmediate);
    atOnce--;
  };
  const rings = Array.from({ length: 1000 }, (_, i) => ring(`shard ${i}`));
  await answerRings({ ...setUp().ports, answer }, rings);
  expect(most).toBe(RINGS_AT_ONCE);
});
