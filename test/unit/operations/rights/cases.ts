/** For every operation that is offered: a call of it, and the rights that it needs. */
import { SERVICES } from "../../../../src/operations/services.ts";
import { createRequest } from "../firehose/harness.ts";
import { REGION } from "../kinesis/harness.ts";
import { ACCOUNT_ID, CLICKS, FIREHOSE, ORDERS, readsClicks, type World } from "./world.ts";

type Right = readonly [action: string, resource: string];

export interface Case {
  readonly operation: string;
  /** What is special about it, where there are several. */
  readonly how: string;
  input(world: World): object | Promise<object>;
  /** In the order in which they are asked for. */
  rights(world: World): readonly Right[];
  /** What it is not allowed with a denial on these. */
  under(world: World): readonly Right[];
}

const SHARD = "shardId-000000000000";
const LOGS = `${FIREHOSE}/logs`;
const ARCHIVE = `${FIREHOSE}/archive`;
const use = (resource: string): Right => ["hydrant:UseTarget", resource];
const of = (service: string, rest: string) => `arn:aws:${service}:${REGION}:${ACCOUNT_ID}:${rest}`;
const ROLE = `arn:aws:iam::${ACCOUNT_ID}:role/firehose`;
/** What every new delivery stream of these names. */
const USE_ITS_OWN = [use(ROLE), use("arn:aws:s3:::deliveries/")];
const USE_MINE = use("arn:aws:s3:::mine/");
const CLEAN = of("lambda", "function:clean");
const KEY_ARN = of("kms", "key/one");
const READ_CLICKS: Right = ["kinesis:GetRecords", CLICKS];
const Policy = JSON.stringify({ Statement: [] });
const Data = Buffer.from("record").toString("base64");
const mappingArn = ({ mappingUuid }: World) =>
  `arn:aws:lambda:${REGION}:${ACCOUNT_ID}:event-source-mapping:${mappingUuid}`;

interface Sketch extends Partial<Omit<Case, "operation">> {
  /** The operation's own right is on it. */
  readonly on?: string | ((world: World) => string);
  /** What it needs besides. */
  readonly also?: readonly Right[];
}

type Sketches = Readonly<Record<string, readonly Sketch[]>>;

/** One that names its stream by name or ARN. */
function ofStream(members: object = {}): readonly Sketch[] {
  return [
    { how: "by name", input: () => ({ StreamName: "clicks", ...members }), on: CLICKS },
    { how: "by ARN", input: () => ({ StreamARN: CLICKS, ...members }), on: CLICKS },
  ];
}

/** One on any resource of Kinesis's. */
function ofResource(operation: string, members: object = {}): readonly Sketch[] {
  return [
    { how: "of a stream", input: () => ({ ResourceARN: CLICKS, ...members }), on: CLICKS },
    {
      how: "of a consumer",
      input: ({ consumerArn }) => ({ ResourceARN: consumerArn, ...members }),
      on: ({ consumerArn }) => consumerArn,
      under: () => [[`kinesis:${operation}`, CLICKS]],
    },
  ];
}

function ofConsumer(operation: string): readonly Sketch[] {
  const on = ({ consumerArn }: World) => consumerArn;
  const under = (): readonly Right[] => [[`kinesis:${operation}`, CLICKS]];
  return [
    { how: "by ARN", input: ({ consumerArn }) => ({ ConsumerARN: consumerArn }), on, under },
    {
      how: "by stream and name",
      input: () => ({ StreamARN: CLICKS, ConsumerName: "reader" }),
      on,
      under,
    },
  ];
}

/** One on a delivery stream; on one that reads a data stream it needs what is `also` needed. */
function ofDelivery(members: object = {}, also: readonly Right[] = []): readonly Sketch[] {
  return [
    { how: "of Direct PUT", input: () => ({ DeliveryStreamName: "logs", ...members }), on: LOGS },
    {
      how: "of one that reads a data stream",
      input: () => ({ DeliveryStreamName: "archive", ...members }),
      on: ARCHIVE,
      also,
    },
  ];
}

function ofMapping(members: object = {}, also: readonly Right[] = []): readonly Sketch[] {
  return [
    { input: ({ mappingUuid }) => ({ UUID: mappingUuid, ...members }), on: mappingArn, also },
  ];
}

