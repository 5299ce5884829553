import { describe, expect, it } from "vitest";
import {
  BACKUP_READER,
  DELIVERY_READER,
  laneKeys,
  type DeliveryStream,
} from "../../../../src/delivery/delivery-stream.ts";
import {
  ACCOUNT_ID,
  BUCKET_ARN,
  createRequest,
  harness,
  invalid,
  invalidArgument,
  NOW_MS,
  ROLE_ARN,
  target,
} from "./harness.ts";

const KEY_ARN = `arn:aws:kms:eu-west-1:${ACCOUNT_ID}:key/1`;
const FUNCTION_ARN = `arn:aws:lambda:eu-west-1:${ACCOUNT_ID}:function:f`;

function processor(Type: string, parameters: Readonly<Record<string, string>> = {}) {
  return {
    Type,
    Parameters: Object.entries(parameters).map(([ParameterName, ParameterValue]) => ({
      ParameterName,
      ParameterValue,
    })),
  };
}

function processing(...Processors: object[]) {
  return { ProcessingConfiguration: { Enabled: true, Processors } };
}

async function create(extendedS3: object = {}, members: object = {}) {
  return harness().call("CreateDeliveryStream", createRequest(extendedS3, members));
}

async function created(extendedS3: object = {}, members: object = {}): Promise<DeliveryStream> {
  const { call, deliveryStreams } = harness();
  const { error } = await call("CreateDeliveryStream", createRequest(extendedS3, members));
  expect(error).toBeUndefined();
  const stream = await deliveryStreams.get("access-logs");
  if (stream === undefined) throw new Error("nothing was stored");
  return stream;
}

describe("CreateDeliveryStream", () => {
  it("answers the stream's ARN", async () => {
    expect(await create()).toEqual({
      value: {
        DeliveryStreamARN: `arn:aws:firehose:eu-west-1:${ACCOUNT_ID}:deliverystream/access-logs`,
      },
    });
  });

  it("stores version 1 with one lane, a new generation and all defaults", async () => {
    const stream = await created();
    expect(stream).toEqual({
      name: "access-logs",
      generation: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
      versionId: 1,
      createdAtMs: NOW_MS,
      laneCount: 1,
      destination: {
        roleArn: ROLE_ARN,
        bucketArn: BUCKET_ARN,
        bufferSizeMiB: 5,
        bufferIntervalSeconds: 300,
        compression: "UNCOMPRESSED",
      },
    });
    expect((await created()).generation).not.toBe(stream.generation);
  });

  it("keeps every setting that is offered", async () => {
    const { destination } = await created({
      Prefix: "logs/!{timestamp:yyyy}/",
      ErrorOutputPrefix: "failed/!{firehose:error-output-type}/",
      BufferingHints: { SizeInMBs: 128, IntervalInSeconds: 0 },
      CompressionFormat: "GZIP",
      FileExtension: ".json.gz",
      CustomTimeZone: "Asia/Tokyo",
      EncryptionConfiguration: { NoEncryptionConfig: "NoEncryption" },
    });
    expect(destination).toEqual({
      roleArn: ROLE_ARN,
      bucketArn: BUCKET_ARN,
      prefix: "logs/!{timestamp:yyyy}/",
      errorOutputPrefix: "failed/!{firehose:error-output-type}/",
      bufferSizeMiB: 128,
      bufferIntervalSeconds: 0,
      compression: "GZIP",
      fileExtension: ".json.gz",
      customTimeZone: "Asia/Tokyo",
    });
  });

  it("takes an empty extension and time zone as unset", async () => {
    const { destination } = await created({ FileExtension: "", CustomTimeZone: "" });
    expect(destination).not.toHaveProperty("fileExtension");
    expect(destination).not.toHaveProperty("customTimeZone");
  });

  it("takes the deprecated S3DestinationConfiguration as well", async () => {
    const { call, deliveryStreams } = harness();
    await call("CreateDeliveryStream", {
      DeliveryStreamName: "old",
      S3DestinationConfiguration: target({ CompressionFormat: "GZIP" }),
    });
    expect((await deliveryStreams.get("old"))?.destination.compression).toBe("GZIP");
  });

  it("opens a reader with the destination's hints, and one with the backup's", async () => {
    const { call, deliveryStreams, readers } = harness();
    const backup = target({ BufferingHints: { SizeInMBs: 2, IntervalInSeconds: 60 } });
    await call(
      "CreateDeliveryStream",
      createRequest({ S3BackupMode: "Enabled", S3BackupConfiguration: backup }),
    );
    const stream = await deliveryStreams.get("access-logs");
    const states = await Promise.all(laneKeys(stream!).map((lane) => readers.list(lane)));
    const rules = states.flat().map(({ readerId, wakeRule }) => [readerId, wakeRule]);
    expect(Object.fromEntries(rules)).toEqual({
      [DELIVERY_READER]: { sizeBytes: 5 * 1024 * 1024, intervalMs: 300_000 },
      [BACKUP_READER]: { sizeBytes: 2 * 1024 * 1024, intervalMs: 60_000 },
    });
  });

  it("reads the Lambda processor with its defaults", async () => {
    const { destination } = await created(
      processing(processor("Lambda", { LambdaArn: FUNCTION_ARN })),
    );
    expect(destination.transform).toEqual({
      functionArn: FUNCTION_ARN,
      retryCount: 3,
      bufferBytes: 1024 * 1024,
    });
  });

  it("reads the Lambda processor's own settings", async () => {
    const { destination } = await created(
      processing(
        processor("Lambda", {
          LambdaArn: FUNCTION_ARN,
          NumberOfRetries: "0",
          BufferSizeInMBs: "0.25",
          BufferIntervalInSeconds: "60",
        }),
      ),
    );
    expect(destination.transform).toMatchObject({ retryCount: 0, bufferBytes: 256 * 1024 });
  });

  it.each([
    [{}, "\n"],
    [{ Delimiter: "\\n" }, "\n"],
    [{ Delimiter: "|" }, "|"],
  ])("reads the delimiter %j", async (parameters, delimiter) => {
    const stream = await created(processing(processor("AppendDelimiterToRecord", parameters)));
    expect(stream.destination.delimiter).toBe(delimiter);
  });

  it("keeps disabled parts without following them", async () => {
    const ProcessingConfiguration = {
      Enabled: false,
      Processors: [processor("Lambda", { LambdaArn: FUNCTION_ARN })],
    };
    const stream = await created({
      ProcessingConfiguration,
      CloudWatchLoggingOptions: { Enabled: false },
      DataFormatConversionConfiguration: { Enabled: false },
      DynamicPartitioningConfiguration: { Enabled: false },
    });
    expect(stream.destination).not.toHaveProperty("transform");
    expect(stream.processingConfiguration).toEqual(ProcessingConfiguration);
    expect(stream.dataFormatConversionConfiguration).toEqual({ Enabled: false });
    expect(stream.dynamicPartitioningConfiguration).toEqual({ Enabled: false });
  });

  it("keeps the throughput hint", async () => {
    const stream = await created(
      {},
      { DirectPutSourceConfiguration: { ThroughputHintInMBs: 5 }, DeliveryStreamType: "DirectPut" },
    );
    expect(stream.throughputHintMiB).toBe(5);
  });

  it("refuses a name that is taken and leaves the stream as it is", async () => {
    const { call, deliveryStreams } = harness();
    await call("CreateDeliveryStream", createRequest());
    const before = await deliveryStreams.get("access-logs");
    expect(await call("CreateDeliveryStream", createRequest({ Prefix: "other/" }))).toEqual({
      error: {
        name: "ResourceInUseException",
        message: `Firehose access-logs under accountId ${ACCOUNT_ID} already exists`,
      },
    });
    expect(await deliveryStreams.get("access-logs")).toBe(before);
  });
});

