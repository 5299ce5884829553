/**
 * What earlier releases left in their tables is delivered, all of it, and records are put behind it: for each release whose
 * layout is read there is a fixture (docs/upgrading.md).
 *
 * `HYDRANT_LAYOUT_FIXTURE=4-0.1.0 npx vitest run --project contract test/contract/upgrading.test.ts` makes that of the present
 * version first.
 */
import { randomBytes, randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { expect, inject, test } from "vitest";
import { consumerReaderId } from "../../src/consumer/mapping.ts";
import {
  DELIVERY_READER,
  type DeliveryStream,
  laneKey,
} from "../../src/delivery/delivery-stream.ts";
import { laneReaders } from "../../src/delivery/lane-change.ts";
import { createWithSource } from "../../src/delivery/source/lifecycle.ts";
import { firstLanes } from "../../src/delivery/lanes.ts";
import type { ShardKey } from "../../src/log/store.ts";
import { dynamodbClient } from "../../src/storage/clients.ts";
import { dynamodbAccessKeys } from "../../src/storage/dynamodb/access-keys.ts";
import { dataShardKey } from "../../src/streams/stream.ts";
import { newDataStream } from "../helpers/data-stream.ts";
import { eventSourceMapping } from "../helpers/event-source-mapping.ts";
import {
  LAYOUT_FIXTURES,
  type LayoutFixture,
  packFixture,
  readFixtures,
} from "../helpers/layout-fixture.ts";
import { steppingClock } from "../helpers/stepping-clock.ts";
import {
  itemsOf,
  linesBelow,
  makeTable,
  putItems,
  removeTable,
  storedWorld,
} from "../helpers/stored-world.ts";
import { DESTINATION } from "../unit/delivery/delivery-ports.ts";

const config = {
  region: "us-east-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
};
const client = dynamodbClient({ ...config, endpoint: inject("dynamodbEndpoint") });
const s3 = new S3Client({ ...config, endpoint: inject("s3Endpoint"), forcePathStyle: true });
/** Not even compressed small enough for its item. */
const large = () => randomBytes(15_000).toString("hex");
const ROLE = "arn:aws:iam::000000000000:role/any";
const DAY_MS = 86_400_000;

/** Buckets and tables of its own, and whoever works on them. */
async function place(atMs: number) {
  const names = { logTable: randomUUID(), stateTable: randomUUID() };
  const logBucket = `log-${randomUUID()}`;
  for (const name of Object.values(names)) await makeTable(client, name);
  for (const Bucket of [logBucket, "left"]) {
    await s3.send(new CreateBucketCommand({ Bucket }));
  }
  const clock = steppingClock(atMs);
  const world = storedWorld({ client, ...names, s3, logBucket, clock });
  const put = (shard: ShardKey, ...texts: readonly string[]) =>
    world.append(shard, {
      records: texts.map((text) => ({ data: Buffer.from(`${text}\n`), partitionKey: "k" })),
      retentionMs: DAY_MS,
    });
  return {
    ...world,
    ...names,
    logBucket,
    clock,
    put,
    async remove() {
      for (const name of Object.values(names)) await removeTable(client, name);
    },
  };
}

async function makeFixture(): Promise<LayoutFixture> {
  const atMs = Date.parse("2026-11-30T12:00:00Z");
  const made = await place(atMs);
  const { clock, put, run, readers, logBucket, notes } = made;
  const stream: DeliveryStream = {
    name: "logs",
    generation: "0123456789abcdef",
    versionId: 1,
    createdAtMs: atMs,
    lanes: firstLanes(atMs),
    destination: { ...DESTINATION, bucketArn: "arn:aws:s3:::left" },
  };
  const lane = laneKey(stream, 0);
  await made.deliveryStreams.create(stream, [lane], laneReaders(stream));
  await put(lane, "delivered");
  await run({ shard: lane, readerId: DELIVERY_READER, blockIndex: 0 });
  await put(lane, "planned");
  const objects = { ...made.objects, putIfAbsent: () => Promise.reject(new Error("down")) };
  const { checkpoint } = (await readers.get(lane, DELIVERY_READER))!;
  await run({ shard: lane, readerId: DELIVERY_READER, ...checkpoint }, { objects }).catch(() => {});
  await put(lane, "waiting");
  // A place that nobody fills.
  await made.log.reserve(lane, { recordCount: 1, byteCount: 1, arrivedAtMs: clock.now() });
  const body = large();
  await put(lane, body, "large");

  const source = newDataStream("clicks", 2, atMs);
  await made.makeDataStream(source, 2);
  const mapping = eventSourceMapping({ streamGeneration: source.generation });
  await made.follow(source, mapping);
  const shards = [dataShardKey(source, 0), dataShardKey(source, 1)] as const;
  const archive: DeliveryStream = {
    name: "archive",
    generation: "fedcba9876543210",
    versionId: 1,
    createdAtMs: atMs,
    source: {
      streamName: "clicks",
      streamGeneration: source.generation,
      roleArn: ROLE,
      startedAtMs: atMs,
    },
    transition: { kind: "creating", sinceMs: atMs, next: { follower: 0, shardIndex: 0 } },
    destination: { ...DESTINATION, bucketArn: "arn:aws:s3:::left", prefix: "archive/" },
  };
  const view = { stream: source, shards: await made.dataStreams.shards(source) };
  const ports = { ...made, consumerReaders: made.readers, view: async () => view };
  expect(await createWithSource(ports, archive, view)).toBe("created");

  const keys = dynamodbAccessKeys({ client, stateTable: made.stateTable });
  await keys.create({ id: "LEFT", secret: "left-secret", createdAtMs: atMs });
  await put(shards[0], "handled");
  await run({ shard: shards[0], readerId: consumerReaderId(mapping.uuid), blockIndex: 0 });
  await put(shards[0], "to be handled");
  await put(shards[1], "in the other shard");

  for (const [i, subject] of [lane, ...shards].entries()) {
    await notes.put({ subject, token: String(i).repeat(16), atMs: clock.now() });
  }
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: logBucket }));
  const bodies: Record<string, string> = {};
  for (const { Key = "" } of Contents) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: logBucket, Key }));
    bodies[Key] = await Body!.transformToString("base64");
  }
  expect(Object.keys(bodies)).toHaveLength(1);
  const fixture = {
    atMs: clock.now(),
    logItems: await itemsOf(client, made.logTable),
    stateItems: await itemsOf(client, made.stateTable),
    bodies,
    deliveries: ["planned", "waiting", body, "large"],
    handled: ["to be handled\n", "in the other shard\n"],
    below: {
      "archive/": ["handled", "in the other shard", "to be handled"],
    },
    secrets: { LEFT: "left-secret" },
  };
  await made.remove();
  return fixture;
}

