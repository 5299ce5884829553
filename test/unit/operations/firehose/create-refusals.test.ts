import { describe, expect, it } from "vitest";
import { create, FUNCTION_ARN, KEY_ARN, processing, processor } from "./create-requests.ts";
import { ACCOUNT_ID, invalidArgument, target } from "./harness.ts";

describe("CreateDeliveryStream refuses as AWS does", () => {
  const lambda = (parameters: Readonly<Record<string, string>>) =>
    processing(processor("Lambda", { LambdaArn: FUNCTION_ARN, ...parameters }));
  const partitioned = (MetadataExtractionQuery: string, members: object = {}) => ({
    Prefix: "!{partitionKeyFromQuery:id}/",
    ErrorOutputPrefix: "failed/!{firehose:error-output-type}/",
    DynamicPartitioningConfiguration: { Enabled: true },
    ...processing(
      processor("MetadataExtraction", { JsonParsingEngine: "JQ-1.6", MetadataExtractionQuery }),
    ),
    ...members,
  });

  it.each([
    [
      { Prefix: "!{timestamp:yyyy}" },
      "Ths supplied prefix(es) do not satisfy the following constraint: ErrorOutputPrefix cannot be null or empty when Prefix contains expressions",
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
      "Ths supplied prefix(es) do not satisfy the following constraint: Namespace to the left of colon (x) is an invalid keyword!",
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
      partitioned("{id: .id}", { Prefix: "!{timestamp:yyyy}/" }),
      "S3 Prefix should contain Dynamic Partitioning namespaces when Dynamic Partitioning is enabled",
    ],
    [
      { ...partitioned("{id: .id}"), ProcessingConfiguration: { Enabled: false } },
      "Processing Configuration is not enabled when DataPartitioning is enabled",
    ],
    [
      partitioned("{id: .id}", { Prefix: "!{partitionKeyFromLambda:id}/" }),
      "Lambda should be present when S3 Prefix contains keys from partitionKeyFromLambda namespace",
    ],
    [
      { ...partitioned("{id: .id}"), ...lambda({}) },
      "MetadataExtraction processor should be present when S3 Prefix has partitionKeyFromQuery namespace",
    ],
    [
      partitioned("{id: .id, more: .more}"),
      "MetaDataExtraction JQ Query can't contain keys that are not present in the S3 Prefix expression",
    ],
    [
      partitioned("{}"),
      "S3 Prefix can't contain keys from partitionKeyFromQuery namespace that are not present in the MetaDataExtraction JQ Query: id",
    ],
    [
      {
        ...partitioned("{id: .id}"),
        ...processing(processor("MetadataExtraction", { JsonParsingEngine: "JQ-1.6" })),
      },
      "MetadataExtractionQuery is required when MetadataExtraction processor is used.",
    ],
    [
      {
        ...partitioned("{id: .id}"),
        ...processing(
          processor("RecordDeAggregation", { SubRecordType: "DELIMITED", Delimiter: "####" }),
        ),
      },
      "Delimiter for DELIMITED has to be base64",
    ],
    [
      processing(processor("Decompression", { CompressionFormat: "ZIP" })),
      "CompressionFormat of Decompression has to be one of GZIP",
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
