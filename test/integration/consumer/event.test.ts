/** What a mapping's function is given. */
import {
  DescribeStreamConsumerCommand,
  GetRecordsCommand,
  RegisterStreamConsumerCommand,
} from "@aws-sdk/client-kinesis";
import { describe, expect, it } from "vitest";
import { arnOf, kinesisClient, newStream } from "../../conformance/kinesis/client.ts";
import { iteratorOf } from "../../conformance/kinesis/records.ts";
import { aggregate } from "../../helpers/aggregate.ts";
import { eventually } from "../../helpers/eventually.ts";
import { feed, hydrant, numbersOf, put, telling, untilHandled, untilInvoked } from "./mappings.ts";

it("gives a function Lambda's own event, member by member", async () => {
  const client = kinesisClient();
  const name = await newStream(client);
  const { journal } = await feed(name);
  const placed = await put(client, name, [
    { PartitionKey: "grüße", Data: Buffer.from([0, 255, 10]) },
    { PartitionKey: "b", Data: Buffer.from("second") },
  ]);
  const [invocation, ...others] = await untilInvoked(journal, 1);
  const ShardIterator = await iteratorOf(client, name);
  const { Records: stored = [] } = await client.send(new GetRecordsCommand({ ShardIterator }));
  const record = (i: number, partitionKey: string, data: string) => ({
    kinesis: {
      kinesisSchemaVersion: "1.0",
      partitionKey,
      sequenceNumber: placed[i]!.SequenceNumber,
      data,
      approximateArrivalTimestamp: stored[i]!.ApproximateArrivalTimestamp!.getTime() / 1000,
    },
    eventSource: "aws:kinesis",
    eventVersion: "1.0",
    eventID: `shardId-000000000000:${placed[i]!.SequenceNumber}`,
    eventName: "aws:kinesis:record",
    invokeIdentityArn: expect.stringMatching(/^arn:aws:iam::000000000000:role\/./),
    awsRegion: "us-east-1",
    eventSourceARN: arnOf(name),
  });
  expect(invocation?.event).toEqual({
    Records: [record(0, "grüße", "AP8K"), record(1, "b", "c2Vjb25k")],
  });
  expect(others).toEqual([]);
});

it("names a registered consumer as the event's source when the mapping does", async () => {
  const client = kinesisClient();
  const name = await newStream(client);
  const { Consumer } = await client.send(
    new RegisterStreamConsumerCommand({ StreamARN: arnOf(name), ConsumerName: "reader" }),
  );
  const { ConsumerARN = "" } = Consumer!;
  await eventually("the consumer is ACTIVE", async () => {
    const described = await client.send(new DescribeStreamConsumerCommand({ ConsumerARN }));
    return described.ConsumerDescription?.ConsumerStatus === "ACTIVE" || undefined;
  });
  const { journal } = await feed(name, { EventSourceArn: ConsumerARN });
  await put(client, name, [telling(1), telling(2)]);
  const invocations = await untilHandled(journal, telling(2));
  const records = invocations.flatMap(({ event }) => event.Records);
  expect(records.map(({ eventSourceARN }) => eventSourceARN)).toEqual([ConsumerARN, ConsumerARN]);
  expect(invocations.flatMap(numbersOf)).toEqual([1, 2]);
});

describe("an aggregate", () => {
  const users = ["first", "second"].map((text, i) => ({
    partitionKey: `user-${i}`,
    data: Buffer.from(text),
  }));
  const Data = aggregate(users);

  it("is given as it was put", async () => {
    const client = kinesisClient();
    const name = await newStream(client);
    const { journal } = await feed(name);
    await put(client, name, [{ Data }]);
    const [raw] = await untilInvoked(journal, 1);
    const given = raw?.event.Records.map(({ kinesis }) => kinesis.data);
    expect(given).toEqual([Data.toString("base64")]);
  });

  it("is taken apart where the mapping says Deaggregate", async () => {
    const client = kinesisClient();
    const name = await newStream(client);
    const { journal } = await feed(name, { Deaggregate: true });
    const [carrier, single] = await put(client, name, [{ Data }, "alone"]);
    const invocations = await untilHandled(journal, "alone");
    const records = invocations.flatMap(({ event }) => event.Records);
    expect(records.map(({ kinesis, eventID }) => ({ ...kinesis, eventID }))).toMatchObject(
      [
        { placed: carrier, partitionKey: "user-0", subSequenceNumber: 0 },
        { placed: carrier, partitionKey: "user-1", subSequenceNumber: 1 },
        { placed: single, partitionKey: "a", subSequenceNumber: 0 },
      ].map(({ placed, partitionKey, subSequenceNumber }) => ({
        sequenceNumber: placed!.SequenceNumber,
        eventID: `shardId-000000000000:${placed!.SequenceNumber}:${subSequenceNumber}`,
        partitionKey,
        subSequenceNumber,
      })),
    );
    expect(invocations.flatMap(({ texts }) => texts)).toEqual(["first", "second", "alone"]);
  });
});

it("fills batches with what passes the filter, and handles the rest without a word", async () => {
  const client = kinesisClient();
  const name = await newStream(client);
  const wanted = (n: number) => JSON.stringify({ n, kind: "order", total: 50 });
  await put(client, name, [
    wanted(1),
    JSON.stringify({ n: 2, kind: "order", total: 5 }),
    "no JSON",
    wanted(3),
    JSON.stringify({ n: 4, kind: "click" }),
    { PartitionKey: "vip", Data: Buffer.from(telling(5)) },
    wanted(6),
    JSON.stringify({ n: 7, kind: "click" }),
  ]);
  const Filters = [
    { data: { kind: ["order"], total: [{ numeric: [">=", 10] }] } },
    { partitionKey: ["vip"] },
  ].map((pattern) => ({ Pattern: JSON.stringify(pattern) }));
  const { mapping, journal } = await feed(name, { FilterCriteria: { Filters }, BatchSize: 2 });
  const invocations = await untilHandled(journal, wanted(6));
  expect(invocations.map(numbersOf)).toEqual([
    [1, 3],
    [5, 6],
  ]);
  await eventually("nothing is left", async () => {
    const { Shards } = await hydrant<{ Shards: { RecordsBehind: number }[] }>(
      "DescribeEventSourceMappingProgress",
      { UUID: mapping.UUID },
    );
    return Shards[0]?.RecordsBehind === 0 || undefined;
  });
});

it("looks into lists within lists, and takes a list's element as a whole", async () => {
  const client = kinesisClient();
  const name = await newStream(client);
  const record = (n: number, members: object) => JSON.stringify({ n, ...members });
  await put(client, name, [
    record(1, { rows: [[{ x: 1 }]] }),
    record(2, { rows: [[{ x: 2 }]] }),
    record(3, { items: [{ discount: 1 }, { sku: 2 }], isOrder: true }),
    record(4, { items: [{ sku: 1 }, { sku: 2 }], isOrder: true }),
    record(5, { http: { status: 500 } }),
  ]);
  const Filters = [
    { rows: { x: [1] } },
    { isOrder: [true], items: { discount: [{ exists: false }] } },
    { "http.status": [500] },
  ].map((data) => ({ Pattern: JSON.stringify({ data }) }));
  const { journal } = await feed(name, { FilterCriteria: { Filters }, BatchSize: 10 });
  const invocations = await untilHandled(journal, record(5, { http: { status: 500 } }));
  expect(invocations.flatMap(numbersOf)).toEqual([1, 4, 5]);
});
