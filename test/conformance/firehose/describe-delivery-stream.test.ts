import {
  DescribeDeliveryStreamCommand,
  type FirehoseClient,
  type S3DestinationConfiguration,
} from "@aws-sdk/client-firehose";
import { describe, expect, it } from "vitest";
import {
  BUCKET_ARN,
  destination,
  expectRefusal,
  firehoseClient,
  httpEndpoint,
  snowflake,
  newStream,
  ROLE_ARN,
  clientSending,
  splunk,
  uniqueName,
  violations,
  icebergDestination,
} from "./client.ts";

async function describeStream(client: FirehoseClient, DeliveryStreamName: string) {
  const answer = await client.send(new DescribeDeliveryStreamCommand({ DeliveryStreamName }));
  return answer.DeliveryStreamDescription;
}

/** A bucket of which only the necessary was said. */
function withDefaults(bucket: S3DestinationConfiguration | undefined) {
  return {
    ...bucket,
    BufferingHints: { SizeInMBs: 5, IntervalInSeconds: 300 },
    CompressionFormat: "UNCOMPRESSED",
    EncryptionConfiguration: { NoEncryptionConfig: "NoEncryption" },
    CloudWatchLoggingOptions: { Enabled: false },
  };
}

describe("DescribeDeliveryStream: serialization", () => {
  it("refuses a limit that is not a number", async () => {
    await expectRefusal(
      clientSending('{"DeliveryStreamName":"a","Limit":"one"}').send(
        new DescribeDeliveryStreamCommand({ DeliveryStreamName: "a" }),
      ),
      "SerializationException",
      /can not be converted to an Integer/,
    );
  });

  it("tells the time of creation in seconds", async () => {
    const client = firehoseClient();
    const description = await describeStream(client, await newStream(client));
    expect(description?.CreateTimestamp).toBeInstanceOf(Date);
    expect(description?.CreateTimestamp?.getUTCFullYear()).toBeGreaterThan(2020);
  });
});

describe("DescribeDeliveryStream: validation", () => {
  it("refuses limits out of bounds", async () => {
    await expectRefusal(
      firehoseClient().send(
        new DescribeDeliveryStreamCommand({ DeliveryStreamName: "a", Limit: 10_001 }),
      ),
      "ValidationException",
      violations(
        "Value at 'limit' failed to satisfy constraint: Member must have value less than or equal to 10000",
      ),
    );
  });

  it("does not find a stream that is not there", async () => {
    const name = uniqueName("missing");
    await expectRefusal(
      describeStream(firehoseClient(), name),
      "ResourceNotFoundException",
      new RegExp(`^Firehose ${name} under account \\d{12} not found\\.$`),
    );
  });
});

