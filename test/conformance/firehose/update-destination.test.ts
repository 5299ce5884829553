import {
  DescribeDeliveryStreamCommand,
  type ExtendedS3DestinationUpdate,
  UpdateDestinationCommand,
  type UpdateDestinationCommandInput,
} from "@aws-sdk/client-firehose";
import { describe, expect, it } from "vitest";
import {
  clientSending,
  destination,
  expectRefusal,
  firehoseClient,
  httpEndpoint,
  snowflake,
  newStream,
  notNull,
  splunk,
  uniqueName,
  violations,
  icebergDestination,
  BUCKET_ARN,
  ROLE_ARN,
} from "./client.ts";
import { ACCOUNT_ID, REGION } from "../target.ts";

const update = (DeliveryStreamName: string, members: Partial<UpdateDestinationCommandInput> = {}) =>
  new UpdateDestinationCommand({
    DeliveryStreamName,
    CurrentDeliveryStreamVersionId: "1",
    DestinationId: "destinationId-000000000001",
    ...members,
  });

describe("UpdateDestination: serialization", () => {
  it("refuses a version that is a number", async () => {
    await expectRefusal(
      clientSending('{"DeliveryStreamName":"a","CurrentDeliveryStreamVersionId":1}').send(
        update("a"),
      ),
      "SerializationException",
      /can not be converted to an String/,
    );
  });
});

describe("UpdateDestination: validation", () => {
  it("names all that is wrong with the shapes under the update's path", async () => {
    await expectRefusal(
      firehoseClient().send(
        update("a", {
          DestinationId: undefined,
          ExtendedS3DestinationUpdate: { CompressionFormat: "SNAPPY" as "GZIP" },
        }),
      ),
      "ValidationException",
      violations(
        notNull("destinationId"),
        "Value at 'extendedS3DestinationUpdate.compressionFormat' failed to satisfy constraint: Member must satisfy enum value set: [ZIP, HADOOP_SNAPPY, Snappy, GZIP, UNCOMPRESSED]",
      ),
    );
  });

  it("does not find a stream that is not there", async () => {
    const name = uniqueName("missing");
    await expectRefusal(
      firehoseClient().send(update(name, { ExtendedS3DestinationUpdate: {} })),
      "ResourceNotFoundException",
      new RegExp(`^Firehose ${name} under accountId \\d{12} not found\\.$`),
    );
  });

  it("refuses an update that was made for another version", async () => {
    const client = firehoseClient();
    const name = await newStream(client);
    const change = { ExtendedS3DestinationUpdate: { Prefix: "x/" } };
    await client.send(update(name, change));
    await expectRefusal(
      client.send(update(name, change)),
      "ConcurrentModificationException",
      `Cannot update firehose: ${name} since the current version id: 2 and specified version id: 1 do not match`,
    );
  });
});

