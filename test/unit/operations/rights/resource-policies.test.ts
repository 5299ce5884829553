/** What the policies and the tags of streams and consumers do to calls, and what it costs to ask for them. */
import { describe, expect, test } from "vitest";
import { DATA_STREAM_CACHE_MAX_AGE_MS } from "../../../../src/limits.ts";
import { createRequest } from "../firehose/harness.ts";
import { ACCOUNT_ID, CLICKS, ORDERS, readsClicks, USER, world, type World } from "./world.ts";

const ALL = [{ Effect: "Allow", Action: "*", Resource: "*" }];
const SHARD = { ShardId: "shardId-000000000000" };
const START = { StartingPosition: { Type: "TRIM_HORIZON" } };
const PUT = { PartitionKey: "a", Data: "YQ==" };

const statement = (changes: object = {}) => ({
  Effect: "Deny",
  Principal: "*",
  Action: "kinesis:*",
  Resource: CLICKS,
  ...changes,
});

async function withPolicy(ResourceARN: string, ...Statement: object[]): Promise<World> {
  const deployment = await world();
  await putPolicy(deployment, ResourceARN, Statement);
  return deployment;
}

async function putPolicy({ send }: World, ResourceARN: string, Statement: readonly object[]) {
  const Policy = JSON.stringify({ Statement });
  expect(await send("kinesis:PutResourcePolicy", { ResourceARN, Policy })).toMatchObject({
    status: 200,
  });
}

const deniedBy = (action: string, kind = "a resource", resource = CLICKS) => ({
  type: "AccessDeniedException",
  message: `User: ${USER} is not authorized to perform: ${action} on resource: ${resource} with an explicit deny in ${kind}-based policy`,
  isBegun: false,
});

/** Whatever leads to the records of the stream `clicks`. */
const WAYS: readonly (readonly [
  how: string,
  action: string,
  (world: World) => Promise<readonly [operation: string, input: object]>,
])[] = [
  [
    "GetRecords",
    "kinesis:GetRecords",
    async ({ iterator }) => ["kinesis:GetRecords", { ShardIterator: await iterator("clicks") }],
  ],
  [
    "a consumer",
    "kinesis:SubscribeToShard",
    async ({ consumerArn }) => [
      "kinesis:SubscribeToShard",
      { ConsumerARN: consumerArn, ...SHARD, ...START },
    ],
  ],
  [
    "a mapping",
    "kinesis:GetRecords",
    async () => [
      "hydrant:CreateEventSourceMapping",
      { EventSourceArn: CLICKS, FunctionName: "mine", StartingPosition: "TRIM_HORIZON" },
    ],
  ],
  [
    "a mapping of a consumer",
    "kinesis:SubscribeToShard",
    async ({ consumerArn }) => [
      "hydrant:CreateEventSourceMapping",
      { EventSourceArn: consumerArn, FunctionName: "mine", StartingPosition: "TRIM_HORIZON" },
    ],
  ],
  [
    "a mapping that stands",
    "kinesis:GetRecords",
    async ({ mappingUuid: UUID }) => [
      "hydrant:UpdateEventSourceMapping",
      { UUID, FunctionName: "mine" },
    ],
  ],
  [
    "a failure destination",
    "kinesis:GetRecords",
    async ({ mappingUuid: UUID }) => [
      "hydrant:UpdateEventSourceMapping",
      { UUID, DestinationConfig: { OnFailure: { Destination: "arn:aws:s3:::mine" } } },
    ],
  ],
  [
    "a delivery stream",
    "kinesis:GetRecords",
    async () => ["firehose:CreateDeliveryStream", createRequest({}, readsClicks)],
  ],
  [
    "a delivery stream from the oldest record",
    "kinesis:GetRecords",
    async () => [
      "hydrant:CreateDeliveryStream",
      createRequest({}, { ...readsClicks, StartingPosition: "TRIM_HORIZON" }),
    ],
  ],
  [
    "a delivery stream that stands",
    "kinesis:GetRecords",
    async () => [
      "firehose:UpdateDestination",
      {
        DeliveryStreamName: "archive",
        CurrentDeliveryStreamVersionId: "1",
        DestinationId: "destinationId-000000000001",
        ExtendedS3DestinationUpdate: { BucketARN: "arn:aws:s3:::mine" },
      },
    ],
  ],
  [
    "a replay",
    "kinesis:GetRecords",
    async () => ["hydrant:StartReplay", { DeliveryStreamName: "archive" }],
  ],
  [
    "a redrive",
    "kinesis:GetRecords",
    async () => ["hydrant:StartRedrive", { DeliveryStreamName: "archive" }],
  ],
  [
    "a dry run",
    "kinesis:GetRecords",
    async () => ["hydrant:TestPipeline", { DeliveryStreamName: "archive" }],
  ],
  [
    "where a record is",
    "kinesis:GetRecords",
    async () => ["hydrant:LocateRecord", { DeliveryStreamName: "archive", RecordId: "1" }],
  ],
  [
    "the records of a delivery stream",
    "kinesis:GetRecords",
    async () => ["hydrant:GetDeliveryRecords", { DeliveryStreamName: "archive" }],
  ],
];

