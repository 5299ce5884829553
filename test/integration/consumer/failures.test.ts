/** What becomes of batches whose function fails, and what the destinations are told. */
import { describe, expect, inject, it } from "vitest";
import { arnOf, kinesisClient, newStream } from "../../conformance/kinesis/client.ts";
import { openDelivered } from "../../helpers/delivered.ts";
import { eventually } from "../../helpers/eventually.ts";
import { newFailureQueue } from "../../helpers/failure-queue.ts";
import type { Invocation } from "../../helpers/journal.ts";
import {
  feed,
  hydrant,
  type Mapping,
  numbersOf,
  put,
  telling,
  untilHandled,
  untilInvoked,
} from "./mappings.ts";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const ISO_MS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

const newQueue = () => newFailureQueue(inject("sqsEndpoint"));
const reportTo = (Destination: string) => ({ DestinationConfig: { OnFailure: { Destination } } });
const thrown = (n: number, times?: number) =>
  telling(n, { does: "throw", ...(times !== undefined && { times }) });
const reported = (n: number) => telling(n, { does: "report" });

/** The document about these of an invocation's records, in Lambda's members. */
function documentOf(
  { FunctionArn }: Mapping,
  name: string,
  records: Invocation["event"]["Records"],
  { invokeCount, functionError }: { invokeCount: number; functionError: string | null },
) {
  const arrival = (record = records[0]) =>
    new Date(record!.kinesis.approximateArrivalTimestamp * 1000).toISOString();
  return {
    requestContext: {
      requestId: expect.stringMatching(UUID),
      functionArn: FunctionArn,
      condition: "RetryAttemptsExhausted",
      approximateInvokeCount: invokeCount,
    },
    responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError },
    version: "1.0",
    timestamp: expect.stringMatching(ISO_MS),
    KinesisBatchInfo: {
      shardId: "shardId-000000000000",
      startSequenceNumber: records[0]?.kinesis.sequenceNumber,
      endSequenceNumber: records.at(-1)?.kinesis.sequenceNumber,
      approximateArrivalOfFirstRecord: arrival(),
      approximateArrivalOfLastRecord: arrival(records.at(-1)),
      batchSize: records.length,
      streamArn: arnOf(name),
    },
  };
}

