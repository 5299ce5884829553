import { expect, test } from "vitest";
import { type DeliveryStream, laneKey } from "../../../src/delivery/delivery-stream.ts";
import { laneMeter } from "../../../src/delivery/lane-meter.ts";
import { memoryLog } from "../../../src/storage/memory/log.ts";
import { dataShardKey } from "../../../src/streams/stream.ts";
import { steppingClock } from "../../helpers/stepping-clock.ts";
import { DESTINATION } from "./delivery-ports.ts";

function streamOf(laneCount: number): DeliveryStream {
  return {
    name: "access-logs",
    generation: "0123456789abcdef",
    versionId: 1,
    createdAtMs: 0,
    lanes: {
      open: Array.from({ length: laneCount }, (_, lane) => lane),
      next: laneCount,
      changedAtMs: 0,
    },
    destination: DESTINATION,
  };
}

function setUp(laneCount = 1) {
  const clock = steppingClock(1_800_000_000_000);
  const truth = memoryLog();
  const meter = laneMeter(clock);
  const stream = streamOf(laneCount);
  const lane = (index: number) => laneKey(stream, index);
  for (let index = 0; index < laneCount; index++) truth.open(lane(index));
  const log = meter.watch(truth);
  const append = { recordCount: 1, byteCount: 1000 };
  return {
    clock,
    meter,
    stream,
    lane,
    truth,
    put: (index = 0) => log.reserve(lane(index), append),
    /** What other processes put meanwhile. */
    async others(count: number, index = 0) {
      for (let i = 0; i < count; i++) await truth.reserve(lane(index), append);
    },
  };
}

test("two puts of one process tell what all processes put between them", async () => {
  const { clock, meter, stream, put, others } = setUp();
  await put();
  expect(meter.loadOf(stream)).toBeUndefined();
  await others(399);
  await clock.sleep(2000);
  await put();
  expect(meter.loadOf(stream)).toEqual({ blocksPerSecond: 200, bytesPerSecond: 200_000 });
});

test("a moment is too short to tell, and long ago tells nothing", async () => {
  const { clock, meter, stream, put } = setUp();
  await put();
  await clock.sleep(999);
  await put();
  expect(meter.loadOf(stream)).toBeUndefined();
  await clock.sleep(20_000);
  await put();
  expect(meter.loadOf(stream)).toBeUndefined();
  await clock.sleep(1000);
  await put();
  expect(meter.loadOf(stream)?.blocksPerSecond).toBe(1);
  await clock.sleep(10_000);
  expect(meter.loadOf(stream)).toBeUndefined();
});

test("half of the lanes speak for all", async () => {
  const { clock, meter, stream, put, others } = setUp(4);
  await put(0);
  await put(1);
  await others(9, 0);
  await others(19, 1);
  await clock.sleep(1000);
  await put(0);
  expect(meter.loadOf(stream)).toBeUndefined();
  await put(1);
  expect(meter.loadOf(stream)?.blocksPerSecond).toBe(60);
  meter.forget(stream);
  expect(meter.loadOf(stream)).toBeUndefined();
});

test("what a process is refused tells how much more is wanted, carefully, and for two seconds", async () => {
  const { clock, meter, stream } = setUp();
  for (let call = 0; call < 10; call++) meter.noteCall(stream, true);
  expect(meter.excessOf(stream)).toBeUndefined();
  for (let call = 0; call < 26; call++) meter.noteCall(stream, false);
  expect(meter.excessOf(stream)).toBe(36 / 12);
  await clock.sleep(1000);
  meter.noteCall(stream, true);
  expect(meter.excessOf(stream)).toBe(3);
  await clock.sleep(1000);
  meter.noteCall(stream, true);
  expect(meter.excessOf(stream)).toBeUndefined();
});

test("a few refusals tell little, and none is told of lanes that have become others", () => {
  const { meter, stream } = setUp();
  meter.noteCall(stream, false);
  expect(meter.excessOf(stream)).toBe(0.5);
  meter.forget(stream);
  expect(meter.excessOf(stream)).toBeUndefined();
});

test("a process that is refused looks for other lanes four times a second", async () => {
  const { clock, meter, stream } = setUp();
  const looks: boolean[] = [];
  for (let call = 0; call < 6; call++) {
    looks.push(meter.isLookDue(stream));
    await clock.sleep(125);
  }
  expect(looks).toEqual([true, false, true, false, true, false]);
});

test("shards of data streams are none of its business", async () => {
  const { clock, stream } = setUp();
  const truth = memoryLog();
  const shard = dataShardKey({ name: "clicks", generation: stream.generation }, 0);
  const meter = laneMeter(clock);
  truth.open(shard);
  const log = meter.watch(truth);
  for (const _ of [1, 2]) {
    await log.reserve(shard, { recordCount: 1, byteCount: 1 });
    await clock.sleep(1000);
  }
  expect(meter.callsPerSecond(shard)).toBe(0);
});
