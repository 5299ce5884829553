import type { KinesisStreamEvent } from "aws-lambda";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  EVENT_ENVELOPE_BYTES,
  eventRecordBytes,
  type EventSource,
  kinesisEvent,
  windowedEvent,
} from "../../../src/consumer/event.ts";
import type { ConsumerRecord } from "../../../src/consumer/record.ts";

const SOURCE: EventSource = {
  shardId: "shardId-000000000006",
  eventSourceArn: "arn:aws:kinesis:us-east-2:123456789012:stream/lambda-stream",
  region: "us-east-2",
  invokeIdentityArn: "arn:aws:iam::123456789012:role/lambda-role",
};
const SEQUENCE_NUMBER = "49590338271490256608559692538361571095921575989136588898";
const RECORD: ConsumerRecord = {
  position: { blockIndex: 7, position: 0 },
  arrivedAtMs: 1_545_084_650_987,
  sequenceNumber: SEQUENCE_NUMBER,
  partitionKey: "1",
  data: Buffer.from("Hello, this is a test."),
};

describe("the event", () => {
  // The documentation's sample.
  it("is Lambda's, to the member", () => {
    expect(kinesisEvent([RECORD], SOURCE)).toBe(
      `{"Records":[{"kinesis":{"kinesisSchemaVersion":"1.0","partitionKey":"1","sequenceNumber":"${SEQUENCE_NUMBER}",` +
        `"data":"SGVsbG8sIHRoaXMgaXMgYSB0ZXN0Lg==","approximateArrivalTimestamp":1545084650.987},` +
        `"eventSource":"aws:kinesis","eventVersion":"1.0","eventID":"shardId-000000000006:${SEQUENCE_NUMBER}",` +
        `"eventName":"aws:kinesis:record","invokeIdentityArn":"arn:aws:iam::123456789012:role/lambda-role",` +
        `"awsRegion":"us-east-2","eventSourceARN":"arn:aws:kinesis:us-east-2:123456789012:stream/lambda-stream"}]}`,
    );
  });

  it("takes the data's own bytes where they are a view of more", () => {
    const data = Buffer.from("before-within-behind").subarray(7, 13);
    const { Records } = JSON.parse(
      kinesisEvent([{ ...RECORD, data }], SOURCE),
    ) as KinesisStreamEvent;
    expect(Buffer.from(Records[0]!.kinesis.data, "base64").toString()).toBe("within");
  });

  it("tells the records of one aggregate apart", () => {
    const records = [0, 1].map((subSequenceNumber) => ({ ...RECORD, subSequenceNumber }));
    const { Records } = JSON.parse(kinesisEvent(records, SOURCE)) as KinesisStreamEvent;
    expect(Records).toMatchObject([
      {
        kinesis: { sequenceNumber: SEQUENCE_NUMBER, subSequenceNumber: 0 },
        eventID: `shardId-000000000006:${SEQUENCE_NUMBER}:0`,
      },
      {
        kinesis: { sequenceNumber: SEQUENCE_NUMBER, subSequenceNumber: 1 },
        eventID: `shardId-000000000006:${SEQUENCE_NUMBER}:1`,
      },
    ]);
  });

  it("is as long as its records were said to be", () => {
    const record = fc
      .record({
        arrivedAtMs: fc.integer({ min: 0, max: 4_000_000_000_000 }),
        partitionKey: fc.string({ unit: "binary" }),
        data: fc.uint8Array({ maxLength: 100 }),
        subSequenceNumber: fc.option(fc.nat(1000), { nil: undefined }),
      })
      .map(({ subSequenceNumber, ...rest }): ConsumerRecord => ({
        ...RECORD,
        ...rest,
        ...(subSequenceNumber !== undefined && { subSequenceNumber }),
      }));
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 5 }), (records) => {
        const said = records.map((each) => eventRecordBytes(each, SOURCE));
        const total = said.reduce((sum, bytes) => sum + bytes, EVENT_ENVELOPE_BYTES);
        expect(total).toBe(Buffer.byteLength(kinesisEvent(records, SOURCE)));
      }),
    );
  });
});

describe("the event of a tumbling window", () => {
  it("adds the window, the state and what kind of invocation it is", () => {
    const event = windowedEvent([RECORD], SOURCE, {
      startMs: Date.UTC(2020, 6, 30, 17),
      endMs: Date.UTC(2020, 6, 30, 17, 5),
      state: { "1": "282" },
      isFinal: false,
      isTerminatedEarly: false,
    });
    expect(JSON.parse(event)).toEqual({
      ...(JSON.parse(kinesisEvent([RECORD], SOURCE)) as object),
      window: { start: "2020-07-30T17:00:00Z", end: "2020-07-30T17:05:00Z" },
      state: { "1": "282" },
      shardId: "shardId-000000000006",
      eventSourceARN: "arn:aws:kinesis:us-east-2:123456789012:stream/lambda-stream",
      isFinalInvokeForWindow: false,
      isWindowTerminatedEarly: false,
    });
  });

  it("has no records at its end", () => {
    const event = windowedEvent([], SOURCE, {
      startMs: 0,
      endMs: 60_000,
      state: {},
      isFinal: true,
      isTerminatedEarly: true,
    });
    expect(JSON.parse(event)).toMatchObject({
      Records: [],
      isFinalInvokeForWindow: true,
      isWindowTerminatedEarly: true,
    });
  });
});
