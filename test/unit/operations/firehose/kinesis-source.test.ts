/** Delivery streams with a data stream as their source: what is refused, shown, listed and left behind. */
import { describe, expect, it } from "vitest";
import type { OperationContext } from "../../../../src/operations/context.ts";
import { firehoseService } from "../../../../src/operations/firehose/index.ts";
import { STEP_GRACE_MS } from "../../../../src/streams/lifecycle.ts";
import { dataShardKey } from "../../../../src/streams/stream.ts";
import { arnOf, harness as kinesisHarness, NOW_MS, TRANSITION_MS } from "../kinesis/harness.ts";
import { createRequest, harness, invalidArgument, notFound, ROLE_ARN } from "./harness.ts";

function sourced(name = "clicks", members: object = {}) {
  return createRequest(members, {
    DeliveryStreamType: "KinesisStreamAsSource",
    KinesisStreamSourceConfiguration: { KinesisStreamARN: arnOf(name), RoleARN: ROLE_ARN },
  });
}

async function setUp(overrides: Partial<OperationContext> = {}) {
  const kinesis = kinesisHarness(overrides);
  await kinesis.create("clicks", { ShardCount: 2 });
  const { call } = harness(kinesis.context);
  const stream = (await kinesis.dataStreams.get("clicks"))!;
  const { readers } = kinesis.context;
  const readerOf = (index: number, readerId: string) =>
    readers.get(dataShardKey(stream, index), readerId);
  return { ...kinesis, kinesis: kinesis.call, call, stream, readerOf };
}

const DELIVERY = { DeliveryStreamName: "access-logs" };

it("UpdateDestination enables a source backup, with a reader per shard", async () => {
  const enabled: string[] = [];
  const { call, context, readerOf } = await setUp({
    sweepRule: { enable: async () => void enabled.push("sweep") },
  });
  await call("CreateDeliveryStream", sourced());
  const { error } = await call("UpdateDestination", {
    ...DELIVERY,
    CurrentDeliveryStreamVersionId: "1",
    DestinationId: "destinationId-000000000001",
    ExtendedS3DestinationUpdate: {
      S3BackupMode: "Enabled",
      S3BackupUpdate: { RoleARN: ROLE_ARN, BucketARN: "arn:aws:s3:::originals" },
    },
  });
  expect(error).toBeUndefined();
  const stream = (await context.deliveryStreams.get("access-logs"))!;
  expect(stream).toMatchObject({ versionId: 2 });
  expect(stream.transition).toBeUndefined();
  expect(enabled).toEqual(["sweep"]);
  for (const index of [0, 1]) {
    expect(await readerOf(index, `source-backup/access-logs/${stream.generation}`)).toBeDefined();
  }
});

describe("CreateDeliveryStream with KinesisStreamAsSource", () => {
  it("opens a reader per shard, with the hints of the destination, and one for the backup", async () => {
    const { call, context, readerOf } = await setUp();
    const hints = { SizeInMBs: 2, IntervalInSeconds: 5 };
    const { error } = await call(
      "CreateDeliveryStream",
      sourced("clicks", {
        BufferingHints: hints,
        S3BackupMode: "Enabled",
        S3BackupConfiguration: { RoleARN: ROLE_ARN, BucketARN: "arn:aws:s3:::originals" },
      }),
    );
    expect(error).toBeUndefined();
    const { generation } = (await context.deliveryStreams.get("access-logs"))!;
    for (const index of [0, 1]) {
      expect(await readerOf(index, `source/access-logs/${generation}`)).toMatchObject({
        wakeRule: { sizeBytes: 2 * 1024 * 1024, intervalMs: 5000 },
      });
      expect(await readerOf(index, `source-backup/access-logs/${generation}`)).toMatchObject({
        wakeRule: { sizeBytes: 5 * 1024 * 1024, intervalMs: 300_000 },
      });
    }
  });

  it.each([
    ["that does not exist", arnOf("nobody"), "nobody under account 123456789012"],
    [
      "of another account",
      arnOf("clicks").replace("123456789012", "210987654321"),
      "clicks under account 210987654321",
    ],
    [
      "of another region",
      arnOf("clicks").replace("eu-west-1", "us-east-1"),
      "clicks under account 123456789012",
    ],
  ])("refuses a stream %s", async (_, KinesisStreamARN, named) => {
    const { call, context } = await setUp();
    const request = {
      ...sourced(),
      KinesisStreamSourceConfiguration: { KinesisStreamARN, RoleARN: ROLE_ARN },
    };
    expect(await call("CreateDeliveryStream", request)).toEqual(
      invalidArgument(`Stream ${named} not found.`),
    );
    expect(await context.deliveryStreams.get("access-logs")).toBeUndefined();
  });

  it("refuses a stream that is not there yet, and takes one that is being changed", async () => {
    const { call, kinesis, advance } = await setUp();
    await kinesis("CreateStream", { StreamName: "young", ShardCount: 1 });
    const refused = invalidArgument(
      "Kinesis stream must be in ACTIVE or UPDATING state in order to create a delivery stream.",
    );
    expect(await call("CreateDeliveryStream", sourced("young"))).toEqual(refused);
    advance(TRANSITION_MS);
    await kinesis("SplitShard", {
      StreamName: "young",
      ShardToSplit: "shardId-000000000000",
      NewStartingHashKey: "10",
    });
    expect(await call("CreateDeliveryStream", sourced("young"))).toHaveProperty("value");
  });

  it("refuses the configuration without the type, and the type without it", async () => {
    const { call } = await setUp();
    const untold = { ...sourced(), KinesisStreamSourceConfiguration: undefined };
    expect(await call("CreateDeliveryStream", untold)).toEqual(
      invalidArgument(
        "KinesisSourceStreamConfig is mandatory for KinesisStreamAsSource stream type.",
      ),
    );
    const untyped = { ...sourced(), DeliveryStreamType: undefined };
    expect(await call("CreateDeliveryStream", untyped)).toEqual(
      invalidArgument(
        "KinesisSourceStreamConfig is only applicable for KinesisStreamAsSource stream type",
      ),
    );
  });

  it("asks for the right to read the data stream, and for none where there is no source", async () => {
    const row = firehoseService.operations.get("CreateDeliveryStream");
    if (row?.kind !== "operation") throw new Error("it is offered");
    const { context } = kinesisHarness();
    const rightsToRead = async (request: object) =>
      ((await row.implies?.(request, context)) ?? []).filter(
        ({ action }) => action !== "hydrant:UseTarget",
      );
    expect(await rightsToRead(sourced())).toEqual([
      { action: "kinesis:GetRecords", resource: arnOf("clicks") },
    ]);
    expect(await rightsToRead(createRequest())).toEqual([]);
  });

  it("refuses a name that is taken, by a stream of either type", async () => {
    const { call } = await setUp();
    await call("CreateDeliveryStream", sourced());
    for (const request of [sourced(), createRequest()]) {
      expect(await call("CreateDeliveryStream", request)).toEqual({
        error: {
          name: "ResourceInUseException",
          message: "Firehose access-logs under accountId 123456789012 already exists",
        },
      });
    }
  });
});

