/** What a deployment makes of `bridges.yml`. */
import { describe, expect, it } from "vitest";
import { bridgeOf, readSettings, settingsVariable } from "../../../src/bridge/settings.ts";
import { SOURCE_KINDS } from "../../../src/bridge/sources/sources.ts";
import { renderDeployment } from "../../helpers/iam.ts";
import { renderBridges } from "../../../resources/bridges.mjs";

const HERE = "eu-west-1:123456789012";
const TOPIC = `arn:aws:sns:${HERE}:orders`;
const QUEUE = `arn:aws:sqs:${HERE}:orders`;
const STREAM = `arn:aws:kinesis:${HERE}:stream/others`;
const TABLE = `arn:aws:dynamodb:${HERE}:table/orders/stream/2026-11-01T00:00:00.000`;
const CLUSTER = `arn:aws:kafka:${HERE}:cluster/orders/751d2973-a626-431c-9d4e-d7975eb44dd7-2`;
const KEY = `arn:aws:kms:${HERE}:key/5b9c3e0e-0b0e-4b0e-9b0e-0b0e4b0e9b0e`;

const DEPLOYMENT = {
  stack: "hydrant-prod",
  stage: "prod",
  alarmTopic: "",
  environment: { HYDRANT_LOG_TABLE: "log" },
};

/** Of a bridge of that name, its function and its resources, by type. */
function render(bridge: object, name = "orders") {
  const { functions, resources } = renderBridges({ [name]: bridge }, DEPLOYMENT);
  const ofType = (type: string) =>
    Object.values(resources)
      .filter(({ Type }) => Type === type)
      .map(({ Properties }) => Properties);
  const made = functions[`bridge-${name}`]!;
  return {
    made,
    resources,
    settings: readSettings(bridgeOf(made.name, "hydrant-prod"), made.environment as Environment),
    permissions: ofType("AWS::Lambda::Permission"),
    mappings: ofType("AWS::Lambda::EventSourceMapping"),
    statements: ofType("AWS::IAM::Role").flatMap(
      ({ Policies = [] }) => (Policies as readonly Policy[])[0]?.PolicyDocument.Statement ?? [],
    ),
  };
}

type Environment = Readonly<Record<string, string>>;

interface Policy {
  readonly PolicyDocument: {
    readonly Statement: readonly {
      readonly Action: readonly string[];
      readonly Resource: unknown;
    }[];
  };
}

const from = (...sources: readonly unknown[]) => ({ deliveryStream: "orders", sources });

it("makes nothing where none is declared", () => {
  expect(renderBridges({}, DEPLOYMENT)).toEqual({ functions: {}, resources: {} });
});

it("makes a function that has the api's environment and reads its own settings", () => {
  const { made, settings } = render(
    { stream: "clicks", sources: [TOPIC, QUEUE], sns: "raw" },
    "a-b",
  );
  expect(made).toMatchObject({
    name: "hydrant-prod-bridge-a-b",
    handler: "handlers/bridge.handler",
    environment: { HYDRANT_LOG_TABLE: "log" },
  });
  expect(settings).toEqual({
    bridge: "a-b",
    stream: "clicks",
    sources: ["sns", "sqs"],
    partialAnswers: ["sqs"],
    isRawSns: true,
    isWholeSqs: false,
  });
  expect(settingsVariable("a-b")).toBe("HYDRANT_BRIDGE_a_b");
});

it("runs no longer than a queue hides its messages where nothing else is said, and long elsewhere", () => {
  expect(render(from(QUEUE)).made.timeout).toBe(60);
  expect(render(from(TOPIC)).made.timeout).toBe(300);
  expect(render({ ...from(QUEUE), timeout: 120 }).made.timeout).toBe(120);
});

it("keeps what fails as a whole in the delivery bucket, after Lambda's own retries", () => {
  const { resources } = render(from(TOPIC));
  expect(resources["BridgeDashordersEventInvokeConfig"]?.Properties).toMatchObject({
    MaximumRetryAttempts: 2,
    MaximumEventAgeInSeconds: 21_600,
    DestinationConfig: { OnFailure: { Destination: { "Fn::GetAtt": ["DeliveryBucket", "Arn"] } } },
  });
});