describe.each(WAYS)("to the records of a stream by %s", (_, action, call) => {
  test("nobody comes whom the stream's policy denies them", async () => {
    const deployment = await world();
    const [operation, input] = await call(deployment);
    await putPolicy(deployment, CLICKS, [
      statement({ Action: ["kinesis:GetRecords", "kinesis:SubscribeToShard"] }),
    ]);
    expect(await deployment.send(operation, input)).toMatchObject(deniedBy(action));
    expect(await deployment.send(operation, input, ALL)).toMatchObject(deniedBy(action));
  });

  test("no key comes whose own policy denies them", async () => {
    const deployment = await world();
    const [operation, input] = await call(deployment);
    const deny = { Effect: "Deny", Action: ["kinesis:Get*", "kinesis:Sub*"], Resource: CLICKS };
    expect(await deployment.send(operation, input, [...ALL, deny])).toMatchObject({
      type: "AccessDeniedException",
      message: expect.stringContaining(
        `on resource: ${CLICKS} with an explicit deny in an identity`,
      ),
      isBegun: false,
    });
  });
});

describe("a stream's policy", () => {
  test("grants to a key what its own does not say", async () => {
    const grant = statement({
      Effect: "Allow",
      Principal: { AWS: USER },
      Action: "kinesis:PutRecord",
    });
    const { send } = await withPolicy(CLICKS, grant);
    expect(await send("kinesis:PutRecord", { StreamName: "clicks", ...PUT }, [])).toMatchObject({
      status: 200,
    });
    const others = await send("kinesis:PutRecord", { StreamName: "orders", ...PUT }, []);
    expect(others).toMatchObject({ type: "AccessDeniedException", isBegun: false });
    const reading = await send("kinesis:DescribeStream", { StreamName: "clicks" }, []);
    expect(reading).toMatchObject({ type: "AccessDeniedException", isBegun: false });
  });

  test("lets a mapping and a delivery stream be made by whom it grants the records", async () => {
    const grant = statement({
      Effect: "Allow",
      Principal: { AWS: USER },
      Action: "kinesis:GetRecords",
    });
    const { send } = await withPolicy(CLICKS, grant);
    const own = [{ Effect: "Allow", Action: ["hydrant:*", "firehose:*"], Resource: "*" }];
    expect(
      await send("firehose:CreateDeliveryStream", createRequest({}, readsClicks), own),
    ).toMatchObject({ status: 200 });
  });

  test("is a consumer's that is registered later, too, but for what it allows", async () => {
    const deployment = await withPolicy(CLICKS, statement({ Effect: "Allow" }));
    const { consumerArn, send } = deployment;
    const subscribed = { ConsumerARN: consumerArn, ...SHARD, ...START };
    expect(await send("kinesis:SubscribeToShard", subscribed, [])).toMatchObject({
      isBegun: false,
    });
    await putPolicy(deployment, consumerArn, [
      statement({ Effect: "Allow", Resource: consumerArn, Principal: { AWS: USER } }),
    ]);
    expect(await send("kinesis:SubscribeToShard", subscribed, [])).toMatchObject({ status: 200 });
  });

  test("that is gone says nothing any more", async () => {
    const { send } = await withPolicy(CLICKS, statement({ Action: "kinesis:PutRecord" }));
    expect(await send("kinesis:PutRecord", { StreamName: "clicks", ...PUT })).toMatchObject(
      deniedBy("kinesis:PutRecord"),
    );
    await send("kinesis:DeleteResourcePolicy", { ResourceARN: CLICKS });
    expect(await send("kinesis:PutRecord", { StreamName: "clicks", ...PUT })).toMatchObject({
      status: 200,
    });
  });

  test("that was put elsewhere holds here within seconds", async () => {
    const { send, context, advance } = await world();
    const put = () => send("kinesis:PutRecord", { StreamName: "clicks", ...PUT });
    expect(await put()).toMatchObject({ status: 200 });
    const stream = (await context.dataStreams.get("clicks"))!;
    const policy = JSON.stringify({ Statement: [statement()] });
    await context.dataStreams.update({ ...stream, policy, revision: stream.revision + 1 });
    advance(DATA_STREAM_CACHE_MAX_AGE_MS);
    expect(await put()).toMatchObject(deniedBy("kinesis:PutRecord"));
  });

  test("from before policies were looked at means nothing, whatever it is", async () => {
    const { send, context } = await world();
    const stream = (await context.dataStreams.get("clicks"))!;
    await context.dataStreams.update({ ...stream, policy: "{}", revision: stream.revision + 1 });
    expect(await send("kinesis:PutRecord", { StreamName: "clicks", ...PUT })).toMatchObject({
      status: 200,
    });
  });

  test("costs a put no read", async () => {
    const { send } = await withPolicy(CLICKS, statement({ Action: "kinesis:GetRecords" }));
    await send("kinesis:PutRecord", { StreamName: "clicks", ...PUT }, ALL);
    const { status, calls } = await send(
      "kinesis:PutRecord",
      { StreamName: "clicks", ...PUT },
      ALL,
    );
    expect(status).toBe(200);
    expect(calls.filter((call) => call.startsWith("dataStreams."))).toEqual([]);
  });
});

