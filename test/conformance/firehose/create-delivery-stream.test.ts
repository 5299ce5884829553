import {
  CreateDeliveryStreamCommand,
  DescribeDeliveryStreamCommand,
  type ExtendedS3DestinationConfiguration,
  type SplunkDestinationConfiguration,
} from "@aws-sdk/client-firehose";
import { describe, expect, it } from "vitest";
import {
  destination,
  expectRefusal,
  firehoseClient,
  httpEndpoint,
  NAME_PATTERN_VIOLATION,
  newStream,
  notNull,
  clientSending,
  splunk,
  snowflake,
  uniqueName,
  violations,
  icebergDestination,
} from "./client.ts";
import { REGION } from "../target.ts";

function create(members: Partial<ExtendedS3DestinationConfiguration>) {
  return new CreateDeliveryStreamCommand({
    DeliveryStreamName: uniqueName("create"),
    ExtendedS3DestinationConfiguration: destination(members),
  });
}

describe("CreateDeliveryStream: serialization", () => {
  const command = () => create({});

  it("refuses a name that is not a string", async () => {
    await expectRefusal(
      clientSending('{"DeliveryStreamName":1}').send(command()),
      "SerializationException",
      /can not be converted to an String/,
    );
  });

  it("refuses a destination that is not a structure", async () => {
    await expectRefusal(
      clientSending('{"ExtendedS3DestinationConfiguration":"bucket"}').send(command()),
      "SerializationException",
      /./,
    );
  });

  it("refuses a body that is not JSON", async () => {
    await expectRefusal(clientSending("{").send(command()), "SerializationException", /./s);
  });

  it("ignores members it does not know", async () => {
    await expectRefusal(
      clientSending('{"Flavour":"vanilla"}').send(command()),
      "ValidationException",
      violations(notNull("deliveryStreamName")),
    );
  });
});

describe("CreateDeliveryStream: validation", () => {
  it("reports all broken bounds at once", async () => {
    const call = firehoseClient().send(
      new CreateDeliveryStreamCommand({
        DeliveryStreamName: "a b",
        ExtendedS3DestinationConfiguration: destination({
          CompressionFormat: "SNAPPY" as never,
          FileExtension: "json",
        }),
      }),
    );
    await expectRefusal(
      call,
      "ValidationException",
      violations(
        NAME_PATTERN_VIOLATION,
        "Value at 'extendedS3DestinationConfiguration.compressionFormat' failed to satisfy constraint: Member must satisfy enum value set: [ZIP, HADOOP_SNAPPY, Snappy, GZIP, UNCOMPRESSED]",
        String.raw`Value at 'extendedS3DestinationConfiguration.fileExtension' failed to satisfy constraint: Member must satisfy regular expression pattern: ^(|\.[0-9a-z!\-_.*'()]+)$`,
      ),
    );
  });

  it("needs exactly one destination", async () => {
    const client = firehoseClient();
    const message = "Exactly one destination configuration is supported for a Firehose";
    const DeliveryStreamName = uniqueName("create");
    const none = new CreateDeliveryStreamCommand({ DeliveryStreamName });
    await expectRefusal(client.send(none), "InvalidArgumentException", message);
    const two = new CreateDeliveryStreamCommand({
      DeliveryStreamName,
      ExtendedS3DestinationConfiguration: destination(),
      S3DestinationConfiguration: destination(),
    });
    await expectRefusal(client.send(two), "InvalidArgumentException", message);
  });

  it.each([
    [
      { Prefix: "!{timestamp:yyyy}/" },
      "Ths supplied prefix(es) do not satisfy the following constraint: ErrorOutputPrefix cannot be null or empty when Prefix contains expressions",
    ],
    [
      { Prefix: "!{timestamp", ErrorOutputPrefix: "failed/" },
      "Ths supplied prefix(es) do not satisfy the following constraint: Invalid expression usage",
    ],
    [
      { ErrorOutputPrefix: "!{timestamp:yyyy}/" },
      "Ths supplied prefix(es) do not satisfy the following constraint: ErrorOutputPrefix must contain at least one occurrence of !{firehose:error-output-type}",
    ],
    [
      { S3BackupMode: "Enabled" as const },
      "S3 backup destination configuration is required when enabling S3 backup.",
    ],
  ])("refuses %j", async (members, message) => {
    await expectRefusal(
      firehoseClient().send(create(members)),
      "InvalidArgumentException",
      message,
    );
  });

  it("names what is not offered", async () => {
    await expectRefusal(
      firehoseClient().send(
        new CreateDeliveryStreamCommand({
          DeliveryStreamName: uniqueName("create"),
          SnowflakeDestinationConfiguration: snowflake({
            SnowflakeVpcConfiguration: {
              PrivateLinkVpceId: "com.amazonaws.vpce.eu-west-1.vpce-svc-0123456789abcdef0",
            },
          }),
        }),
      ),
      "InvalidArgumentException",
      /^SnowflakeVpcConfiguration is not offered by Hydrant yet: /,
    );
  });

  it("names what is wrong with an HTTP endpoint's shapes under its path", async () => {
    await expectRefusal(
      firehoseClient().send(
        new CreateDeliveryStreamCommand({
          DeliveryStreamName: uniqueName("create"),
          HttpEndpointDestinationConfiguration: {
            EndpointConfiguration: { Url: "ftp://intake.example.com" },
            BufferingHints: { SizeInMBs: 65, IntervalInSeconds: 60 },
            S3Configuration: undefined,
          },
        }),
      ),
      "ValidationException",
      violations(
        "Value at 'httpEndpointDestinationConfiguration.endpointConfiguration.url' failed to satisfy constraint: Member must satisfy regular expression pattern: https://.*",
        "Value at 'httpEndpointDestinationConfiguration.bufferingHints.sizeInMBs' failed to satisfy constraint: Member must have value less than or equal to 64",
        notNull("httpEndpointDestinationConfiguration.s3Configuration"),
      ),
    );
  });

  it("refuses common attributes of an HTTP endpoint that have the same name", async () => {
    const twice = { AttributeName: "source", AttributeValue: "a" };
    await expectRefusal(
      firehoseClient().send(
        new CreateDeliveryStreamCommand({
          DeliveryStreamName: uniqueName("create"),
          HttpEndpointDestinationConfiguration: {
            ...httpEndpoint(),
            RequestConfiguration: { CommonAttributes: [twice, twice] },
          },
        }),
      ),
      "InvalidArgumentException",
      /^Http Endpoint Common Attributes have duplicate name/,
    );
  });
});