describe("a source that invokes", () => {
  it.each([
    [TOPIC, "sns.amazonaws.com", TOPIC, undefined],
    [`arn:aws:events:${HERE}:rule/all`, "events.amazonaws.com", undefined, undefined],
    [`arn:aws:iot:${HERE}:rule/all`, "iot.amazonaws.com", undefined, undefined],
    [
      `arn:aws:logs:${HERE}:log-group:/aws/lambda/checkout`,
      "logs.amazonaws.com",
      `arn:aws:logs:${HERE}:log-group:/aws/lambda/checkout:*`,
      undefined,
    ],
    ["arn:aws:s3:::uploads", "s3.amazonaws.com", undefined, { Ref: "AWS::AccountId" }],
    ["arn:aws:sns:*:*:orders", "sns.amazonaws.com", undefined, { Ref: "AWS::AccountId" }],
  ])("%s is permitted to, and no other of its service", (arn, Principal, SourceArn, account) => {
    const { permissions, mappings, statements } = render(from(arn));
    expect(permissions).toEqual([
      expect.objectContaining({
        Principal,
        SourceArn: SourceArn ?? arn,
        ...(account && { SourceAccount: account }),
        Action: "lambda:InvokeFunction",
      }),
    ]);
    expect([mappings, statements]).toEqual([[], []]);
  });

  it("is asked for its account only where its ARN names none, for not every service says it", () => {
    expect(render(from(TOPIC)).permissions[0]).not.toHaveProperty("SourceAccount");
  });

  it("may be a bucket of another account", () => {
    const { permissions } = render(from({ arn: "arn:aws:s3:::uploads", account: "210987654321" }));
    expect(permissions[0]).toMatchObject({ SourceAccount: "210987654321" });
  });
});

describe("a source that is polled", () => {
  it.each([
    [QUEUE, "sqs:ReceiveMessage", { ScalingConfig: { MaximumConcurrency: 50 } }],
    [STREAM, "kinesis:GetRecords", { StartingPosition: "TRIM_HORIZON", MaximumRetryAttempts: -1 }],
    [TABLE, "dynamodb:GetRecords", { StartingPosition: "TRIM_HORIZON", MaximumRetryAttempts: -1 }],
  ])("%s is read by its role's rights alone, and told what is left", (arn, action, members) => {
    const { permissions, mappings, statements } = render(from(arn));
    expect(permissions).toEqual([]);
    expect(mappings).toEqual([
      expect.objectContaining({
        EventSourceArn: arn,
        FunctionResponseTypes: ["ReportBatchItemFailures"],
        ...members,
      }),
    ]);
    expect(statements.map(({ Resource }) => Resource)).toEqual([[arn]]);
    expect(statements[0]!.Action).toContain(action);
  });

  it("is read as it is asked for, and decrypted", () => {
    const { mappings, statements } = render(
      from({ arn: QUEUE, batchSize: 500, batchWindow: 5, maximumConcurrency: 10, key: KEY }),
    );
    expect(mappings[0]).toMatchObject({
      BatchSize: 500,
      MaximumBatchingWindowInSeconds: 5,
      ScalingConfig: { MaximumConcurrency: 10 },
    });
    expect(statements.at(-1)).toMatchObject({ Action: ["kms:Decrypt"], Resource: [KEY] });
  });

  it("may be a consumer of a stream, with the stream it is of", () => {
    const consumer = `${STREAM}/consumer/bridge:1796046906`;
    const { statements } = render(from(consumer));
    expect(statements).toMatchObject([
      { Resource: [STREAM] },
      { Action: ["kinesis:SubscribeToShard"], Resource: [consumer] },
    ]);
  });

  it("of MSK is told what is left where its pollers are provisioned, and fails as a whole elsewhere", () => {
    const topics = { arn: CLUSTER, topics: ["orders"], consumerGroupId: "hydrant" };
    const plain = render(from(topics));
    expect(plain.mappings[0]).not.toHaveProperty("FunctionResponseTypes");
    expect(plain.settings.partialAnswers).toEqual([]);
    const provisioned = render(from({ ...topics, pollers: { min: 1, max: 4 } }));
    expect(provisioned.mappings[0]).toMatchObject({
      Topics: ["orders"],
      AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: "hydrant" },
      ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 4 },
      FunctionResponseTypes: ["ReportBatchItemFailures"],
    });
    expect(provisioned.settings.partialAnswers).toEqual(["kafka"]);
    expect(provisioned.statements.flatMap(({ Resource }) => Resource)).toEqual(
      expect.arrayContaining([
        CLUSTER,
        `${CLUSTER.replace(":cluster/", ":topic/")}/orders`,
        `${CLUSTER.replace(":cluster/", ":group/")}/hydrant`,
      ]),
    );
  });

  it("of MSK may list the secrets of its cluster where it says who it is by one", () => {
    const uri = `arn:aws:secretsmanager:${HERE}:secret:AmazonMSK_orders-AbCdEf`;
    const lists = { Effect: "Allow", Action: ["kafka:ListScramSecrets"], Resource: [CLUSTER] };
    const topics = { arn: CLUSTER, topics: ["orders"] };
    const grants = (type: string) =>
      render(from({ ...topics, access: [{ type, uri }] })).statements;
    expect(grants("SASL_SCRAM_512_AUTH")).toContainEqual(lists);
    expect(grants("CLIENT_CERTIFICATE_TLS_AUTH")).not.toContainEqual(lists);
  });

  it("may be a cluster of one's own, by its secret", () => {
    const uri = `arn:aws:secretsmanager:${HERE}:secret:kafka-AbCdEf`;
    const { mappings, statements } = render(
      from({
        bootstrapServers: ["b1.example.com:9096"],
        topics: ["orders"],
        access: [{ type: "SASL_SCRAM_512_AUTH", uri }],
      }),
    );
    expect(mappings[0]).toMatchObject({
      SelfManagedEventSource: { Endpoints: { KafkaBootstrapServers: ["b1.example.com:9096"] } },
      SourceAccessConfigurations: [{ Type: "SASL_SCRAM_512_AUTH", URI: uri }],
    });
    expect(mappings[0]).not.toHaveProperty("EventSourceArn");
    expect(statements).toEqual([
      { Effect: "Allow", Action: ["secretsmanager:GetSecretValue"], Resource: [uri] },
    ]);
  });
});