describe("tags in a key's policy", () => {
  const team = (key: string) => ({ StringEquals: { [key]: "web" } });

  test("are those of the stream", async () => {
    const { send } = await world();
    const ResourceARN = CLICKS;
    await send("kinesis:TagResource", { ResourceARN, Tags: { team: "web" } });
    const own = [{ ...ALL[0], Condition: team("aws:ResourceTag/team") }];
    expect(await send("kinesis:PutRecord", { StreamName: "clicks", ...PUT }, own)).toMatchObject({
      status: 200,
    });
    expect(await send("kinesis:PutRecord", { StreamName: "orders", ...PUT }, own)).toMatchObject({
      type: "AccessDeniedException",
      isBegun: false,
    });
  });

  test("are those of the consumer, not of its stream", async () => {
    const { send, consumerArn } = await world();
    await send("kinesis:TagResource", { ResourceARN: CLICKS, Tags: { team: "web" } });
    const own = [{ ...ALL[0], Condition: team("aws:ResourceTag/team") }];
    const describeIt = () =>
      send("kinesis:DescribeStreamConsumer", { ConsumerARN: consumerArn }, own);
    expect(await describeIt()).toMatchObject({ type: "AccessDeniedException" });
    await send("kinesis:TagResource", { ResourceARN: consumerArn, Tags: { team: "web" } });
    expect(await describeIt()).toMatchObject({ status: 200 });
  });

  test("are those of the delivery stream, which is not looked up for other policies", async () => {
    const { send } = await world();
    const DeliveryStreamName = "logs";
    const Tags = [{ Key: "team", Value: "web" }];
    await send("firehose:TagDeliveryStream", { DeliveryStreamName, Tags });
    const own = [{ ...ALL[0], Condition: team("aws:ResourceTag/team") }];
    const describeIt = (name: string, statements: readonly object[]) =>
      send("firehose:DescribeDeliveryStream", { DeliveryStreamName: name }, statements);
    const tagged = await describeIt("logs", own);
    expect(tagged.status).toBe(200);
    expect(tagged.calls).toContain("streamCache.get");
    expect(await describeIt("archive", own)).toMatchObject({ type: "AccessDeniedException" });
    expect((await describeIt("logs", ALL)).calls).not.toContain("streamCache.get");
  });

  test("are those that the request brings", async () => {
    const { send } = await world();
    const own = [{ ...ALL[0], Condition: team("aws:RequestTag/team") }];
    const create = (StreamName: string, Tags?: object) =>
      send("kinesis:CreateStream", { StreamName, ShardCount: 1, Tags }, own);
    expect(await create("a", { team: "web" })).toMatchObject({ status: 200 });
    expect(await create("b", { team: "ads" })).toMatchObject({ type: "AccessDeniedException" });
    expect(await create("c")).toMatchObject({ type: "AccessDeniedException" });
    const list = { ...createRequest(), Tags: [{ Key: "team", Value: "web" }] };
    expect(await send("firehose:CreateDeliveryStream", list, own)).toMatchObject({ status: 200 });
  });

  test("are those that the request takes away", async () => {
    const { send } = await world();
    const Condition = { "ForAnyValue:StringEquals": { "aws:TagKeys": "team" } };
    const own = [...ALL, { ...ALL[0], Effect: "Deny", Action: "kinesis:Remove*", Condition }];
    const remove = (...TagKeys: string[]) =>
      send("kinesis:RemoveTagsFromStream", { StreamName: "clicks", TagKeys }, own);
    expect(await remove("a", "team")).toMatchObject(
      deniedBy("kinesis:RemoveTagsFromStream", "an identity"),
    );
    expect(await remove("a")).toMatchObject({ status: 200 });
  });
});

test("the account of a stream's ARN is the deployment's, or nothing of it is asked", async () => {
  const { send } = await withPolicy(ORDERS, statement({ Resource: ORDERS }));
  const foreign = ORDERS.replace(ACCOUNT_ID, "210987654321");
  expect(await send("kinesis:DescribeStream", { StreamARN: foreign })).toMatchObject({
    type: "ResourceNotFoundException",
  });
});

test("a consumer's ARN has one spelling, so that no other slips past what names it", async () => {
  const { send, consumerArn } = await world();
  const spelt = consumerArn.replace(/:(\d+)$/, ":0$1");
  const notFound = { type: "ResourceNotFoundException" };
  const subscribed = { ConsumerARN: spelt, ...SHARD, ...START };
  expect(await send("kinesis:SubscribeToShard", subscribed)).toMatchObject(notFound);
  expect(await send("kinesis:DescribeStreamConsumer", { ConsumerARN: spelt })).toMatchObject(
    notFound,
  );
  expect(await send("kinesis:ListTagsForResource", { ResourceARN: spelt })).toMatchObject(notFound);
  const mapped = { EventSourceArn: spelt, FunctionName: "mine", StartingPosition: "LATEST" };
  expect(await send("hydrant:CreateEventSourceMapping", mapped)).toMatchObject({
    type: "InvalidParameterValueException",
  });
});