describe("CreateDeliveryStream's bounds", () => {
  it("are reported all together, before any meaning", async () => {
    const answer = await create(
      { CompressionFormat: "SNAPPY", Prefix: "!{oops" },
      { DeliveryStreamName: "a b" },
    );
    expect(answer).toEqual(
      invalid(
        "Value at 'deliveryStreamName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+",
        "Value at 'extendedS3DestinationConfiguration.compressionFormat' failed to satisfy constraint: Member must satisfy enum value set: [ZIP, HADOOP_SNAPPY, Snappy, GZIP, UNCOMPRESSED]",
      ),
    );
  });

  it.each([
    [{ FileExtension: "json" }, "fileExtension"],
    [{ FileExtension: ".JSON" }, "fileExtension"],
    [{ CustomTimeZone: "Etc/GMT+8" }, "customTimeZone"],
    [{ Prefix: "x".repeat(1025) }, "prefix"],
    [{ BufferingHints: { SizeInMBs: 129, IntervalInSeconds: 0 } }, "bufferingHints.sizeInMBs"],
    [
      { BufferingHints: { SizeInMBs: 1, IntervalInSeconds: 901 } },
      "bufferingHints.intervalInSeconds",
    ],
    [{ BucketARN: "deliveries" }, "bucketARN"],
    [{ S3BackupConfiguration: target({ RoleARN: "x" }) }, "s3BackupConfiguration.roleARN"],
    [
      processing(processor("Lambda", { LambdaArn: " " })),
      "processingConfiguration.processors.1.member.parameters.1.member.parameterValue",
    ],
  ])("refuse %j", async (extendedS3, path) => {
    const { error } = await create(extendedS3);
    expect(error?.name).toBe("ValidationException");
    expect(error?.message).toContain(`at 'extendedS3DestinationConfiguration.${path}'`);
  });

  it("refuse a destination without role and bucket", async () => {
    const { call } = harness();
    expect(
      await call("CreateDeliveryStream", {
        DeliveryStreamName: "a",
        S3DestinationConfiguration: {},
      }),
    ).toEqual(
      invalid(
        "Value at 's3DestinationConfiguration.roleARN' failed to satisfy constraint: Member must not be null",
        "Value at 's3DestinationConfiguration.bucketARN' failed to satisfy constraint: Member must not be null",
      ),
    );
  });
});