describe("UpdateDestination: behaviour", () => {
  it("changes what it is given and counts the version", async () => {
    const client = firehoseClient();
    const DeliveryStreamName = await newStream(client);
    const seen = async () => {
      const { DeliveryStreamDescription } = await client.send(
        new DescribeDeliveryStreamCommand({ DeliveryStreamName }),
      );
      return DeliveryStreamDescription!;
    };
    const before = await seen();
    await client.send(
      update(DeliveryStreamName, {
        ExtendedS3DestinationUpdate: { CompressionFormat: "GZIP", FileExtension: ".log.gz" },
      }),
    );
    const after = await seen();
    expect(after).toMatchObject({ VersionId: "2", DeliveryStreamStatus: "ACTIVE" });
    expect(after.LastUpdateTimestamp).toBeInstanceOf(Date);
    expect(after.Destinations?.[0]?.ExtendedS3DestinationDescription).toEqual({
      ...before.Destinations?.[0]?.ExtendedS3DestinationDescription,
      CompressionFormat: "GZIP",
      FileExtension: ".log.gz",
    });
  });

  it("takes away what is said to be empty, as infrastructure tools say it", async () => {
    const client = firehoseClient();
    const name = await newStream(client, {
      ExtendedS3DestinationConfiguration: destination({
        Prefix: "clicks/",
        ErrorOutputPrefix: "errors/!{firehose:error-output-type}/",
        FileExtension: ".json",
        CustomTimeZone: "Europe/Berlin",
        ProcessingConfiguration: {
          Enabled: true,
          Processors: [{ Type: "AppendDelimiterToRecord" }],
        },
      }),
    });
    const off: ExtendedS3DestinationUpdate = {
      ProcessingConfiguration: { Enabled: false, Processors: [] },
      DataFormatConversionConfiguration: { Enabled: false },
      CustomTimeZone: "UTC",
      S3BackupMode: "Disabled",
    };
    const CloudWatchLoggingOptions = { Enabled: false, LogGroupName: "", LogStreamName: "" };
    const empty = { Prefix: "", ErrorOutputPrefix: "", FileExtension: "" };
    await client.send(
      update(name, { ExtendedS3DestinationUpdate: { ...empty, ...off, CloudWatchLoggingOptions } }),
    );
    const { DeliveryStreamDescription: seen } = await client.send(
      new DescribeDeliveryStreamCommand({ DeliveryStreamName: name }),
    );
    const shown = seen!.Destinations![0]!.ExtendedS3DestinationDescription!;
    expect(shown).toMatchObject(off);
    expect(shown.CloudWatchLoggingOptions?.Enabled).toBe(false);
    const { Prefix, ErrorOutputPrefix, FileExtension = "" } = shown;
    expect({ Prefix, ErrorOutputPrefix, FileExtension }).toEqual(empty);
    // What was never asked for stands nowhere: its coming would be another stream.
    expect(shown).not.toHaveProperty("DynamicPartitioningConfiguration");
  });

  it("changes the key that objects are encrypted with, to none as well", async () => {
    const client = firehoseClient();
    const name = await newStream(client);
    const seen = async () =>
      (await client.send(new DescribeDeliveryStreamCommand({ DeliveryStreamName: name })))
        .DeliveryStreamDescription!.Destinations![0]!.S3DestinationDescription
        ?.EncryptionConfiguration;
    const AWSKMSKeyARN = `arn:aws:kms:${REGION}:${ACCOUNT_ID}:key/one`;
    const encrypted = { KMSEncryptionConfig: { AWSKMSKeyARN } };
    await client.send(
      update(name, { ExtendedS3DestinationUpdate: { EncryptionConfiguration: encrypted } }),
    );
    expect(await seen()).toEqual(encrypted);
    const none = { NoEncryptionConfig: "NoEncryption" } as const;
    await client.send(
      update(name, {
        CurrentDeliveryStreamVersionId: "2",
        ExtendedS3DestinationUpdate: { EncryptionConfiguration: none },
      }),
    );
    expect(await seen()).toEqual(none);
  });

  it("changes where errors are told, and keeps the names when it is told no more", async () => {
    const client = firehoseClient();
    const name = await newStream(client);
    const seen = async () =>
      (await client.send(new DescribeDeliveryStreamCommand({ DeliveryStreamName: name })))
        .DeliveryStreamDescription!.Destinations![0]!.ExtendedS3DestinationDescription
        ?.CloudWatchLoggingOptions;
    const CloudWatchLoggingOptions = {
      Enabled: true,
      LogGroupName: "/aws/kinesisfirehose/a",
      LogStreamName: "S3Delivery",
    };
    await client.send(update(name, { S3DestinationUpdate: { CloudWatchLoggingOptions } }));
    expect(await seen()).toEqual(CloudWatchLoggingOptions);
    const off = { ...CloudWatchLoggingOptions, Enabled: false };
    await client.send(
      update(name, {
        CurrentDeliveryStreamVersionId: "2",
        ExtendedS3DestinationUpdate: { CloudWatchLoggingOptions: off },
      }),
    );
    expect(await seen()).toEqual(off);
    await expectRefusal(
      client.send(
        update(name, {
          CurrentDeliveryStreamVersionId: "3",
          ExtendedS3DestinationUpdate: { CloudWatchLoggingOptions: { Enabled: true } },
        }),
      ),
      "InvalidArgumentException",
      "CloudWatch Log Group Name is required if CloudWatch Logging is enabled",
    );
  });

  it("changes a cluster's index and keeps the rest", async () => {
    const client = firehoseClient();
    const ClusterEndpoint = "https://search.example.com";
    const name = await newStream(client, {
      ExtendedS3DestinationConfiguration: undefined,
      ElasticsearchDestinationConfiguration: {
        RoleARN: destination().RoleARN,
        ClusterEndpoint,
        IndexName: "logs",
        S3Configuration: destination(),
      },
    });
    await client.send(
      update(name, {
        ElasticsearchDestinationUpdate: { IndexName: "more", IndexRotationPeriod: "OneHour" },
      }),
    );
    const { DeliveryStreamDescription } = await client.send(
      new DescribeDeliveryStreamCommand({ DeliveryStreamName: name }),
    );
    const [shown] = DeliveryStreamDescription!.Destinations!;
    expect(shown?.ElasticsearchDestinationDescription).toMatchObject({
      ClusterEndpoint,
      IndexName: "more",
      IndexRotationPeriod: "OneHour",
      S3DestinationDescription: { BucketARN: destination().BucketARN },
    });
  });
});

