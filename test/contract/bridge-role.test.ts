/** Bridges put by the rights that their roles have in common: into shards that split and lanes that open meanwhile. */
import { expect, test } from "vitest";
import { deliveryTarget } from "../../src/bridge/delivery-target.ts";
import { streamTarget } from "../../src/bridge/stream-target.ts";
import { laneKeys } from "../../src/delivery/delivery-stream.ts";
import { laneReaders, openLanes } from "../../src/delivery/lane-change.ts";
import { laneMeter } from "../../src/delivery/lane-meter.ts";
import { createAppender } from "../../src/log/append.ts";
import type { OperationContext } from "../../src/operations/context.ts";
import { dataStreamCache } from "../../src/operations/data-stream-cache.ts";
import { createStream } from "../../src/operations/kinesis/create-stream.ts";
import { streamCache } from "../../src/operations/stream-cache.ts";
import { SweepSwitch } from "../../src/readers/sweep-switch.ts";
import { LEFT_BY_CALLS } from "../../src/readers/sweep-notes.ts";
import { dynamodbDeliveryStreams } from "../../src/storage/dynamodb/delivery-streams.ts";
import { dynamodbLog } from "../../src/storage/dynamodb/log.ts";
import { dynamodbProofs } from "../../src/storage/dynamodb/proofs.ts";
import { dynamodbReaders } from "../../src/storage/dynamodb/readers.ts";
import { dynamodbStreams } from "../../src/storage/dynamodb/streams.ts";
import { dynamodbSweepNotes } from "../../src/storage/dynamodb/sweep-notes.ts";
import { memoryBodies } from "../../src/storage/memory/bodies.ts";
import type { Role } from "../helpers/role.ts";
import { seededRandom } from "../helpers/seeded-random.ts";
import { steppingClock } from "../helpers/stepping-clock.ts";
import { newDeliveryStream, tablesUnder } from "../helpers/tables-under.ts";

const clock = steppingClock(Date.now());
const random = seededRandom(1);
const CALL = { invocationId: "b5f6a0a4-2f8e-4a51-9d1b-5a2a3a0d3c11", attempt: 1 };

/** As much of a context as puts need, and CreateStream. */
function contextUnder(role: Role): OperationContext {
  const tables = tablesUnder(role);
  const log = dynamodbLog(tables);
  const dataStreams = dynamodbStreams(tables);
  const deliveryStreams = dynamodbDeliveryStreams(tables);
  const meter = laneMeter(clock);
  const append = {
    log: meter.watch(log),
    bodies: memoryBodies(random),
    proofs: dynamodbProofs(tables),
    clock,
    random,
  };
  const sweep = new SweepSwitch({
    notes: dynamodbSweepNotes(tables),
    rule: { enable: () => Promise.resolve() },
    clock,
    random,
  });
  return {
    accountId: "000000000000",
    region: "us-east-1",
    clock,
    random,
    log,
    append,
    appender: createAppender(append),
    dataStreams,
    dataStreamCache: dataStreamCache({ dataStreams, log, clock, transitionDelayMs: 0 }),
    deliveryStreams,
    streamCache: streamCache(deliveryStreams, clock),
    laneMeter: meter,
    readers: dynamodbReaders<never>(tables),
    sweepRule: { enable: () => sweep.callFor(LEFT_BY_CALLS) },
    transitionDelayMs: 0,
  } as unknown as OperationContext;
}

const recordOf = (byteCount: number, key: string) => ({
  data: new Uint8Array(byteCount),
  partitionKey: () => key,
});

test("an on-demand stream, whose full shard is split", async () => {
  const StreamName = "bridge-on-demand";
  const StreamModeDetails = { StreamMode: "ON_DEMAND" } as const;
  await createStream.handle({ StreamName, StreamModeDetails }, contextUnder("ApiRole"));
  const context = contextUnder("BridgePolicy");
  const target = streamTarget(StreamName, context);
  const shardCount = async () => (await context.dataStreamCache.refresh(StreamName))!.shards.length;
  const before = await shardCount();
  // A shard is split once it is some minutes old.
  await clock.sleep(10 * 60_000);
  const records = ["a", "a", "a", "a"].map((key) => recordOf(900_000, key));
  const results = await target.put(records, CALL);
  expect(results).toEqual(["stored", "busy", "busy", "busy"]);
  expect(await target.put(records, { ...CALL, attempt: 2 })).toEqual(results);
  expect(await shardCount()).toBe(before + 2);
});

test("a delivery stream, which is told of by its lanes", async () => {
  const stream = newDeliveryStream("bridge-lanes", clock.now());
  await contextUnder("ApiRole").deliveryStreams.create(
    stream,
    laneKeys(stream),
    laneReaders(stream),
  );
  const context = contextUnder("BridgePolicy");
  const target = deliveryTarget(stream.name, context);
  const records = [recordOf(10, ""), recordOf(20, "")];
  expect(await target.put(records, CALL)).toEqual(["stored", "stored"]);
  expect(await target.put(records, { ...CALL, attempt: 2 })).toEqual(["stored", "stored"]);
  await openLanes(context, (await context.deliveryStreams.get(stream.name))!, 3);
  const { lanes } = (await context.deliveryStreams.get(stream.name))!;
  expect(lanes?.open).toHaveLength(3);
});
