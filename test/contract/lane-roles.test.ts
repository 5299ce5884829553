/** Lanes come and go by the rights of those who open, fill and close them: the api, the deliver function, the sweep. */
import { expect, test } from "vitest";
import { DELIVERY_READER, laneKey, laneKeys } from "../../src/delivery/delivery-stream.ts";
import { watchingPace } from "../../src/delivery/falling-behind.ts";
import { laneReaders, openLanes, tendLanes } from "../../src/delivery/lane-change.ts";
import { laneMeter } from "../../src/delivery/lane-meter.ts";
import { noteSeveralLanes } from "../../src/delivery/sweep-streams.ts";
import {
  LANE_BEHIND_AFTER_MS,
  LANE_SPARE_AFTER_MS,
  STREAM_CACHE_MAX_AGE_MS,
} from "../../src/limits.ts";
import { createAppender } from "../../src/log/append.ts";
import { appendRecords } from "../../src/operations/firehose/append-records.ts";
import { streamCache } from "../../src/operations/stream-cache.ts";
import { dynamodbDeliveryStreams } from "../../src/storage/dynamodb/delivery-streams.ts";
import { dynamodbLog } from "../../src/storage/dynamodb/log.ts";
import { dynamodbProofs } from "../../src/storage/dynamodb/proofs.ts";
import { dynamodbReaders } from "../../src/storage/dynamodb/readers.ts";
import { dynamodbSweepNotes } from "../../src/storage/dynamodb/sweep-notes.ts";
import { memoryBodies } from "../../src/storage/memory/bodies.ts";
import type { Role } from "../helpers/role.ts";
import { seededRandom } from "../helpers/seeded-random.ts";
import { steppingClock } from "../helpers/stepping-clock.ts";
import { newDeliveryStream, tablesUnder } from "../helpers/tables-under.ts";

const MB = 1e6;

function underRole(role: Role) {
  const tables = tablesUnder(role);
  return {
    log: dynamodbLog(tables),
    readers: dynamodbReaders<never>(tables),
    deliveryStreams: dynamodbDeliveryStreams(tables),
    notes: dynamodbSweepNotes(tables),
    proofs: dynamodbProofs(tables),
  };
}

async function createStream(name: string) {
  const clock = steppingClock(Date.now());
  const stream = newDeliveryStream(name, clock.now());
  const { deliveryStreams } = underRole("ApiRole");
  await deliveryStreams.create(stream, laneKeys(stream), laneReaders(stream));
  return { clock, stream, standing: async () => (await deliveryStreams.get(stream.name))! };
}

test("lanes are opened by the api and by a reader that falls behind, and closed by the sweep", async () => {
  const { clock, stream, standing } = await createStream("lanes-by-roles");
  const openCount = async () => (await standing()).lanes!.open.length;
  const api = underRole("ApiRole");
  const random = seededRandom(1);
  const meter = laneMeter(clock);
  const put = () =>
    appendRecords(stream.name, [{ data: Buffer.from("x") }], {
      accountId: "000000000000",
      region: "us-east-1",
      clock,
      random,
      deliveryStreams: api.deliveryStreams,
      laneMeter: meter,
      streamCache: streamCache(api.deliveryStreams, clock),
      appender: createAppender({
        log: meter.watch(api.log),
        bodies: memoryBodies(random),
        proofs: api.proofs,
        clock,
        random,
      }),
      producerRequest: { callId: random.bytes(32), attempt: 1 },
    });
  const others = (lane: number, byteCount: number) =>
    api.log.reserve(laneKey(stream, lane), { recordCount: 1, byteCount });
  await clock.sleep(60_000);
  for (let second = 0; second < 4; second++) {
    expect((await put()).kind).toBe("appended");
    await others(0, 30 * MB);
    await clock.sleep(1000);
  }
  expect(await openCount()).toBe(4);

  const deliver = underRole("DeliverRole");
  const ports = { log: deliver.log, deliveryStreams: deliver.deliveryStreams, clock };
  let deliveredBytes = 0;
  const sink = watchingPace(ports, { stream, source: { kind: "lane", index: 0 } as never }, {
    execute: async () => ({ kind: "done", value: {} }),
  } as never);
  for (let run = 0; run < 3; run++) {
    await clock.sleep(LANE_BEHIND_AFTER_MS);
    deliveredBytes += 20 * MB;
    await others(0, 40 * MB);
    await sink.execute(
      { span: { to: { byteOffset: deliveredBytes } } } as never,
      async () => "done",
    );
  }
  expect(await openCount()).toBeGreaterThan(4);

  const sweep = underRole("SweepRole");
  const last = laneKey(stream, (await openCount()) - 1);
  await noteSeveralLanes({ notes: sweep.notes, clock, random }, [
    { subject: last, token: "0000", atMs: clock.now() },
  ]);
  for (let look = 0; ; look++) {
    expect(look).toBeLessThan(20);
    await clock.sleep(LANE_SPARE_AFTER_MS + STREAM_CACHE_MAX_AGE_MS);
    for (const lane of laneKeys(await standing())) await readToEnd(lane);
    if (!(await tendLanes({ ...sweep, clock }, await standing()))) break;
  }
  expect((await standing()).lanes).toMatchObject({ open: [0] });

  async function readToEnd(lane: ReturnType<typeof laneKey>): Promise<void> {
    const claim = { token: `${clock.now()}`, nowMs: clock.now(), untilMs: clock.now() + 1000 };
    const acquired = await deliver.readers.acquire(lane, DELIVERY_READER, claim);
    if (acquired.kind !== "acquired") throw new Error(acquired.kind);
    const { blockIndex, byteOffset } = (await deliver.log.head(lane))!;
    const { lease, state } = acquired;
    await deliver.readers.advance(lease, state.checkpoint, { blockIndex, byteOffset });
    await deliver.readers.release(lease);
  }
}, 60_000);

test("others may not open them", async () => {
  const { clock, stream } = await createStream("lanes-of-others");
  for (const role of ["DoorbellRole", "ConsumeRole"] as const) {
    const { deliveryStreams } = underRole(role);
    await expect(openLanes({ deliveryStreams, clock }, stream, 2)).rejects.toThrow(
      `${role} may not`,
    );
  }
});
