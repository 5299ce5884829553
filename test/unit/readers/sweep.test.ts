/** Which readers the sweep takes for forgotten. */
import { expect, test } from "vitest";
import type { ShardKey } from "../../../src/log/store.ts";
import { SHARD_START, type WakeUp } from "../../../src/readers/store.ts";
import { SWEEP_GRACE_MS, sweepShard } from "../../../src/readers/sweep.ts";
import { memoryLog } from "../../../src/storage/memory/log.ts";
import { memoryReaders } from "../../../src/storage/memory/readers.ts";
import { steppingClock } from "../../helpers/stepping-clock.ts";

const SHARD = "kinesis/clicks/0123456789abcdef/0000000000" as ShardKey;
const NOW_MS = 1_000_000_000;

async function setUp() {
  const log = memoryLog();
  const readers = memoryReaders<never>();
  const clock = steppingClock(NOW_MS);
  log.open(SHARD);
  await readers.open(SHARD, "one", {
    checkpoint: SHARD_START,
    wakeRule: { sizeBytes: 1000, intervalMs: 0 },
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
  const sweep = () => sweepShard({ log, readers, queue, clock }, SHARD);
  return { log, readers, clock, sent, lease, sweep };
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
