/**
 * Tables that are restored to an instant and taken up (docs/restoring.md): the tables are copied at that instant, the
 * deployment goes on for a while, and then another serves the copies, over the bucket as it is by then.
 */
import { randomUUID } from "node:crypto";
import { S3Client } from "@aws-sdk/client-s3";
import { afterAll, describe, expect, inject, test } from "vitest";
import { takeUp } from "../../bin/hydrant/restored/take-up.ts";
import { consumerReaderId } from "../../src/consumer/mapping.ts";
import { laneReaders } from "../../src/delivery/lane-change.ts";
import { firstLanes } from "../../src/delivery/lanes.ts";
import {
  DELIVERY_READER,
  type DeliveryStream,
  laneKey,
} from "../../src/delivery/delivery-stream.ts";
import { systemRandom as random } from "../../src/random.ts";
import { SweepSwitch } from "../../src/readers/sweep-switch.ts";
import { dynamodbClient } from "../../src/storage/clients.ts";
import { dynamodbRaisedCounters } from "../../src/storage/dynamodb/raised-counters.ts";
import { dynamodbStreams } from "../../src/storage/dynamodb/streams.ts";
import { initialShards } from "../../src/streams/shard-map.ts";
import { dataShardKey } from "../../src/streams/stream.ts";
import { newDataStream } from "../helpers/data-stream.ts";
import { eventSourceMapping } from "../helpers/event-source-mapping.ts";
import { steppingClock } from "../helpers/stepping-clock.ts";
import {
  itemsOf,
  linesBelow,
  makeTable,
  putItems,
  removeTable,
  storedWorld,
  type StoredWorld,
} from "../helpers/stored-world.ts";
import { DESTINATION } from "../unit/delivery/delivery-ports.ts";

const config = {
  region: "us-east-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
};
const client = dynamodbClient({ ...config, endpoint: inject("dynamodbEndpoint") });
const s3 = new S3Client({ ...config, endpoint: inject("s3Endpoint"), forcePathStyle: true });
const bucket = inject("deliveryBucket");
const logBucket = inject("logBucket");
const made: string[] = [];
afterAll(async () => {
  for (const name of made) await removeTable(client, name);
  s3.destroy();
});

async function newTables() {
  const [logTable, stateTable] = [randomUUID(), randomUUID()] as const;
  for (const name of [logTable, stateTable]) {
    await makeTable(client, name);
    made.push(name);
  }
  return { client, logTable, stateTable };
}

type Tables = Awaited<ReturnType<typeof newTables>>;

async function restored(
  tables: Tables,
  order: readonly ("logTable" | "stateTable")[] = ["logTable", "stateTable"],
  between: () => Promise<unknown> = async () => {},
): Promise<Tables> {
  const copies = await newTables();
  for (const [i, name] of order.entries()) {
    if (i > 0) await between();
    await putItems(client, copies[name], await itemsOf(client, tables[name]));
  }
  return copies;
}

function takenUp(world: StoredWorld, tables: Tables, former?: Tables) {
  const sweep = new SweepSwitch({ ...world, random, rule: { enable: async () => {} } });
  const ports = { ...world, counters: dynamodbRaisedCounters(tables), sweep };
  const cameTo = former && {
    counters: dynamodbRaisedCounters(former),
    dataStreams: dynamodbStreams(former),
  };
  return takeUp(ports, cameTo ?? { blockCount: 1000 });
}

/** A deployment with a delivery stream of its own folder. */
async function deployed() {
  const clock = steppingClock(Date.now());
  const tables = await newTables();
  const worldOf = (of: Tables) => storedWorld({ ...of, s3, logBucket, clock });
  const world = worldOf(tables);
  const prefix = `restoring-${randomUUID()}/`;
  const stream: DeliveryStream = {
    name: "access-logs",
    generation: "0123456789abcdef",
    versionId: 1,
    createdAtMs: clock.now(),
    lanes: firstLanes(clock.now()),
    destination: { ...DESTINATION, bucketArn: `arn:aws:s3:::${bucket}`, prefix },
  };
  const shard = laneKey(stream, 0);
  await world.deliveryStreams.create(stream, [shard], laneReaders(stream));
  const put = (by: StoredWorld, ...lines: readonly string[]) =>
    by.append(shard, {
      records: lines.map((line) => ({ data: Buffer.from(`${line}\n`) })),
      retentionMs: 86_400_000,
    });
  const flush = async (by: StoredWorld, over: Parameters<StoredWorld["run"]>[1] = {}) => {
    const { checkpoint } = (await by.readers.get(shard, DELIVERY_READER))!;
    await by.run({ shard, readerId: DELIVERY_READER, ...checkpoint }, over);
  };
  const delivered = async () => [...(await linesBelow(s3, bucket, prefix)).values()];
  return { clock, tables, world, worldOf, shard, put, flush, delivered };
}

/** Longer than a reader that has failed stays away. */
const BACK_OFF_MS = 60_000;
/** Its body lies in the bucket. */
const LARGE = "x".repeat(20_000);

