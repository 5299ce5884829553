/** A replay by the rights of those who begin it, read for it, open what was left, and end it. */
import { expect, test } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { deliver } from "../../src/delivery/deliver.ts";
import { type DeliveryStream, laneKey, laneKeys } from "../../src/delivery/delivery-stream.ts";
import { laneReaders } from "../../src/delivery/lane-change.ts";
import type { DeliveryPlan } from "../../src/delivery/plan.ts";
import { settleReplay, settleReplays, stopReplay } from "../../src/delivery/replay/lifecycle.ts";
import { endRedrive } from "../../src/delivery/redrive/lifecycle.ts";
import {
  REDRIVE_READER,
  type Redrive,
  redriveShard,
  type RedriveProgress,
} from "../../src/delivery/redrive/redrive.ts";
import { identityOf, type Replay, replayReader } from "../../src/delivery/replay/replay.ts";
import { groupCommit } from "../../src/log/group-commit.ts";
import { dynamodbDeliveryNotes } from "../../src/storage/dynamodb/delivery-notes.ts";
import { dynamodbDeliveryStreams } from "../../src/storage/dynamodb/delivery-streams.ts";
import { dynamodbLog } from "../../src/storage/dynamodb/log.ts";
import { dynamodbProofs } from "../../src/storage/dynamodb/proofs.ts";
import { dynamodbReaders } from "../../src/storage/dynamodb/readers.ts";
import { dynamodbRedrives } from "../../src/storage/dynamodb/redrives.ts";
import { dynamodbReplays } from "../../src/storage/dynamodb/replays.ts";
import { dynamodbStreams } from "../../src/storage/dynamodb/streams.ts";
import { memoryBodies } from "../../src/storage/memory/bodies.ts";
import { memoryErrorLog } from "../../src/storage/memory/error-log.ts";
import { memoryJq } from "../../src/storage/memory/jq.ts";
import { memoryErrorObjects } from "../../src/storage/memory/error-objects.ts";
import { memoryObjects } from "../../src/storage/memory/objects.ts";
import { memorySpool } from "../../src/storage/memory/spool.ts";
import { memoryTables } from "../../src/storage/memory/tables.ts";
import type { Role } from "../helpers/role.ts";
import { seededRandom } from "../helpers/seeded-random.ts";
import { newDeliveryStream, tablesUnder } from "../helpers/tables-under.ts";

function underRole(role: Role) {
  const tables = tablesUnder(role);
  return {
    log: dynamodbLog(tables),
    readers: dynamodbReaders<DeliveryPlan>(tables),
    deliveryStreams: dynamodbDeliveryStreams(tables),
    deliveryNotes: dynamodbDeliveryNotes(tables),
    dataStreams: dynamodbStreams(tables),
    proofs: dynamodbProofs(tables),
    replays: dynamodbReplays(tables),
    redrives: dynamodbRedrives(tables),
    redriveReaders: dynamodbReaders<RedriveProgress>(tables),
  };
}

test("a replay is begun by the api, gone on with by the sweep, read by the deliver function, and stopped by the api", async () => {
  const clock = systemClock;
  const random = seededRandom(1);
  const api = { ...underRole("ApiRole"), clock };
  const stream = newDeliveryStream("replays-by-roles", clock.now(), {
    lanes: { open: [0, 1], next: 2, changedAtMs: clock.now() },
  });
  await api.deliveryStreams.create(stream, laneKeys(stream), laneReaders(stream));
  const bodies = memoryBodies(random);
  const append = groupCommit({ ...api, bodies, random });
  for (const lane of laneKeys(stream)) {
    const records = [{ data: Buffer.from("record;") }];
    await append(lane, { records, retentionMs: 86_400_000 });
  }
  const begin = async (replayId: string): Promise<Replay> => {
    const replay: Replay = {
      ...identityOf(stream, replayId),
      state: "RUNNING",
      range: { from: { kind: "time", atMs: clock.now() - 60_000 } },
      versionId: 1,
      target: stream.destination,
      shown: {},
      request: "",
      startedAtMs: clock.now(),
      openedBelow: 0,
    };
    await api.replays.create(replay);
    return replay;
  };

  const replay = await begin("r1");
  const sweep = { ...underRole("SweepRole"), clock, reportFailure: () => {} };
  expect(await settleReplays(sweep, clock.now() + 60_000)).toBe(false);
  const objects = memoryObjects({ partMinBytes: 0 });
  for (const lane of [0, 1]) {
    const result = await deliver(
      {
        ...underRole("DeliverRole"),
        clock,
        random,
        bodies,
        objects,
        errorObjects: memoryErrorObjects(objects),
        invoker: { invoke: () => Promise.reject(new Error("nothing is transformed here")) },
        tables: memoryTables(),
        errorLog: memoryErrorLog(),
        jq: memoryJq(),
        spool: memorySpool(random),
        region: "us-east-1",
        deliveryStreamArn: (name) => name,
        dataStreamArn: (name) => name,
        report: () => {},
      },
      {
        wakeUp: { shard: laneKey(stream, lane), readerId: replayReader(replay), blockIndex: 0 },
        messageId: "message",
        isRepeated: false,
        deadlineMs: clock.now() + 600_000,
        backOffMs: 1000,
      },
    );
    expect(result).toEqual({ kind: "done" });
  }
  expect(await api.replays.get(replay)).toMatchObject({ state: "COMPLETED" });
  expect(objects.list().map(({ body }) => Buffer.from(body).toString())).toEqual([
    "record;",
    "record;",
  ]);

  const other = await begin("r2");
  await settleReplay(api, other, clock.now() + 60_000);
  expect(await stopReplay(api, other, clock.now() + 60_000)).toMatchObject({ state: "STOPPED" });
  expect(await api.readers.get(laneKey(stream, 0), replayReader(other))).toBeUndefined();
}, 60_000);

