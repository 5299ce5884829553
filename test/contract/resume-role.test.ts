/** A stack that declares a delivery stream pauses and resumes it by the rights of the function that CloudFormation asks. */
import { expect, test } from "vitest";
import { laneKey, laneKeys } from "../../src/delivery/delivery-stream.ts";
import { laneReaders } from "../../src/delivery/lane-change.ts";
import type { WakeUp } from "../../src/readers/store.ts";
import { pauseStream } from "../../src/operations/hydrant/pause-delivery.ts";
import { resumeStream } from "../../src/operations/hydrant/resume-delivery.ts";
import type { ResumeContext } from "../../src/operations/context.ts";
import { appendRecords } from "../../src/operations/firehose/append-records.ts";
import { createAppender } from "../../src/log/append.ts";
import { laneMeter } from "../../src/delivery/lane-meter.ts";
import { streamCache } from "../../src/operations/stream-cache.ts";
import { dynamodbDeliveryStreams } from "../../src/storage/dynamodb/delivery-streams.ts";
import { dynamodbLog } from "../../src/storage/dynamodb/log.ts";
import { dynamodbReaders } from "../../src/storage/dynamodb/readers.ts";
import { dynamodbStreams } from "../../src/storage/dynamodb/streams.ts";
import { memoryBodies } from "../../src/storage/memory/bodies.ts";
import type { Role } from "../helpers/role.ts";
import { seededRandom } from "../helpers/seeded-random.ts";
import { steppingClock } from "../helpers/stepping-clock.ts";
import { newDeliveryStream, tablesUnder } from "../helpers/tables-under.ts";

function underRole(role: Role) {
  const tables = tablesUnder(role);
  return {
    log: dynamodbLog(tables),
    deliveryReaders: dynamodbReaders(tables),
    deliveryStreams: dynamodbDeliveryStreams(tables),
    dataStreams: dynamodbStreams(tables),
  };
}

test("what waited for a stream to be resumed is found and its reader woken", async () => {
  const clock = steppingClock(Date.now());
  const random = seededRandom(1);
  const stream = newDeliveryStream("resumed-by-role", clock.now());
  const api = underRole("ApiRole");
  await api.deliveryStreams.create(stream, laneKeys(stream), laneReaders(stream));
  const woken: WakeUp[] = [];
  const cache = streamCache(api.deliveryStreams, clock);
  const declared = {
    ...underRole("MappingsRole"),
    clock,
    streamCache: cache,
    deliverQueue: { send: async (wakeUp: WakeUp) => void woken.push(wakeUp) },
  } as unknown as ResumeContext;
  await pauseStream(stream.name, declared);
  await appendRecords(stream.name, [{ data: Buffer.from("x") }], {
    accountId: "000000000000",
    region: "us-east-1",
    clock,
    random,
    deliveryStreams: api.deliveryStreams,
    laneMeter: laneMeter(clock),
    streamCache: cache,
    appender: createAppender({ log: api.log, bodies: memoryBodies(random), clock, random }),
  });
  await clock.sleep(400_000);
  await resumeStream(stream.name, declared);
  expect(woken).toEqual([
    expect.objectContaining({ shard: laneKey(stream, 0), readerId: "delivery" }),
  ]);
  expect((await api.deliveryStreams.get(stream.name))?.pausedAtMs).toBeUndefined();
});