const kinesis: Sketches = {
  AddTagsToStream: ofStream({ Tags: { a: "b" } }),
  CreateStream: [
    { input: () => ({ StreamName: "new", ShardCount: 1 }), on: newOf(CLICKS) },
    {
      how: "with tags",
      input: () => ({ StreamName: "new", ShardCount: 1, Tags: { a: "b" } }),
      on: newOf(CLICKS),
      also: [["kinesis:AddTagsToStream", newOf(CLICKS)]],
    },
  ],
  DecreaseStreamRetentionPeriod: ofStream({ RetentionPeriodHours: 24 }),
  DeleteResourcePolicy: ofResource("DeleteResourcePolicy"),
  DeleteStream: ofStream(),
  DeregisterStreamConsumer: ofConsumer("DeregisterStreamConsumer"),
  DescribeLimits: [{}],
  DescribeStream: ofStream(),
  DescribeStreamConsumer: ofConsumer("DescribeStreamConsumer"),
  DescribeStreamSummary: ofStream(),
  DisableEnhancedMonitoring: ofStream({ ShardLevelMetrics: ["ALL"] }),
  EnableEnhancedMonitoring: ofStream({ ShardLevelMetrics: ["ALL"] }),
  GetRecords: [
    {
      how: "by an iterator that another key was given",
      input: async ({ iterator }) => ({ ShardIterator: await iterator("clicks") }),
      on: CLICKS,
    },
    {
      how: "with another stream named beside the iterator",
      input: async ({ iterator }) => ({
        ShardIterator: await iterator("clicks"),
        StreamARN: ORDERS,
      }),
      on: CLICKS,
    },
    { how: "by no iterator", input: () => ({ ShardIterator: "none", StreamARN: CLICKS }), on: "*" },
  ],
  GetResourcePolicy: ofResource("GetResourcePolicy"),
  GetShardIterator: ofStream({ ShardId: SHARD, ShardIteratorType: "LATEST" }),
  IncreaseStreamRetentionPeriod: ofStream({ RetentionPeriodHours: 48 }),
  ListShards: [
    ...ofStream(),
    {
      how: "by a token that another key was given",
      input: async (world) => ({ NextToken: await shardsToken(world) }),
      on: CLICKS,
    },
    {
      how: "with another stream named beside the token",
      input: async (world) => ({ NextToken: await shardsToken(world), StreamName: "orders" }),
      on: CLICKS,
    },
  ],
  ListStreamConsumers: ofStream().slice(1),
  ListStreams: [{}],
  ListTagsForResource: ofResource("ListTagsForResource"),
  ListTagsForStream: ofStream(),
  MergeShards: ofStream({ ShardToMerge: SHARD, AdjacentShardToMerge: "shardId-000000000001" }),
  PutRecord: ofStream({ PartitionKey: "a", Data }),
  PutRecords: ofStream({ Records: [{ PartitionKey: "a", Data }] }),
  PutResourcePolicy: ofResource("PutResourcePolicy", { Policy }),
  RegisterStreamConsumer: [
    { input: () => ({ StreamARN: CLICKS, ConsumerName: "new" }), on: CLICKS },
    {
      how: "with tags",
      input: () => ({ StreamARN: CLICKS, ConsumerName: "new", Tags: { a: "b" } }),
      on: CLICKS,
      also: [["kinesis:TagResource", `${CLICKS}/consumer/new:`]],
      under: () => [["kinesis:TagResource", CLICKS]],
    },
  ],
  RemoveTagsFromStream: ofStream({ TagKeys: ["a"] }),
  SplitShard: ofStream({ ShardToSplit: SHARD, NewStartingHashKey: "1000" }),
  StartStreamEncryption: ofStream({ EncryptionType: "KMS", KeyId: "alias/aws/kinesis" }),
  StopStreamEncryption: ofStream({ EncryptionType: "KMS", KeyId: "alias/aws/kinesis" }),
  SubscribeToShard: [
    {
      how: "through somebody's consumer",
      input: ({ consumerArn }) => ({
        ConsumerARN: consumerArn,
        ShardId: SHARD,
        StartingPosition: { Type: "TRIM_HORIZON" },
      }),
      on: ({ consumerArn }) => consumerArn,
      under: () => [["kinesis:SubscribeToShard", CLICKS]],
    },
  ],
  TagResource: ofResource("TagResource", { Tags: { a: "b" } }),
  UntagResource: ofResource("UntagResource", { TagKeys: ["a"] }),
  UpdateMaxRecordSize: ofStream({ MaxRecordSizeInKiB: 2048 }).slice(1),
  UpdateShardCount: ofStream({ TargetShardCount: 3, ScalingType: "UNIFORM_SCALING" }),
  UpdateStreamMode: ofStream({ StreamModeDetails: { StreamMode: "ON_DEMAND" } }).slice(1),
};

