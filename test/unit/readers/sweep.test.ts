/** Which readers the sweep takes for forgotten. */
import { describe, expect, test } from "vitest";
import type { ShardKey } from "../../../src/log/store.ts";
import { SHARD_START, type WakeUp } from "../../../src/readers/store.ts";
import { SWEEP_GRACE_MS, sweepShard, sweepShards } from "../../../src/readers/sweep.ts";
import { memoryLog } from "../../../src/storage/memory/log.ts";
import { memoryReaders } from "../../../src/storage/memory/readers.ts";
import { memorySweepNotes } from "../../../src/storage/memory/sweep-notes.ts";
import { steppingClock } from "../../helpers/stepping-clock.ts";

const SHARD = "kinesis/clicks/0123456789abcdef/0000000000" as ShardKey;
const NOW_MS = 1_000_000_000;

const RULE = { sizeBytes: 1000, intervalMs: 0 };

async function setUp() {
  const log = memoryLog();
  const readers = memoryReaders<never>();
  const clock = steppingClock(NOW_MS);
  log.open(SHARD);
  await readers.open(SHARD, "one", {
    checkpoint: SHARD_START,
    wakeRule: RULE,
  });
  const sent: WakeUp[] = [];
  const queue = {
    async send(wakeUp: WakeUp) {
      sent.push(wakeUp);
    },
  };
  async function lease() {
    const claim = { token: "t", nowMs: clock.now(), untilMs: clock.now() + 1000 };
    const acquired = await readers.acquire(SHARD, "one", claim);
    if (acquired.kind !== "acquired") throw new Error(acquired.kind);
    return acquired.lease;
  }
  const notes = memorySweepNotes();
  const ports = { log, readers, queue, clock, notes };
  const sweep = async () => (await sweepShard(ports, SHARD)).isOpen;
  return { ...ports, ports, sent, lease, sweep };
}

test("a reader at the tip of an open shard is at rest", async () => {
  const { sweep, sent } = await setUp();
  expect(await sweep()).toBe(false);
  expect(sent).toEqual([]);
});

test("a reader at the end of a closed shard has its children to go on to", async () => {
  const { log, sweep, sent } = await setUp();
  log.seal(SHARD);
  expect(await sweep()).toBe(true);
  expect(sent).toEqual([{ shard: SHARD, readerId: "one", blockIndex: 0 }]);
});

test("a reader that has ended is at rest, unless it died before it had opened its children's", async () => {
  const { log, readers, clock, lease, sweep, sent } = await setUp();
  log.seal(SHARD);
  const held = await lease();
  await readers.end(held);
  expect(await sweep()).toBe(true);
  expect(sent).toEqual([]);
  await clock.sleep(1000 + SWEEP_GRACE_MS);
  expect(await sweep()).toBe(true);
  expect(sent).toHaveLength(1);
  await readers.release(held);
  expect(await sweep()).toBe(false);
});

describe("the notes of shards", () => {
  const OTHER = "kinesis/clicks/0123456789abcdef/0000000001" as ShardKey;
  const noteOf = (subject: ShardKey, token = "a") => ({ subject, token, atMs: NOW_MS });

  test("stay while a buffer is open, and go when all is read, together with what readers remember of them", async () => {
    const { ports, log, readers, notes, lease } = await setUp();
    const reportFailure = () => {};
    await log.reserve(SHARD, { recordCount: 1, byteCount: 1 });
    await notes.put(noteOf(SHARD));
    await readers.markWoken(SHARD, "one", { blockIndex: 0, level: "work", rule: RULE });
    const sweep = async () => sweepShards({ ...ports, reportFailure }, await notes.list());
    expect(await sweep()).toBe(true);
    expect(await readers.get(SHARD, "one")).toMatchObject({ isNoted: true });
    await readers.advance(await lease(), SHARD_START, { blockIndex: 1, byteOffset: 1 });
    expect(await sweep()).toBe(false);
    expect(await notes.list()).toEqual([]);
    expect(await readers.get(SHARD, "one")).not.toHaveProperty("isNoted");
  });

  test("stay when the shard was noted again meanwhile, or a reader was woken", async () => {
    const { ports, readers, notes } = await setUp();
    const reportFailure = () => {};
    await notes.put(noteOf(SHARD));
    const [read] = await notes.list();
    await notes.put(noteOf(SHARD, "b"));
    expect(await sweepShards({ ...ports, reportFailure }, [read!])).toBe(false);
    expect(await notes.list()).toEqual([noteOf(SHARD, "b")]);
    const woken = { blockIndex: 0, level: "work", rule: RULE } as const;
    const late: typeof readers = {
      ...readers,
      async forgetNoted(shard, readerId) {
        await readers.forgetNoted(shard, readerId);
        await readers.markWoken(shard, readerId, woken);
      },
    };
    await readers.markWoken(SHARD, "one", woken);
    const isLeft = await sweepShards({ ...ports, readers: late, reportFailure }, [
      noteOf(SHARD, "b"),
    ]);
    expect(isLeft).toBe(true);
    expect(await notes.list()).toHaveLength(1);
  });

  test("of a shard that cannot be looked at stay, and keep no other waiting", async () => {
    const { ports, log, notes, sent } = await setUp();
    await log.reserve(SHARD, { recordCount: 1, byteCount: 1 });
    const failed: string[] = [];
    const readers: typeof ports.readers = {
      ...ports.readers,
      list: (shard) =>
        shard === OTHER ? Promise.reject(new Error("no answer")) : ports.readers.list(shard),
    };
    const reportFailure = (place: string) => void failed.push(place);
    const all = [noteOf(OTHER), noteOf(SHARD)];
    for (const note of all) await notes.put(note);
    expect(await sweepShards({ ...ports, readers, reportFailure }, all)).toBe(true);
    expect(failed).toEqual([OTHER]);
    expect(sent).toHaveLength(1);
    expect(await notes.list()).toHaveLength(2);
  });

  test("of readers that are paused go, whatever waits", async () => {
    const { ports, log, notes, sent } = await setUp();
    await log.reserve(SHARD, { recordCount: 1, byteCount: 1 });
    await notes.put(noteOf(SHARD));
    const isPaused = () => Promise.resolve(true);
    const swept = sweepShards({ ...ports, isPaused, reportFailure: () => {} }, await notes.list());
    expect(await swept).toBe(false);
    expect(sent).toEqual([]);
    expect(await notes.list()).toEqual([]);
  });

  test("of readers that are paused stay while one of them has its children to go on to", async () => {
    const { ports, log, readers, clock, lease, notes, sent } = await setUp();
    log.seal(SHARD);
    await readers.end(await lease());
    await clock.sleep(1000 + SWEEP_GRACE_MS);
    await notes.put(noteOf(SHARD));
    const isPaused = () => Promise.resolve(true);
    const swept = sweepShards({ ...ports, isPaused, reportFailure: () => {} }, await notes.list());
    expect(await swept).toBe(true);
    expect(sent).toHaveLength(1);
    expect(await notes.list()).toHaveLength(1);
  });
});
