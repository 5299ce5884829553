/** Flushes of a stream that partitions its records: where each comes to stand, and what fails. */
import { describe, expect, test } from "vitest";
import type { S3Destination } from "../../../src/delivery/delivery-stream.ts";
import { answering, deliverWorld, HINTS, ok } from "./deliver-world.ts";
import { TRANSFORM } from "./delivery-ports.ts";

const QUERY: Partial<S3Destination> = {
  prefix: "shop=!{partitionKeyFromQuery:shop}/",
  errorOutputPrefix: "failed/!{firehose:error-output-type}/",
  partitioning: { retrySeconds: 300 },
  stages: { metadataQuery: "{shop: .shop}" },
};

async function world(over: Partial<S3Destination> = {}, fn?: Parameters<typeof deliverWorld>[1]) {
  const rig = await deliverWorld({ ...QUERY, ...over }, fn);
  return {
    ...rig,
    async flush() {
      await rig.clock.sleep(1000 * HINTS.bufferIntervalSeconds);
      return rig.run();
    },
    /** The texts of a folder's objects, in the order of their names. */
    found() {
      const byFolder: Record<string, string[]> = {};
      for (const { key, text } of rig.contents()) {
        const folder = key.slice(0, key.lastIndexOf("/"));
        (byFolder[folder] ??= []).push(text);
      }
      return byFolder;
    },
  };
}

const event = (shop: unknown, id = 1) => JSON.stringify({ shop, id });

test("each record comes into its partition, in the order of the log", async () => {
  const rig = await world();
  await rig.put(event("a", 1), event("b", 2), event("a", 3));
  await rig.put(event("b", 4), event(5, 5), event(true, 6));
  await rig.flush();
  expect(rig.found()).toEqual({
    "shop=a": [event("a", 1) + event("a", 3)],
    "shop=b": [event("b", 2) + event("b", 4)],
    "shop=5": [event(5, 5)],
    "shop=true": [event(true, 6)],
  });
  expect(rig.flushes).toMatchObject([{ recordCount: 6, deliveredCount: 6, failedCount: 0 }]);
});

test("an object holds about as much of a partition as the hint says", async () => {
  const rig = await world({ delimiter: "\n" });
  const records = Array.from({ length: 200 }, (_, i) => event(i % 10 === 0 ? "b" : "a", 100 + i));
  await rig.put(...records);
  await rig.flush();
  const { "shop=a": a = [], "shop=b": b = [] } = rig.found();
  expect([...a, ...b].join("").split("\n").length).toBe(201);
  for (const text of a.slice(0, -1)) {
    expect(text.length).toBeGreaterThanOrEqual(1000);
    expect(text.length).toBeLessThan(1100);
  }
  expect(a.length).toBeGreaterThan(3);
  expect(b.length).toBe(1);
});

test("two partitions of one prefix have objects of their own", async () => {
  const rig = await world({
    prefix: "!{partitionKeyFromQuery:a}/!{partitionKeyFromQuery:b}/",
    stages: { metadataQuery: "{a: .a, b: .b}" },
  });
  await rig.put('{"a":"x/y","b":"z"}', '{"a":"x","b":"y/z"}');
  await rig.flush();
  expect(rig.found()).toEqual({
    "x/y/z": expect.arrayContaining(['{"a":"x/y","b":"z"}', '{"a":"x","b":"y/z"}']),
  });
});

test("keys of the query and of the function go together; jq sees what the function made", async () => {
  const rig = await world(
    {
      prefix: "!{partitionKeyFromLambda:shop}/!{partitionKeyFromQuery:shop}/",
      transform: TRANSFORM,
    },
    answering((text) => ({
      ...ok(text.replace("a", "query")),
      metadata: { partitionKeys: { shop: "lambda", more: "x" } },
    })),
  );
  await rig.put(event("a"));
  await rig.flush();
  expect(rig.found()).toEqual({ "lambda/query": [event("query")] });
});

