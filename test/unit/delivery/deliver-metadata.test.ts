/** Flushes of a stream that asks for record metadata: it is of the record as it first came, whatever happened to it since. */
import { expect, test } from "vitest";
import type { S3Destination } from "../../../src/delivery/delivery-stream.ts";
import type { ConversionSettings } from "../../../src/delivery/formats/conversion.ts";
import { OPENX_DEFAULTS } from "../../../src/delivery/formats/openx-json.ts";
import { PARQUET_DEFAULTS } from "../../../src/delivery/formats/parquet.ts";
import { recordIds } from "../../../src/delivery/record-id.ts";
import {
  type MetadataField,
  METADATA_FIELDS,
} from "../../../src/delivery/stages/record-metadata.ts";
import { aggregate } from "../../helpers/aggregate.ts";
import { readFile } from "../../helpers/parquet-file.ts";
import { tableColumns } from "../../helpers/serde-cases.ts";
import { deliverWorld, HINTS, START_MS } from "./deliver-world.ts";
import { TRANSFORM } from "./delivery-ports.ts";
import { redriveWorld } from "./redrive/world.ts";
import { sourceWorld } from "./source/world.ts";

const of = (...fields: MetadataField[]) => [
  { name: "hydrant", members: fields.map((field) => ({ name: field, field })) },
];
const WITH_ID: Partial<S3Destination> = {
  stages: { recordMetadata: of("arrivalMs", "id", "index") },
  delimiter: "\n",
};
const ARRIVAL = new Date(START_MS).toISOString();

/** What the producer of a record of the first lane was answered. */
const idAt = (blockIndex: number, position: number, arrivedAtMs = START_MS) =>
  recordIds(
    "access-logs",
    { generation: "0123456789abcdef", lane: 0, blockIndex, arrivedAtMs, position },
    1,
  )[0];

interface Line {
  readonly hydrant: Readonly<Record<string, unknown>>;
}

const linesOf = (text: string) =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);

test("each record has the id that its producer was answered, and its arrival", async () => {
  const rig = await deliverWorld(WITH_ID);
  await rig.put('{"n":0}', '{"n":1}');
  await rig.clock.sleep(1000);
  await rig.put('{"n":2}');
  await rig.clock.sleep(1000 * HINTS.bufferIntervalSeconds);
  await rig.run();
  const [object] = rig.contents();
  expect(linesOf(object!.text)).toEqual([
    { n: 0, hydrant: { arrivalMs: START_MS, id: idAt(0, 0) } },
    { n: 1, hydrant: { arrivalMs: START_MS, id: idAt(0, 1) } },
    { n: 2, hydrant: { arrivalMs: START_MS + 1000, id: idAt(1, 0, START_MS + 1000) } },
  ]);
});

test("parts of a record share its id, and say which they are", async () => {
  const stages = {
    ...WITH_ID.stages,
    subRecords: { kind: "JSON" },
    metadataQuery: "{n: .n}",
  } as const;
  const rig = await deliverWorld({
    ...WITH_ID,
    stages,
    prefix: "!{partitionKeyFromQuery:n}/",
    partitioning: { retrySeconds: 300 },
  });
  await rig.put('{"n":0}', '{"n":1}{"n":2}');
  await rig.clock.sleep(1000 * HINTS.bufferIntervalSeconds);
  await rig.run();
  expect(rig.contents().flatMap(({ text }) => linesOf(text))).toEqual([
    { n: 0, hydrant: { arrivalMs: START_MS, id: idAt(0, 0) } },
    { n: 1, hydrant: { arrivalMs: START_MS, id: idAt(0, 1), index: 0 } },
    { n: 2, hydrant: { arrivalMs: START_MS, id: idAt(0, 1), index: 1 } },
  ]);
});

const CONVERSION: ConversionSettings = {
  deserializer: { kind: "openx", ...OPENX_DEFAULTS },
  parquet: PARQUET_DEFAULTS,
  table: {
    databaseName: "analytics",
    tableName: "events",
    versionId: "LATEST",
    roleArn: "arn:aws:iam::000000000000:role/hydrant",
  },
};

