/**
 * A retention that is raised while records come: how fast the walk back through the log is beside them, and what is lost.
 * A day's blocks are stood for by some thousands, spread over the day.
 */
import { HOURS_TO_MS, RETENTION_DEFAULT_HOURS } from "../../../src/limits.ts";
import { lifetimeMs } from "../../../src/log/lifetime.ts";
import { packRecords } from "../../../src/log/frame.ts";
import type { ShardKey } from "../../../src/log/store.ts";
import { increaseStreamRetentionPeriod } from "../../../src/operations/kinesis/increase-stream-retention-period.ts";
import { STREAM_NAME } from "../consumers/ports.ts";
import type { ConsumerWorld } from "../consumers/world.ts";
import { LOOK_EVERY_MS, runFor } from "./stage.ts";

export interface RaiseLoad {
  /** Blocks that stand for a day. */
  readonly backlogBlockCount: number;
  readonly atSecond: number;
}

export interface RaiseFigures {
  readonly blockCount: number;
  /** From the call until all blocks live longer; absent: some do not yet. */
  readonly walkedMs?: number;
  /** Once the old lifetime of all of them was over. */
  readonly lostCount: number;
}

const RAISED_HOURS = 2 * RETENTION_DEFAULT_HOURS;
const DAY_MS = 24 * HOURS_TO_MS;
const BODY = packRecords([{ partitionKey: "1", data: Buffer.from("a record of a day before") }]);
const LIFETIME_MS = lifetimeMs(DAY_MS);
/** When nearly all would be gone but for the raise, and none is gone with it. */
const LATER_MS = LIFETIME_MS - HOURS_TO_MS;

/** A day passes. */
export async function fillDay(
  world: ConsumerWorld,
  shard: ShardKey,
  blockCount: number,
): Promise<void> {
  const { twins, scheduler } = world;
  for (let i = 0; i < blockCount; i++) {
    await runFor(world, DAY_MS / blockCount);
    const arrivedAtMs = scheduler.now();
    const append = { recordCount: 1, byteCount: BODY.length, arrivedAtMs };
    const reserved = await twins.memory.reserve(shard, append);
    if (reserved.kind !== "reserved") throw new Error(`the shard is ${reserved.kind}`);
    await twins.memory.write({
      ...append,
      kind: "data",
      shard,
      index: reserved.blockIndex,
      firstRecord: reserved.firstRecord,
      byteOffset: reserved.byteOffset,
      token: `backlog ${i}`,
      expiresAtMs: arrivedAtMs + LIFETIME_MS,
      body: { kind: "inline", bytes: BODY },
    });
  }
}

export function raiseRetention(
  world: ConsumerWorld,
  shard: ShardKey,
  { atSecond }: RaiseLoad,
): () => Promise<RaiseFigures> {
  const { scheduler, twins } = world;
  let raisedAtMs = 0;
  let walkedMs: number | undefined;

  async function look(): Promise<void> {
    const stream = await twins.dataStreams.get(STREAM_NAME);
    if (stream?.extension === undefined) walkedMs = scheduler.now() - raisedAtMs;
    else scheduler.after(undefined, LOOK_EVERY_MS, "look", () => void look());
  }

  async function raise(): Promise<void> {
    raisedAtMs = scheduler.now();
    const request = { StreamName: STREAM_NAME, RetentionPeriodHours: RAISED_HOURS };
    await increaseStreamRetentionPeriod.handle(request, world.pickApi().context);
    await look();
  }

  scheduler.after(undefined, 1000 * atSecond, "raise", () => void raise());

  return async () => {
    const blockCount = (await twins.log.head(shard))!.blockIndex;
    twins.memory.expire(scheduler.now() + LATER_MS);
    let standing = 0;
    for await (const _ of twins.memory.read({ shard, from: 0, to: blockCount })) standing += 1;
    return {
      blockCount,
      lostCount: blockCount - standing,
      ...(walkedMs !== undefined && { walkedMs }),
    };
  };
}