describe("the rights that all bridges have", () => {
  const { may, known } = renderDeployment();
  const table = known.get("StateTable")!.attributes["Arn"]!;
  const bucket = known.get("DeliveryBucket")!.attributes["Arn"]!;
  const mayReach = (partition: string, action = "dynamodb:GetItem") =>
    may("BridgePolicy", action, table, { "dynamodb:LeadingKeys": [partition] });

  it.each(["access-key#AKIA1", "access-keys", "aws-roles", "secret#sessions", "mapping#1"])(
    "leave out %s",
    (partition) => {
      expect([mayReach(partition), mayReach(partition, "dynamodb:Query")]).toEqual([false, false]);
      expect(mayReach("data-streams")).toBe(true);
    },
  );

  it("are, of objects that are delivered, to write what was not stored, and to read none", () => {
    const mayDo = (action: string, key: string) => may("BridgePolicy", action, `${bucket}/${key}`);
    expect(mayDo("s3:PutObject", "bridge-failed/orders/2026/a.json")).toBe(true);
    expect(mayDo("s3:PutObject", "aws/lambda/async/hydrant-dev-bridge-orders/2026/a")).toBe(true);
    expect(mayDo("s3:PutObject", "aws/lambda/async/others/2026/a")).toBe(false);
    expect(mayDo("s3:PutObject", "2026/11/30/logs")).toBe(false);
    expect(mayDo("s3:GetObject", "bridge-failed/orders/2026/a.json")).toBe(false);
  });
});

