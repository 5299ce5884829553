/** What is declared: each resource as it is made, and then one change of it after another. */

export interface Declared {
  /** In Terraform's language; of the names it uses, `NAME` stands for the case's own. */
  readonly text: string;
  /** Another one takes its place. */
  readonly isAnother?: true;
  /** The real provider knows it from version 6 on. */
  readonly isOfVersion6?: true;
}

export interface Case {
  readonly title: string;
  /** What is followed. */
  readonly address: string;
  readonly steps: readonly [Declared, ...Declared[]];
  /** Attributes that the provider cannot learn by an import. */
  readonly unlearned?: readonly string[];
}

const ROLE = "arn:aws:iam::000000000000:role/firehose";
const KEY = "arn:aws:kms:us-east-1:000000000000:key/2c5a1f53-6d21-4a0e-9f63-0d3f7a5b1c11";
const OTHER_KEY = "alias/aws/kinesis";

const stream = (body: string) => ({
  text: `resource "aws_kinesis_stream" "it" {\n  name = "NAME"\n${body}\n}\n`,
});

const streamCase = (title: string, ...bodies: readonly [string, ...string[]]): Case => ({
  title,
  address: "aws_kinesis_stream.it",
  steps: bodies.map(stream) as unknown as Case["steps"],
  // What matters to nobody but the next destroy.
  unlearned: ["enforce_consumer_deletion"],
});

interface Delivery {
  /** Attributes and blocks of `extended_s3_configuration` beside the bucket and the role. */
  readonly s3?: string;
  /** Of the resource itself. */
  readonly own?: string;
  /** Other resources. */
  readonly beside?: string;
}

const delivery = ({ s3 = "", own = "", beside = "" }: Delivery) => ({
  text: `${beside}
resource "aws_kinesis_firehose_delivery_stream" "it" {
  name        = "NAME"
  destination = "extended_s3"
  extended_s3_configuration {
    bucket_arn = "arn:aws:s3:::BUCKET"
    role_arn   = "${ROLE}"
    ${s3}
  }
  ${own}
}
`,
});

const deliveryCase = (title: string, ...given: readonly [Delivery, ...Delivery[]]): Case => ({
  title,
  address: "aws_kinesis_firehose_delivery_stream.it",
  steps: given.map(delivery) as unknown as Case["steps"],
});

const httpEndpoint = (own: string, bucket = "") => ({
  text: `resource "aws_kinesis_firehose_delivery_stream" "it" {
  name        = "NAME"
  destination = "http_endpoint"
  http_endpoint_configuration {
    ${own}
    s3_configuration {
      bucket_arn = "arn:aws:s3:::BUCKET"
      role_arn   = "${ROLE}"
      ${bucket}
    }
  }
}
`,
});

/** `processor("Lambda", { LambdaArn: … })` */
function processor(type: string, parameters: Readonly<Record<string, string>> = {}): string {
  const blocks = Object.entries(parameters).map(
    ([name, value]) =>
      `parameters {\n  parameter_name = "${name}"\n  parameter_value = ${JSON.stringify(value)}\n}`,
  );
  return `processors {\n  type = "${type}"\n${blocks.join("\n")}\n}`;
}

const processing = (...processors: readonly string[]) =>
  `processing_configuration {\n  enabled = true\n${processors.join("\n")}\n}`;

const FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:hydrant-dev-transform";

const conversion = (deserializer: string, parquet = "", version = "") => `
    buffering_size = 128
    data_format_conversion_configuration {
      input_format_configuration {
        deserializer {
          ${deserializer}
        }
      }
      output_format_configuration {
        serializer {
          parquet_ser_de {
            ${parquet}
          }
        }
      }
      schema_configuration {
        database_name = "analytics"
        table_name    = "clicks"
        role_arn      = "${ROLE}"
        ${version}
      }
    }`;

const partitioned = (query: string, prefix: string, retry = "", ...more: readonly string[]) => `
    buffering_size      = 64
    buffering_interval  = 60
    prefix              = "${prefix}"
    error_output_prefix = "errors/!{firehose:error-output-type}/"
    dynamic_partitioning_configuration {
      enabled = true
      ${retry}
    }
    ${processing(
      ...more,
      processor("MetadataExtraction", {
        MetadataExtractionQuery: query,
        JsonParsingEngine: "JQ-1.6",
      }),
      processor("AppendDelimiterToRecord", more.length > 0 ? {} : { Delimiter: "\\n" }),
    )}`;

const backup = (inside: string) => `
    s3_backup_mode = "Enabled"
    s3_backup_configuration {
      bucket_arn = "arn:aws:s3:::BUCKET"
      role_arn   = "${ROLE}"
      ${inside}
    }`;