describe("CreateDeliveryStream refuses as AWS does", () => {
  const lambda = (parameters: Readonly<Record<string, string>>) =>
    processing(processor("Lambda", { LambdaArn: FUNCTION_ARN, ...parameters }));

  it.each([
    [
      { Prefix: "!{timestamp:yyyy}" },
      "ErrorOutputPrefix cannot be null or empty when Prefix contains expressions",
    ],
    [
      {
        EncryptionConfiguration: {
          NoEncryptionConfig: "NoEncryption",
          KMSEncryptionConfig: { AWSKMSKeyARN: KEY_ARN },
        },
      },
      "Exactly one of NoEncryptionConfig or KMSEncryptionConfig must be specified",
    ],
    [
      { CloudWatchLoggingOptions: { Enabled: true } },
      "CloudWatch Log Group Name is required if CloudWatch Logging is enabled",
    ],
    [
      { CloudWatchLoggingOptions: { Enabled: true, LogGroupName: "g" } },
      "CloudWatch Log Stream Name is required if CloudWatch Logging is enabled",
    ],
    [
      { S3BackupMode: "Enabled" },
      "S3 backup destination configuration is required when enabling S3 backup.",
    ],
    [
      { S3BackupMode: "Enabled", S3BackupConfiguration: target({ Prefix: "!{x:y}" }) },
      "Namespace to the left of colon (x) is an invalid keyword!",
    ],
    [
      processing(),
      "A maximum of 5 and a minimum of 1 processor needs to be supplied when processing is enabled.",
    ],
    [
      processing(
        processor("Lambda", { LambdaArn: FUNCTION_ARN }),
        processor("Lambda", { LambdaArn: FUNCTION_ARN }),
      ),
      "Cannot have more than 1 Lambda processor.",
    ],
    [processing(processor("Lambda")), "LambdaArn is required when Lambda processor is used."],
    [
      lambda({ BufferSizeInMBs: "1" }),
      "Both BufferSizeInMBs and BufferIntervalInSeconds are required to configure buffering for lambda processor.",
    ],
    [
      lambda({ BufferSizeInMBs: "0.1", BufferIntervalInSeconds: "60" }),
      "BufferSizeInMBs for lambda processor must be between 0.2 and 3.",
    ],
    [
      lambda({ BufferSizeInMBs: "many", BufferIntervalInSeconds: "60" }),
      "BufferSizeInMBs for lambda processor must be between 0.2 and 3.",
    ],
    [
      lambda({ BufferSizeInMBs: "3", BufferIntervalInSeconds: "901" }),
      "BufferIntervalInSeconds for lambda processor must be between 0 and 900.",
    ],
    [lambda({ NumberOfRetries: "301" }), "Number of retries for lambda must be between 0 and 300."],
    [
      processing(processor("RecordDeAggregation", { SubRecordType: "JSON" })),
      "class com.amazonaws.services.firehose.internal.model.RecordDeAggregationProcessor can only be present when Dynamic Partitioning is enabled.",
    ],
    [
      processing(processor("CloudWatchLogProcessing")),
      "CloudWatchLogProcessingProcessor can only be enabled with DecompressionProcessor",
    ],
    [
      { DynamicPartitioningConfiguration: { Enabled: true } },
      "S3 Prefix should contain Dynamic Partitioning namespaces when Dynamic Partitioning is enabled",
    ],
    [
      { DataFormatConversionConfiguration: {}, CompressionFormat: "GZIP" },
      "The S3 destination's compression format must be set to UNCOMPRESSED when data format conversion is enabled",
    ],
    [{ DataFormatConversionConfiguration: {} }, "InputFormatConfiguration must not be null"],
  ])("%j", async (extendedS3, message) => {
    expect(await create(extendedS3)).toEqual(invalidArgument(message));
  });

  it.each([
    [
      { ExtendedS3DestinationConfiguration: undefined },
      "Exactly one destination configuration is supported for a Firehose",
    ],
    [
      { S3DestinationConfiguration: target() },
      "Exactly one destination configuration is supported for a Firehose",
    ],
    [
      { DeliveryStreamType: "KinesisStreamAsSource" },
      "KinesisSourceStreamConfig is mandatory for KinesisStreamAsSource stream type.",
    ],
    [
      { DeliveryStreamType: "MSKAsSource" },
      "MSKSourceConfig is mandatory for MSK as Source stream type.",
    ],
    [
      { DeliveryStreamType: "DatabaseAsSource" },
      "IcebergDestinationConfiguration must be specified for Database as Source.",
    ],
    [
      { DeliveryStreamEncryptionConfigurationInput: { KeyType: "CUSTOMER_MANAGED_CMK" } },
      "KeyARN has to be specified when KeyType is CUSTOMER_MANAGED_CMK",
    ],
    [
      {
        DeliveryStreamEncryptionConfigurationInput: {
          KeyType: "CUSTOMER_MANAGED_CMK",
          KeyARN: `arn:aws:kms:us-east-1:${ACCOUNT_ID}:key/1`,
        },
      },
      "Cross-region keys are not allowed for SSE. Please provide CMKs in the same region as firehose",
    ],
  ])("%j", async (members, message) => {
    expect(await create({}, members)).toEqual(invalidArgument(message));
  });

  it("refuses half a pair of buffering hints", async () => {
    const { error } = await create({ BufferingHints: { SizeInMBs: 5 } });
    expect(error?.name).toBe("InvalidArgumentException");
  });

  it("refuses a time zone that nobody keeps", async () => {
    const { error } = await create({ CustomTimeZone: "Mars/Olympus" });
    expect(error?.name).toBe("InvalidArgumentException");
  });
});

