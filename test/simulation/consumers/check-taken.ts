/**
 * G12: what a shard takes by contract is taken, and no more. Once all faults are over, whatever is sent is taken, be it
 * by the attempt after next: no clock that was wrong, and no overload, keeps a shard shut any longer. And whatever
 * clocks say, a shard takes no more in a second than it may: seconds are told by the clock that is furthest ahead, so
 * each process that comes with one may begin a second early, and so often more may be taken.
 */
import type { Check, Part } from "./checker.ts";

const SECOND_MS = 1000;

export function checkTaken({
  fail,
  options: { takenMs = Infinity, shardLimit = Infinity, clockCount = 1 },
}: Check) {
  const open = new Map<string, number>();
  /** Somebody who stood still may delete the stream after all; a user makes it again. */
  let madeAtMs = 0;
  /** What each shard took in the last second. */
  const latest = new Map<number, { readonly atMs: number; readonly count: number }[]>();
  // A second that is told may begin at any moment of a true one, and what was asked for in the last one may be on its way.
  const most = (2 + clockCount) * shardLimit;

  return {
    visitor: {
      sent({ names, isProbe, atMs }) {
        if (isProbe) for (const name of names) open.set(name, atMs);
      },

      acknowledged({ name, atMs }) {
        const sentAtMs = open.get(name);
        if (sentAtMs === undefined) return;
        open.delete(name);
        const waitedMs = atMs - Math.max(sentAtMs, madeAtMs);
        if (waitedMs > takenMs) fail("G12", `${name} was taken after ${waitedMs} ms`);
      },

      shard({ parents, atMs }) {
        if (parents.length === 0) madeAtMs = atMs;
      },

      taken({ shard, count, atMs }) {
        const before = latest.get(shard) ?? [];
        const now = [...before.filter((one) => one.atMs > atMs - SECOND_MS), { atMs, count }];
        latest.set(shard, now);
        const sum = now.reduce((total, one) => total + one.count, 0);
        if (sum > most) fail("G12", `${shard} took ${sum} records within a second, not ${most}`);
      },
    },

    finish() {
      for (const name of open.keys()) fail("G12", `${name} was never taken`);
    },
  } satisfies Part;
}
