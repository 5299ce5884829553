/** Streams of so many shards that a call cannot make or remove them in the time that it has. */
import { describe, expect, it } from "vitest";
import { STREAM_STEP_BUDGET_MS, STREAM_STEP_SHARDS } from "../../../../src/limits.ts";
import { memoryLog } from "../../../../src/storage/memory/log.ts";
import { memoryStreams } from "../../../../src/storage/memory/streams.ts";
import { STEP_GRACE_MS } from "../../../../src/streams/lifecycle.ts";
import { type DataStream, dataShardKey } from "../../../../src/streams/stream.ts";
import type { StreamStore } from "../../../../src/streams/store.ts";
import { finishStreams } from "../../../../src/streams/unfinished.ts";
import { ACCOUNT_ID, harness, inUse, notFound, TRANSITION_MS } from "./harness.ts";

const StreamName = "large";
const CLICKS = { StreamName };
const SHARD_COUNT = 10_000;
/** Of the store, for as many shards as are made or removed at once: 25 s for all of them. */
const STEP_MS = 250;
const STEPS = SHARD_COUNT / STREAM_STEP_SHARDS;

const prune = async () => true;

const reportFailure = (_: unknown, error: unknown) => {
  throw error;
};

/** A process's store; it dies with the step of this number. */
type Death = { at: number };

function setUp() {
  const log = memoryLog();
  const twins = memoryStreams(log);
  let advance: (ms: number) => void;
  const death: Death = { at: Infinity };
  const step = () => {
    death.at -= 1;
    if (death.at < 0) throw new Error("killed");
    advance(STEP_MS);
  };
  const dataStreams: StreamStore = {
    ...twins,
    async addShards(stream, shards) {
      step();
      await twins.addShards(stream, shards);
    },
    async remove(stream, options) {
      step();
      return twins.remove(stream, options);
    },
  };
  const made = harness({ dataStreams }, log);
  ({ advance } = made);
  const { call, context, isSweepOn } = made;
  const create = () => call("CreateStream", { ...CLICKS, ShardCount: SHARD_COUNT });
  const remove = () => call("DeleteStream", CLICKS);
  return {
    ...made,
    twins,
    death,
    create,
    remove,
    status: async () => (await twins.get(StreamName))?.status,
    /** How long a call took. */
    async timed(act: () => Promise<unknown>): Promise<number> {
      const startedAtMs = context.clock.now();
      await act();
      return context.clock.now() - startedAtMs;
    },
    async isAllSealed(stream: DataStream): Promise<boolean> {
      for (let index = 0; index < stream.nextShardIndex; index++) {
        const head = await log.head(dataShardKey(stream, index));
        if (head?.sealed === false) return false;
      }
      return true;
    },
    /** What the sweep does once a minute, while its rule is on. */
    async sweep(deadlineMs = Infinity): Promise<boolean> {
      expect(isSweepOn()).toBe(true);
      return finishStreams({ ...context, prune, reportFailure }, deadlineMs);
    },
  };
}

/** The budget, and the step that was begun within it. */
const CALL_MAX_MS = STREAM_STEP_BUDGET_MS + STEP_MS;

describe("CreateStream of 10,000 shards", () => {
  it("is answered in time, and the sweep makes the rest", async () => {
    const { create, timed, status, sweep, call, twins, advance } = setUp();
    expect(await timed(create)).toBeLessThanOrEqual(CALL_MAX_MS);
    expect(await status()).toBe("CREATING");
    expect(await call("PutRecord", { ...CLICKS, PartitionKey: "a", Data: "eA==" })).toEqual(
      notFound(StreamName),
    );
    expect(await sweep()).toBe(true);
    expect(await status()).toBe("ACTIVE");
    const stream = (await twins.get(StreamName))!;
    const shards = await twins.shards(stream);
    expect(shards.map(({ index }) => index)).toEqual(shards.map((_, index) => index));
    expect(shards).toHaveLength(SHARD_COUNT);
    advance(TRANSITION_MS);
    const put = await call("PutRecord", { ...CLICKS, PartitionKey: "a", Data: "eA==" });
    expect(put.error).toBeUndefined();
  });

  it("is gone on with by calls that meet the stream, each for its time, none of them twice", async () => {
    const { create, timed, status, call, context } = setUp();
    await create();
    const made = [context.clock.now()];
    for (let calls = 0; calls < STEPS && (await status()) === "CREATING"; calls++) {
      // Several at once: one of them is at it.
      const ask = () => call("DescribeStreamSummary", CLICKS);
      const askAll = () => Promise.all([ask(), ask(), ask()]);
      expect(await timed(askAll)).toBeLessThanOrEqual(CALL_MAX_MS);
      made.push(context.clock.now());
    }
    expect(await status()).toBe("ACTIVE");
    // All that was done is done once.
    expect(made.at(-1)! - made[0]!).toBeLessThanOrEqual(STEPS * STEP_MS);
  });

  it("is refused for a name that is being created", async () => {
    const { create } = setUp();
    await create();
    expect(await create()).toEqual(
      inUse(`Stream ${StreamName} under account ${ACCOUNT_ID} already exists.`),
    );
  });
});

