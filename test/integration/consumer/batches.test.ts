/** When a mapping's function is invoked, and with how much. */
import { GetRecordsCommand, type KinesisClient } from "@aws-sdk/client-kinesis";
import { describe, expect, it } from "vitest";
import { laneOf } from "../../../src/consumer/progress.ts";
import { arnOf, kinesisClient, newStream } from "../../conformance/kinesis/client.ts";
import { iteratorOf } from "../../conformance/kinesis/records.ts";
import { eventually } from "../../helpers/eventually.ts";
import type { Invocation } from "../../helpers/journal.ts";
import {
  feed,
  hydrant,
  numbersOf,
  put,
  telling,
  untilHandled,
  untilInvoked,
  untilState,
} from "./mappings.ts";

const numbered = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => telling(from + i));

/** When the records of a stream's only shard arrived. */
async function arrivalsOf(client: KinesisClient, name: string): Promise<readonly Date[]> {
  const ShardIterator = await iteratorOf(client, name);
  const { Records = [] } = await client.send(new GetRecordsCommand({ ShardIterator }));
  return Records.map(({ ApproximateArrivalTimestamp }) => ApproximateArrivalTimestamp!);
}

describe("a batch", () => {
  it("holds up to BatchSize records", async () => {
    const client = kinesisClient();
    const name = await newStream(client);
    await put(client, name, numbered(1, 10));
    const { journal } = await feed(name, { BatchSize: 4 });
    const invocations = await untilHandled(journal, telling(10));
    expect(invocations.map(numbersOf)).toEqual([
      [1, 2, 3, 4],
      [5, 6, 7, 8],
      [9, 10],
    ]);
  });

  it("waits for MaximumBatchingWindowInSeconds to be filled", async () => {
    const client = kinesisClient();
    const name = await newStream(client);
    const { journal } = await feed(name, { MaximumBatchingWindowInSeconds: 1 });
    for (const text of numbered(1, 3)) await put(client, name, [text]);
    const invocations = await untilHandled(journal, telling(3));
    const arrivals = await arrivalsOf(client, name);
    // A slow machine may not have put all of them within the window.
    let count = 0;
    for (const { atMs, texts } of invocations) {
      expect(atMs - arrivals[count]!.getTime()).toBeGreaterThanOrEqual(1000);
      count += texts.length;
    }
    expect(invocations.flatMap(numbersOf)).toEqual([1, 2, 3]);
  });

  it("is sent before its window is over when it is full", async () => {
    const client = kinesisClient();
    const name = await newStream(client);
    const members = { MaximumBatchingWindowInSeconds: 300, BatchSize: 3 };
    const { journal } = await feed(name, members);
    for (const text of numbered(1, 4)) await put(client, name, [text]);
    const invocations = await untilHandled(journal, telling(3));
    expect(invocations.map(numbersOf)).toEqual([[1, 2, 3]]);
  });
});

describe("a mapping begins", () => {
  const beginnings = [
    { StartingPosition: "TRIM_HORIZON", first: 1 },
    { StartingPosition: "AT_TIMESTAMP", first: 2 },
    { StartingPosition: "LATEST", first: 4 },
  ];
  it.each(beginnings)("at $StartingPosition", async ({ StartingPosition, first }) => {
    const client = kinesisClient();
    const name = await newStream(client);
    await put(client, name, [telling(1)]);
    const [firstAt] = await arrivalsOf(client, name);
    await eventually("a millisecond has passed", () =>
      Promise.resolve(Date.now() > firstAt!.getTime() || undefined),
    );
    await put(client, name, [telling(2), telling(3)]);
    const [, secondAt] = await arrivalsOf(client, name);
    const isTimed = StartingPosition === "AT_TIMESTAMP";
    const { journal } = await feed(name, {
      StartingPosition,
      ...(isTimed && { StartingPositionTimestamp: secondAt!.getTime() / 1000 }),
    });
    await put(client, name, [telling(4), telling(5)]);
    const invocations = await untilHandled(journal, telling(5));
    expect(invocations.flatMap(numbersOf)).toEqual([1, 2, 3, 4, 5].slice(first - 1));
  });
});

