import { describe, expect, it } from "vitest";
import {
  BACKUP_READER,
  DELIVERY_READER,
  laneKeys,
  type DeliveryStream,
} from "../../../../src/delivery/delivery-stream.ts";
import { create, FUNCTION_ARN, processing, processor } from "./create-requests.ts";
import {
  ACCOUNT_ID,
  BUCKET_ARN,
  createRequest,
  harness,
  invalid,
  NOW_MS,
  ROLE_ARN,
  target,
} from "./harness.ts";

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
      lanes: { open: [0], next: 1, changedAtMs: NOW_MS },
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
