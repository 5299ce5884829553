/** What owners of delivery streams read of their errors, and that none of it is in the way of a delivery. */
import { expect, test, vi } from "vitest";
import type { S3Destination } from "../../../../src/delivery/delivery-stream.ts";
import { lenientErrorLog } from "../../../../src/delivery/error-log/lenient.ts";
import { HIVE_DEFAULTS } from "../../../../src/delivery/formats/hive-json.ts";
import { PARQUET_DEFAULTS } from "../../../../src/delivery/formats/parquet.ts";
import type { ErrorLog } from "../../../../src/delivery/ports.ts";
import {
  ERROR_LOG_LEFT_ALONE_MS,
  ERROR_LOG_PATIENCE_MS,
  ERROR_TOLD_AGAIN_AFTER_MS,
} from "../../../../src/limits.ts";
import { memoryErrorLog } from "../../../../src/storage/memory/error-log.ts";
import { tableColumns } from "../../../helpers/serde-cases.ts";
import { answering, deliverWorld, ok, START_MS } from "../deliver-world.ts";
import { DESTINATION, invokerOf, TRANSFORM } from "../delivery-ports.ts";

const LOGGED = {
  errorLog: { isEnabled: true, groupName: "/aws/kinesisfirehose/logs", streamName: "S3Delivery" },
} as const;

async function world(
  over: Partial<S3Destination> = {},
  ...fn: [Parameters<typeof deliverWorld>[1]?]
) {
  const rig = await deliverWorld({ ...LOGGED, ...over }, ...fn);
  const errorLog = memoryErrorLog();
  return {
    ...rig,
    run: (
      change: Parameters<typeof rig.run>[0] = {},
      options: Parameters<typeof rig.run>[1] = {},
    ) => rig.run({ errorLog, ...change }, options),
    errorLog,
    told: () => errorLog.events.map(({ text }) => JSON.parse(text) as Record<string, unknown>),
  };
}

function refusing(name: string) {
  return (objects: Awaited<ReturnType<typeof deliverWorld>>["objects"]) => ({
    ...objects,
    putIfAbsent: () => Promise.reject(Object.assign(new Error("refused"), { name })),
  });
}

test("a bucket that is missing is told in AWS's members, their order, and its code", async () => {
  const rig = await world();
  await rig.put("secret");
  await rig.clock.sleep(60_000);
  expect(await rig.run({ objects: refusing("NoSuchBucket")(rig.objects) })).toMatchObject({
    kind: "retry",
  });
  expect(rig.errorLog.events).toEqual([
    {
      groupName: "/aws/kinesisfirehose/logs",
      streamName: "S3Delivery",
      atMs: START_MS + 60_000,
      text: JSON.stringify({
        deliveryStreamARN: "arn:aws:firehose:us-east-1:000000000000:deliverystream/access-logs",
        destination: "arn:aws:s3:::logs",
        deliveryStreamVersionId: 1,
        message:
          "The specified bucket does not exist. Create the bucket or use a different bucket that does exist.",
        errorCode: "S3.NoSuchBucket",
      }),
    },
  ]);
});

test.each([
  ["AccessDenied", "S3.AccessDenied"],
  ["KMS.NotFoundException", "S3.KMS.NotFoundException"],
  ["SlowDown", "InternalError"],
  ["toString", "InternalError"],
])("a failure named %s has the code %s", async (name, errorCode) => {
  const rig = await world();
  await rig.put("a");
  await rig.clock.sleep(60_000);
  await rig.run({ objects: refusing(name)(rig.objects) });
  expect(rig.told()).toMatchObject([{ errorCode }]);
});

test("nothing is told where nobody asked, or only where the source backup did", async () => {
  const silent = await world({ errorLog: { ...LOGGED.errorLog, isEnabled: false } });
  await silent.put("a");
  await silent.clock.sleep(60_000);
  await silent.run({ objects: refusing("NoSuchBucket")(silent.objects) });
  expect(silent.told()).toEqual([]);

  const { errorLog, ...plain } = DESTINATION;
  expect(errorLog).toBeUndefined();
  const backedUp = await world({
    errorLog: { isEnabled: false },
    backup: { ...plain, ...LOGGED, bucketArn: "arn:aws:s3:::kept" },
  });
  await backedUp.put("a");
  await backedUp.clock.sleep(60_000);
  const objects = refusing("NoSuchBucket")(backedUp.objects);
  await backedUp.run({ objects });
  expect(backedUp.told()).toEqual([]);
  await backedUp.run({ objects }, { readerId: "backup" });
  expect(backedUp.told()).toMatchObject([{ destination: "arn:aws:s3:::kept" }]);
});