test("a redrive is begun and stopped by the api, and gone through by the deliver function", async () => {
  const clock = systemClock;
  const random = seededRandom(2);
  const api = { ...underRole("ApiRole"), clock };
  const stream: DeliveryStream = {
    name: "redrives-by-roles",
    generation: "0123456789abcdef",
    versionId: 1,
    createdAtMs: clock.now(),
    lanes: { open: [0], next: 1, changedAtMs: clock.now() },
    destination: {
      roleArn: "arn:aws:iam::000000000000:role/hydrant",
      bucketArn: "arn:aws:s3:::logs",
      bufferSizeMiB: 5,
      bufferIntervalSeconds: 300,
      compression: "UNCOMPRESSED",
    },
  };
  await api.deliveryStreams.create(stream, laneKeys(stream), laneReaders(stream));
  const objects = memoryObjects({ partMinBytes: 0 });
  const failed = { rawData: "YQ==", attemptsMade: 1, arrivalTimestamp: clock.now() };
  const name = `${stream.name}-1-2026-11-23-10-11-12-00000000-0000-0000-0000-000000000000`;
  await objects.putIfAbsent(
    { bucket: "logs", key: `processing-failed/${name}`, contentType: "" },
    Buffer.from(JSON.stringify(failed)),
  );
  const begin = async (redriveId: string): Promise<Redrive> => {
    const redrive: Redrive = {
      streamName: stream.name,
      generation: stream.generation,
      redriveId,
      state: "RUNNING",
      selection: {},
      bucket: "logs",
      prefixes: ["processing-failed/"],
      request: "",
      startedAtMs: clock.now(),
    };
    await api.redrives.create(redrive);
    return redrive;
  };
  const redrive = await begin("d1");
  const result = await deliver(
    {
      ...underRole("DeliverRole"),
      clock,
      random,
      bodies: memoryBodies(random),
      objects,
      errorObjects: memoryErrorObjects(objects),
      invoker: { invoke: () => Promise.reject(new Error("nothing is transformed here")) },
      tables: memoryTables(),
      errorLog: memoryErrorLog(),
      jq: memoryJq(),
      spool: memorySpool(random),
      region: "us-east-1",
      deliveryStreamArn: (streamName) => streamName,
      dataStreamArn: (streamName) => streamName,
      report: () => {},
    },
    {
      wakeUp: { shard: redriveShard(redrive), readerId: REDRIVE_READER, blockIndex: 0 },
      messageId: "message",
      isRepeated: false,
      deadlineMs: clock.now() + 600_000,
      backOffMs: 1000,
    },
  );
  expect(result).toEqual({ kind: "done" });
  expect(await api.redrives.get(redrive)).toMatchObject({
    state: "COMPLETED",
    tally: { redrivenCount: 1, recordCount: 1 },
  });
  const other = await begin("d2");
  expect(await endRedrive(api, other, { state: "STOPPED" })).toMatchObject({ state: "STOPPED" });
}, 60_000);

test("the doorbell may not begin one", async () => {
  const { replays } = underRole("DoorbellRole");
  await expect(replays.left()).rejects.toThrow("DoorbellRole may not");
});