const key = { DeliveryStreamEncryptionConfigurationInput: { KeyType: "AWS_OWNED_CMK" } };
const newDelivery = (members: object = {}) =>
  createRequest({}, { DeliveryStreamName: "new", ...members });
const NEW_DELIVERY = `${FIREHOSE}/new`;
const updateTo = (DeliveryStreamName: string, ExtendedS3DestinationUpdate: object) => ({
  DeliveryStreamName,
  ...update,
  ExtendedS3DestinationUpdate,
});
const update = { CurrentDeliveryStreamVersionId: "1", DestinationId: "destinationId-000000000001" };

/** All kinds of targets there are. */
const namesAll = {
  Prefix: "team-a/!{timestamp:yyyy}/",
  ErrorOutputPrefix: "errors/!{firehose:error-output-type}/",
  EncryptionConfiguration: { KMSEncryptionConfig: { AWSKMSKeyARN: of("kms", "alias/objects") } },
  CloudWatchLoggingOptions: { Enabled: true, LogGroupName: "errors", LogStreamName: "s3" },
  S3BackupMode: "Enabled",
  S3BackupConfiguration: {
    RoleARN: `${ROLE}-backup`,
    BucketARN: "arn:aws:s3:::originals",
    Prefix: "raw/",
  },
  ...lambda("clean"),
  DataFormatConversionConfiguration: {
    SchemaConfiguration: { RoleARN: `${ROLE}-glue`, DatabaseName: "Logs", TableName: "Access" },
    InputFormatConfiguration: { Deserializer: { OpenXJsonSerDe: {} } },
    OutputFormatConfiguration: { Serializer: { ParquetSerDe: {} } },
  },
};

function lambda(ParameterValue: string) {
  const Parameters = [{ ParameterName: "LambdaArn", ParameterValue }];
  return {
    ProcessingConfiguration: { Enabled: true, Processors: [{ Type: "Lambda", Parameters }] },
  };
}

const USE_ALL = [
  use(ROLE),
  use("arn:aws:s3:::deliveries/team-a/"),
  use("arn:aws:s3:::deliveries/errors/"),
  use(of("kms", "alias/objects")),
  use(of("logs", "log-group:errors:log-stream:s3")),
  use(`${ROLE}-backup`),
  use("arn:aws:s3:::originals/raw/"),
  use(CLEAN),
  use(`${ROLE}-glue`),
  use(of("glue", "catalog")),
  use(of("glue", "database/logs")),
  use(of("glue", "table/logs/access")),
];
const ofKey = {
  DeliveryStreamEncryptionConfigurationInput: { KeyType: "CUSTOMER_MANAGED_CMK", KeyARN: KEY_ARN },
};

const firehose: Sketches = {
  CreateDeliveryStream: [
    { how: "of Direct PUT", input: () => newDelivery(), on: NEW_DELIVERY, also: USE_ITS_OWN },
    {
      how: "of one that reads a data stream",
      input: () => newDelivery(readsClicks),
      on: NEW_DELIVERY,
      also: [READ_CLICKS, ...USE_ITS_OWN],
    },
    {
      how: "with tags",
      input: () => newDelivery({ Tags: [{ Key: "a", Value: "b" }] }),
      on: NEW_DELIVERY,
      also: [["firehose:TagDeliveryStream", NEW_DELIVERY], ...USE_ITS_OWN],
    },
    {
      how: "with everything that can be named",
      input: () => ({ ...createRequest(namesAll, { DeliveryStreamName: "new" }), ...ofKey }),
      on: NEW_DELIVERY,
      also: [...USE_ALL, use(KEY_ARN)],
    },
  ],
  DeleteDeliveryStream: ofDelivery(),
  DescribeDeliveryStream: ofDelivery(),
  ListDeliveryStreams: [{}],
  ListTagsForDeliveryStream: ofDelivery(),
  PutRecord: ofDelivery({ Record: { Data } }),
  PutRecordBatch: ofDelivery({ Records: [{ Data }] }),
  StartDeliveryStreamEncryption: [
    ...ofDelivery(key),
    {
      how: "with a key",
      input: () => ({ DeliveryStreamName: "logs", ...ofKey }),
      on: LOGS,
      also: [use(KEY_ARN)],
    },
  ],
  StopDeliveryStreamEncryption: ofDelivery(),
  TagDeliveryStream: ofDelivery({ Tags: [{ Key: "a", Value: "b" }] }),
  UntagDeliveryStream: ofDelivery({ TagKeys: ["a"] }),
  UpdateDestination: [
    ...ofDelivery({ ...update, ExtendedS3DestinationUpdate: { CompressionFormat: "GZIP" } }, [
      READ_CLICKS,
    ]),
    {
      how: "to another bucket",
      input: () => updateTo("archive", { BucketARN: "arn:aws:s3:::mine" }),
      on: ARCHIVE,
      also: [READ_CLICKS, USE_MINE],
    },
    {
      how: "to another folder of its bucket",
      input: () => updateTo("logs", { Prefix: "team-b/" }),
      on: LOGS,
      also: [use("arn:aws:s3:::deliveries/team-b/")],
    },
    {
      how: "with everything that can be named",
      input: () => {
        const { S3BackupConfiguration: S3BackupUpdate, ...rest } = namesAll;
        return updateTo("logs", { ...rest, S3BackupUpdate });
      },
      on: LOGS,
      also: USE_ALL.slice(1),
    },
  ],
};