describe("UpdateDestination: Iceberg tables", () => {
  it("replaces the members that are given, and no other destination's", async () => {
    const client = firehoseClient();
    const name = await newStream(client, { IcebergDestinationConfiguration: icebergDestination() });
    await expectRefusal(
      client.send(update(name, { ExtendedS3DestinationUpdate: {} })),
      "InvalidArgumentException",
      "Changing the destination type to or from Iceberg is not supported at this time.",
    );
    const IcebergDestinationUpdate = {
      BufferingHints: { SizeInMBs: 64, IntervalInSeconds: 60 },
      RetryOptions: { DurationInSeconds: 0 },
      S3Configuration: { RoleARN: ROLE_ARN, BucketARN: BUCKET_ARN, ErrorOutputPrefix: "failed/" },
    };
    await client.send(update(name, { IcebergDestinationUpdate }));
    const { DeliveryStreamDescription: description } = await client.send(
      new DescribeDeliveryStreamCommand({ DeliveryStreamName: name }),
    );
    const { S3Configuration, ...others } = IcebergDestinationUpdate;
    expect(description?.VersionId).toBe("2");
    expect(description?.Destinations?.[0]?.IcebergDestinationDescription).toMatchObject({
      ...others,
      S3DestinationDescription: S3Configuration,
      DestinationTableConfigurationList: icebergDestination().DestinationTableConfigurationList,
    });
  });

  it("changes an HTTP endpoint member by member, and the bucket behind it", async () => {
    const client = firehoseClient();
    const name = await newStream(client, { HttpEndpointDestinationConfiguration: httpEndpoint() });
    const seen = async () =>
      (await client.send(new DescribeDeliveryStreamCommand({ DeliveryStreamName: name })))
        .DeliveryStreamDescription!.Destinations![0]!.HttpEndpointDestinationDescription;
    const before = await seen();
    const EndpointConfiguration = { Url: "https://other.example.com" };
    await client.send(
      update(name, {
        HttpEndpointDestinationUpdate: {
          EndpointConfiguration: { ...EndpointConfiguration, AccessKey: "key" },
          BufferingHints: { SizeInMBs: 64, IntervalInSeconds: 0 },
          RetryOptions: { DurationInSeconds: 7200 },
          RequestConfiguration: { ContentEncoding: "GZIP" },
          S3Update: { Prefix: "http/", CompressionFormat: "GZIP" },
        },
      }),
    );
    expect(await seen()).toEqual({
      ...before,
      EndpointConfiguration,
      BufferingHints: { SizeInMBs: 64, IntervalInSeconds: 0 },
      RetryOptions: { DurationInSeconds: 7200 },
      RequestConfiguration: { ContentEncoding: "GZIP" },
      S3DestinationDescription: {
        ...before?.S3DestinationDescription,
        Prefix: "http/",
        CompressionFormat: "GZIP",
      },
    });
    await expectRefusal(
      client.send(
        update(name, {
          CurrentDeliveryStreamVersionId: "2",
          ExtendedS3DestinationUpdate: { Prefix: "a/" },
        }),
      ),
      "InvalidArgumentException",
      /^Changing the destination type to or from HttpEndpoint is not supported at this time\.$/,
    );
  });

  it("changes Splunk member by member, and backs up no less than before", async () => {
    const client = firehoseClient();
    const name = await newStream(client, { SplunkDestinationConfiguration: splunk() });
    const seen = async () =>
      (await client.send(new DescribeDeliveryStreamCommand({ DeliveryStreamName: name })))
        .DeliveryStreamDescription!.Destinations![0]!.SplunkDestinationDescription;
    const before = await seen();
    await client.send(
      update(name, {
        SplunkDestinationUpdate: {
          HECEndpointType: "Event",
          BufferingHints: { SizeInMBs: 1, IntervalInSeconds: 0 },
          S3BackupMode: "AllEvents",
          S3Update: { Prefix: "splunk/" },
        },
      }),
    );
    expect(await seen()).toEqual({
      ...before,
      HECEndpointType: "Event",
      BufferingHints: { SizeInMBs: 1, IntervalInSeconds: 0 },
      S3BackupMode: "AllEvents",
      S3DestinationDescription: { ...before?.S3DestinationDescription, Prefix: "splunk/" },
    });
    await expectRefusal(
      client.send(
        update(name, {
          CurrentDeliveryStreamVersionId: "2",
          SplunkDestinationUpdate: { S3BackupMode: "FailedEventsOnly" },
        }),
      ),
      "InvalidArgumentException",
      "S3 backup cannot be disabled once it has been enabled.",
    );
  });

  it("changes a Snowflake table member by member, and backs all up for good", async () => {
    const client = firehoseClient();
    const name = await newStream(client, { SnowflakeDestinationConfiguration: snowflake() });
    const seen = async () =>
      (await client.send(new DescribeDeliveryStreamCommand({ DeliveryStreamName: name })))
        .DeliveryStreamDescription!.Destinations![0]!.SnowflakeDestinationDescription;
    const before = await seen();
    const changed = {
      Table: "OTHERS",
      DataLoadingOption: "VARIANT_CONTENT_MAPPING",
      ContentColumnName: "BODY",
      S3BackupMode: "AllData",
    } as const;
    await client.send(update(name, { SnowflakeDestinationUpdate: changed }));
    expect(await seen()).toEqual({ ...before, ...changed });
    await expectRefusal(
      client.send(
        update(name, {
          CurrentDeliveryStreamVersionId: "2",
          SnowflakeDestinationUpdate: { S3BackupMode: "FailedDataOnly" },
        }),
      ),
      "InvalidArgumentException",
      /^S3BackupMode cannot be changed from AllData to FailedDataOnly/,
    );
  });
});