describe("DeleteStream of 10,000 shards", () => {
  async function standing() {
    const made = setUp();
    await made.create();
    await made.sweep();
    made.advance(TRANSITION_MS);
    made.turnSweepOff();
    return made;
  }

  it("is answered in time, and the sweep removes the rest", async () => {
    const { remove, timed, status, sweep, call, create, isAllSealed, twins } = await standing();
    const stream = (await twins.get(StreamName))!;
    expect(await timed(remove)).toBeLessThanOrEqual(CALL_MAX_MS);
    expect(await status()).toBe("DELETING");
    const shown = await call("DescribeStreamSummary", CLICKS);
    expect(shown.value.StreamDescriptionSummary.StreamStatus).toBe("DELETING");
    expect(await sweep()).toBe(true);
    expect(await call("DescribeStreamSummary", CLICKS)).toEqual(notFound(StreamName));
    expect(await twins.shards(stream)).toEqual([]);
    expect(await isAllSealed(stream)).toBe(true);
    expect((await create()).error).toBeUndefined();
  });

  it("keeps the name until all is gone", async () => {
    const { remove, create, timed, status, sweep } = await standing();
    await remove();
    const again = () => create();
    expect(await timed(again)).toBeLessThanOrEqual(2 * CALL_MAX_MS);
    expect(await status()).toBe("DELETING");
    await sweep();
    expect((await create()).error).toBeUndefined();
  });

  it("may be asked for again, and goes on then", async () => {
    const { remove, timed, status } = await standing();
    let calls = 0;
    do {
      expect(await timed(remove)).toBeLessThanOrEqual(CALL_MAX_MS);
      calls += 1;
    } while (calls < STEPS && (await status()) !== undefined);
    expect(calls).toBeLessThanOrEqual(6);
  });

  it.each([0, 1, 7, STEPS - 1, STEPS])(
    "survives that its process dies with step %i, and that of the sweep, too",
    async (at) => {
      const { remove, status, sweep, death, advance, twins, isAllSealed } = await standing();
      const stream = (await twins.get(StreamName))!;
      for (const die of [remove, sweep]) {
        death.at = at;
        await die().catch(() => undefined);
        death.at = Infinity;
        if ((await status()) === undefined) break;
        // Its time has to pass before anybody takes the step from it.
        if (at === 0) expect(await sweep()).toBe(false);
        advance(STEP_GRACE_MS);
      }
      if ((await status()) !== undefined) expect(await sweep()).toBe(true);
      expect(await status()).toBeUndefined();
      expect(await twins.shards(stream)).toEqual([]);
      expect(await isAllSealed(stream)).toBe(true);
    },
  );

  it("leaves nothing of a stream whose creation is still under way", async () => {
    const { create, remove, sweep, twins, status, isAllSealed } = setUp();
    await create();
    const stream = (await twins.get(StreamName))!;
    expect(stream.status).toBe("CREATING");
    await remove();
    if ((await status()) !== undefined) await sweep();
    expect(await status()).toBeUndefined();
    expect(await twins.shards(stream)).toEqual([]);
    expect(await isAllSealed(stream)).toBe(true);
  });

  it("leaves nothing of a stream that is deleted under its maker's hands", async () => {
    const { create, call, context, twins, isAllSealed } = setUp();
    let made: DataStream | undefined;
    const dataStreams: StreamStore = {
      ...twins,
      async addShards(stream, shards) {
        await twins.addShards(stream, shards);
        if (made !== undefined) return;
        made = stream;
        await call("DeleteStream", CLICKS, { dataStreams: twins });
        await finishStreams({ ...context, dataStreams: twins, prune, reportFailure }, Infinity);
      },
    };
    await call("CreateStream", { ...CLICKS, ShardCount: 1000 }, { dataStreams });
    expect(await twins.get(StreamName)).toBeUndefined();
    expect(await twins.shards(made!)).toEqual([]);
    expect(await isAllSealed(made!)).toBe(true);
    expect((await create()).error).toBeUndefined();
  });

  it("calls no sweep for a stream that is small enough", async () => {
    const { call, isSweepOn } = setUp();
    await call("CreateStream", { ...CLICKS, ShardCount: STREAM_STEP_SHARDS });
    await call("DeleteStream", CLICKS);
    expect(isSweepOn()).toBe(false);
  });
});