describe("DescribeDeliveryStream", () => {
  it("shows the source as AWS does", async () => {
    const { call } = await setUp();
    await call("CreateDeliveryStream", sourced());
    const { value } = await call("DescribeDeliveryStream", DELIVERY);
    expect(value.DeliveryStreamDescription).toMatchObject({
      DeliveryStreamStatus: "ACTIVE",
      DeliveryStreamType: "KinesisStreamAsSource",
      Source: {
        KinesisStreamSourceDescription: {
          KinesisStreamARN: arnOf("clicks"),
          RoleARN: ROLE_ARN,
          DeliveryStartTimestamp: (NOW_MS + TRANSITION_MS) / 1000,
        },
      },
    });
    expect(value.DeliveryStreamDescription).not.toHaveProperty(
      "DeliveryStreamEncryptionConfiguration",
    );
  });

  it("shows a stream whose maker died as CREATING, and finishes it when its time is over", async () => {
    const { call, context, advance } = await setUp();
    await call("CreateDeliveryStream", sourced());
    const { deliveryStreams, clock } = context;
    const active = (await deliveryStreams.get("access-logs"))!;
    const transition = { kind: "creating", sinceMs: clock.now() } as const;
    await deliveryStreams.update(active, { ...active, transition });
    const status = async () =>
      (await call("DescribeDeliveryStream", DELIVERY)).value.DeliveryStreamDescription
        .DeliveryStreamStatus;
    expect(await status()).toBe("CREATING");
    expect((await call("DeleteDeliveryStream", DELIVERY)).error?.name).toBe(
      "ResourceInUseException",
    );
    advance(STEP_GRACE_MS);
    expect(await status()).toBe("ACTIVE");
  });
});

describe("ListDeliveryStreams", () => {
  it("lists all types, or one of them, with pages of either", async () => {
    const { call } = await setUp();
    for (const [i, name] of ["a", "b", "c", "d"].entries()) {
      const request = i % 2 === 0 ? sourced() : createRequest();
      await call("CreateDeliveryStream", { ...request, DeliveryStreamName: name });
    }
    const list = async (request: object) => (await call("ListDeliveryStreams", request)).value;
    const DeliveryStreamType = "KinesisStreamAsSource";
    expect(await list({})).toEqual({
      DeliveryStreamNames: ["a", "b", "c", "d"],
      HasMoreDeliveryStreams: false,
    });
    expect(await list({ DeliveryStreamType, Limit: 1 })).toEqual({
      DeliveryStreamNames: ["a"],
      HasMoreDeliveryStreams: true,
    });
    expect(await list({ DeliveryStreamType, ExclusiveStartDeliveryStreamName: "a" })).toEqual({
      DeliveryStreamNames: ["c"],
      HasMoreDeliveryStreams: false,
    });
    expect(await list({ DeliveryStreamType: "DirectPut" })).toEqual({
      DeliveryStreamNames: ["b", "d"],
      HasMoreDeliveryStreams: false,
    });
  });
});

describe("a delivery stream with a source", () => {
  it("refuses to be put to", async () => {
    const { call } = await setUp();
    await call("CreateDeliveryStream", sourced());
    const refused = invalidArgument(
      "This operation is not permitted on KinesisStreamAsSource delivery stream type.",
    );
    const Record = { Data: "AA==" };
    expect(await call("PutRecord", { ...DELIVERY, Record })).toEqual(refused);
    expect(await call("PutRecordBatch", { ...DELIVERY, Records: [Record] })).toEqual(refused);
  });

  it("is gone with its readers when it is deleted, and its data stream stays", async () => {
    const { call, context, stream, readerOf, dataStreams } = await setUp();
    await call("CreateDeliveryStream", sourced());
    const { generation } = (await context.deliveryStreams.get("access-logs"))!;
    expect(await call("DeleteDeliveryStream", DELIVERY)).toEqual({ value: {} });
    expect(await call("DescribeDeliveryStream", DELIVERY)).toEqual(notFound("access-logs"));
    expect(await call("DeleteDeliveryStream", DELIVERY)).toEqual(notFound("access-logs"));
    expect(await readerOf(0, `source/access-logs/${generation}`)).toBeUndefined();
    expect(await dataStreams.get("clicks")).toEqual(stream);
  });
});
