import type { KinesisStreamRecord } from "aws-lambda";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { deaggregate, deaggregateEvent } from "../../../src/streams/deaggregate.ts";
import { aggregate } from "../../helpers/aggregate.ts";

const USER_RECORDS = [
  { data: Buffer.from("one"), partitionKey: "alice" },
  { data: Buffer.from("two"), partitionKey: "bob", explicitHashKey: "7" },
  { data: Buffer.from("three"), partitionKey: "alice" },
];

describe("deaggregate", () => {
  it("numbers the records of an aggregate and leaves out the carrier's keys", () => {
    const carrier = { data: aggregate(USER_RECORDS), partitionKey: "a", explicitHashKey: "99" };
    expect(deaggregate(carrier)).toEqual([
      { ...USER_RECORDS[0], subSequenceNumber: 0 },
      { ...USER_RECORDS[1], subSequenceNumber: 1 },
      { ...USER_RECORDS[2], subSequenceNumber: 2 },
    ]);
  });

  it("keeps records whose hash keys lie anywhere", () => {
    const far = ["0", String(2n ** 128n - 1n)].map((explicitHashKey) => ({
      data: Buffer.from("x"),
      partitionKey: "k",
      explicitHashKey,
    }));
    const carrier = { data: aggregate(far), partitionKey: "a", explicitHashKey: "0" };
    expect(deaggregate(carrier)).toHaveLength(2);
  });

  it("passes any other record on as it is", () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.string(), (data, partitionKey) => {
        const records = deaggregate({ data, partitionKey });
        expect(records).toEqual([{ data, partitionKey, subSequenceNumber: 0 }]);
        expect(records[0]!.data).toBe(data);
      }),
    );
  });

  it("passes a damaged aggregate on as it is", () => {
    const data = aggregate(USER_RECORDS).subarray(1);
    const record = { data, partitionKey: "a", explicitHashKey: "99" };
    expect(deaggregate(record)).toEqual([{ ...record, subSequenceNumber: 0 }]);
  });
});

describe("deaggregateEvent", () => {
  const eventRecord = (data: Uint8Array, sequenceNumber: string): KinesisStreamRecord => ({
    awsRegion: "us-east-1",
    eventID: `shardId-000000000000:${sequenceNumber}`,
    eventName: "aws:kinesis:record",
    eventSource: "aws:kinesis",
    eventSourceARN: "arn:aws:kinesis:us-east-1:000000000000:stream/clicks",
    eventVersion: "1.0",
    invokeIdentityArn: "arn:aws:iam::000000000000:role/consumer",
    kinesis: {
      approximateArrivalTimestamp: 1545084650.987,
      data: Buffer.from(data).toString("base64"),
      kinesisSchemaVersion: "1.0",
      partitionKey: "a",
      sequenceNumber,
    },
  });

  it("gives each user record the place and the time of the record that carried it", () => {
    const empty = aggregate([]);
    const records = [
      eventRecord(Buffer.from("lone"), "10"),
      eventRecord(aggregate(USER_RECORDS), "11"),
      eventRecord(empty, "12"),
    ];
    const approximateArrivalTimestamp = 1545084650.987;
    const from = (sequenceNumber: string, subSequenceNumber: number) => ({
      sequenceNumber,
      subSequenceNumber,
      approximateArrivalTimestamp,
    });
    expect([...deaggregateEvent(records)]).toEqual([
      { data: Buffer.from("lone"), partitionKey: "a", ...from("10", 0) },
      { ...USER_RECORDS[0], ...from("11", 0) },
      { ...USER_RECORDS[1], ...from("11", 1) },
      { ...USER_RECORDS[2], ...from("11", 2) },
      { data: empty, partitionKey: "a", ...from("12", 0) },
    ]);
  });
});