test("a failed invocation is told with its function, once though it is repeated", async () => {
  let calls = 0;
  const rig = await world({ transform: { ...TRANSFORM, retryCount: 2 } });
  await rig.put("a");
  await rig.clock.sleep(60_000);
  const invoker = {
    invoke() {
      calls += 1;
      return Promise.resolve({ kind: "failed", timedOut: false, message: "secret" } as const);
    },
  };
  await rig.run({ invoker });
  expect(calls).toBe(3);
  const [event, ...others] = rig.told();
  expect(others).toEqual([]);
  expect(Object.keys(event!).at(-1)).toBe("processor");
  expect(event).toMatchObject({
    errorCode: "Lambda.FunctionError",
    processor: TRANSFORM.functionArn,
  });
});

test("the same error is told again after a minute", async () => {
  const rig = await world({ transform: { ...TRANSFORM, retryCount: 4 } });
  await rig.put("a");
  await rig.clock.sleep(60_000);
  const invoker = {
    async invoke() {
      await rig.clock.sleep(ERROR_TOLD_AGAIN_AFTER_MS);
      return { kind: "failed", timedOut: true, message: "" } as const;
    },
  };
  await rig.run({ invoker });
  expect(rig.told().map(({ errorCode }) => errorCode)).toEqual(
    Array.from({ length: 5 }, () => "Lambda.FunctionTimedOut"),
  );
});

test("records that fail are told by kind, without a word of what is in them", async () => {
  const rig = await world(
    { transform: TRANSFORM },
    answering((text) => (text === "good" ? ok(text) : { result: "ProcessingFailed" })),
  );
  await rig.put("secret-1", "good", "secret-2");
  await rig.clock.sleep(60_000);
  await rig.run();
  expect(rig.told()).toMatchObject([{ errorCode: "Lambda.ProcessingFailedStatus" }]);

  const converting = await world({
    conversion: {
      deserializer: { kind: "hive", ...HIVE_DEFAULTS },
      parquet: PARQUET_DEFAULTS,
      table: { databaseName: "a", tableName: "b", versionId: "LATEST", roleArn: "r" },
    },
  });
  converting.tables.put("a.b", tableColumns("id:int"));
  await converting.put('{"id":"secret"}', "{secret", '{"id":1}');
  await converting.clock.sleep(60_000);
  await converting.run();
  expect(converting.told()).toMatchObject([
    {
      errorCode: "DataFormatConversion.MalformedData",
      message: "Data does not match the schema.",
    },
    { errorCode: "DataFormatConversion.ParseError", message: "Encountered malformed JSON." },
  ]);
  expect(JSON.stringify(converting.errorLog.events)).not.toContain("secret");
});

test("a log that never answers holds a run for a moment, and its delivery not at all", async () => {
  const rig = await world(
    { transform: TRANSFORM },
    answering(() => ({ result: "ProcessingFailed" })),
  );
  await rig.put("a");
  await rig.clock.sleep(60_000);
  const startedAtMs = rig.clock.now();
  const append = vi.fn<ErrorLog["append"]>(() => new Promise<void>(() => {}));
  expect(await rig.run({ errorLog: { append } })).toEqual({ kind: "done" });
  expect(append).toHaveBeenCalledOnce();
  expect(rig.clock.now() - startedAtMs).toBe(ERROR_LOG_PATIENCE_MS);
  expect(rig.contents()).toHaveLength(1);
  expect((await rig.readers.get(rig.shard, "delivery"))?.checkpoint.blockIndex).toBe(1);
});

test("a log that is missing fails nothing, and is left alone for a minute", async () => {
  const rig = await world();
  let appends = 0;
  const missing: ErrorLog = {
    append() {
      appends += 1;
      return Promise.reject(new Error("The specified log group does not exist."));
    },
  };
  const refused = vi.fn<() => void>();
  const errorLog = lenientErrorLog(missing, rig.clock, refused);
  await rig.put("a");
  await rig.clock.sleep(60_000);
  const objects = refusing("AccessDenied")(rig.objects);
  const fail = () => rig.run({ objects, errorLog }, { isRepeated: true });
  expect(await fail()).toMatchObject({ kind: "retry" });
  await rig.clock.sleep(31_000);
  await fail();
  expect([appends, refused.mock.calls.length]).toEqual([1, 1]);
  await rig.clock.sleep(ERROR_LOG_LEFT_ALONE_MS);
  await fail();
  expect([appends, refused.mock.calls.length]).toEqual([2, 2]);
  await rig.clock.sleep(60_000);
  expect(await rig.run({ errorLog, invoker: invokerOf(() => ({})) }, { isRepeated: true })).toEqual(
    {
      kind: "done",
    },
  );
  expect(rig.contents()).toMatchObject([{ text: "a" }]);
});
