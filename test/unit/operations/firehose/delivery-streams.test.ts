import { describe, expect, it } from "vitest";
import { deliveryStreamArn } from "../../../../src/operations/arn.ts";
import { firehoseService } from "../../../../src/operations/firehose/index.ts";
import {
  BUCKET_ARN,
  createRequest,
  harness,
  invalid,
  notFound,
  NOW_MS,
  ROLE_ARN,
  target,
} from "./harness.ts";

describe("DescribeDeliveryStream", () => {
  it("shows a new stream with all defaults, and both descriptions of its destination", async () => {
    const { call, context } = harness();
    await call("CreateDeliveryStream", createRequest());
    const described = {
      RoleARN: ROLE_ARN,
      BucketARN: BUCKET_ARN,
      BufferingHints: { SizeInMBs: 5, IntervalInSeconds: 300 },
      CompressionFormat: "UNCOMPRESSED",
      EncryptionConfiguration: { NoEncryptionConfig: "NoEncryption" },
      CloudWatchLoggingOptions: { Enabled: false },
    };
    expect(await call("DescribeDeliveryStream", { DeliveryStreamName: "access-logs" })).toEqual({
      value: {
        DeliveryStreamDescription: {
          DeliveryStreamName: "access-logs",
          DeliveryStreamARN: deliveryStreamArn(context, "access-logs"),
          DeliveryStreamStatus: "ACTIVE",
          DeliveryStreamEncryptionConfiguration: { Status: "DISABLED" },
          DeliveryStreamType: "DirectPut",
          VersionId: "1",
          CreateTimestamp: NOW_MS / 1000,
          Destinations: [
            {
              DestinationId: "destinationId-000000000001",
              S3DestinationDescription: described,
              ExtendedS3DestinationDescription: { ...described, S3BackupMode: "Disabled" },
            },
          ],
          HasMoreDestinations: false,
        },
      },
    });
  });

  it("shows what the stream was made with", async () => {
    const { call } = harness();
    const given = {
      Prefix: "logs/",
      ErrorOutputPrefix: "failed/",
      BufferingHints: { SizeInMBs: 1, IntervalInSeconds: 0 },
      CompressionFormat: "GZIP",
      FileExtension: ".json.gz",
      CustomTimeZone: "Asia/Tokyo",
      ProcessingConfiguration: {
        Enabled: true,
        Processors: [{ Type: "AppendDelimiterToRecord", Parameters: [] }],
      },
      DataFormatConversionConfiguration: { Enabled: false },
      DynamicPartitioningConfiguration: { Enabled: false },
      CloudWatchLoggingOptions: { Enabled: true, LogGroupName: "g", LogStreamName: "s" },
      S3BackupMode: "Enabled",
    };
    await call(
      "CreateDeliveryStream",
      createRequest(
        {
          ...given,
          S3BackupConfiguration: target({
            Prefix: "backup/",
            CloudWatchLoggingOptions: { Enabled: false, LogGroupName: "kept" },
          }),
        },
        { DirectPutSourceConfiguration: { ThroughputHintInMBs: 7 } },
      ),
    );
    const { value } = await call("DescribeDeliveryStream", { DeliveryStreamName: "access-logs" });
    const { Source, Destinations } = value.DeliveryStreamDescription;
    expect(Source).toEqual({ DirectPutSourceDescription: { ThroughputHintInMBs: 7 } });
    expect(Destinations[0].ExtendedS3DestinationDescription).toMatchObject({
      ...given,
      S3BackupDescription: {
        BucketARN: BUCKET_ARN,
        Prefix: "backup/",
        CloudWatchLoggingOptions: { Enabled: false, LogGroupName: "kept" },
      },
    });
    expect(Object.keys(Destinations[0].S3DestinationDescription).toSorted()).toEqual([
      "BucketARN",
      "BufferingHints",
      "CloudWatchLoggingOptions",
      "CompressionFormat",
      "EncryptionConfiguration",
      "ErrorOutputPrefix",
      "Prefix",
      "RoleARN",
    ]);
  });

  it("does not find a stream that is not there", async () => {
    const { call } = harness();
    expect(await call("DescribeDeliveryStream", { DeliveryStreamName: "none" })).toEqual(
      notFound("none"),
    );
  });
});

