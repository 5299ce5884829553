import { describe, expect, it } from "vitest";
import { kinesisEvent } from "../../../src/consumer/event.ts";
import {
  type FailedBatch,
  failureDocument,
  failureObject,
} from "../../../src/consumer/failure-document.ts";
import type { ConsumerRecord } from "../../../src/consumer/record.ts";

const RECORDS: readonly ConsumerRecord[] = [
  {
    position: { blockIndex: 4, position: 0 },
    arrivedAtMs: Date.UTC(2019, 10, 14, 0, 38, 4, 835),
    sequenceNumber: "49601189658422359378836298521827638475320189012309704722",
    partitionKey: "a",
    data: Buffer.from("one"),
  },
  {
    position: { blockIndex: 4, position: 1 },
    arrivedAtMs: Date.UTC(2019, 10, 14, 0, 38, 5, 580),
    sequenceNumber: "49601189658422359378836298522902373528957594348623495186",
    partitionKey: "b",
    data: Buffer.from("two"),
  },
];
const STREAM_ARN = "arn:aws:kinesis:us-east-2:123456789012:stream/mystream";
const UUID = "14e0db71-5d35-4eb5-b481-8945cf9d10c2";
const BATCH: FailedBatch = {
  mappingUuid: UUID,
  functionArn: "arn:aws:lambda:us-east-2:123456789012:function:myfunction",
  streamArn: STREAM_ARN,
  source: {
    shardId: "shardId-000000000001",
    eventSourceArn: STREAM_ARN,
    region: "us-east-2",
    invokeIdentityArn: "arn:aws:iam::123456789012:role/lambda-role",
  },
  condition: "RetryAttemptsExhausted",
  invokeCount: 2,
  facts: {
    requestId: "c9b8fa9f-5a7f-4c1b-af9c-0c604cde93a5",
    statusCode: 200,
    executedVersion: "$LATEST",
  },
  functionError: "Unhandled",
  records: RECORDS,
  givenUpAtMs: Date.UTC(2019, 10, 14, 0, 38, 6, 21),
};
const { facts: _facts, ...NEVER_RUN } = { ...BATCH, condition: "RecordAgeExceeded" as const };

interface Document {
  readonly requestContext: { readonly requestId: string };
}
const parsed = (batch: FailedBatch) => JSON.parse(failureDocument(batch)) as Document;
const uuidOf = (batch: FailedBatch) => failureObject(batch).key.slice(-36);

describe("what a queue is told", () => {
  // The developer guide's sample.
  it("is Lambda's document, to the member", () => {
    expect(failureDocument(BATCH)).toBe(
      '{"requestContext":{"requestId":"c9b8fa9f-5a7f-4c1b-af9c-0c604cde93a5",' +
        '"functionArn":"arn:aws:lambda:us-east-2:123456789012:function:myfunction",' +
        '"condition":"RetryAttemptsExhausted","approximateInvokeCount":2},' +
        '"responseContext":{"statusCode":200,"executedVersion":"$LATEST","functionError":"Unhandled"},' +
        '"version":"1.0","timestamp":"2019-11-14T00:38:06.021Z",' +
        '"KinesisBatchInfo":{"shardId":"shardId-000000000001",' +
        '"startSequenceNumber":"49601189658422359378836298521827638475320189012309704722",' +
        '"endSequenceNumber":"49601189658422359378836298522902373528957594348623495186",' +
        '"approximateArrivalOfFirstRecord":"2019-11-14T00:38:04.835Z",' +
        '"approximateArrivalOfLastRecord":"2019-11-14T00:38:05.580Z","batchSize":2,' +
        `"streamArn":"${STREAM_ARN}"}}`,
    );
  });

  it("names no error where the function named the records itself", () => {
    const batch = { ...BATCH, functionError: null, records: RECORDS.slice(1) };
    expect(parsed(batch)).toMatchObject({
      responseContext: { functionError: null },
      KinesisBatchInfo: {
        startSequenceNumber: RECORDS[1]!.sequenceNumber,
        endSequenceNumber: RECORDS[1]!.sequenceNumber,
        batchSize: 1,
      },
    });
  });

  it("has no response for records that grew too old, and counts one invocation at least", () => {
    const untried = parsed({ ...NEVER_RUN, invokeCount: 0 });
    expect(untried).not.toHaveProperty("responseContext");
    expect(untried).toMatchObject({
      requestContext: { condition: "RecordAgeExceeded", approximateInvokeCount: 1 },
    });
    const tried = parsed({ ...BATCH, condition: "RecordAgeExceeded", invokeCount: 3 });
    expect(tried).not.toHaveProperty("responseContext");
    expect(tried).toMatchObject({ requestContext: { approximateInvokeCount: 3 } });
  });

  it("has a request id even where there was no request, and always the same", () => {
    const { requestId } = parsed(NEVER_RUN).requestContext;
    expect(requestId).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(parsed({ ...NEVER_RUN, givenUpAtMs: 0 }).requestContext.requestId).toBe(requestId);
  });
});

describe("what a bucket is told", () => {
  it("is the document and the records", () => {
    expect(JSON.parse(failureObject(BATCH).body)).toEqual({
      ...parsed(BATCH),
      payload: JSON.parse(kinesisEvent(RECORDS, BATCH.source)) as unknown,
    });
  });

  it("lies under its mapping, its shard and its day", () => {
    expect(failureObject(BATCH).key).toMatch(
      new RegExp(
        `^aws/lambda/${UUID}/shardId-000000000001/2019/11/14/2019-11-14T00\\.38\\.06-[-0-9a-f]{36}$`,
      ),
    );
  });

  it("has the same name again for the same batch, and another for any other", () => {
    expect(failureObject({ ...BATCH, invokeCount: 9 }).key).toBe(failureObject(BATCH).key);
    const others: readonly FailedBatch[] = [
      { ...BATCH, records: RECORDS.slice(1) },
      { ...BATCH, records: RECORDS.slice(0, 1) },
      { ...BATCH, mappingUuid: UUID.replace("1", "2") },
      { ...BATCH, source: { ...BATCH.source, shardId: "shardId-000000000002" } },
      { ...BATCH, records: RECORDS.map((record) => ({ ...record, subSequenceNumber: 1 })) },
    ];
    expect(new Set([BATCH, ...others].map(uuidOf))).toHaveLength(others.length + 1);
  });
});
