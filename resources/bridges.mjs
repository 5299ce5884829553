/**
 * What a deployment makes of its bridges (docs/bridge.md): of each a function, a role, a permission for each source that
 * invokes it, and a mapping for each source that is polled. Plain JavaScript, for deploying loads it, and that runs anywhere.
 */
import { createHash } from "node:crypto";

/** Lambda bounds a function's name to 64 characters, `hydrant-<stage>-bridge-` among them. */
const BRIDGE_NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const BRIDGE_NAME_MAX_LENGTH = 30;

/** Where a queue feeds it: a queue must hide its messages for longer, and does for 30 s where nothing else is said. */
const QUEUE_TIMEOUT_SECONDS = 60;
/** A queue without such a number takes 1,250 executions when it is full, and producers of the api are refused. */
const QUEUE_CONCURRENCY = 50;
/** Lambda gathers more only where it may wait for them. */
const QUEUE_BATCH_AT_ONCE = 10;
/** Else: what a stream refuses is tried again for so long before Lambda repeats the invocation. */
const TIMEOUT_SECONDS = 300;
const TIMEOUT_MIN_SECONDS = 30;
const TIMEOUT_MAX_SECONDS = 900;
const MEMORY_MB = 512;

/** Of asynchronous invocations, both Lambda's most. https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html */
const EVENT_RETRIES = 2;
const EVENT_MAX_AGE_SECONDS = 21_600;

/** How far a shard's bridge may be behind before somebody is told. */
const BEHIND_MS = 1_800_000;
const ALARM_PERIOD_SECONDS = 300;
/** Of `ALARM_PERIOD_SECONDS` each: what fails once and then succeeds wakes nobody. */
const LASTING_PERIODS = 3;

const BRIDGE_MEMBERS = [
  "stream",
  "deliveryStream",
  "sources",
  "sns",
  "sqs",
  "timeout",
  "memorySize",
  "reservedConcurrency",
];
const POLLED_MEMBERS = ["batchSize", "batchWindow", "filterPatterns", "enabled", "key"];
const SHARD_MEMBERS = [...POLLED_MEMBERS, "startingPosition", "parallelizationFactor"];
const TOPIC_MEMBERS = [
  ...POLLED_MEMBERS,
  "startingPosition",
  "topics",
  "consumerGroupId",
  "access",
  "pollers",
];

/**
 * By the service in a source's ARN. `principal`: it invokes the function itself. `grants`: Lambda polls it, with these rights of
 * the function's role.
 */
const SERVICES = {
  sns: { kind: "sns", members: [], principal: "sns.amazonaws.com" },
  events: { kind: "events", members: [], principal: "events.amazonaws.com" },
  logs: { kind: "logs", members: [], principal: "logs.amazonaws.com" },
  s3: { kind: "s3", members: ["account"], principal: "s3.amazonaws.com" },
  iot: { kind: "iot", members: [], principal: "iot.amazonaws.com" },
  sqs: {
    kind: "sqs",
    members: [...POLLED_MEMBERS, "maximumConcurrency"],
    grants: ({ arn }) => [
      allow(
        [
          "sqs:ReceiveMessage",
          "sqs:DeleteMessage",
          "sqs:ChangeMessageVisibility",
          "sqs:GetQueueAttributes",
        ],
        [arn],
      ),
    ],
  },
  kinesis: {
    kind: "kinesis",
    members: SHARD_MEMBERS,
    grants: ({ arn }) => {
      const [stream] = arn.split("/consumer/");
      return [
        allow(
          [
            "kinesis:DescribeStream",
            "kinesis:DescribeStreamSummary",
            "kinesis:GetRecords",
            "kinesis:GetShardIterator",
            "kinesis:ListShards",
          ],
          [stream],
        ),
        ...(arn === stream ? [] : [allow(["kinesis:SubscribeToShard"], [arn])]),
      ];
    },
  },
  dynamodb: {
    kind: "dynamodb",
    members: SHARD_MEMBERS,
    grants: ({ arn }) => [
      allow(
        [
          "dynamodb:DescribeStream",
          "dynamodb:GetRecords",
          "dynamodb:GetShardIterator",
          "dynamodb:ListStreams",
        ],
        [arn],
      ),
    ],
  },
  kafka: {
    kind: "kafka",
    members: TOPIC_MEMBERS,
    grants: ({ arn, topics, consumerGroupId, access }) => {
      const within = (type, name) => `${arn.replace(":cluster/", `:${type}/`)}/${name}`;
      return [
        allow(
          ["kafka:DescribeCluster", "kafka:DescribeClusterV2", "kafka:GetBootstrapBrokers"],
          [arn],
        ),
        // Clusters that know their clients by IAM.
        allow(
          ["kafka-cluster:Connect", "kafka-cluster:DescribeClusterDynamicConfiguration"],
          [arn],
        ),
        allow(
          ["kafka-cluster:DescribeTopic", "kafka-cluster:ReadData"],
          topics.map((topic) => within("topic", topic)),
        ),
        allow(
          ["kafka-cluster:DescribeGroup", "kafka-cluster:AlterGroup"],
          [within("group", consumerGroupId ?? "*")],
        ),
        ...(access.some(({ type }) => type.startsWith("SASL_SCRAM_"))
          ? [allow(["kafka:ListScramSecrets"], [arn])]
          : []),
        ...networkGrants(),
        ...secretGrants(access),
      ];
    },
  },
};