describe("ListDeliveryStreams", () => {
  async function withStreams(...names: string[]) {
    const { call } = harness();
    for (const DeliveryStreamName of names) {
      await call("CreateDeliveryStream", createRequest({}, { DeliveryStreamName }));
    }
    return async (request: object) => (await call("ListDeliveryStreams", request)).value;
  }

  it("lists ten names in order unless told otherwise", async () => {
    const names = Array.from({ length: 11 }, (_, index) => `stream-${String(index).padStart(2)}`);
    const padded = names.map((name) => name.replace(" ", "0"));
    const list = await withStreams(...padded.toReversed());
    expect(await list({})).toEqual({
      DeliveryStreamNames: padded.slice(0, 10),
      HasMoreDeliveryStreams: true,
    });
    expect(await list({ Limit: 11 })).toEqual({
      DeliveryStreamNames: padded,
      HasMoreDeliveryStreams: false,
    });
  });

  it("goes on after a name, whether or not there is such a stream", async () => {
    const list = await withStreams("a", "c", "e");
    expect(await list({ ExclusiveStartDeliveryStreamName: "a", Limit: 1 })).toEqual({
      DeliveryStreamNames: ["c"],
      HasMoreDeliveryStreams: true,
    });
    expect(await list({ ExclusiveStartDeliveryStreamName: "d" })).toEqual({
      DeliveryStreamNames: ["e"],
      HasMoreDeliveryStreams: false,
    });
  });

  it("lists the streams of one type", async () => {
    const list = await withStreams("a");
    expect((await list({ DeliveryStreamType: "DirectPut" })).DeliveryStreamNames).toEqual(["a"]);
    expect(
      (await list({ DeliveryStreamType: "KinesisStreamAsSource" })).DeliveryStreamNames,
    ).toEqual([]);
  });

  it("refuses a limit of 0", async () => {
    expect(await harness().call("ListDeliveryStreams", { Limit: 0 })).toEqual(
      invalid(
        "Value at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1",
      ),
    );
  });
});

describe("DeleteDeliveryStream", () => {
  it("removes the stream and answers nothing", async () => {
    const { call } = harness();
    await call("CreateDeliveryStream", createRequest());
    const request = { DeliveryStreamName: "access-logs", AllowForceDelete: true };
    expect(await call("DeleteDeliveryStream", request)).toEqual({ value: {} });
    expect(await call("DeleteDeliveryStream", request)).toEqual(notFound("access-logs"));
  });

  it("frees the name at once", async () => {
    const { call } = harness();
    await call("CreateDeliveryStream", createRequest());
    await call("DeleteDeliveryStream", { DeliveryStreamName: "access-logs" });
    expect((await call("CreateDeliveryStream", createRequest())).error).toBeUndefined();
  });
});

describe("the resource of an operation", () => {
  it("is the ARN of the stream it names", () => {
    const { context } = harness();
    for (const row of firehoseService.operations.values()) {
      if (row.kind !== "operation" || !("DeliveryStreamName" in row.input.members)) continue;
      expect(row.resource?.({ DeliveryStreamName: "access-logs" }, context)).toBe(
        "arn:aws:firehose:eu-west-1:123456789012:deliverystream/access-logs",
      );
    }
  });

  it("is in its region's partition", () => {
    const place = { accountId: "123456789012" };
    expect(deliveryStreamArn({ ...place, region: "cn-north-1" }, "s")).toMatch(/^arn:aws-cn:/);
    expect(deliveryStreamArn({ ...place, region: "us-gov-west-1" }, "s")).toMatch(
      /^arn:aws-us-gov:/,
    );
  });
});