describe("a batch that fails", () => {
  it("is tried again before anything behind it, until it succeeds", async () => {
    const client = kinesisClient();
    const name = await newStream(client);
    const flaky = thrown(2, 2);
    await put(client, name, [telling(1), flaky, telling(3)]);
    const { mapping, journal } = await feed(name, { BatchSize: 2 });
    const invocations = await untilHandled(journal, telling(3));
    expect(invocations.map(numbersOf)).toEqual([[1, 2], [1, 2], [1, 2], [3]]);
    const lastResult = () => hydrant("GetEventSourceMapping", { UUID: mapping.UUID });
    await eventually("its last result is OK", async () =>
      (await lastResult()).LastProcessingResult === "OK" ? true : undefined,
    );
  });

  it("is reported to a queue after MaximumRetryAttempts, and the next one follows", async () => {
    const client = kinesisClient();
    const name = await newStream(client);
    const queue = await newQueue();
    await put(client, name, [telling(1), thrown(2), telling(3)]);
    const { mapping, journal } = await feed(name, {
      BatchSize: 2,
      MaximumRetryAttempts: 1,
      ...reportTo(queue.arn),
    });
    const invocations = await untilHandled(journal, telling(3));
    expect(invocations.map(numbersOf)).toEqual([[1, 2], [1, 2], [3]]);
    const { Records } = invocations[0]!.event;
    const expected = { invokeCount: 2, functionError: "Unhandled" };
    expect(await queue.next()).toEqual(documentOf(mapping, name, Records, expected));
    expect(await queue.rest()).toEqual([]);
  });

  it.each(["text", null, { code: 5 }])(
    "is counted and reported likewise when its function throws %j, which is no error",
    async (what) => {
      const client = kinesisClient();
      const name = await newStream(client);
      const queue = await newQueue();
      await put(client, name, [telling(1, { does: "throw", what }), telling(2)]);
      const { mapping, journal } = await feed(name, {
        BatchSize: 1,
        MaximumRetryAttempts: 2,
        ...reportTo(queue.arn),
      });
      const invocations = await untilHandled(journal, telling(2));
      expect(invocations.map(numbersOf)).toEqual([[1], [1], [1], [2]]);
      const { Records } = invocations[0]!.event;
      const expected = { invokeCount: 3, functionError: "Unhandled" };
      expect(await queue.next()).toEqual(documentOf(mapping, name, Records, expected));
    },
  );

  it("is put into a bucket, with its records, under the mapping and the shard", async () => {
    const client = kinesisClient();
    const name = await newStream(client);
    const bucket = inject("deliveryBucket");
    const delivered = openDelivered(inject("s3Endpoint"), bucket);
    await put(client, name, [thrown(1), telling(2), telling(3)]);
    const { mapping, journal } = await feed(name, {
      BatchSize: 2,
      MaximumRetryAttempts: 0,
      ...reportTo(`arn:aws:s3:::${bucket}`),
    });
    const [first] = await untilHandled(journal, telling(3));
    const prefix = `aws/lambda/${mapping.UUID}/shardId-000000000000/`;
    const objects = await delivered.objects(prefix);
    delivered.close();
    expect(objects).toHaveLength(1);
    const [{ key, body }] = objects as [(typeof objects)[0]];
    const document = JSON.parse(body.toString()) as { readonly timestamp: string };
    const { Records } = first!.event;
    const expected = { invokeCount: 1, functionError: "Unhandled" };
    expect(document).toEqual({
      ...documentOf(mapping, name, Records, expected),
      payload: { Records },
    });
    const [second = ""] = document.timestamp.split(".");
    const [day = ""] = second.split("T");
    const start = `${prefix}${day.replaceAll("-", "/")}/${second.replaceAll(":", ".")}-`;
    expect([key.slice(0, start.length), key.slice(start.length)]).toEqual([
      start,
      expect.stringMatching(UUID),
    ]);
  });

  it("is split with BisectBatchOnFunctionError until the record that fails is alone", async () => {
    const client = kinesisClient();
    const name = await newStream(client);
    const queue = await newQueue();
    const texts = [1, 2, 3, 4, 5, 6, 7, 8].map((n) => (n === 5 ? thrown(n) : telling(n)));
    await put(client, name, texts);
    const { mapping, journal } = await feed(name, {
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: 1,
      ...reportTo(queue.arn),
    });
    const invocations = await untilHandled(journal, telling(8));
    expect(invocations.map(numbersOf)).toEqual([
      [1, 2, 3, 4, 5, 6, 7, 8],
      [1, 2, 3, 4],
      [5, 6, 7, 8],
      [5, 6],
      [5],
      [5],
      [6],
      [7, 8],
    ]);
    const { Records } = invocations[4]!.event;
    const expected = { invokeCount: 2, functionError: "Unhandled" };
    expect(await queue.next()).toEqual(documentOf(mapping, name, Records, expected));
    expect(await queue.rest()).toEqual([]);
  });
});

describe("with ReportBatchItemFailures a batch", () => {
  const REPORTS = { FunctionResponseTypes: ["ReportBatchItemFailures"] };

  it("comes again from the lowest record reported, and what is left of it is given up", async () => {
    const client = kinesisClient();
    const name = await newStream(client);
    const queue = await newQueue();
    const texts = [telling(1), reported(2), telling(3), reported(4), telling(5)];
    await put(client, name, texts);
    const { mapping, journal } = await feed(name, {
      ...REPORTS,
      BatchSize: 4,
      MaximumRetryAttempts: 1,
      ...reportTo(queue.arn),
    });
    const invocations = await untilHandled(journal, telling(5));
    expect(invocations.map(numbersOf)).toEqual([[1, 2, 3, 4], [2, 3, 4], [5]]);
    const { Records } = invocations[1]!.event;
    const expected = { invokeCount: 2, functionError: null };
    expect(await queue.next()).toEqual(documentOf(mapping, name, Records, expected));
  });

  it("is split at the record reported when it bisects", async () => {
    const client = kinesisClient();
    const name = await newStream(client);
    const queue = await newQueue();
    const texts = [telling(1), telling(2), reported(3), telling(4), telling(5)];
    await put(client, name, texts);
    const { mapping, journal } = await feed(name, {
      ...REPORTS,
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: 0,
      ...reportTo(queue.arn),
    });
    const invocations = await untilInvoked(journal, 4);
    expect(invocations.map(numbersOf)).toEqual([[1, 2, 3, 4, 5], [3, 4, 5], [3], [4, 5]]);
    const { Records } = invocations[2]!.event;
    const expected = { invokeCount: 1, functionError: null };
    expect(await queue.next()).toEqual(documentOf(mapping, name, Records, expected));
  });

  it("is handled when the mapping does not ask for reports", async () => {
    const client = kinesisClient();
    const name = await newStream(client);
    await put(client, name, [reported(1), telling(2)]);
    const { journal } = await feed(name, { BatchSize: 1 });
    const invocations = await untilHandled(journal, telling(2));
    expect(invocations.map(numbersOf)).toEqual([[1], [2]]);
  });
});