describe("DescribeDeliveryStream: behaviour", () => {
  it("fills in the defaults at once, in both descriptions", async () => {
    const client = firehoseClient();
    const name = await newStream(client, {
      S3DestinationConfiguration: { RoleARN: ROLE_ARN, BucketARN: BUCKET_ARN },
    });
    const s3 = {
      RoleARN: ROLE_ARN,
      BucketARN: BUCKET_ARN,
      BufferingHints: { SizeInMBs: 5, IntervalInSeconds: 300 },
      CompressionFormat: "UNCOMPRESSED",
      EncryptionConfiguration: { NoEncryptionConfig: "NoEncryption" },
      CloudWatchLoggingOptions: { Enabled: false },
    };
    expect(await describeStream(client, name)).toMatchObject({
      DeliveryStreamName: name,
      DeliveryStreamStatus: "ACTIVE",
      DeliveryStreamType: "DirectPut",
      DeliveryStreamEncryptionConfiguration: { Status: "DISABLED" },
      VersionId: "1",
      HasMoreDestinations: false,
      Destinations: [
        {
          DestinationId: "destinationId-000000000001",
          S3DestinationDescription: s3,
          ExtendedS3DestinationDescription: { ...s3, S3BackupMode: "Disabled" },
        },
      ],
    });
  });

  it("shows what was asked for", async () => {
    const client = firehoseClient();
    const ExtendedS3DestinationConfiguration = destination({
      Prefix: "logs/!{timestamp:yyyy/MM/dd}/",
      ErrorOutputPrefix: "failed/!{firehose:error-output-type}/",
      CompressionFormat: "GZIP",
      FileExtension: ".json.gz",
      CustomTimeZone: "Asia/Tokyo",
      CloudWatchLoggingOptions: {
        Enabled: true,
        LogGroupName: "/aws/kinesisfirehose/described",
        LogStreamName: "S3Delivery",
      },
      ProcessingConfiguration: {
        Enabled: true,
        Processors: [
          {
            Type: "AppendDelimiterToRecord",
            Parameters: [{ ParameterName: "Delimiter", ParameterValue: "\\n" }],
          },
        ],
      },
    });
    const name = await newStream(client, { ExtendedS3DestinationConfiguration });
    const description = await describeStream(client, name);
    expect(description?.Destinations?.[0]?.ExtendedS3DestinationDescription).toMatchObject(
      ExtendedS3DestinationConfiguration,
    );
  });

  it("shows an HTTP endpoint with its defaults, and never its access key", async () => {
    const client = firehoseClient();
    const { EndpointConfiguration, RoleARN, S3Configuration } = httpEndpoint();
    const name = await newStream(client, {
      HttpEndpointDestinationConfiguration: httpEndpoint({
        EndpointConfiguration: { ...EndpointConfiguration!, AccessKey: "open-sesame" },
        RequestConfiguration: {
          CommonAttributes: [{ AttributeName: "source", AttributeValue: "tests" }],
        },
      }),
    });
    const description = await describeStream(client, name);
    expect(JSON.stringify(description)).not.toContain("open-sesame");
    expect(description?.Destinations).toEqual([
      {
        DestinationId: "destinationId-000000000001",
        HttpEndpointDestinationDescription: {
          EndpointConfiguration,
          BufferingHints: { SizeInMBs: 5, IntervalInSeconds: 300 },
          CloudWatchLoggingOptions: { Enabled: false },
          RequestConfiguration: {
            ContentEncoding: "NONE",
            CommonAttributes: [{ AttributeName: "source", AttributeValue: "tests" }],
          },
          RoleARN,
          RetryOptions: { DurationInSeconds: 300 },
          S3BackupMode: "FailedDataOnly",
          S3DestinationDescription: withDefaults(S3Configuration),
        },
      },
    ]);
  });

  it("shows Splunk with its defaults, and with its token, as AWS does", async () => {
    const client = firehoseClient();
    const { HECEndpoint, HECEndpointType, HECToken, S3Configuration } = splunk();
    const name = await newStream(client, { SplunkDestinationConfiguration: splunk() });
    const description = await describeStream(client, name);
    expect(description?.Destinations).toEqual([
      {
        DestinationId: "destinationId-000000000001",
        SplunkDestinationDescription: {
          HECEndpoint,
          HECEndpointType,
          HECToken,
          HECAcknowledgmentTimeoutInSeconds: 180,
          BufferingHints: { SizeInMBs: 5, IntervalInSeconds: 60 },
          CloudWatchLoggingOptions: { Enabled: false },
          RetryOptions: { DurationInSeconds: 300 },
          S3BackupMode: "FailedEventsOnly",
          S3DestinationDescription: expect.objectContaining(S3Configuration),
        },
      },
    ]);
  });
});

describe("DescribeDeliveryStream: Snowflake", () => {
  it("shows what was asked for, and the defaults", async () => {
    const client = firehoseClient();
    const { S3Configuration, ...given } = snowflake();
    const name = await newStream(client, { SnowflakeDestinationConfiguration: snowflake() });
    const description = await describeStream(client, name);
    expect(description?.Destinations).toEqual([
      {
        DestinationId: "destinationId-000000000001",
        SnowflakeDestinationDescription: {
          ...given,
          SnowflakeRoleConfiguration: { Enabled: false },
          DataLoadingOption: "JSON_MAPPING",
          BufferingHints: { SizeInMBs: 128, IntervalInSeconds: 0 },
          CloudWatchLoggingOptions: { Enabled: false },
          RetryOptions: { DurationInSeconds: 60 },
          S3BackupMode: "FailedDataOnly",
          S3DestinationDescription: withDefaults(S3Configuration),
        },
      },
    ]);
  });
});

describe("DescribeDeliveryStream: Iceberg tables", () => {
  it("shows what was asked for, and the defaults", async () => {
    const client = firehoseClient();
    const { S3Configuration: _bucket, ...given } = icebergDestination();
    const name = await newStream(client, { IcebergDestinationConfiguration: icebergDestination() });
    const description = await describeStream(client, name);
    expect(description?.Destinations).toEqual([
      {
        DestinationId: "destinationId-000000000001",
        IcebergDestinationDescription: {
          ...given,
          AppendOnly: false,
          BufferingHints: { SizeInMBs: 5, IntervalInSeconds: 300 },
          CloudWatchLoggingOptions: { Enabled: false },
          RetryOptions: { DurationInSeconds: 300 },
          S3BackupMode: "FailedDataOnly",
          S3DestinationDescription: withDefaults({ RoleARN: ROLE_ARN, BucketARN: BUCKET_ARN }),
        },
      },
    ]);
  });
});