const wanted = process.env["HYDRANT_LAYOUT_FIXTURE"];
if (wanted) {
  writeFileSync(new URL(`${wanted}.json.gz`, LAYOUT_FIXTURES), packFixture(await makeFixture()));
}

test.each(readFixtures())("all of what %s left is delivered", async (_name, fixture) => {
  const made = await place(fixture.atMs);
  const { logBucket, put, handled } = made;
  // The table's time to live goes by the real time.
  const kept = fixture.logItems.map((item) => ({
    ...item,
    expiresAt: { N: String(Math.ceil(Date.now() / 1000) + 86_400) },
  }));
  await putItems(client, made.logTable, kept);
  await putItems(client, made.stateTable, fixture.stateItems);
  for (const [Key, text] of Object.entries(fixture.bodies)) {
    const Body = Buffer.from(text, "base64");
    await s3.send(new PutObjectCommand({ Bucket: logBucket, Key, Body }));
  }
  const before = await linesBelow(s3, "left", "");
  await made.sweepAll();
  const deliveredBy = async (isOf: (key: string) => boolean) => {
    const now = await linesBelow(s3, "left", "");
    return [...now].filter(([key]) => isOf(key) && !before.has(key)).flatMap(([, lines]) => lines);
  };
  const below = Object.entries(fixture.below ?? {});
  const delivered = () => deliveredBy((key) => !below.some(([folder]) => key.startsWith(folder)));
  for (const [folder, lines] of below) {
    expect((await deliveredBy((key) => key.startsWith(folder))).toSorted()).toEqual(lines);
  }
  const keys = dynamodbAccessKeys({ client, stateTable: made.stateTable });
  for (const [id, secret] of Object.entries(fixture.secrets ?? {})) {
    expect(await (await keys.get(id))!.openSecret()).toBe(secret);
  }
  expect(await delivered()).toEqual(fixture.deliveries);
  expect(new Set(handled)).toEqual(new Set(fixture.handled));

  const stream = (await made.deliveryStreams.get("logs"))!;
  const lane = laneKey(stream, 0);
  const { checkpoint } = (await made.readers.get(lane, DELIVERY_READER))!;
  await put(lane, "new");
  await made.run({ shard: lane, readerId: DELIVERY_READER, ...checkpoint });
  expect(await delivered()).toEqual([...fixture.deliveries, "new"]);
  await made.remove();
});
