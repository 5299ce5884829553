/** Flushes of a stream that converts its records: Parquet objects, what does not fit its table, and runs cut short. */
import { describe, expect, test } from "vitest";
import type { S3Destination } from "../../../src/delivery/delivery-stream.ts";
import type { ConversionSettings } from "../../../src/delivery/formats/conversion.ts";
import { HIVE_DEFAULTS } from "../../../src/delivery/formats/hive-json.ts";
import { OPENX_DEFAULTS } from "../../../src/delivery/formats/openx-json.ts";
import { PARQUET_DEFAULTS } from "../../../src/delivery/formats/parquet.ts";
import type { TableCatalog } from "../../../src/delivery/ports.ts";
import { readFile } from "../../helpers/parquet-file.ts";
import { tableColumns } from "../../helpers/serde-cases.ts";
import { answering, deliverWorld, ok } from "./deliver-world.ts";
import { TRANSFORM } from "./delivery-ports.ts";

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
const COLUMNS = "id:bigint,who:struct<name:string>";

async function world(
  over: Partial<S3Destination> = {},
  fn?: Parameters<typeof deliverWorld>[1],
  columns = COLUMNS,
) {
  const rig = await deliverWorld({ conversion: CONVERSION, ...over }, fn);
  if (columns !== "") rig.tables.put("analytics.events", tableColumns(columns));
  return {
    ...rig,
    /** By the folder, or the empty text; rows of what is Parquet, lines of the rest. */
    async delivered() {
      const found: Record<string, { key: string; rows: readonly unknown[] }> = {};
      for (const { key, body } of rig.objects.list()) {
        const folder = /^([a-z-]+-failed)\//.exec(key)?.[1] ?? "";
        expect(found[folder], `a second object ${key}`).toBeUndefined();
        const rows = key.endsWith(".parquet")
          ? await readFile(Buffer.from(body))
          : Buffer.from(body)
              .toString()
              .trimEnd()
              .split("\n")
              .map((line) => JSON.parse(line) as unknown);
        found[folder] = { key, rows };
      }
      return found;
    },
  };
}

const event = (id: number) => JSON.stringify({ id, who: { name: `n${id}` }, unknown: [id] });
const row = (id: number) => ({ id: BigInt(id), who: { name: `n${id}` } });
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

test("records become the rows of one Parquet object, in their order", async () => {
  const rig = await world({ delimiter: "\n", bufferSizeMiB: 1 });
  for (const i of upTo(10)) await rig.put(...upTo(10).map((j) => event(10 * i + j)));
  await rig.run();
  const { "": good, ...others } = await rig.delivered();
  expect(good?.key).toMatch(/^2026\/11\/23\/10\/access-logs-1-2026-.*\.parquet$/);
  expect(good?.rows).toEqual(upTo(100).map(row));
  expect(others).toEqual({});
  const [object] = rig.objects.list();
  expect(object).toMatchObject({ contentType: "application/octet-stream" });
  expect(object).not.toHaveProperty("contentEncoding");
  const deliveredBytes = upTo(100).reduce((sum, i) => sum + event(i).length, 0);
  expect(rig.flushes).toMatchObject([{ deliveredCount: 100, failedCount: 0, deliveredBytes }]);
});

test("several documents of a record become as many rows; a file extension replaces Parquet's", async () => {
  const rig = await world({ fileExtension: ".pq" });
  await rig.put(event(1) + event(2));
  await rig.run();
  const [object] = rig.objects.list();
  expect(object?.key).toMatch(/\.pq$/);
  expect(await readFile(Buffer.from(object!.body))).toEqual([row(1), row(2)]);
});

test("a record that does not fit stands in the error output as it came, with the table's name", async () => {
  const rig = await world();
  const texts = upTo(100).map((i) => (i === 41 ? '{"id": "4\\u0031x"}' : event(i)));
  await rig.put(...texts);
  await rig.run();
  const { "": good, "format-conversion-failed": bad } = await rig.delivered();
  expect(good?.rows).toEqual(
    upTo(100)
      .filter((i) => i !== 41)
      .map(row),
  );
  expect(bad?.key).toMatch(
    /^format-conversion-failed\/2026\/11\/23\/10\/access-logs-1-.*[0-9a-f]$/,
  );
  expect(bad?.rows).toEqual([
    {
      attemptsMade: 1,
      arrivalTimestamp: expect.any(Number),
      lastErrorCode: "DataFormatConversion.MalformedData",
      lastErrorMessage: expect.stringMatching(/^Data does not match the schema\. ./),
      attemptEndingTimestamp: rig.clock.now(),
      rawData: Buffer.from(texts[41]!).toString("base64"),
      sequenceNumber: expect.stringMatching(/^\d{50,}$/),
      subSequenceNumber: expect.any(Number),
      dataCatalogTable: {
        catalogId: "000000000000",
        databaseName: "analytics",
        tableName: "events",
        region: "us-east-1",
        versionId: "LATEST",
        roleArn: CONVERSION.table.roleArn,
      },
    },
  ]);
  expect(rig.flushes).toMatchObject([{ deliveredCount: 99, failedCount: 1 }]);
});

test("there is no Parquet object where nothing fits", async () => {
  const rig = await world();
  await rig.put("oops", "", "[1]");
  await rig.run();
  expect(Object.keys(await rig.delivered())).toEqual(["format-conversion-failed"]);
});

test("the Hive SerDe reads with its options", async () => {
  const deserializer = { kind: "hive", ...HIVE_DEFAULTS, timestampFormats: ["millis"] } as const;
  const rig = await world(
    { conversion: { ...CONVERSION, deserializer } },
    undefined,
    "at:timestamp",
  );
  await rig.put('{"at":1789560304000}', '{"at":{}}');
  await rig.run();
  const { "": good, "format-conversion-failed": bad } = await rig.delivered();
  expect(good?.rows).toEqual([{ at: 1_789_560_304_000_000n }]);
  expect(bad?.rows).toHaveLength(1);
});

