/** Where records are: the bytes that are named are the record's, and what is not known is not said. */
import { gunzipSync, gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { DELIVERY_READER, type S3Destination } from "../../../src/delivery/delivery-stream.ts";
import { type Location, locateRecord } from "../../../src/delivery/locate.ts";
import { paused } from "../../../src/delivery/pause.ts";
import type { ConversionSettings } from "../../../src/delivery/formats/conversion.ts";
import { OPENX_DEFAULTS } from "../../../src/delivery/formats/openx-json.ts";
import { PARQUET_DEFAULTS } from "../../../src/delivery/formats/parquet.ts";
import { recordIds } from "../../../src/delivery/record-id.ts";
import { dataSource, laneSource } from "../../../src/delivery/source/shard.ts";
import { DIRECT_PUT_RETENTION_MS, FLUSH_NOTE_OBJECTS_MAX_COUNT } from "../../../src/limits.ts";
import { aggregate } from "../../helpers/aggregate.ts";
import { readFile } from "../../helpers/parquet-file.ts";
import { tableColumns } from "../../helpers/serde-cases.ts";
import { seededRandom } from "../../helpers/seeded-random.ts";
import { answering, deliverWorld, HINTS, ok, START_MS } from "./deliver-world.ts";
import { sourceWorld } from "./source/world.ts";
import { DESTINATION, TRANSFORM } from "./delivery-ports.ts";

type World = Awaited<ReturnType<typeof deliverWorld>>;

interface Place {
  readonly blockIndex: number;
  readonly position: number;
}

const HERE = { accountId: "000000000000", region: "us-east-1" };

async function locate(
  rig: World,
  place: Place,
  arrivedAtMs = START_MS,
  deadlineMs = Number.POSITIVE_INFINITY,
): Promise<readonly Location[]> {
  const stream = (await rig.deliveryStreams.get(rig.stream.name)) ?? rig.stream;
  const source = laneSource(stream, 0);
  const wanted = { stream, source, place, arrivedAtMs, deadlineMs };
  return locateRecord({ ...rig, here: HERE }, wanted);
}

const first = async (rig: World, place: Place) => (await locate(rig, place))[0]!.whereabouts;

interface Put extends Place {
  readonly data: Buffer;
}

/** So many records of any bytes and lengths, in blocks of one to twelve. */
async function putMany(rig: World, count: number, makeData: (index: number) => Buffer) {
  const random = seededRandom(7);
  const put: Put[] = [];
  let blockIndex = 0;
  while (put.length < count) {
    const size = Math.min(count - put.length, 1 + Math.floor(random.fraction() * 12));
    const block = Array.from({ length: size }, (_, position) => ({
      blockIndex,
      position,
      data: makeData(put.length + position),
    }));
    await rig.putData(...block.map(({ data }) => data));
    put.push(...block);
    blockIndex += 1;
  }
  return put;
}

async function runAll(rig: World, readerId = DELIVERY_READER) {
  for (;;) {
    const before = await rig.readers.get(rig.shard, readerId);
    const { blockIndex } = before!.checkpoint;
    await rig.clock.sleep(10_000);
    await rig.run({}, { readerId, blockIndex, deadlineMs: Number.POSITIVE_INFINITY });
    const after = await rig.readers.get(rig.shard, readerId);
    if (after!.checkpoint.blockIndex === blockIndex) return;
  }
}

const anyBytes = () => {
  const random = seededRandom(3);
  return () => Buffer.from(random.bytes(Math.floor(random.fraction() * 60)));
};

function bytesAt(
  rig: Pick<World, "objects">,
  { whereabouts }: Location,
  plain: (body: Buffer) => Buffer,
) {
  if (whereabouts.kind !== "flushed") throw new Error(`it is ${whereabouts.kind}`);
  const { outcome, flush } = whereabouts;
  if (outcome.kind !== "pieces") throw new Error(`it is ${outcome.kind}`);
  return outcome.pieces.map((piece) => {
    if (piece.kind === "dropped") return Buffer.from("dropped");
    const type = piece.kind === "failed" ? piece.errorOutputType : undefined;
    const { key } = flush.objects.find(({ errorOutputType }) => errorOutputType === type)!;
    const body = rig.objects.list().find((object) => object.key === key)!.body;
    return plain(Buffer.from(body)).subarray(piece.offset, piece.offset + piece.length);
  });
}

const asIs = (body: Buffer) => body;

const CASES: readonly (readonly [string, Partial<S3Destination>, (body: Buffer) => Buffer])[] = [
  ["back to back", {}, asIs],
  ["with a delimiter behind each", { delimiter: "\r\n" }, asIs],
  ["in GZIP, with a delimiter behind each", { delimiter: "\n", compression: "GZIP" }, gunzipSync],
];

test.each(CASES)(
  "each of 1,000 records is the bytes that are named, %s",
  async (_, over, plain) => {
    const rig = await deliverWorld(over);
    const put = await putMany(rig, 1000, anyBytes());
    await runAll(rig);
    expect(rig.contents().length).toBeGreaterThan(1);
    for (const { data, ...place } of put) {
      const [location] = await locate(rig, place);
      expect(bytesAt(rig, location!, plain)).toEqual([data]);
    }
  },
);

test("with record metadata the bytes that are named are the record as it was written, or its line", async () => {
  const members = [
    { name: "at", field: "arrivalMs" } as const,
    { name: "id", field: "id" } as const,
  ];
  const rig = await deliverWorld({
    stages: { recordMetadata: [{ name: "hydrant", members }] },
    delimiter: "\n",
  });
  const isBroken = (index: number) => index % 7 === 3;
  const put = await putMany(rig, 200, (index) =>
    Buffer.from(isBroken(index) ? `record ${index}` : JSON.stringify({ index })),
  );
  await runAll(rig);
  for (const [index, { blockIndex, position, data }] of put.entries()) {
    const [location] = await locate(rig, { blockIndex, position });
    const [bytes] = bytesAt(rig, location!, asIs);
    const { name, generation } = rig.stream;
    const place = { generation, lane: 0, blockIndex, position, arrivedAtMs: START_MS };
    const [id] = recordIds(name, place, 1);
    expect(JSON.parse(bytes!.toString())).toMatchObject(
      isBroken(index)
        ? { rawData: data.toString("base64"), recordMetadata: { id } }
        : { index, hydrant: { at: START_MS, id } },
    );
  }
});

test("with a stage that fails some of the records, each is where it is said to be", async () => {
  const rig = await deliverWorld({ stages: { decompression: "GZIP" }, delimiter: "\n" });
  const text = (index: number) => `record ${index}`;
  const isBroken = (index: number) => index % 7 === 3;
  const put = await putMany(rig, 200, (index) =>
    isBroken(index) ? Buffer.from(text(index)) : gzipSync(text(index)),
  );
  await runAll(rig);
  for (const [index, place] of put.entries()) {
    const [location] = await locate(rig, place);
    const [bytes] = bytesAt(rig, location!, asIs);
    if (!isBroken(index)) expect(bytes!.toString()).toBe(text(index));
    else {
      const { rawData } = JSON.parse(bytes!.toString()) as { readonly rawData: string };
      expect(Buffer.from(rawData, "base64").toString()).toBe(text(index));
      expect(bytes!.at(-1)).toBe("\n".charCodeAt(0));
    }
  }
});

const EVENTS: ConversionSettings = {
  deserializer: { kind: "openx", ...OPENX_DEFAULTS },
  parquet: PARQUET_DEFAULTS,
  table: {
    databaseName: "analytics",
    tableName: "events",
    versionId: "LATEST",
    roleArn: "arn:aws:iam::000000000000:role/hydrant",
  },
};

test("of a Parquet file its row is named, and of what does not fit the table its line", async () => {
  const rig = await deliverWorld({ conversion: EVENTS, errorOutputPrefix: "bad/" });
  rig.tables.put("analytics.events", tableColumns("id:bigint"));
  const isBroken = (index: number) => index % 5 === 2;
  const put = await putMany(rig, 60, (index) =>
    Buffer.from(isBroken(index) ? `{"id": ${index}` : JSON.stringify({ id: index })),
  );
  await runAll(rig);
  for (const [index, { data, ...place }] of put.entries()) {
    const [location] = await locate(rig, place);
    const { whereabouts } = location!;
    if (isBroken(index)) {
      const [line] = bytesAt(rig, location!, asIs);
      const { rawData } = JSON.parse(line!.toString()) as { readonly rawData: string };
      expect(Buffer.from(rawData, "base64")).toEqual(data);
      continue;
    }
    if (whereabouts.kind !== "flushed" || whereabouts.outcome.kind !== "pieces") {
      throw new Error(JSON.stringify(whereabouts));
    }
    const [piece] = whereabouts.outcome.pieces;
    const { key } = whereabouts.flush.objects.find(({ errorOutputType }) => !errorOutputType)!;
    const rows = await readFile(
      Buffer.from(rig.objects.list().find((object) => object.key === key)!.body),
    );
    expect(piece).toMatchObject({ kind: "delivered", rows: { count: 1 } });
    expect(rows[piece?.kind === "delivered" ? piece.rows!.first : -1]).toEqual({
      id: BigInt(index),
    });
  }
});

test("the user records of an aggregate that came from a data stream are each where they are said to be", async () => {
  const made = await sourceWorld(1);
  const stream = await made.create();
  const users = ["one", "two", "three"].map((text) => ({
    partitionKey: "k",
    data: Buffer.from(text),
  }));
  await made.put([
    { key: "a", data: "before" },
    { key: "k", data: aggregate(users) },
  ]);
  await made.settle();
  const [shard] = await made.shards();
  const [location] = await locateRecord(
    { ...made.ports, here: HERE },
    {
      stream,
      source: dataSource(made.stream, shard!),
      place: { blockIndex: 0, position: 1 },
      arrivedAtMs: made.clock.now(),
      deadlineMs: Number.POSITIVE_INFINITY,
    },
  );
  const found = bytesAt(made, location!, asIs);
  expect(found.map(String)).toEqual(["one", "two", "three"]);
});

test("the source backup has it in an object of its own", async () => {
  const backup = { ...DESTINATION, bucketArn: "arn:aws:s3:::copies" };
  const rig = await deliverWorld({ backup, delimiter: "\n" });
  await rig.put("a", "bc");
  await runAll(rig);
  await runAll(rig, "backup");
  const [main, copy] = await locate(rig, { blockIndex: 0, position: 1 });
  expect(main).toMatchObject({ kind: "delivery", bucketArn: "arn:aws:s3:::logs" });
  expect(copy).toMatchObject({ kind: "backup", bucketArn: "arn:aws:s3:::copies" });
  const offsetOf = ({ whereabouts }: Location) =>
    whereabouts.kind === "flushed" && whereabouts.outcome;
  const piece = { kind: "delivered", length: 2 };
  expect(offsetOf(main!)).toEqual({ kind: "pieces", pieces: [{ ...piece, offset: 2 }] });
  expect(offsetOf(copy!)).toEqual({ kind: "pieces", pieces: [{ ...piece, offset: 1 }] });
});

test("it counts by the target that the flush had, not by the stream's own", async () => {
  const rig = await deliverWorld({ delimiter: "----" });
  await rig.put("a", "bc");
  await runAll(rig);
  const { destination } = rig.stream;
  const after = { ...rig.stream, versionId: 2, destination: { ...destination, delimiter: "\n" } };
  await rig.deliveryStreams.update(rig.stream, after);
  const [location] = await locate(rig, { blockIndex: 0, position: 1 });
  expect(bytesAt(rig, location!, asIs)).toEqual([Buffer.from("bc")]);
});

const verdict = (text: string) => {
  if (text.startsWith("drop")) return { result: "Dropped" };
  return text.startsWith("fail") ? { result: "ProcessingFailed" } : ok(text);
};

test.each([
  [["a", "b"], "delivered", 1],
  [["drop", "drop"], "dropped", 0],
  [["fail", "fail"], "failed", 1],
] as const)(
  "of a flush through a function that fared alike its object is known: %s",
  async (texts, fate, count) => {
    const rig = await deliverWorld({ transform: TRANSFORM }, answering(verdict));
    await rig.put(...texts);
    await rig.run();
    expect(await first(rig, { blockIndex: 0, position: 1 })).toMatchObject({
      kind: "flushed",
      outcome: { kind: "alike", fate, why: "function", objects: { length: count } },
    });
  },
);

test("where a function answered so and so, all its objects are named", async () => {
  const rig = await deliverWorld({ transform: TRANSFORM }, answering(verdict));
  await rig.put("a", "drop", "fail");
  await rig.run();
  expect(await first(rig, { blockIndex: 0, position: 1 })).toMatchObject({
    outcome: {
      kind: "unsure",
      why: "function",
      objects: [{}, { errorOutputType: "processing-failed" }],
    },
  });
});

test("what waits is due when its buffer is, and at no time while the stream is paused", async () => {
  const rig = await deliverWorld();
  await rig.put("abc");
  const place = { blockIndex: 0, position: 0 };
  const waiting = { kind: "waiting", isPending: false };
  expect(await first(rig, place)).toEqual({ ...waiting, dueAtMs: START_MS + 5000 });
  await rig.deliveryStreams.update(rig.stream, paused(rig.stream, START_MS));
  expect(await first(rig, place)).toEqual(waiting);
});

test("what is in a flush that fails shows the error and the next try", async () => {
  const rig = await deliverWorld();
  await rig.put("abc");
  const away = () => Promise.reject(new Error("away"));
  await rig.run({ objects: { ...rig.objects, putIfAbsent: away } });
  expect(await first(rig, { blockIndex: 0, position: 0 })).toMatchObject({
    kind: "waiting",
    isPending: true,
    dueAtMs: START_MS + 1000,
    failure: { message: "away", retryAtMs: START_MS + 1000 },
  });
});

test("what waited for longer than its retention has expired", async () => {
  const rig = await deliverWorld();
  await rig.put("abc");
  await rig.clock.sleep(DIRECT_PUT_RETENTION_MS + 1);
  expect(await first(rig, { blockIndex: 0, position: 0 })).toEqual({ kind: "expired" });
});

test("what was flushed before anybody noted flushes is forgotten", async () => {
  const rig = await deliverWorld();
  await rig.put("abc");
  const flushed = () => Promise.reject(new Error("away"));
  await rig.run({ deliveryNotes: { ...rig.deliveryNotes, flushed } });
  expect(await first(rig, { blockIndex: 0, position: 0 })).toEqual({ kind: "forgotten" });
});

test("a place that was given up, that has too few records or that was never taken holds nothing", async () => {
  const rig = await deliverWorld();
  await rig.put("abc");
  await rig.log.reserve(rig.shard, { recordCount: 1, byteCount: 1 });
  await rig.log.fill(rig.shard, 1, START_MS + 1e9);
  const places = [
    { blockIndex: 0, position: 1 },
    { blockIndex: 1, position: 0 },
    { blockIndex: 2, position: 0 },
  ];
  for (const place of places) expect(await first(rig, place)).toEqual({ kind: "not stored" });
});

test("where some of the flush is gone, its object is known and no place in it", async () => {
  const rig = await deliverWorld();
  await rig.put("abc");
  await rig.put("def");
  await runAll(rig);
  const log = {
    ...rig.log,
    async *read(range: Parameters<typeof rig.log.read>[0]) {
      for await (const entry of rig.log.read(range)) if (entry.index !== 0) yield entry;
    },
  };
  expect(await first({ ...rig, log }, { blockIndex: 1, position: 0 })).toMatchObject({
    kind: "flushed",
    outcome: { kind: "alike", fate: "delivered", why: "gone", objects: [{ bucket: "logs" }] },
  });
});

test("what takes longer than there is time is left open", async () => {
  const rig = await deliverWorld();
  await rig.put("abc");
  await runAll(rig);
  const [location] = await locate(rig, { blockIndex: 0, position: 0 }, START_MS, START_MS);
  expect(location?.whereabouts).toMatchObject({ outcome: { kind: "alike", why: "time" } });
});

test("a record that waits for its partition is not sought in what was delivered before it alone", async () => {
  const rig = await deliverWorld({
    prefix: "!{partitionKeyFromQuery:shop}/",
    errorOutputPrefix: "failed/",
    partitioning: { retrySeconds: 300 },
    stages: { metadataQuery: "{shop: .shop}" },
  });
  const intervalMs = 1000 * HINTS.bufferIntervalSeconds;
  const [early, late] = [0, 1].map((blockIndex) => ({ blockIndex, position: 0 }));
  await rig.put('{"shop":"a"}');
  await rig.clock.sleep(intervalMs / 2);
  await rig.put('{"shop":"b"}');
  await rig.clock.sleep(intervalMs / 2);
  await rig.run();
  const [ofA] = rig.contents();
  const unsure = { kind: "unsure", why: "partitions" };
  expect(await first(rig, late!)).toMatchObject({
    outcome: { ...unsure, mayWait: true, objects: [{ key: ofA!.key }] },
  });
  // Two flushes that begin at one block, for the first has read nothing new.
  await rig.clock.sleep(intervalMs / 2);
  await rig.run({}, { isRepeated: true });
  await rig.put('{"shop":"c"}');
  await rig.clock.sleep(intervalMs);
  await rig.run({}, { blockIndex: 2 });
  expect(rig.contents()).toHaveLength(3);
  const ofB = rig.contents().find(({ key }) => key.startsWith("b/"));
  expect(await first(rig, late!)).toMatchObject({
    outcome: { ...unsure, objects: [{ key: ofA!.key }, { key: ofB!.key }] },
  });
  expect(await first(rig, late!)).not.toHaveProperty("outcome.mayWait");
  expect(await first(rig, early!)).toMatchObject({
    outcome: { kind: "alike", fate: "delivered", objects: [{ key: ofA!.key }] },
  });
});

test("of the objects of a flush that made very many some are named, and all are counted", async () => {
  const shops = FLUSH_NOTE_OBJECTS_MAX_COUNT + 5;
  const rig = await deliverWorld({
    prefix: "!{partitionKeyFromQuery:shop}/",
    errorOutputPrefix: "failed/",
    partitioning: { retrySeconds: 300 },
    stages: { metadataQuery: "{shop: .shop}" },
  });
  await rig.put(...Array.from({ length: shops }, (_, i) => `{"shop":"${i}"}`));
  await rig.clock.sleep(1000 * HINTS.bufferIntervalSeconds);
  await rig.run();
  expect(rig.contents()).toHaveLength(shops);
  expect(await first(rig, { blockIndex: 0, position: shops - 1 })).toMatchObject({
    outcome: { objects: { length: FLUSH_NOTE_OBJECTS_MAX_COUNT }, objectCount: shops },
  });
});

test("a record that is delivered while somebody asks for it is not forgotten", async () => {
  const rig = await deliverWorld();
  await rig.put("abc");
  const readers = {
    ...rig.readers,
    async get(...asked: Parameters<World["readers"]["get"]>) {
      await rig.run();
      return rig.readers.get(...asked);
    },
  };
  const place = { blockIndex: 0, position: 0 };
  expect(await first({ ...rig, readers }, place)).toMatchObject({ kind: "flushed" });
});

test("a place that was taken and not filled holds no record, whatever became of what waits behind it", async () => {
  const rig = await deliverWorld();
  await rig.log.reserve(rig.shard, { recordCount: 1, byteCount: 1, arrivedAtMs: START_MS });
  await rig.put("abc");
  expect(await first(rig, { blockIndex: 0, position: 0 })).toEqual({ kind: "not stored" });
  expect(await first(rig, { blockIndex: 1, position: 0 })).toMatchObject({ kind: "waiting" });
});
