/** What flushes measure, under AWS's names. */
import { expect, test } from "vitest";
import { FlushMeter } from "../../../src/delivery/flush-meter.ts";
import { flushMetrics } from "../../../src/delivery/flush-metrics.ts";
import { HIVE_DEFAULTS } from "../../../src/delivery/formats/hive-json.ts";
import { PARQUET_DEFAULTS } from "../../../src/delivery/formats/parquet.ts";
import { ACTIVE_PARTITIONS_MAX_COUNT, METRIC_SAMPLES_MAX_COUNT } from "../../../src/limits.ts";
import { tableColumns } from "../../helpers/serde-cases.ts";
import { answering, deliverWorld, ok } from "./deliver-world.ts";
import { DESTINATION, invokerOf, TRANSFORM } from "./delivery-ports.ts";

type Rig = Awaited<ReturnType<typeof deliverWorld>>;

function measured({ flushes, clock }: Rig) {
  return flushes.map((flush) => {
    const { set, dimensions, values } = flushMetrics(flush, clock.now())!;
    expect(set).toMatchObject({ namespace: "Hydrant/Firehose" });
    expect(dimensions).toEqual({ DeliveryStreamName: "access-logs" });
    for (const name of Object.keys(values)) expect(set.units).toHaveProperty([name]);
    return values;
  });
}

const refused = (rig: Rig) => ({
  ...rig.objects,
  putIfAbsent: () => Promise.reject(new Error("refused")),
});

test("a delivery counts what it wrote and how old the oldest of it was, a backup under its own names", async () => {
  const { bufferSizeMiB: _, ...plain } = DESTINATION;
  const rig = await deliverWorld({ backup: { ...plain, bufferSizeMiB: 1 }, delimiter: "\n" });
  await rig.put("a", "bb");
  await rig.clock.sleep(60_000);
  await rig.run();
  await rig.run({}, { readerId: "backup" });
  expect(measured(rig)).toEqual([
    {
      "DeliveryToS3.Bytes": 5,
      "DeliveryToS3.Records": 2,
      "DeliveryToS3.Success": 1,
      "DeliveryToS3.DataFreshness": 60,
    },
    {
      "BackupToS3.Bytes": 3,
      "BackupToS3.Records": 2,
      "BackupToS3.Success": 1,
      "BackupToS3.DataFreshness": 60,
    },
  ]);
});

test("one that fails says so each time, with an age that grows, and one that had succeeded counts nothing twice", async () => {
  const rig = await deliverWorld();
  await rig.put("a");
  await rig.clock.sleep(60_000);
  await rig.run({ objects: refused(rig) });
  await rig.clock.sleep(60_000);
  const { readers } = rig;
  const dying = { ...readers, advance: () => Promise.reject(new Error("killed")) };
  await rig.run({ readers: dying }, { isRepeated: true });
  await rig.clock.sleep(60_000);
  await rig.run({}, { isRepeated: true });
  expect(measured(rig).map((values) => values["DeliveryToS3.Success"])).toEqual([0, 1, 1]);
  expect(rig.flushes.map(({ deliveredCount }) => deliveredCount)).toEqual([0, 1, 0]);
  const [failed, written, again] = measured(rig);
  expect(failed).not.toHaveProperty("DeliveryToS3.Records");
  expect(written).toHaveProperty(["DeliveryToS3.Records"], 1);
  expect(again).not.toHaveProperty("DeliveryToS3.Records");
});

test("a transform counts its invocations and what it let pass", async () => {
  const rig = await deliverWorld(
    { transform: { ...TRANSFORM, retryCount: 1 } },
    answering((text) => {
      if (text === "drop") return { result: "Dropped" };
      return text === "fail" ? { result: "ProcessingFailed" } : ok(text.repeat(2));
    }),
  );
  await rig.put("abc", "drop", "fail");
  await rig.clock.sleep(60_000);
  let calls = 0;
  const failingFirst = {
    async invoke(...args: Parameters<typeof rig.invoker.invoke>) {
      await rig.clock.sleep(250);
      calls += 1;
      if (calls > 1) return rig.invoker.invoke(...args);
      return { kind: "failed", timedOut: false, message: "" } as const;
    },
  };
  await rig.run({ invoker: failingFirst });
  expect(measured(rig)).toMatchObject([
    {
      "ExecuteProcessing.Duration": [250, 250],
      "ExecuteProcessing.Success": [0, 1],
      "SucceedProcessing.Records": 2,
      "SucceedProcessing.Bytes": 6,
      "DeliveryToS3.Records": 1,
    },
  ]);
});