describe("CreateDeliveryStream: Splunk", () => {
  const createSplunk = (members: Partial<SplunkDestinationConfiguration>) =>
    new CreateDeliveryStreamCommand({
      DeliveryStreamName: uniqueName("create"),
      SplunkDestinationConfiguration: splunk(members),
    });

  it("names what is wrong with its shapes under its path", async () => {
    await expectRefusal(
      firehoseClient().send(
        createSplunk({ HECAcknowledgmentTimeoutInSeconds: 601, HECEndpointType: undefined }),
      ),
      "ValidationException",
      violations(
        notNull("splunkDestinationConfiguration.hECEndpointType"),
        "Value at 'splunkDestinationConfiguration.hECAcknowledgmentTimeoutInSeconds' failed to satisfy constraint: Member must have value less than or equal to 600",
      ),
    );
  });

  it.each([
    [
      { HECEndpoint: "https://splunk.example.com/services/collector" },
      "Invalid HECEndpoint. Supported endpoint format is https://<domain>:<port>.",
    ],
    [{ SecretsManagerConfiguration: { Enabled: true } }, "Invalid secret ARN: null"],
  ])("refuses %j", async (members, message) => {
    await expectRefusal(
      firehoseClient().send(createSplunk(members)),
      "InvalidArgumentException",
      message,
    );
  });
});

describe("CreateDeliveryStream: behaviour", () => {
  it("answers the stream's ARN", async () => {
    const client = firehoseClient();
    const name = await newStream(client);
    const { DeliveryStreamDescription } = await client.send(
      new DescribeDeliveryStreamCommand({ DeliveryStreamName: name }),
    );
    expect(DeliveryStreamDescription?.DeliveryStreamARN).toMatch(
      new RegExp(`^arn:aws:firehose:${REGION}:\\d{12}:deliverystream/${name}$`),
    );
  });

  it("refuses a name that is taken", async () => {
    const client = firehoseClient();
    const name = await newStream(client);
    await expectRefusal(
      newStream(client, { DeliveryStreamName: name }),
      "ResourceInUseException",
      new RegExp(`^Firehose ${name} under accountId \\d{12} already exists$`),
    );
  });
});