/** Kafka that is nobody's service has no ARN. */
const OWN_KAFKA = {
  kind: "kafka",
  members: [...TOPIC_MEMBERS, "bootstrapServers"],
  grants: ({ access }) => [
    ...(access.some(({ type }) => type.startsWith("VPC_")) ? networkGrants() : []),
    ...secretGrants(access),
  ],
};

/**
 * @param {Readonly<Record<string, unknown>>} declared of `bridges.yml`
 * @param {{ stack: string, stage: string, alarmTopic: string, environment: Readonly<Record<string, unknown>> }} deployment
 *   `environment`: of the api function, whose puts a bridge makes; `alarmTopic`: an ARN, or nothing for the stack's own
 */
export function renderBridges(declared, deployment) {
  const functions = {};
  const resources = {};
  if (!isObject(declared)) throw problem("", "must map names to bridges");
  for (const [name, bridge] of Object.entries(declared)) {
    const rendered = renderBridge(name, bridge, deployment);
    functions[`bridge-${name}`] = rendered.function;
    Object.assign(resources, rendered.resources);
  }
  return { functions, resources };
}

function renderBridge(name, bridge, deployment) {
  const { stack, environment } = deployment;
  if (!BRIDGE_NAME.test(name) || name.length > BRIDGE_NAME_MAX_LENGTH) {
    throw problem(
      name,
      `a bridge's name must be 1..${BRIDGE_NAME_MAX_LENGTH} small letters and digits, with dashes within`,
    );
  }
  const { stream, deliveryStream, ...options } = readBridge(name, bridge);
  const sources = options.sources.map((source) => readSource(name, source));
  const id = `BridgeDash${name.replaceAll("-", "Dash")}`;
  const role = `${id}Role`;
  const hasQueue = sources.some(({ kind }) => kind === "sqs");
  const settings = {
    ...(stream === undefined ? { deliveryStream } : { stream }),
    sources: [...new Set(sources.map(({ kind }) => kind))],
    partialAnswers: [...new Set(sources.filter(answersInParts).map(({ kind }) => kind))],
    isRawSns: options.sns === "raw",
    isWholeSqs: options.sqs === "message",
  };
  const grants = sources.flatMap(({ service, source }) => service.grants?.(source) ?? []);
  const keys = [...new Set(sources.flatMap(({ source: { key } }) => key ?? []))];
  return {
    function: {
      name: `${stack}-bridge-${name}`,
      handler: "handlers/bridge.handler",
      description: `Puts what services of AWS bring into ${stream ?? deliveryStream}`,
      role: { "Fn::GetAtt": [role, "Arn"] },
      timeout: options.timeout ?? (hasQueue ? QUEUE_TIMEOUT_SECONDS : TIMEOUT_SECONDS),
      memorySize: options.memorySize ?? MEMORY_MB,
      ...(options.reservedConcurrency !== undefined && {
        reservedConcurrency: options.reservedConcurrency,
      }),
      environment: {
        ...environment,
        [`HYDRANT_BRIDGE_${name.replaceAll("-", "_")}`]: JSON.stringify(settings),
      },
      events: [],
    },
    resources: {
      [role]: roleOf([
        ...grants,
        // Sources that are encrypted with keys of their owners'.
        ...(keys.length === 0 ? [] : [allow(["kms:Decrypt"], keys)]),
      ]),
      // What fails as a whole, however often, is kept with all that was brought.
      [`${id}EventInvokeConfig`]: {
        Type: "AWS::Lambda::EventInvokeConfig",
        Properties: {
          FunctionName: functionOf(id),
          Qualifier: "$LATEST",
          MaximumRetryAttempts: EVENT_RETRIES,
          MaximumEventAgeInSeconds: EVENT_MAX_AGE_SECONDS,
          DestinationConfig: {
            OnFailure: { Destination: { "Fn::GetAtt": ["DeliveryBucket", "Arn"] } },
          },
        },
      },
      ...Object.fromEntries(sources.map((source) => sourceResource(id, source))),
      ...alarms(id, name, sources, deployment),
    },
  };
}