test("it reaches the columns of a file of rows behind a function, and comes again with a redrive", async () => {
  const rig = await redriveWorld(
    {
      stages: { recordMetadata: of("arrival", "id", "index") },
      transform: TRANSFORM,
      conversion: CONVERSION,
    },
    "\n",
  );
  const columns = "hydrant:struct<arrival:timestamp,id:string,index:int>";
  rig.tables.put("analytics.events", tableColumns(`n:int,${columns}`));
  rig.broken.words = [];
  await rig.deliverAll('{"n":1}', '{"n":"bad"}');
  const rowsOf = async (at: number) => {
    const files = rig.objects.list().filter(({ key }) => key.endsWith(".parquet"));
    return readFile(Buffer.from(files[at]!.body));
  };
  const arrival = BigInt(START_MS) * 1000n;
  expect(await rowsOf(0)).toEqual([{ n: 1, hydrant: { arrival, id: idAt(0, 0), index: null } }]);
  const [failed] = rig.failed();
  expect(failed?.lines).toMatchObject([
    { arrivalTimestamp: START_MS, recordMetadata: { id: idAt(0, 1) } },
  ]);
  expect(Buffer.from(failed!.lines[0]!.rawData, "base64").toString()).toBe('{"n":"bad"}');
  await rig.clock.sleep(60_000);
  rig.tables.put("analytics.events", tableColumns(`n:string,${columns}`));
  await rig.finish(await rig.start());
  expect(await rowsOf(1)).toEqual([
    { n: "bad", hydrant: { arrival, id: idAt(0, 1), index: null } },
  ]);
});

test("what failed before anybody asked comes again with its arrival, and without an id", async () => {
  const rig = await redriveWorld();
  await rig.deliverAll('{"n":"bad"}');
  expect(rig.failed()[0]!.lines[0]).not.toHaveProperty("recordMetadata");
  rig.broken.words = [];
  const { transform: _none, ...plain } = rig.stream.destination;
  await rig.deliveryStreams.update(rig.stream, {
    ...rig.stream,
    versionId: 2,
    destination: { ...plain, stages: { recordMetadata: of("arrival", "id") } },
  });
  await rig.finish(await rig.start());
  expect(rig.good()).toBe(`{"n":"bad","hydrant":{"arrival":"${ARRIVAL}"}}`);
});

test("a record of a data stream has its place there, and partitions may be made of it", async () => {
  const rig = await sourceWorld(1);
  await rig.create({
    ...HINTS,
    stages: {
      recordMetadata: of(...METADATA_FIELDS),
      metadataQuery: "{key: .hydrant.partitionKey}",
    },
    prefix: "!{partitionKeyFromQuery:key}/",
    partitioning: { retrySeconds: 300 },
  });
  await rig.put([
    { key: "plain", data: "{}" },
    {
      key: "k",
      data: aggregate([
        { partitionKey: "user", data: Buffer.from("{}") },
        { partitionKey: "user", data: Buffer.from("{}") },
      ]),
    },
  ]);
  await rig.clock.sleep(1000 * HINTS.bufferIntervalSeconds);
  await rig.settle();
  const found = rig.objects.list().map(({ key, body }) => ({
    folder: key.split("/")[0],
    lines: linesOf(Buffer.from(body).toString()),
  }));
  const known = (partitionKey: string, subSequenceNumber: number) => {
    const any = expect.any(String) as string;
    const id = expect.stringMatching(/^\d{56}$/) as string;
    const arrivalMs = expect.any(Number) as number;
    const came = { arrival: any, arrivalMs, arrivalTimestamp: any, id, sequenceNumber: id };
    return {
      hydrant: { ...came, partitionKey, subSequenceNumber, shardId: "shardId-000000000000" },
    };
  };
  expect(found).toEqual([
    { folder: "plain", lines: [known("plain", 0)] },
    { folder: "user", lines: [known("user", 0), known("user", 1)] },
  ]);
});