describe("CreateDeliveryStream: OpenSearch", () => {
  const roleArn = destination().RoleARN;

  it("fills in the defaults of a domain", async () => {
    const client = firehoseClient();
    const DomainARN = `arn:aws:es:${REGION}:000000000000:domain/logs`;
    const name = await newStream(client, {
      ExtendedS3DestinationConfiguration: undefined,
      AmazonopensearchserviceDestinationConfiguration: {
        RoleARN: roleArn,
        DomainARN,
        IndexName: "logs",
        S3Configuration: destination(),
      },
    });
    const { DeliveryStreamDescription } = await client.send(
      new DescribeDeliveryStreamCommand({ DeliveryStreamName: name }),
    );
    const [shown] = DeliveryStreamDescription!.Destinations!;
    expect(shown?.AmazonopensearchserviceDestinationDescription).toMatchObject({
      RoleARN: roleArn,
      DomainARN,
      IndexName: "logs",
      IndexRotationPeriod: "OneDay",
      DocumentIdOptions: { DefaultDocumentIdFormat: "FIREHOSE_DEFAULT" },
      BufferingHints: { SizeInMBs: 5, IntervalInSeconds: 300 },
      RetryOptions: { DurationInSeconds: 300 },
      S3BackupMode: "FailedDocumentsOnly",
    });
  });

  it("asks for a domain or an endpoint, and of a collection for its endpoint", async () => {
    const members = { RoleARN: roleArn, IndexName: "logs", S3Configuration: destination() };
    await expectRefusal(
      firehoseClient().send(
        new CreateDeliveryStreamCommand({
          DeliveryStreamName: uniqueName("create"),
          ElasticsearchDestinationConfiguration: members,
        }),
      ),
      "InvalidArgumentException",
      "Provide either the Elasticsearch cluster endpoint or domain arn.",
    );
    await expectRefusal(
      firehoseClient().send(
        new CreateDeliveryStreamCommand({
          DeliveryStreamName: uniqueName("create"),
          AmazonOpenSearchServerlessDestinationConfiguration: members,
        }),
      ),
      "InvalidArgumentException",
      "Must specify collection endpoint for delivery to OpenSearch serverless.",
    );
  });
});

describe("CreateDeliveryStream: dynamic partitioning", () => {
  const partitioned = (
    query: string,
    members: Partial<ExtendedS3DestinationConfiguration> = {},
  ): Partial<ExtendedS3DestinationConfiguration> => ({
    Prefix: "!{partitionKeyFromQuery:customer}/",
    ErrorOutputPrefix: "failed/!{firehose:error-output-type}/",
    BufferingHints: { SizeInMBs: 64, IntervalInSeconds: 60 },
    DynamicPartitioningConfiguration: { Enabled: true, RetryOptions: { DurationInSeconds: 60 } },
    ProcessingConfiguration: {
      Enabled: true,
      Processors: [
        {
          Type: "RecordDeAggregation",
          Parameters: [{ ParameterName: "SubRecordType", ParameterValue: "JSON" }],
        },
        {
          Type: "MetadataExtraction",
          Parameters: [
            { ParameterName: "MetadataExtractionQuery", ParameterValue: query },
            { ParameterName: "JsonParsingEngine", ParameterValue: "JQ-1.6" },
          ],
        },
      ],
    },
    ...members,
  });

  it("is shown as it was asked for", async () => {
    const client = firehoseClient();
    const given = partitioned("{customer: .id}");
    const name = await newStream(client, {
      ExtendedS3DestinationConfiguration: destination(given),
    });
    const { DeliveryStreamDescription } = await client.send(
      new DescribeDeliveryStreamCommand({ DeliveryStreamName: name }),
    );
    expect(
      DeliveryStreamDescription?.Destinations?.[0]?.ExtendedS3DestinationDescription,
    ).toMatchObject(given);
  });

  it.each([
    [
      partitioned("{customer: .id}", { Prefix: "logs/" }),
      "S3 Prefix should contain Dynamic Partitioning namespaces when Dynamic Partitioning is enabled",
    ],
    [
      partitioned("{customer: .id, other: .other}"),
      "MetaDataExtraction JQ Query can't contain keys that are not present in the S3 Prefix expression",
    ],
    [
      partitioned("{customer: .id}", { ProcessingConfiguration: { Enabled: false } }),
      "Processing Configuration is not enabled when DataPartitioning is enabled",
    ],
    [
      partitioned("{customer: .id}", {
        Prefix: "!{partitionKeyFromQuery:customer}/!{partitionKeyFromLambda:shop}/",
      }),
      "Lambda should be present when S3 Prefix contains keys from partitionKeyFromLambda namespace",
    ],
  ])("refuses %j", async (members, message) => {
    await expectRefusal(
      firehoseClient().send(create(members)),
      "InvalidArgumentException",
      new RegExp(`^${message}$`),
    );
  });

  it("refuses a query that is no jq, in jq's words", async () => {
    await expectRefusal(
      firehoseClient().send(create(partitioned("{customer: .id | nothing}"))),
      "InvalidArgumentException",
      /^MetaDataExtraction JQ Query is invalid: jq: error: nothing\/0 is not defined at /,
    );
  });
});