const functionOf = (id) => ({ Ref: `${id}LambdaFunction` });

function readBridge(name, bridge) {
  if (!isObject(bridge))
    throw problem(name, "must say a stream or a deliveryStream, and its sources");
  refuseUnknown(name, bridge, BRIDGE_MEMBERS);
  const { stream, deliveryStream, sources, sns = "envelope", sqs = "body" } = bridge;
  if ((stream === undefined) === (deliveryStream === undefined)) {
    throw problem(name, "must name either a stream or a deliveryStream");
  }
  if (!Array.isArray(sources) || sources.length === 0) throw problem(name, "must list its sources");
  for (const [member, value, words] of [
    ["sns", sns, ["envelope", "raw"]],
    ["sqs", sqs, ["body", "message"]],
  ]) {
    if (!words.includes(value)) {
      throw problem(name, `${member} must be ${words.join(" or ")}, got ${String(value)}`);
    }
  }
  const { timeout } = bridge;
  if (
    timeout !== undefined &&
    !(timeout >= TIMEOUT_MIN_SECONDS && timeout <= TIMEOUT_MAX_SECONDS)
  ) {
    throw problem(
      name,
      `timeout must be ${TIMEOUT_MIN_SECONDS}..${TIMEOUT_MAX_SECONDS} seconds, got ${String(timeout)}`,
    );
  }
  return bridge;
}

/** A text is an ARN without anything beside it. */
function readSource(name, given) {
  const source = typeof given === "string" ? { arn: given } : given;
  if (!isObject(source)) throw problem(name, "each source must be an ARN, or hold one");
  const { arn, bootstrapServers } = source;
  const service =
    arn === undefined && bootstrapServers !== undefined ? OWN_KAFKA : serviceOf(name, arn);
  refuseUnknown(name, source, ["arn", ...service.members]);
  if (service.grants !== undefined && arn?.includes("*")) {
    throw problem(name, `what is polled is named by its whole ARN, got ${arn}`);
  }
  const { kind } = service;
  if (kind === "sqs" && source.batchSize > QUEUE_BATCH_AT_ONCE && !(source.batchWindow >= 1)) {
    throw problem(
      name,
      `a batchSize of more than ${QUEUE_BATCH_AT_ONCE} messages takes a batchWindow of 1 s or more, got ${arn}`,
    );
  }
  if (kind !== "kafka") return { kind, service, source };
  const { topics, access = [] } = source;
  if (!Array.isArray(topics) || topics.length === 0)
    throw problem(name, "Kafka's topics must be listed");
  return { kind, service, source: { ...source, access } };
}

function serviceOf(name, arn) {
  const [prefix, , service] = String(arn).split(":");
  const known =
    prefix === "arn" && Object.hasOwn(SERVICES, service ?? "") ? SERVICES[service] : undefined;
  if (known !== undefined) return known;
  const services = Object.keys(SERVICES).join(", ");
  throw problem(name, `a source must be an ARN of ${services}, got ${String(arn)}`);
}

/** Kafka's count only where Lambda's pollers are provisioned. */
const answersInParts = ({ kind, service, source }) =>
  service.grants !== undefined && (kind !== "kafka" || source.pollers !== undefined);

function roleOf(statements) {
  return {
    Type: "AWS::IAM::Role",
    Properties: {
      AssumeRolePolicyDocument: {
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Principal: { Service: "lambda.amazonaws.com" },
            Action: "sts:AssumeRole",
          },
        ],
      },
      // resources/roles.yml: what all bridges do.
      ManagedPolicyArns: [{ Ref: "BridgePolicy" }],
      ...(statements.length > 0 && {
        Policies: [
          {
            PolicyName: "sources",
            PolicyDocument: { Version: "2012-10-17", Statement: statements },
          },
        ],
      }),
    },
  };
}

