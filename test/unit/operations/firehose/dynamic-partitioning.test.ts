/** Dynamic partitioning as it is created and updated: what is taken beyond AWS's limits, and what cannot be changed. */
import { describe, expect, it } from "vitest";
import { FUNCTION_ARN, processing, processor } from "./create-requests.ts";
import { createRequest, harness, invalid, invalidArgument, target } from "./harness.ts";

const QUERY = "{id: .id}";

function partitioned(members: object = {}, query = QUERY) {
  return {
    Prefix: "!{partitionKeyFromQuery:id}/",
    ErrorOutputPrefix: "failed/!{firehose:error-output-type}/",
    DynamicPartitioningConfiguration: { Enabled: true },
    ...processing(
      processor("MetadataExtraction", {
        JsonParsingEngine: "JQ-1.6",
        MetadataExtractionQuery: query,
      }),
    ),
    ...members,
  };
}

const hints = (SizeInMBs: number, IntervalInSeconds: number) => ({
  BufferingHints: { SizeInMBs, IntervalInSeconds },
});

describe("CreateDeliveryStream with dynamic partitioning", () => {
  it("keeps what is asked for", async () => {
    const { call, deliveryStreams } = harness();
    await call(
      "CreateDeliveryStream",
      createRequest(
        partitioned({
          Prefix: "!{partitionKeyFromQuery:id}/!{partitionKeyFromLambda:shop}/",
          DynamicPartitioningConfiguration: {
            Enabled: true,
            RetryOptions: { DurationInSeconds: 7 },
          },
          ...processing(
            processor("RecordDeAggregation", { SubRecordType: "DELIMITED", Delimiter: "IyMjIw==" }),
            processor("Lambda", { LambdaArn: FUNCTION_ARN }),
            processor("MetadataExtraction", {
              JsonParsingEngine: "JQ-1.6",
              MetadataExtractionQuery: QUERY,
            }),
          ),
        }),
      ),
    );
    expect((await deliveryStreams.get("access-logs"))?.destination).toMatchObject({
      bufferSizeMiB: 128,
      bufferIntervalSeconds: 300,
      partitioning: { retrySeconds: 7 },
      stages: {
        subRecords: { kind: "DELIMITED", delimiter: "IyMjIw==" },
        metadataQuery: QUERY,
      },
    });
  });

  it.each([hints(1 / 16, 0), hints(0.5, 5), hints(1, 900), hints(128, 59)])(
    "takes buffers that AWS refuses: %j",
    async (given) => {
      const { call } = harness();
      await call("CreateDeliveryStream", createRequest(partitioned(given)));
      const { value } = await call("DescribeDeliveryStream", {
        DeliveryStreamName: "access-logs",
      });
      const [destination] = value.DeliveryStreamDescription.Destinations;
      expect(destination.ExtendedS3DestinationDescription).toMatchObject(given);
    },
  );

  it("refuses less than 64 KiB with AWS's sentence", async () => {
    expect(
      await harness().call("CreateDeliveryStream", createRequest(partitioned(hints(0.06, 5)))),
    ).toEqual(
      invalid(
        "Value at 'extendedS3DestinationConfiguration.bufferingHints.sizeInMBs' failed to satisfy constraint: Member must have value greater than or equal to 1",
      ),
    );
  });

  it.each([
    [
      partitioned(hints(63, 60)),
      "BufferingHints.SizeInMBs must be at least 64 when Dynamic Partitioning is enabled.",
    ],
    [
      partitioned(hints(64, 59)),
      "BufferingHints.IntervalInSeconds must be at least 60 seconds when Dynamic Partitioning is enabled.",
    ],
    [hints(0.5, 60), "BufferingHints.SizeInMBs must be at least 1."],
    [
      { ...hints(63, 60), DataFormatConversionConfiguration: {} },
      "BufferingHints.SizeInMBs must be at least 64 when data format conversion is enabled.",
    ],
  ])("refuses under AWS's own limits what AWS refuses: %j", async (extendedS3, message) => {
    const { call } = harness({ isStrict: true });
    expect(await call("CreateDeliveryStream", createRequest(extendedS3))).toEqual(
      invalidArgument(message),
    );
  });

  it("says in jq's words what is wrong with a query", async () => {
    const jq = { check: (program: string) => Promise.resolve(`jq: no ${program}`) };
    expect(
      await harness({ jq }).call("CreateDeliveryStream", createRequest(partitioned())),
    ).toEqual(invalidArgument(`MetaDataExtraction JQ Query is invalid: jq: no ${QUERY}`));
  });

  it.each([
    {
      Prefix: "!{partitionKeyFromLambda:id}/",
      ErrorOutputPrefix: "failed/!{firehose:error-output-type}/",
    },
    {
      S3BackupMode: "Enabled",
      S3BackupConfiguration: target({
        Prefix: "!{partitionKeyFromQuery:id}/",
        ErrorOutputPrefix: "failed/!{firehose:error-output-type}/",
      }),
    },
  ])("refuses partition keys in prefixes of what is not partitioned: %j", async (extendedS3) => {
    expect(await harness().call("CreateDeliveryStream", createRequest(extendedS3))).toEqual(
      invalidArgument(
        "S3 Prefix can't contain Dynamic Partitioning namespaces when Dynamic Partitioning is not enabled",
      ),
    );
  });
});

describe("UpdateDestination and dynamic partitioning", () => {
  const update = (members: object) => ({
    DeliveryStreamName: "access-logs",
    CurrentDeliveryStreamVersionId: "1",
    DestinationId: "destinationId-000000000001",
    ExtendedS3DestinationUpdate: members,
  });

  it("goes from one prefix and query to others", async () => {
    const { call, deliveryStreams } = harness();
    await call("CreateDeliveryStream", createRequest(partitioned()));
    const { Prefix, ProcessingConfiguration } = partitioned(
      { Prefix: "!{partitionKeyFromQuery:shop}/" },
      "{shop: .shop}",
    ) as { Prefix: string; ProcessingConfiguration?: object };
    const answer = await call("UpdateDestination", update({ Prefix, ProcessingConfiguration }));
    expect(answer.error).toBeUndefined();
    expect((await deliveryStreams.get("access-logs"))?.destination).toMatchObject({
      prefix: Prefix,
      stages: { metadataQuery: "{shop: .shop}" },
    });
  });

  it("asks jq about the query", async () => {
    const { call } = harness();
    await call("CreateDeliveryStream", createRequest(partitioned()));
    const jq = { check: () => Promise.resolve("jq: no") };
    expect(await call("UpdateDestination", update({ FileExtension: ".x" }), { jq })).toEqual(
      invalidArgument("MetaDataExtraction JQ Query is invalid: jq: no"),
    );
  });

  it("cannot be enabled later, nor disabled", async () => {
    const plain = harness();
    await plain.call("CreateDeliveryStream", createRequest());
    expect(await plain.call("UpdateDestination", update(partitioned()))).toEqual(
      invalidArgument(
        "Dynamic Partitioning cannot be enabled on a delivery stream that was created without it.",
      ),
    );
    const { call } = harness();
    await call("CreateDeliveryStream", createRequest(partitioned()));
    const without = {
      Prefix: "a/",
      ProcessingConfiguration: { Enabled: false },
      DynamicPartitioningConfiguration: { Enabled: false },
    };
    expect(await call("UpdateDestination", update(without))).toEqual(
      invalidArgument("Dynamic Partitioning cannot be disabled once it has been enabled."),
    );
  });
});