describe("a delivery stream, restored to an instant", () => {
  test("delivers what waited then, a second time what was delivered since, and never what came since", async () => {
    const { tables, world, worldOf, put, flush, delivered } = await deployed();
    await put(world, "1", "2");
    await flush(world);
    await put(world, "3");
    await put(world, LARGE);
    const copies = await restored(tables);
    await put(world, "since, delivered");
    await flush(world);
    await put(world, "since, waiting");
    expect(await delivered()).toEqual([
      ["1", "2"],
      ["3", LARGE, "since, delivered"],
    ]);

    const after = worldOf(copies);
    expect(await takenUp(after, copies, tables)).toEqual({ shardCount: 1, raisedCount: 1 });
    await after.sweepAll();
    await put(after, "new");
    await flush(after);
    expect((await delivered()).toSorted((a, b) => a.length - b.length)).toEqual([
      ["new"],
      ["1", "2"],
      ["3", LARGE],
      ["3", LARGE, "since, delivered"],
    ]);
  });

  test("finds the objects of what it had planned by then, and doubles none of them", async () => {
    const { clock, tables, world, worldOf, put, flush, delivered } = await deployed();
    await put(world, "1", "2");
    const down = { ...world.objects, putIfAbsent: () => Promise.reject(new Error("S3 is down")) };
    await expect(flush(world, { objects: down })).rejects.toThrow("S3 is down");
    const copies = await restored(tables);
    await clock.sleep(BACK_OFF_MS);
    await flush(world);
    expect(await delivered()).toEqual([["1", "2"]]);

    const after = worldOf(copies);
    await takenUp(after, copies, tables);
    await after.sweepAll();
    expect(await delivered()).toEqual([["1", "2"]]);
  });

  test.each([
    ["the log", ["stateTable", "logTable"]],
    ["the state", ["logTable", "stateTable"]],
  ] as const)(
    "loses nothing older where %s is a moment further than the other",
    async (_, order) => {
      const { tables, world, worldOf, put, flush, delivered } = await deployed();
      await put(world, "1");
      const copies = await restored(tables, order, () => put(world, "in between"));
      await put(world, "since");

      const after = worldOf(copies);
      await takenUp(after, copies, tables);
      await after.sweepAll();
      await put(after, "new");
      await flush(after);
      const isLogLater = order[1] === "logTable";
      expect(new Set(await delivered())).toEqual(
        new Set([isLogLater ? ["1", "in between"] : ["1"], ["new"]]),
      );
    },
  );

  test("gives no place away that was given away since", async () => {
    const { tables, world, worldOf, shard, put, flush } = await deployed();
    await put(world, "1");
    const copies = await restored(tables);
    for (let i = 0; i < 3; i++) await put(world, "since");
    const came = (await world.log.head(shard))!;

    const after = worldOf(copies);
    await takenUp(after, copies, tables);
    await takenUp(after, copies, tables);
    expect(await after.log.head(shard)).toEqual(came);

    // Where nobody knows any more how far it came.
    const others = await restored(copies);
    const blind = worldOf(others);
    await takenUp(blind, others);
    expect((await blind.log.head(shard))!.blockIndex).toBe(came.blockIndex + 1000);
    await blind.sweepAll();
    await put(blind, "new");
    await flush(blind);
    expect((await blind.readers.get(shard, DELIVERY_READER))!.checkpoint.blockIndex).toBe(
      came.blockIndex + 1001,
    );
  });
});

test("a function is given again what it has handled since, and what waited", async () => {
  const { clock, tables, world, worldOf } = await deployed();
  const stream = newDataStream("clicks", 1, clock.now());
  await world.makeDataStream(stream, 1);
  const mapping = eventSourceMapping({ streamGeneration: stream.generation });
  await world.follow(stream, mapping);
  const shard = dataShardKey(stream, 0);
  const put = (by: StoredWorld, line: string) =>
    by.append(shard, {
      records: [{ data: Buffer.from(line), partitionKey: "k" }],
      retentionMs: 86_400_000,
    });
  const feed = async (by: StoredWorld) => {
    const readerId = consumerReaderId(mapping.uuid);
    const { frontier } = (await by.readers.get(shard, readerId))!;
    await by.run({ shard, readerId, ...frontier! });
  };
  await put(world, "1");
  await feed(world);
  await put(world, "2");
  const copies = await restored(tables);
  await feed(world);
  await put(world, "since");
  await feed(world);
  expect(world.handled).toEqual(["1", "2", "since"]);

  const after = worldOf(copies);
  await takenUp(after, copies, tables);
  await after.sweepAll();
  await put(after, "new");
  await feed(after);
  expect(after.handled).toEqual(["2", "new"]);
});

test("shards that were opened since, and are opened anew, go on behind what those had been given", async () => {
  const { clock, tables, world, worldOf } = await deployed();
  const stream = newDataStream("clicks", 1, clock.now());
  await world.makeDataStream(stream, 1);
  const copies = await restored(tables);

  const [, opened, closed] = initialShards(3, clock.now());
  const grown = { ...stream, nextShardIndex: 3, revision: stream.revision + 1 };
  await world.dataStreams.addShards(grown, [opened!, closed!]);
  expect(await world.dataStreams.update(grown)).toBe("updated");
  for (const { index } of [opened!, closed!]) {
    const records = [{ data: Buffer.from("since"), partitionKey: "k" }];
    await world.append(dataShardKey(stream, index), { records, retentionMs: 86_400_000 });
  }

  const after = worldOf(copies);
  await takenUp(after, copies, tables);
  const bornClosed = { atMs: clock.now(), finalBlockIndex: 0, childIndexes: [] };
  await after.dataStreams.addShards(grown, [opened!, { ...closed!, closed: bornClosed }]);
  expect(await after.log.head(dataShardKey(stream, 1))).toMatchObject({
    blockIndex: 1,
    recordCount: 1,
    sealed: false,
  });
  expect(await after.log.head(dataShardKey(stream, 2))).toMatchObject({
    blockIndex: 0,
    sealed: true,
  });
});