const mapped = { FunctionName: "clean", StartingPosition: "TRIM_HORIZON" };
const reportsTo = (Destination: string) => ({ DestinationConfig: { OnFailure: { Destination } } });
const somewhereElse = { Destination: { BucketARN: "arn:aws:s3:::mine" } };
const OTHER_STAGES = { ProcessingConfiguration: { Enabled: false } };
const updating = (name: string): Right => ["firehose:UpdateDestination", `${FIREHOSE}/${name}`];
const run = { ReplayId: "7b1c4bd7-43c9-4d27-9a1c-6c4a0b3f21aa" };
const redriven = { RedriveId: "7b1c4bd7-43c9-4d27-9a1c-6c4a0b3f21aa" };

const hydrant: Sketches = {
  CreateDeliveryStream: [
    {
      how: "of Direct PUT",
      input: () => newDelivery(),
      on: NEW_DELIVERY,
      also: [["firehose:CreateDeliveryStream", NEW_DELIVERY], ...USE_ITS_OWN],
    },
    {
      how: "of one that reads a data stream from its oldest record",
      input: () => newDelivery({ ...readsClicks, StartingPosition: "TRIM_HORIZON" }),
      on: NEW_DELIVERY,
      also: [["firehose:CreateDeliveryStream", NEW_DELIVERY], READ_CLICKS, ...USE_ITS_OWN],
    },
    {
      how: "with tags",
      input: () => newDelivery({ Tags: [{ Key: "a", Value: "b" }] }),
      on: NEW_DELIVERY,
      also: [
        ["firehose:CreateDeliveryStream", NEW_DELIVERY],
        ["firehose:TagDeliveryStream", NEW_DELIVERY],
        ...USE_ITS_OWN,
      ],
    },
  ],
  CreateEventSourceMapping: [
    {
      how: "of a stream",
      input: () => ({ EventSourceArn: ORDERS, ...mapped }),
      on: ORDERS,
      also: [["kinesis:GetRecords", ORDERS], use(CLEAN)],
    },
    {
      how: "that reports to a queue",
      input: () => ({ EventSourceArn: ORDERS, ...mapped, ...reportsTo(of("sqs", "failures")) }),
      on: ORDERS,
      also: [["kinesis:GetRecords", ORDERS], use(CLEAN), use(of("sqs", "failures"))],
    },
    {
      how: "of an alias, that reports to a bucket",
      input: () => ({
        EventSourceArn: ORDERS,
        ...mapped,
        FunctionName: `${CLEAN}:PROD`,
        ...reportsTo("arn:aws:s3:::failures"),
      }),
      on: ORDERS,
      also: [
        ["kinesis:GetRecords", ORDERS],
        use(`${CLEAN}:PROD`),
        use("arn:aws:s3:::failures/aws/lambda/"),
      ],
    },
    {
      how: "of somebody's consumer",
      input: ({ consumerArn }) => ({
        EventSourceArn: consumerArn,
        ...mapped,
        FunctionName: "other",
      }),
      rights: ({ consumerArn }) => [
        ["hydrant:CreateEventSourceMapping", consumerArn],
        ["kinesis:SubscribeToShard", consumerArn],
        READ_CLICKS,
        use(of("lambda", "function:other")),
      ],
      under: () => [
        ["hydrant:CreateEventSourceMapping", CLICKS],
        ["kinesis:SubscribeToShard", CLICKS],
      ],
    },
  ],
  DeleteEventSourceMapping: ofMapping(),
  DescribeDelivery: ofDelivery(),
  DescribeDeliveryProgress: ofDelivery(),
  DescribeEventSourceMappingProgress: ofMapping(),
  DescribeRedrive: ofDelivery(redriven),
  DescribeReplay: ofDelivery(run),
  GetDeliveryRecords: ofDelivery({}, [READ_CLICKS]),
  GetEventSourceMapping: ofMapping(),
  ListDeliveries: ofDelivery(),
  ListDeliveryProgress: [{}],
  ListEventSourceMappings: [{}],
  ListRedrives: ofDelivery(),
  ListReplays: ofDelivery(),
  LocateRecord: ofDelivery({ RecordId: "1" }, [READ_CLICKS]),
  PauseDelivery: ofDelivery(),
  ResumeDelivery: ofDelivery(),
  StartRedrive: [
    ...ofDelivery({}, [READ_CLICKS]),
    ...ofDelivery({ Prefix: "processing-failed/2026/" }, [READ_CLICKS]),
    {
      how: "that moves what it has handled",
      input: () => ({ DeliveryStreamName: "logs", AfterRedrive: "MOVE" }),
      on: LOGS,
      also: [use("arn:aws:s3:::deliveries/redriven/")],
    },
    {
      how: "of objects that are not among its failed records",
      input: () => ({ DeliveryStreamName: "logs", Keys: ["team-b/x", "processing-failed/y"] }),
      on: LOGS,
      also: [use("arn:aws:s3:::deliveries/team-b/x")],
    },
  ],
  StartReplay: [
    ...ofDelivery({}, [READ_CLICKS]),
    {
      how: "to another destination",
      input: () => ({ DeliveryStreamName: "archive", ...somewhereElse }),
      on: ARCHIVE,
      also: [updating("archive"), READ_CLICKS, USE_MINE],
    },
    {
      how: "through another function",
      input: () => ({ DeliveryStreamName: "logs", Destination: lambda("clean") }),
      on: LOGS,
      also: [updating("logs"), use(CLEAN)],
    },
  ],
  StopRedrive: ofDelivery(redriven),
  StopReplay: ofDelivery(run),
  TestPipeline: [
    ...ofDelivery({}, [READ_CLICKS]),
    {
      how: "through other stages",
      input: () => ({ DeliveryStreamName: "archive", ...OTHER_STAGES }),
      on: ARCHIVE,
      also: [updating("archive"), READ_CLICKS],
    },
    {
      how: "through another function",
      input: () => ({ DeliveryStreamName: "logs", ...lambda("clean") }),
      on: LOGS,
      also: [updating("logs"), use(CLEAN)],
    },
  ],
  UpdateDeliveryRetention: ofDelivery({ RetentionPeriodHours: 48 }, [READ_CLICKS]),
  UpdateEventSourceMapping: [
    ...ofMapping({ BatchSize: 10, FunctionName: "clean" }, [READ_CLICKS]),
    {
      how: "to another function and another queue",
      input: ({ mappingUuid }) => ({
        UUID: mappingUuid,
        FunctionName: "other",
        ...reportsTo(of("sqs", "failures")),
      }),
      on: mappingArn,
      also: [READ_CLICKS, use(of("lambda", "function:other")), use(of("sqs", "failures"))],
    },
  ],
};

function newOf(arn: string): string {
  return arn.replace("clicks", "new");
}

async function shardsToken({ callKinesis }: World): Promise<string> {
  const { value } = await callKinesis("ListShards", { StreamName: "clicks", MaxResults: 1 });
  return value.NextToken as string;
}

export const CASES: readonly Case[] = Object.entries({ kinesis, firehose, hydrant }).flatMap(
  ([service, sketches]) =>
    Object.entries(sketches).flatMap(([name, all]) =>
      all.map((sketch) => caseOf(`${service}:${name}`, sketch)),
    ),
);

function caseOf(operation: string, { on = "*", also = [], ...sketch }: Sketch): Case {
  return {
    operation,
    how: "",
    input: () => ({}),
    rights: (world) => [[operation, typeof on === "string" ? on : on(world)], ...also],
    under: () => [],
    ...sketch,
  };
}

/** Out of the tables, so that a new operation cannot be forgotten. */
export function offeredOperations(): readonly string[] {
  return SERVICES.flatMap(({ signingName, operations }) =>
    [...operations]
      .filter(([, row]) => row.kind === "operation")
      .map(([name]) => `${signingName}:${name}`),
  );
}