describe("records without a partition stand among the failed ones, as they came:", () => {
  test.each([
    ["no JSON", "{", "Non JSON record provided"],
    ["no key", "{}", "Partition key's value should not be null or empty: shop"],
    ["an empty key", event(""), "Partition key's value should not be null or empty: shop"],
    [
      "a key that is no scalar",
      event([1]),
      "Partition key's value should not be null or empty: shop",
    ],
    [
      "a key out of the bucket",
      event("/../../../x"),
      "The evaluated prefix must not lead out of the bucket by ../",
    ],
  ])("%s", async (_what, text, errorMessage) => {
    const rig = await world();
    await rig.put(event("a"), text, event("b"));
    await rig.flush();
    const { "failed/metadata-extraction-failed": failed, ...others } = rig.found();
    expect(others).toEqual({ "shop=a": [event("a")], "shop=b": [event("b")] });
    expect(JSON.parse(failed![0]!)).toEqual({
      rawData: Buffer.from(text).toString("base64"),
      errorCode: "DynamicPartitioning.MetadataExtractionFailed",
      errorMessage,
      attemptsMade: 1,
      arrivalTimestamp: expect.any(Number),
      attemptEndingTimestamp: expect.any(Number),
    });
    expect(failed![0]!.endsWith("}\n")).toBe(true);
    expect(rig.flushes).toMatchObject([{ deliveredCount: 2, failedCount: 1 }]);
  });

  test("the function named none", async () => {
    const rig = await world(
      { prefix: "!{partitionKeyFromLambda:shop}/", stages: {}, transform: TRANSFORM },
      answering((text) => ok(text.toUpperCase())),
    );
    await rig.put("abc");
    await rig.flush();
    const failed = rig.found()["failed/metadata-extraction-failed"];
    expect(JSON.parse(failed![0]!)).toMatchObject({
      rawData: Buffer.from("abc").toString("base64"),
      errorMessage: "Partition key's value should not be null or empty: shop",
    });
  });
});

test("records that hold several are taken apart, and each part has its own partition", async () => {
  const rig = await world({
    stages: { subRecords: { kind: "JSON" }, metadataQuery: "{shop: .shop}" },
  });
  await rig.put(`${event("a")}\n${event("b")}${event(null)}`);
  await rig.flush();
  const { "failed/metadata-extraction-failed": failed, ...others } = rig.found();
  expect(others).toEqual({ "shop=a": [event("a")], "shop=b": [event("b")] });
  expect(JSON.parse(failed![0]!)).toMatchObject({
    rawData: Buffer.from(event(null)).toString("base64"),
  });
});

test("beyond the limit of partitions records fail, while those that are known get more", async () => {
  const rig = await world({ bufferSizeMiB: 1 });
  const shops = Array.from({ length: 502 }, (_, i) => event(`s${i}`));
  await rig.put(...shops, event("s0", 2));
  await rig.flush();
  const { "failed/activePartitionExceeded": failed, ...others } = rig.found();
  expect(Object.keys(others).length).toBe(500);
  expect(others["shop=s0"]).toEqual([event("s0") + event("s0", 2)]);
  const lines = failed!.join("").trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
    {
      rawData: Buffer.from(event("s500")).toString("base64"),
      errorCode: "DynamicPartitioning.ActivePartitionsLimitExceeded",
    },
    { rawData: Buffer.from(event("s501")).toString("base64") },
  ]);
});

describe("a run that dies", () => {
  test.each(["startUpload", "uploadPart", "completeIfAbsent"] as const)(
    "at its second %s leaves nothing behind that the next does not complete",
    async (call) => {
      const rig = await world();
      await rig.put(event("a", 1), event("b", 2), "{", event("a", 3));
      let count = 0;
      const objects = {
        ...rig.objects,
        async [call](...args: [never, never, never]) {
          const mine = ++count;
          const done = await rig.objects[call](...args);
          if (mine === 2) throw new Error("dead");
          return done;
        },
      };
      await rig.clock.sleep(5000);
      expect(await rig.run({ objects })).toMatchObject({ kind: "retry" });
      await rig.clock.sleep(60_000);
      await rig.run({}, { isRepeated: true });
      const { "failed/metadata-extraction-failed": failed, ...others } = rig.found();
      expect(others).toEqual({
        "shop=a": [event("a", 1) + event("a", 3)],
        "shop=b": [event("b", 2)],
      });
      expect(failed?.length).toBe(1);
    },
  );
});