const policy = (actions: readonly string[]) => `resource "aws_kinesis_stream" "beside" {
  name        = "NAME"
  shard_count = 1
}
resource "aws_kinesis_resource_policy" "it" {
  resource_arn = aws_kinesis_stream.beside.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "others"
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::111122223333:root" }
      Action    = ${JSON.stringify(actions)}
      Resource  = aws_kinesis_stream.beside.arn
    }]
  })
}
`;

const consumer = (name: string, tags: string) => `resource "aws_kinesis_stream" "beside" {
  name        = "NAME"
  shard_count = 1
}
resource "aws_kinesis_stream_consumer" "it" {
  name       = "${name}"
  stream_arn = aws_kinesis_stream.beside.arn
  ${tags}
}
`;

export const CASES: readonly Case[] = [
  streamCase(
    "a provisioned stream: shards, retention, metrics, record size, tags",
    "shard_count = 1",
    `shard_count = 2
     retention_period = 48
     shard_level_metrics = ["IncomingBytes", "OutgoingRecords"]
     max_record_size_in_kib = 2048
     tags = { team = "clicks", stage = "test" }`,
    `shard_count = 1
     retention_period = 24
     shard_level_metrics = ["IncomingBytes", "IteratorAgeMilliseconds"]
     tags = { team = "views" }`,
    "shard_count = 1",
  ),
  streamCase(
    "a stream that is encrypted, under another key, and not any more",
    `shard_count = 1
     encryption_type = "KMS"
     kms_key_id = "${KEY}"`,
    `shard_count = 1
     encryption_type = "KMS"
     kms_key_id = "${OTHER_KEY}"`,
    "shard_count = 1",
  ),
  streamCase(
    "a stream on demand, and provisioned",
    `stream_mode_details { stream_mode = "ON_DEMAND" }
     tags = { a = "1" }`,
    `stream_mode_details { stream_mode = "PROVISIONED" }
     shard_count = 4`,
    `stream_mode_details { stream_mode = "ON_DEMAND" }`,
  ),
  {
    title: "a stream of another name",
    address: "aws_kinesis_stream.it",
    unlearned: ["enforce_consumer_deletion"],
    steps: [
      { text: 'resource "aws_kinesis_stream" "it" {\n  name = "NAME-a"\n  shard_count = 1\n}\n' },
      {
        text: 'resource "aws_kinesis_stream" "it" {\n  name = "NAME-b"\n  shard_count = 1\n}\n',
        isAnother: true,
      },
    ],
  },
  {
    title: "a consumer: tags, another name",
    address: "aws_kinesis_stream_consumer.it",
    steps: [
      { text: consumer("reader", "") },
      { text: consumer("reader", 'tags = { team = "clicks" }'), isOfVersion6: true },
      { text: consumer("other", ""), isAnother: true },
    ],
  },
  {
    title: "a stream's policy",
    address: "aws_kinesis_resource_policy.it",
    steps: [
      { text: policy(["kinesis:PutRecord"]) },
      { text: policy(["kinesis:PutRecord", "kinesis:PutRecords"]) },
    ],
  },
  {
    title: "an HTTP endpoint: URL, key, request, bucket, and a secret",
    address: "aws_kinesis_firehose_delivery_stream.it",
    steps: [
      // What is left out the real provider sends as an empty text, which AWS refuses, too.
      httpEndpoint(`url = "https://intake.example.com/logs"
    name     = "intake"
    role_arn = "${ROLE}"`),
      httpEndpoint(
        `url                = "https://intake.example.com/events"
    name               = "intake"
    access_key         = "open-sesame"
    role_arn           = "${ROLE}"
    buffering_size     = 1
    buffering_interval = 60
    retry_duration     = 7200
    request_configuration {
      content_encoding = "GZIP"
      common_attributes {
        name  = "team"
        value = "clicks"
      }
      common_attributes {
        name  = "stage"
        value = "test"
      }
    }
    ${processing(processor("AppendDelimiterToRecord"))}`,
        'prefix = "failed/"\n compression_format = "GZIP"',
      ),
      // The provider makes it anew for another backup mode.
      {
        ...httpEndpoint(
          `url            = "https://intake.example.com/events"
    name           = "intake"
    role_arn       = "${ROLE}"
    s3_backup_mode = "AllData"
    request_configuration {
      common_attributes {
        name  = "team"
        value = "views"
      }
    }
    secrets_manager_configuration {
      enabled    = true
      secret_arn = "arn:aws:secretsmanager:us-east-1:000000000000:secret:intake-AbC123"
      role_arn   = "${ROLE}"
    }`,
        ),
        isAnother: true,
      },
    ],
  },
  deliveryCase(
    "a delivery stream: names, buffer, compression, zone, log, tags",
    {},
    {
      s3: `
    buffering_size      = 7
    buffering_interval  = 90
    prefix              = "clicks/!{timestamp:yyyy/MM/dd}/"
    error_output_prefix = "errors/!{firehose:error-output-type}/!{timestamp:yyyy}/"
    compression_format  = "GZIP"
    custom_time_zone    = "Europe/Berlin"
    file_extension      = ".json.gz"
    kms_key_arn         = "${KEY}"
    cloudwatch_logging_options {
      enabled         = true
      log_group_name  = "/aws/kinesisfirehose/NAME"
      log_stream_name = "DestinationDelivery"
    }`,
      own: 'tags = { team = "clicks", stage = "test" }',
    },
    {
      s3: `
    buffering_interval = 0
    prefix             = "clicks/"
    cloudwatch_logging_options { enabled = false }`,
      own: 'tags = { team = "views" }',
    },
    { s3: 'compression_format = "ZIP"' },
    {},
  ),
  ...["Snappy", "HADOOP_SNAPPY"].map((format) =>
    deliveryCase(format, { s3: `compression_format = "${format}"` }),
  ),
  deliveryCase(
    "a function in between",
    { s3: processing(processor("Lambda", { LambdaArn: FUNCTION })) },
    {
      s3: processing(
        processor("Lambda", {
          LambdaArn: FUNCTION,
          BufferSizeInMBs: "2",
          BufferIntervalInSeconds: "120",
          NumberOfRetries: "1",
        }),
      ),
    },
    { s3: processing(processor("Lambda", { LambdaArn: `${FUNCTION}:$LATEST` })) },
    {},
  ),
  deliveryCase(
    "logs of CloudWatch, unpacked",
    { s3: processing(processor("Decompression", { CompressionFormat: "GZIP" })) },
    {
      s3: processing(
        processor("Decompression", { CompressionFormat: "GZIP" }),
        processor("CloudWatchLogProcessing", { DataMessageExtraction: "true" }),
      ),
    },
  ),
  deliveryCase(
    "partitions by a query: keys, time, records taken apart",
    { s3: partitioned("{team: .team}", "team=!{partitionKeyFromQuery:team}/") },
    {
      s3: partitioned(
        "{team: .team, kind: .kind}",
        "team=!{partitionKeyFromQuery:team}/kind=!{partitionKeyFromQuery:kind}/",
        "retry_duration = 30",
        processor("RecordDeAggregation", { SubRecordType: "JSON" }),
      ),
    },
    {
      s3: partitioned(
        "{team: .team}",
        "team=!{partitionKeyFromQuery:team}/",
        "",
        processor("RecordDeAggregation", { SubRecordType: "DELIMITED", Delimiter: "Cg==" }),
      ),
    },
  ),
  deliveryCase(
    "Parquet, by OpenX's way of reading JSON",
    { s3: conversion("open_x_json_ser_de {}") },
    {
      s3: conversion(
        `open_x_json_ser_de {
           case_insensitive = false
           convert_dots_in_json_keys_to_underscores = true
           column_to_json_key_mappings = { at = "timestamp" }
         }`,
        `compression = "GZIP"
         block_size_bytes = 67108864
         page_size_bytes = 65536
         max_padding_bytes = 1024
         enable_dictionary_compression = true
         writer_version = "V2"`,
        'version_id = "LATEST"\n region = "us-east-1"',
      ),
    },
    {},
  ),
  deliveryCase(
    "Parquet, by Hive's",
    { s3: conversion("hive_json_ser_de {}", 'compression = "UNCOMPRESSED"') },
    {
      s3: conversion(
        'hive_json_ser_de { timestamp_formats = ["yyyy-MM-dd", "millis"] }',
        'compression = "SNAPPY"',
      ),
    },
  ),
  deliveryCase(
    "a backup of what was put",
    { s3: backup('prefix = "source/"') },
    {
      s3: backup(`prefix              = "source/!{timestamp:yyyy}/"
      error_output_prefix = "source-errors/"
      buffering_interval  = 60
      buffering_size      = 1
      compression_format  = "GZIP"
      kms_key_arn         = "${KEY}"
      cloudwatch_logging_options {
        enabled         = true
        log_group_name  = "/aws/kinesisfirehose/NAME"
        log_stream_name = "BackupDelivery"
      }`),
    },
    { s3: backup("") },
  ),
  deliveryCase(
    "a data stream as the source",
    {
      beside: 'resource "aws_kinesis_stream" "beside" {\n  name = "NAME"\n  shard_count = 1\n}\n',
      own: `kinesis_source_configuration {
    kinesis_stream_arn = aws_kinesis_stream.beside.arn
    role_arn           = "${ROLE}"
  }`,
    },
    {
      beside: 'resource "aws_kinesis_stream" "beside" {\n  name = "NAME"\n  shard_count = 1\n}\n',
      s3: "buffering_interval = 60",
      own: `kinesis_source_configuration {
    kinesis_stream_arn = aws_kinesis_stream.beside.arn
    role_arn           = "${ROLE}"
  }`,
    },
  ),
  deliveryCase(
    "a delivery stream that is encrypted, and not any more",
    { own: "server_side_encryption { enabled = true }" },
    { own: "server_side_encryption { enabled = false }" },
  ),
];