describe("is watched, as all of the deployment is,", () => {
  const alarmsOf = (...sources: readonly string[]) =>
    Object.values(render(from(...sources)).resources)
      .filter(({ Type }) => Type === "AWS::CloudWatch::Alarm")
      .map(({ Properties }) => Properties);
  const namesOf = (...sources: readonly string[]) =>
    alarmsOf(...sources).map(({ AlarmName }) =>
      String(AlarmName).replace("hydrant-prod-bridge-", ""),
    );

  it("for what its sources can suffer", () => {
    expect(namesOf(QUEUE)).toEqual(["orders-errors", "orders-kept-aside", "orders-left"]);
    expect(namesOf(TOPIC)).toEqual(["orders-errors", "orders-kept-aside", "orders-dropped"]);
    expect(namesOf(STREAM)).toEqual([
      "orders-errors",
      "orders-kept-aside",
      "orders-left",
      "orders-behind",
    ]);
  });

  it("where the deployment is, and tells whom the deployment tells", () => {
    const { resources } = render(from(TOPIC));
    const watched = Object.entries(resources).filter(([id]) => /Alarm$|Filter$/.test(id));
    expect(watched.map(([, resource]) => resource)).toEqual(
      watched.map(() => expect.objectContaining({ Condition: "Watched" }) as unknown),
    );
    expect(alarmsOf(TOPIC)[0]).toMatchObject({
      AlarmActions: [{ "Fn::If": ["OwnAlarmTopic", { Ref: "AlarmTopic" }, ""] }],
      Dimensions: [{ Name: "FunctionName", Value: { Ref: "BridgeDashordersLambdaFunction" } }],
    });
  });

  it("by the lines that the function writes", () => {
    const { resources } = render(from(TOPIC));
    expect(resources["BridgeDashordersKeptAsideFilter"]?.Properties).toMatchObject({
      LogGroupName: { Ref: "BridgeDashordersLogGroup" },
      FilterPattern: '{ $.event = "bridge" && $.keptCount > 0 }',
      MetricTransformations: [
        { MetricNamespace: "Hydrant/Stages/prod", MetricName: "KeptAside-orders" },
      ],
    });
    expect(alarmsOf(TOPIC)[1]).toMatchObject({
      Namespace: "Hydrant/Stages/prod",
      MetricName: "KeptAside-orders",
    });
  });

  it("for what an answer in parts leaves, which is no error of the function", () => {
    const { resources } = render(from(QUEUE));
    expect(resources["BridgeDashordersLeftFilter"]?.Properties).toMatchObject({
      FilterPattern: '{ $.event = "bridge" && $.leftCount > 0 }',
      MetricTransformations: [{ MetricName: "Left-orders", MetricValue: "$.leftCount" }],
    });
    expect(alarmsOf(QUEUE)[2]).toMatchObject({ MetricName: "Left-orders", EvaluationPeriods: 3 });
  });
});

it("keeps a source's resource wherever it stands in the list", () => {
  const names = (...sources: readonly string[]) => Object.keys(render(from(...sources)).resources);
  expect(names(TOPIC, QUEUE).toSorted()).toEqual(names(QUEUE, TOPIC).toSorted());
});

it("knows every source that the function knows", () => {
  const kinds = [
    TOPIC,
    QUEUE,
    STREAM,
    TABLE,
    { arn: CLUSTER, topics: ["orders"] },
    "arn:aws:s3:::uploads",
    `arn:aws:events:${HERE}:rule/all`,
    `arn:aws:iot:${HERE}:rule/all`,
    `arn:aws:logs:${HERE}:log-group:a`,
  ].flatMap((source) => render(from(source)).settings.sources);
  expect(kinds.toSorted()).toEqual([...SOURCE_KINDS].toSorted());
});

describe("is refused, with what is wrong:", () => {
  it.each([
    ["a text", "orders", "must say a stream or a deliveryStream"],
    [
      "two targets",
      { ...from(TOPIC), stream: "a" },
      "must name either a stream or a deliveryStream",
    ],
    ["no sources", { stream: "a", sources: [] }, "must list its sources"],
    ["a misspelt member", { ...from(TOPIC), retries: 2 }, "has an unknown member retries"],
    ["a member of other sources", from({ arn: TOPIC, batchSize: 2 }), "unknown member batchSize"],
    ["another word", { ...from(TOPIC), sns: "json" }, "sns must be envelope or raw, got json"],
    ["another service", from(`arn:aws:lambda:${HERE}:function:a`), "must be an ARN of sns, events"],
    ["a pattern of queues", from(`${QUEUE}-*`), "named by its whole ARN"],
    ["a large batch at once", from({ arn: QUEUE, batchSize: 11 }), "takes a batchWindow of 1 s"],
    ["Kafka without topics", from({ arn: CLUSTER }), "Kafka's topics must be listed"],
    [
      "too short a time",
      { ...from(TOPIC), timeout: 10 },
      "timeout must be 30..900 seconds, got 10",
    ],
  ])("%s", (_, bridge, message) => {
    expect(() => renderBridges({ orders: bridge }, DEPLOYMENT)).toThrow(message);
  });

  it.each(["Orders", "-a", "a_b", "a".repeat(31)])("the name %s", (name) => {
    expect(() => renderBridges({ [name]: from(TOPIC) }, DEPLOYMENT)).toThrow("a bridge's name");
  });
});