/** Named after the source, so that it stays the same wherever it stands in the list. */
function sourceResource(id, { kind, service, source }) {
  const { arn, bootstrapServers, topics } = source;
  const digest = createHash("sha256").update(JSON.stringify([arn ?? bootstrapServers, topics]));
  const name = `${id}${kind}${digest.digest("hex").slice(0, 8)}`;
  return [name, service.principal ? permission(id, service, source) : mapping(id, kind, source)];
}

function permission(id, { principal, kind }, { arn, account }) {
  const [, , , , owner] = arn.split(":");
  // A bucket's names no account, and its name may be somebody else's tomorrow.
  const namesNobody = account !== undefined || !/^\d{12}$/.test(owner);
  return {
    Type: "AWS::Lambda::Permission",
    Properties: {
      Action: "lambda:InvokeFunction",
      FunctionName: { "Fn::GetAtt": [`${id}LambdaFunction`, "Arn"] },
      Principal: principal,
      // A log group's ends so where it stands for its streams.
      SourceArn: kind === "logs" && !arn.endsWith(":*") ? `${arn}:*` : arn,
      // Not every service says whose its sources are: where the ARN does, it is enough.
      ...(namesNobody && {
        SourceAccount: account === undefined ? { Ref: "AWS::AccountId" } : String(account),
      }),
    },
  };
}

function mapping(id, kind, source) {
  const { arn, bootstrapServers, topics, consumerGroupId, access = [], pollers } = source;
  const { maximumConcurrency: concurrency = QUEUE_CONCURRENCY } = source;
  const isShard = kind === "kinesis" || kind === "dynamodb";
  const isTopic = kind === "kafka";
  const given = {
    EventSourceArn: arn,
    BatchSize: source.batchSize,
    MaximumBatchingWindowInSeconds: source.batchWindow,
    Enabled: source.enabled,
    ParallelizationFactor: source.parallelizationFactor,
    ScalingConfig: kind === "sqs" ? { MaximumConcurrency: concurrency } : undefined,
    FilterCriteria: source.filterPatterns && {
      Filters: source.filterPatterns.map((pattern) => ({ Pattern: JSON.stringify(pattern) })),
    },
    Topics: topics,
    ProvisionedPollerConfig: pollers && {
      MinimumPollers: pollers.min,
      MaximumPollers: pollers.max,
    },
  };
  const group = consumerGroupId && { ConsumerGroupId: consumerGroupId };
  return {
    Type: "AWS::Lambda::EventSourceMapping",
    Properties: {
      FunctionName: functionOf(id),
      ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
      ...(answersInParts({ kind, service: { grants: true }, source }) && {
        FunctionResponseTypes: ["ReportBatchItemFailures"],
      }),
      ...((isShard || isTopic) && { StartingPosition: source.startingPosition ?? "TRIM_HORIZON" }),
      // Nothing is given up while its source keeps it; what no attempt could store the function keeps aside itself.
      // Batches stay whole, for by their first record they are told again.
      ...(isShard && {
        MaximumRetryAttempts: -1,
        MaximumRecordAgeInSeconds: -1,
        BisectBatchOnFunctionError: false,
      }),
      ...(isTopic && arn !== undefined && group && { AmazonManagedKafkaEventSourceConfig: group }),
      ...(isTopic && arn === undefined && group && { SelfManagedKafkaEventSourceConfig: group }),
      ...(bootstrapServers && {
        SelfManagedEventSource: { Endpoints: { KafkaBootstrapServers: bootstrapServers } },
      }),
      ...(access.length > 0 && {
        SourceAccessConfigurations: access.map(({ type, uri }) => ({ Type: type, URI: uri })),
      }),
    },
  };
}