describe("CreateDeliveryStream names what is not offered", () => {
  const partitioned = {
    Prefix: "!{partitionKeyFromLambda:id}/",
    ErrorOutputPrefix: "failed/!{firehose:error-output-type}/",
  };

  it.each([
    [{ CompressionFormat: "ZIP" }, "CompressionFormat"],
    [{ CompressionFormat: "Snappy" }, "CompressionFormat"],
    [
      { EncryptionConfiguration: { KMSEncryptionConfig: { AWSKMSKeyARN: KEY_ARN } } },
      "EncryptionConfiguration.KMSEncryptionConfig",
    ],
    [
      { CloudWatchLoggingOptions: { Enabled: true, LogGroupName: "g", LogStreamName: "s" } },
      "CloudWatchLoggingOptions",
    ],
    [
      {
        ...partitioned,
        DynamicPartitioningConfiguration: { Enabled: true },
        ...processing(processor("Lambda", { LambdaArn: FUNCTION_ARN })),
      },
      "DynamicPartitioningConfiguration",
    ],
    [partitioned, "Prefix"],
    [
      {
        DataFormatConversionConfiguration: {
          InputFormatConfiguration: { Deserializer: { OpenXJsonSerDe: {} } },
          OutputFormatConfiguration: { Serializer: { ParquetSerDe: {} } },
          SchemaConfiguration: {},
        },
      },
      "DataFormatConversionConfiguration",
    ],
    [
      processing(processor("Decompression", { CompressionFormat: "GZIP" })),
      "ProcessingConfiguration.Processors[0].Type",
    ],
    [
      { S3BackupMode: "Enabled", S3BackupConfiguration: target({ CompressionFormat: "ZIP" }) },
      "S3BackupConfiguration.CompressionFormat",
    ],
    [
      { S3BackupMode: "Enabled", S3BackupConfiguration: target(partitioned) },
      "S3BackupConfiguration.Prefix",
    ],
  ])("%j", async (extendedS3, path) => {
    const { error } = await create(extendedS3);
    expect(error?.name).toBe("InvalidArgumentException");
    const start = `ExtendedS3DestinationConfiguration.${path} is not offered by Hydrant yet: `;
    expect(error?.message.startsWith(start)).toBe(true);
    expect(error?.message.length).toBeGreaterThan(start.length);
  });

  it.each([
    [{ Tags: [{ Key: "team" }] }, "Tags"],
    [
      { DeliveryStreamEncryptionConfigurationInput: { KeyType: "AWS_OWNED_CMK" } },
      "DeliveryStreamEncryptionConfigurationInput",
    ],
    [
      {
        ExtendedS3DestinationConfiguration: undefined,
        HttpEndpointDestinationConfiguration: { EndpointConfiguration: { Url: "https://x" } },
      },
      "HttpEndpointDestinationConfiguration",
    ],
    [
      {
        ExtendedS3DestinationConfiguration: undefined,
        AmazonOpenSearchServerlessDestinationConfiguration: {},
      },
      "AmazonOpenSearchServerlessDestinationConfiguration",
    ],
  ])("%j", async (members, path) => {
    const { error } = await create({}, members);
    expect(error?.name).toBe("InvalidArgumentException");
    expect(error?.message).toMatch(new RegExp(`^${path} is not offered by Hydrant yet: .`));
  });
});