test("what a function makes of records is converted; what it fails is its own failure, with the bytes as ingested", async () => {
  const fn = answering((text) => {
    if (text === "drop") return { result: "Dropped" };
    if (text === "fail") return { result: "ProcessingFailed" };
    return ok(text === "bad" ? "no JSON" : event(Number(text)));
  });
  const rig = await world({ transform: TRANSFORM }, fn);
  await rig.put("1", "bad", "drop", "fail", "2");
  await rig.run();
  const found = await rig.delivered();
  expect(found[""]?.rows).toEqual([row(1), row(2)]);
  const rawOf = (rows: readonly unknown[] = []) =>
    (rows as { rawData: string }[]).map(({ rawData }) => Buffer.from(rawData, "base64").toString());
  expect(rawOf(found["format-conversion-failed"]?.rows)).toEqual(["bad"]);
  expect(rawOf(found["processing-failed"]?.rows)).toEqual(["fail"]);
  expect(found["processing-failed"]?.rows[0]).toMatchObject({
    lambdaARN: TRANSFORM.functionArn,
    errorCode: "Lambda.ProcessingFailedStatus",
  });
});

test("more than a part of rows goes up in parts", async () => {
  const uncompressed = { ...PARQUET_DEFAULTS, compression: "UNCOMPRESSED" } as const;
  const rig = await world(
    { conversion: { ...CONVERSION, parquet: { ...uncompressed, blockSizeBytes: 2 ** 21 } } },
    undefined,
    "text:string",
  );
  const texts = upTo(60).map((i) => String(i).padEnd(200_000, "abcdefghij"));
  for (const text of texts) await rig.put(JSON.stringify({ text }));
  while ((await rig.run({}, { isRepeated: true })).kind !== "done");
  const read = await Promise.all(rig.objects.list().map(({ body }) => readFile(Buffer.from(body))));
  expect(read.flat()).toEqual(texts.map((text) => ({ text })));
});

describe("a table", () => {
  test("that was not there fails its records by AWS's code, and those put later once it is", async () => {
    const rig = await world({}, undefined, "");
    await rig.put(event(1));
    await rig.run();
    expect((await rig.delivered())["format-conversion-failed"]?.rows).toMatchObject([
      { lastErrorCode: "DataFormatConversion.EntityNotFound" },
    ]);
    rig.tables.put("analytics.events", tableColumns(COLUMNS));
    await rig.put(event(2));
    await rig.clock.sleep(10_000);
    await rig.run({}, { blockIndex: 1 });
    expect((await rig.delivered())[""]?.rows).toEqual([row(2)]);
  });

  test.each([
    ["", "DataFormatConversion.NonExistentColumns"],
    ["id:uniontype<int,string>", "DataFormatConversion.InvalidSchema"],
  ])("whose columns are %j fails its records", async (columns, lastErrorCode) => {
    const rig = await world({}, undefined, "");
    rig.tables.put("analytics.events", columns === "" ? [] : tableColumns(columns));
    await rig.put(event(1));
    await rig.run();
    expect((await rig.delivered())["format-conversion-failed"]?.rows).toMatchObject([
      { lastErrorCode },
    ]);
  });

  test("of a catalog that does not answer is waited for, and whoever looks is told why", async () => {
    const rig = await world();
    await rig.put(event(1));
    const tables: TableCatalog = { get: () => Promise.reject(new Error("Glue is not there")) };
    expect(await rig.run({ tables })).toMatchObject({ kind: "retry" });
    expect(rig.objects.list()).toEqual([]);
    const note = await rig.deliveryNotes.get(rig.shard, "delivery");
    expect(note?.failure?.message).toBe("Glue is not there");
    await rig.clock.sleep(60_000);
    await rig.run({}, { isRepeated: true });
    expect((await rig.delivered())[""]?.rows).toEqual([row(1)]);
  });

  test("that changes after a crash changes nothing of what was settled", async () => {
    const rig = await world();
    await rig.put(event(1), "broken");
    let completions = 0;
    const objects = {
      ...rig.objects,
      completeIfAbsent: (...args: Parameters<typeof rig.objects.completeIfAbsent>) =>
        completions++ === 0
          ? rig.objects.completeIfAbsent(...args)
          : Promise.reject(new Error("killed")),
    };
    await rig.run({ objects });
    expect(rig.objects.list()).toHaveLength(1);
    rig.tables.put("analytics.events", tableColumns("id:string"));
    await rig.clock.sleep(60_000);
    await rig.run({}, { isRepeated: true });
    const { "": good, "format-conversion-failed": bad } = await rig.delivered();
    expect(good?.rows).toEqual([row(1)]);
    expect(bad?.rows).toHaveLength(1);
    expect(rig.objects.openUploads()).toEqual([]);
  });

  test("that changes before anything was settled gives the new rows, once", async () => {
    const rig = await world();
    await rig.put(event(1));
    const objects = {
      ...rig.objects,
      startUpload: async (...args: Parameters<typeof rig.objects.startUpload>) => {
        await rig.objects.startUpload(...args);
        throw new Error("killed");
      },
    };
    await rig.run({ objects });
    expect(rig.objects.list()).toEqual([]);
    rig.tables.put("analytics.events", tableColumns("id:string"));
    await rig.clock.sleep(60_000);
    await rig.run({}, { isRepeated: true });
    expect((await rig.delivered())[""]?.rows).toEqual([{ id: "1" }]);
  });
});