/** As those of resources/alarms.yml, whose conditions they have. */
function alarms(id, name, sources, { stack, stage, alarmTopic }) {
  const told = [{ "Fn::If": ["OwnAlarmTopic", { Ref: "AlarmTopic" }, alarmTopic] }];
  const alarm = (what, AlarmDescription, properties) => ({
    Type: "AWS::CloudWatch::Alarm",
    Condition: "Watched",
    Properties: {
      AlarmName: `${stack}-bridge-${name}-${what}`,
      AlarmDescription,
      AlarmActions: told,
      OKActions: told,
      ComparisonOperator: "GreaterThanOrEqualToThreshold",
      // An invocation that was not made is no trouble.
      TreatMissingData: "notBreaching",
      Statistic: "Sum",
      Period: ALARM_PERIOD_SECONDS,
      EvaluationPeriods: 1,
      Threshold: 1,
      ...properties,
    },
  });
  const ofFunction = (MetricName) => ({
    Namespace: "AWS/Lambda",
    MetricName,
    Dimensions: [{ Name: "FunctionName", Value: functionOf(id) }],
  });
  const counted = (what) => ({
    MetricNamespace: `Hydrant/Stages/${stage}`,
    MetricName: `${what}-${name}`,
  });
  const filter = (member, metric) => ({
    Type: "AWS::Logs::MetricFilter",
    Condition: "Watched",
    Properties: {
      LogGroupName: { Ref: `${id}LogGroup` },
      FilterPattern: `{ $.event = "bridge" && $.${member} > 0 }`,
      MetricTransformations: [{ ...metric, MetricValue: `$.${member}`, Unit: "Count" }],
    },
  });
  const ofLog = ({ MetricNamespace: Namespace, MetricName }) => ({ Namespace, MetricName });
  const [kept, left] = [counted("KeptAside"), counted("Left")];
  const isPushed = sources.some(({ service }) => service.principal);
  const hasShards = sources.some(({ kind }) => kind === "kinesis" || kind === "dynamodb");
  return {
    [`${id}ErrorsAlarm`]: alarm(
      "errors",
      "Invocations of the bridge have failed for a quarter of an hour; their sources bring everything again. See bridge and bridge_failed in its log.",
      { ...ofFunction("Errors"), EvaluationPeriods: LASTING_PERIODS },
    ),
    [`${id}KeptAsideFilter`]: filter("keptCount", kept),
    [`${id}KeptAsideAlarm`]: alarm(
      "kept-aside",
      `Records that the stream never takes, too large as a rule, are under bridge-failed/${name}/ of the delivery bucket.`,
      ofLog(kept),
    ),
    // An answer in parts is no error to Lambda, however often the same record is in it.
    ...(sources.some(answersInParts) && {
      [`${id}LeftFilter`]: filter("leftCount", left),
      [`${id}LeftAlarm`]: alarm(
        "left",
        "Records have been left to their queue, shard or partition for a quarter of an hour. Is the stream there, and may the account put into it? See error in the bridge lines of its log.",
        { ...ofLog(left), EvaluationPeriods: LASTING_PERIODS },
      ),
    }),
    ...(isPushed && {
      [`${id}DroppedAlarm`]: alarm(
        "dropped",
        `Lambda has given up events of the bridge after its retries: they are under aws/lambda/async/${stack}-bridge-${name}/ of the delivery bucket, to be brought again (docs/bridge.md).`,
        ofFunction("AsyncEventsDropped"),
      ),
    }),
    ...(hasShards && {
      [`${id}BehindAlarm`]: alarm(
        "behind",
        "The bridge is half an hour behind a shard, whose source keeps records for a day as a rule.",
        { ...ofFunction("IteratorAge"), Statistic: "Maximum", Threshold: BEHIND_MS },
      ),
    }),
  };
}

function allow(Action, Resource) {
  return { Effect: "Allow", Action, Resource };
}

/** Lambda's, for what lies in a VPC; none of these actions knows resources that could be named. */
function networkGrants() {
  return [
    allow(
      [
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcs",
      ],
      ["*"],
    ),
  ];
}

function secretGrants(access) {
  const secrets = access.map(({ uri }) => uri).filter((uri) => uri.includes(":secretsmanager:"));
  return secrets.length === 0 ? [] : [allow(["secretsmanager:GetSecretValue"], secrets)];
}

function refuseUnknown(name, given, members) {
  const unknown = Object.keys(given).find((member) => !members.includes(member));
  if (unknown !== undefined) {
    throw problem(name, `has an unknown member ${unknown}; there are ${members.join(", ")}`);
  }
}

function problem(name, text) {
  return new Error(`bridges: ${name === "" ? "" : `${name}: `}${text}`);
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