test("invocations of a run that its retries outlived are counted, too", async () => {
  const rig = await deliverWorld({ transform: { ...TRANSFORM, retryCount: 300 } });
  await rig.put("a");
  await rig.clock.sleep(60_000);
  const invoker = invokerOf(() => {
    throw new Error("broken");
  });
  const deadlineMs = rig.clock.now() + 2000;
  expect(await rig.run({ invoker }, { deadlineMs })).toMatchObject({ kind: "retry" });
  expect(measured(rig)).toMatchObject([{ "DeliveryToS3.Success": 0 }]);
  expect(measured(rig)[0]?.["ExecuteProcessing.Success"]).toContain(0);
});

test("a conversion counts what became rows, and what did not", async () => {
  const rig = await deliverWorld({
    conversion: {
      deserializer: { kind: "hive", ...HIVE_DEFAULTS },
      parquet: PARQUET_DEFAULTS,
      table: { databaseName: "a", tableName: "b", versionId: "LATEST", roleArn: "r" },
    },
  });
  rig.tables.put("a.b", tableColumns("id:int"));
  await rig.put('{"id":1}', "{broken", '{"id":22}');
  await rig.clock.sleep(60_000);
  await rig.run();
  expect(measured(rig)).toMatchObject([
    {
      "SucceedConversion.Records": 2,
      "SucceedConversion.Bytes": 17,
      "FailedConversion.Records": 1,
      "FailedConversion.Bytes": 7,
    },
  ]);
  expect(measured(rig)[0]).not.toHaveProperty("SucceedProcessing.Records");
});

test("partitions are counted, and told where records had to leave for their number", async () => {
  const rig = await deliverWorld({
    prefix: "!{partitionKeyFromQuery:k}/",
    errorOutputPrefix: "failed/!{firehose:error-output-type}/",
    partitioning: { retrySeconds: 300 },
    stages: { metadataQuery: "{k: .k}" },
  });
  const keys = (count: number) => Array.from({ length: count }, (_, k) => `{"k":${k}}`);
  await rig.put(...keys(3), ...keys(2), "{broken");
  await rig.clock.sleep(60_000);
  await rig.run();
  await rig.put(...keys(ACTIVE_PARTITIONS_MAX_COUNT + 1));
  await rig.clock.sleep(60_000);
  await rig.run({}, { blockIndex: 1 });
  const [few, many] = measured(rig);
  expect(few).toMatchObject({
    PartitionCount: 3,
    PartitionCountExceeded: 0,
    "DeliveryToS3.ObjectCount": 3,
    "DeliveryToS3.Records": 5,
  });
  expect(few).toHaveProperty(["JQProcessing.Duration"]);
  expect(many).toMatchObject({ PartitionCountExceeded: 1 });
});

test("a replay is no delivery, however old its records", async () => {
  const rig = await deliverWorld();
  await rig.put("a");
  await rig.clock.sleep(60_000);
  await rig.run();
  expect(flushMetrics({ ...rig.flushes[0]!, kind: "replay" }, 0)).toBeUndefined();
});

test("counts are added up, and of samples the first hundred are kept", () => {
  const meter = new FlushMeter();
  meter.add("PartitionCount", 1);
  meter.add("PartitionCount", 2);
  for (let i = 0; i <= METRIC_SAMPLES_MAX_COUNT; i++) meter.sample("JQProcessing.Duration", i);
  expect(meter.values()).toEqual({
    PartitionCount: 3,
    "JQProcessing.Duration": Array.from({ length: METRIC_SAMPLES_MAX_COUNT }, (_, i) => i),
  });
});
