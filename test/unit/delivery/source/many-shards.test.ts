/** Delivery streams whose source has so many shards that a call has no time for all of their readers. */
import { expect, test } from "vitest";
import type { DeliveryStream } from "../../../../src/delivery/delivery-stream.ts";
import {
  createWithSource,
  deleteWithSource,
  settleTransition,
  type SourceLifecyclePorts,
} from "../../../../src/delivery/source/lifecycle.ts";
import { sweepDeliveryStreams } from "../../../../src/delivery/sweep-streams.ts";
import { SHARDS_AT_ONCE, STREAM_STEP_BUDGET_MS } from "../../../../src/limits.ts";
import { STEP_GRACE_MS } from "../../../../src/streams/lifecycle.ts";
import { sourceWorld } from "./world.ts";

const SHARD_COUNT = 300;
/** Of the store, for as many readers as are opened or removed at once. */
const PART_MS = 1000;
const CALL_MAX_MS = STREAM_STEP_BUDGET_MS + PART_MS;

async function setUp(hasBackup = false) {
  const made = await sourceWorld(SHARD_COUNT);
  const { clock, lifecycle } = made;
  let calls = 0;
  const touched: string[] = [];
  const slow = async (what: string) => {
    touched.push(what);
    calls += 1;
    if (calls % SHARDS_AT_ONCE === 0) await clock.sleep(PART_MS);
  };
  const { readers } = lifecycle;
  const ports: SourceLifecyclePorts = {
    ...lifecycle,
    readers: {
      ...readers,
      async open(shard, readerId, state) {
        await slow(`${shard} ${readerId}`);
        return readers.open(shard, readerId, state);
      },
      async remove(shard, readerId) {
        await slow(`${shard} ${readerId}`);
        return readers.remove(shard, readerId);
      },
    },
  };
  const stream = made.deliveryStream(
    hasBackup ? { backup: made.deliveryStream().destination } : {},
  );
  return {
    ...made,
    slowPorts: ports,
    stream,
    touched,
    standing: () => made.deliveryStreams.get(stream.name),
    async timed<Result>(act: () => Promise<Result>): Promise<Result> {
      const startedAtMs = clock.now();
      const result = await act();
      expect(clock.now() - startedAtMs).toBeLessThanOrEqual(CALL_MAX_MS);
      return result;
    },
  };
}

const expected = (stream: DeliveryStream) => SHARD_COUNT * (stream.destination.backup ? 2 : 1);

test.each([false, true])(
  "a creation is left in time, and gone on with, no reader opened twice; with a backup: %s",
  async (hasBackup) => {
    const made = await setUp(hasBackup);
    const { slowPorts, stream, timed, clock } = made;
    const begin = async () => createWithSource(slowPorts, stream, await made.view());
    expect(await timed(begin)).toBe("creating");
    for (let calls = 0; calls < 10; calls++) {
      const standing = (await made.standing())!;
      if (standing.transition === undefined) break;
      expect(standing.transition.kind).toBe("creating");
      // Two who met it as it is: one of them is at it.
      const secondLater = async () => {
        await clock.sleep(1);
        await settleTransition(slowPorts, standing);
      };
      await timed(() => Promise.all([settleTransition(slowPorts, standing), secondLater()]));
    }
    expect((await made.standing())?.transition).toBeUndefined();
    expect(await made.readerIds()).toHaveLength(expected(stream));
    expect(new Set(made.touched).size).toBe(made.touched.length);
  },
);

test.each([false, true])(
  "a deletion is left in time, and gone on with, no reader removed twice; with a backup: %s",
  async (hasBackup) => {
    const made = await setUp(hasBackup);
    const { slowPorts, stream, timed } = made;
    await createWithSource(made.lifecycle, stream, await made.view());
    const standing = (await made.standing())!;
    expect(await timed(() => deleteWithSource(slowPorts, standing))).toBe("removing");
    expect((await made.standing())?.transition?.kind).toBe("deleting");
    for (let calls = 0; calls < 10; calls++) {
      const left = await made.standing();
      if (left === undefined) break;
      await timed(() => settleTransition(slowPorts, left));
    }
    expect(await made.standing()).toBeUndefined();
    expect(await made.readerIds()).toEqual([]);
    expect(made.touched).toHaveLength(expected(stream));
  },
);

test("the sweep goes on with what was left, and has nothing to do afterwards", async () => {
  const made = await setUp();
  const { slowPorts, stream, clock } = made;
  const sweep = (deadlineMs = Infinity) =>
    sweepDeliveryStreams(
      {
        ...made.ports,
        ...made.lifecycle,
        dataStreams: made.dataStreams,
        readers: made.readers,
        reportFailure: (_, error) => {
          throw error;
        },
      },
      deadlineMs,
    );
  await createWithSource(slowPorts, stream, await made.view());
  expect((await made.standing())?.transition).toBeDefined();
  // Out of time before it began, it comes on all the same.
  expect(await sweep(clock.now())).toBe(true);
  expect(await sweep()).toBe(false);
  expect((await made.standing())?.transition).toBeUndefined();
  expect(await made.readerIds()).toHaveLength(SHARD_COUNT);
  expect(await deleteWithSource(slowPorts, (await made.standing())!)).toBe("removing");
  expect(await sweep()).toBe(false);
  expect(await made.standing()).toBeUndefined();
  expect(await made.readerIds()).toEqual([]);
});

test("records that come while readers are opened are all delivered", async () => {
  const made = await setUp();
  const { slowPorts, stream } = made;
  await createWithSource(slowPorts, stream, await made.view());
  const records = Array.from({ length: 100 }, (_, i) => ({ key: `key ${i}`, data: `record ${i}` }));
  await made.put(records);
  for (let calls = 0; calls < 10; calls++) {
    const standing = (await made.standing())!;
    if (standing.transition === undefined) break;
    await settleTransition(slowPorts, standing);
  }
  await made.settle();
  const lines = made.contents().flatMap((object) => object.lines);
  expect(lines.toSorted()).toEqual(records.map(({ data }) => data).toSorted());
});

test("one that is deleted while it is being created leaves nothing behind", async () => {
  const made = await setUp();
  const { slowPorts, stream, clock } = made;
  await createWithSource(slowPorts, stream, await made.view());
  let outcome = await deleteWithSource(slowPorts, (await made.standing())!);
  for (let calls = 0; calls < 10 && outcome === "removing"; calls++) {
    await clock.sleep(STEP_GRACE_MS);
    outcome = await deleteWithSource(slowPorts, (await made.standing())!);
  }
  expect(outcome).toBe("removed");
  expect(await made.standing()).toBeUndefined();
  expect(await made.readerIds()).toEqual([]);
});