it("runs as many batches of a shard at once as ParallelizationFactor says, each key in order", async () => {
  const FACTOR = 4;
  const client = kinesisClient();
  const name = await newStream(client);
  const keyOfLane = (lane: number) => {
    for (let i = 0; ; i++) if (laneOf(`key-${i}`, FACTOR) === lane) return `key-${i}`;
  };
  const keys = Array.from({ length: FACTOR }, (_, lane) => keyOfLane(lane));
  // Invocations wait for each other: fewer at a time would never end, and more would not wait.
  const rounds = [1, 2, 3].flatMap((n) =>
    keys.map((PartitionKey) => ({
      PartitionKey,
      Data: Buffer.from(telling(n, { does: "meet", times: FACTOR })),
    })),
  );
  await put(client, name, rounds);
  const { journal } = await feed(name, { ParallelizationFactor: FACTOR, BatchSize: 1 });
  const invocations = await untilInvoked(journal, rounds.length);
  for (const key of keys)
    expect(invocations.filter(isOf(key)).flatMap(numbersOf)).toEqual([1, 2, 3]);
  let underWay = 0;
  const most = Math.max(
    ...journal.lines().map(({ kind }) => (underWay += kind === "begun" ? 1 : -1)),
  );
  expect(most).toBe(FACTOR);
});

const isOf =
  (key: string) =>
  ({ event }: Invocation) =>
    event.Records[0]?.kinesis.partitionKey === key;

describe("in tumbling windows a function", () => {
  it("hands its state from batch to batch, and gets it once more when the window is over", async () => {
    const client = kinesisClient();
    const name = await newStream(client);
    const { journal } = await feed(name, { TumblingWindowInSeconds: 2, BatchSize: 1 });
    await put(client, name, numbered(1, 3));
    const invocations = await eventually("all records are in windows that are over", () => {
      const found = journal.invocations();
      return Promise.resolve(countOf(found.filter(isFinal)) === 3 ? found : undefined);
    });
    const inWindows = Map.groupBy(invocations, ({ event }) => event.window!.start);
    for (const [start, inWindow] of inWindows) {
      const { end } = inWindow[0]!.event.window!;
      expect([start, end].map((time) => Date.parse(time) % 2000)).toEqual([0, 0]);
      expect(Date.parse(end) - Date.parse(start)).toBe(2000);
      inWindow.forEach(({ event }, count) => {
        const isLast = count === inWindow.length - 1;
        expect(event).toEqual({
          Records: isLast ? [] : [expect.anything()],
          window: { start, end },
          state: count === 0 ? {} : { count },
          shardId: "shardId-000000000000",
          eventSourceARN: arnOf(name),
          isFinalInvokeForWindow: isLast,
          isWindowTerminatedEarly: false,
        });
        for (const { kinesis } of event.Records) {
          const arrivedAtMs = kinesis.approximateArrivalTimestamp * 1000;
          expect(arrivedAtMs).toBeGreaterThanOrEqual(Date.parse(start));
          expect(arrivedAtMs).toBeLessThan(Date.parse(end));
        }
      });
    }
    expect(invocations.flatMap(numbersOf)).toEqual([1, 2, 3]);
  });

  it("ends a window early by a state that is too large", async () => {
    const client = kinesisClient();
    const name = await newStream(client);
    const { journal } = await feed(name, { TumblingWindowInSeconds: 900, BatchSize: 2 });
    await put(client, name, [telling(1), telling(2, { does: "bloat" })]);
    const [, last] = await untilInvoked(journal, 2);
    expect(last?.event).toMatchObject({
      Records: [],
      state: { count: 2, padding: expect.any(String) as string },
      isFinalInvokeForWindow: true,
      isWindowTerminatedEarly: true,
    });
  });
});

const isFinal = ({ event }: Invocation) => event.isFinalInvokeForWindow === true;
const countOf = (finals: readonly Invocation[]) =>
  finals.reduce((sum, { event }) => sum + (event.state?.count ?? 0), 0);

it("leaves a disabled mapping's function alone, and goes on where it was when it is enabled", async () => {
  const client = kinesisClient();
  const name = await newStream(client);
  const { mapping, journal } = await feed(name, { Enabled: false });
  // By what the other one has seen, this one could have seen it, too.
  const other = await feed(name, { FunctionName: "second-journal" });
  const enable = async (Enabled: boolean) => {
    await hydrant("UpdateEventSourceMapping", { UUID: mapping.UUID, Enabled });
    await untilState(mapping, Enabled ? "Enabled" : "Disabled");
  };
  await untilState(mapping, "Disabled");
  await put(client, name, [telling(1), telling(2)]);
  await untilHandled(other.journal, telling(2));
  expect(journal.invocations()).toEqual([]);
  await enable(true);
  await untilHandled(journal, telling(2));
  await enable(false);
  await put(client, name, [telling(3)]);
  await untilHandled(other.journal, telling(3));
  expect(journal.invocations().flatMap(numbersOf)).toEqual([1, 2]);
  await enable(true);
  await put(client, name, [telling(4)]);
  const invocations = await untilHandled(journal, telling(4));
  expect(invocations.flatMap(numbersOf)).toEqual([1, 2, 3, 4]);
});