describe("record metadata", () => {
  const asking = (query: string) => ({
    ProcessingConfiguration: {
      Enabled: true,
      Processors: [
        {
          Type: "MetadataExtraction" as const,
          Parameters: [
            { ParameterName: "JsonParsingEngine" as const, ParameterValue: "RecordMetadata" },
            { ParameterName: "MetadataExtractionQuery" as const, ParameterValue: query },
          ],
        },
      ],
    },
  });

  it("is asked for through the SDKs as they are, and shown as it was", async () => {
    const client = firehoseClient();
    const given = asking('{"arrived_at":"arrivalTimestamp"}');
    const name = await newStream(client, {
      ExtendedS3DestinationConfiguration: destination(given),
    });
    const { DeliveryStreamDescription } = await client.send(
      new DescribeDeliveryStreamCommand({ DeliveryStreamName: name }),
    );
    expect(
      DeliveryStreamDescription?.Destinations?.[0]?.ExtendedS3DestinationDescription,
    ).toMatchObject(given);
  });

  it("is refused where it asks for what there is not", async () => {
    await expectRefusal(
      firehoseClient().send(create(asking('{"arrived_at":"when"}'))),
      "InvalidArgumentException",
      /^MetadataExtractionQuery of RecordMetadata: arrived_at has to be one of arrival, /,
    );
  });
});

describe("CreateDeliveryStream: Iceberg tables", () => {
  const createIceberg = (members: Parameters<typeof icebergDestination>[0]) =>
    newStream(firehoseClient(), { IcebergDestinationConfiguration: icebergDestination(members) });

  it("refuses what is wrong with the shapes under the configuration's path", async () => {
    await expectRefusal(
      createIceberg({ CatalogConfiguration: { CatalogARN: "arn:aws:s3:::lake" } }),
      "ValidationException",
      /^1 validation error detected: Value at 'icebergDestinationConfiguration\.catalogConfiguration\.catalogARN' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:/,
    );
  });

  it("refuses a backup of all data", async () => {
    await expectRefusal(
      createIceberg({ S3BackupMode: "AllData" }),
      "InvalidArgumentException",
      "S3BackupMode.AllData is not supported for Iceberg as destination.",
    );
  });

  it("refuses no table, and more than one, where nothing says which is meant", async () => {
    const sentence =
      "A single default destination table configuration must be provided when both Lambda and MetadataExtraction processors are not provided";
    const [table] = icebergDestination().DestinationTableConfigurationList ?? [];
    for (const tables of [[], [table!, table!]]) {
      await expectRefusal(
        createIceberg({ DestinationTableConfigurationList: tables }),
        "InvalidArgumentException",
        sentence,
      );
    }
  });
});

describe("a destination in Redshift", () => {
  const redshift = (members: object = {}) => ({
    RoleARN: destination().RoleARN,
    ClusterJDBCURL: `jdbc:redshift://logs.abc123xyz789.${REGION}.redshift.amazonaws.com:5439/dev`,
    CopyCommand: { DataTableName: "logs", CopyOptions: "JSON 'auto'" },
    Username: "loader",
    Password: "not-shown-again",
    S3Configuration: destination({ CompressionFormat: "GZIP" }),
    ...members,
  });

  it("is taken as it is, and described without its password", async () => {
    const client = firehoseClient();
    const name = await newStream(client, {
      ExtendedS3DestinationConfiguration: undefined,
      RedshiftDestinationConfiguration: redshift(),
    });
    const { DeliveryStreamDescription } = await client.send(
      new DescribeDeliveryStreamCommand({ DeliveryStreamName: name }),
    );
    const { RedshiftDestinationDescription: described } =
      DeliveryStreamDescription?.Destinations?.[0] ?? {};
    expect(described).toMatchObject({
      ClusterJDBCURL: redshift().ClusterJDBCURL,
      CopyCommand: redshift().CopyCommand,
      Username: "loader",
      RetryOptions: { DurationInSeconds: 3600 },
      S3DestinationDescription: { CompressionFormat: "GZIP" },
    });
    expect(JSON.stringify(described)).not.toContain("not-shown-again");
  });

  it("is refused with a compression that COPY does not read", async () => {
    const command = new CreateDeliveryStreamCommand({
      DeliveryStreamName: uniqueName("create"),
      RedshiftDestinationConfiguration: redshift({
        S3Configuration: destination({ CompressionFormat: "Snappy" }),
      }),
    });
    await expectRefusal(
      firehoseClient().send(command),
      "InvalidArgumentException",
      /^Compression format Snappy is not supported for Redshift/,
    );
  });
});
