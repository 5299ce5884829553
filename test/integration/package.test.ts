/** What would be deployed: the CloudFormation template that packaging makes, without an AWS account. */
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TARGET_KINDS } from "../../src/targets/kinds.ts";
import { FUNCTION_ENVIRONMENT } from "../helpers/function-environment.ts";
import { unzip } from "../helpers/unzip.ts";
import { BY_TYPE } from "../helpers/deployer-rights.ts";

interface Resource {
  readonly Type: string;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly DependsOn?: readonly string[];
  // The template is as deep as CloudFormation; the assertions say what is expected where.
  // eslint-disable-next-line typescript/no-explicit-any
  readonly Properties: Readonly<Record<string, any>>;
}

const FUNCTIONS = [
  "Api",
  "Subscribe",
  "Doorbell",
  "Deliver",
  "Consume",
  "Sweep",
  "Mappings",
  "Transform",
  "Consumer",
];
const directory = mkdtempSync(join(tmpdir(), "hydrant-package-"));
let resources: Readonly<Record<string, Resource>>;
let outputs: Readonly<Record<string, unknown>>;
let packaged: object;

/** What a stack that runs beside the packaging has built. */
const builtByAStack = fileURLToPath(new URL(`../../.esbuild/${process.pid}`, import.meta.url));

beforeAll(() => {
  mkdirSync(builtByAStack, { recursive: true });
  const entry = fileURLToPath(new URL("../../offline/package.mjs", import.meta.url));
  const bridges = "--param=bridges=examples/bridges.yml";
  execFileSync(process.execPath, [entry, "--package", directory, bridges], { stdio: "pipe" });
  const file = join(directory, "cloudformation-template-update-stack.json");
  packaged = JSON.parse(readFileSync(file, "utf8")) as object;
  ({ Resources: resources, Outputs: outputs } = packaged as {
    Resources: typeof resources;
    Outputs: typeof outputs;
  });
  // Half a minute alone; beside other stacks several times that.
}, 240_000);
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
  rmSync(builtByAStack, { recursive: true, force: true });
});

it("has no resource of a type that docs/deployer-policy.json does not know", () => {
  const types = new Set(Object.values(resources).map(({ Type }) => Type));
  expect([...types].filter((type) => !(type in BY_TYPE))).toEqual([]);
});

it("goes to the region that AWS's own tools would go to", () => {
  const entry = createRequire(import.meta.url).resolve("serverless/bin/serverless.js");
  const args = [entry, "print", "--path", "provider.region", "--format", "text"];
  const env = { ...process.env, AWS_REGION: "eu-west-1", AWS_DEFAULT_REGION: "eu-north-1" };
  expect(execFileSync(process.execPath, args, { env, encoding: "utf8" }).trim()).toBe("eu-west-1");
  expect(
    execFileSync(process.execPath, [...args, "--region", "us-west-2"], {
      env,
      encoding: "utf8",
    }).trim(),
  ).toBe("us-west-2");
});

it("leaves the builds of running stacks alone", () => {
  expect(existsSync(builtByAStack)).toBe(true);
});

describe("the zips", () => {
  async function contents(name: string): Promise<ReadonlyMap<string, Buffer>> {
    const entries = await unzip(readFileSync(join(directory, `${name}.zip`)));
    return new Map(entries.map(({ entry, contents: bytes }) => [entry.fileName, bytes]));
  }

  const JQ = ["jq.wasm.js", "jq.wasm.wasm", "package.json"].map((n) => `node_modules/jq-web/${n}`);
  const PARQUET = "node_modules/parquet-wasm/esm/parquet_wasm_bg.wasm";

  it.each([
    // API Gateway waits for its start.
    ["api", "handlers/api", JQ, 1_000_000],
    ["subscribe", "handlers/api", JQ, 1_000_000],
    ["doorbell", "handlers/doorbell", [], 300_000],
    ["deliver", "handlers/deliver", [...JQ, PARQUET], 3_000_000],
    ["consume", "handlers/consume", [], 500_000],
    ["sweep", "handlers/sweep", [], 400_000],
    ["mappings", "handlers/mappings", JQ, 1_000_000],
    ["transform", "examples/transform", [], 2000],
    ["consumer", "examples/print-records", [], 2000],
  ])(
    "of %s hold its own code, and beside it what it loads",
    async (name, code, loaded, maxBytes) => {
      const entries = await contents(name);
      expect([...entries.keys()].toSorted()).toEqual([`${code}.mjs`, ...loaded].toSorted());
      expect(entries.get(`${code}.mjs`)!.includes("sourceMappingURL")).toBe(false);
      expect(statSync(join(directory, `${name}.zip`)).size).toBeLessThan(maxBytes);
      const { Code } = properties(`${name[0]!.toUpperCase()}${name.slice(1)}LambdaFunction`);
      expect(Code.S3Key).toMatch(new RegExp(`/${name}\\.zip$`));
    },
  );

  it.each(["api", "doorbell", "deliver", "consume", "sweep", "mappings"])(
    "have the source map of %s beside them, and no credentials in it that Lambda never has",
    (name) => {
      const map = join(directory, "source-maps", "handlers", `${name}.mjs.map`);
      const { sources } = JSON.parse(readFileSync(map, "utf8")) as { sources: readonly string[] };
      expect(sources.some((source) => source.endsWith(`handlers/${name}.ts`))).toBe(true);
      const providers = /credential-provider|nested-clients|token-providers/;
      expect(sources.filter((source) => providers.test(source))).toEqual([]);
    },
  );

  it("start, where the runtime can stream and where it cannot", async () => {
    const folder = mkdtempSync(join(tmpdir(), "hydrant-zips-"));
    const starts = `const { handler } = await import(process.argv[1]); process.exit(typeof handler === "function" ? 0 : 1);`;
    try {
      for (const name of ["api", "doorbell", "deliver", "consume", "sweep", "mappings"]) {
        const file = join(folder, `${name}.mjs`);
        writeFileSync(file, (await contents(name)).get(`handlers/${name}.mjs`)!);
        const run = ["--input-type=module", "--eval", starts, file];
        execFileSync(process.execPath, run, { env: FUNCTION_ENVIRONMENT });
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

it.each([
  ['"sts:AssumeRole"', ["Deliver"]],
  // Who answers in which row a record is, and dry-runs a conversion, reads its table.
  ['"glue:', ["Api", "Subscribe", "Deliver"]],
])("lets few do what begins with %s", (action, allowed) => {
  expect(
    FUNCTIONS.filter((name) =>
      JSON.stringify(properties(`${name}Role`)["Policies"]).includes(action),
    ),
  ).toEqual(allowed);
});

const properties = (id: string) => resources[id]?.Properties ?? {};
const ofType = (type: string) => Object.values(resources).filter(({ Type }) => Type === type);

describe("tables", () => {
  it("keep the log with a time to live and a stream of keys only", () => {
    expect(properties("LogTable")).toMatchObject({
      TimeToLiveSpecification: { AttributeName: "expiresAt", Enabled: true },
      StreamSpecification: { StreamViewType: "KEYS_ONLY" },
    });
  });

  it("keep the state encrypted, restorable, and when the stack goes", () => {
    expect(properties("StateTable")).toMatchObject({
      SSESpecification: { SSEEnabled: true },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      TimeToLiveSpecification: { AttributeName: "expiresAt", Enabled: true },
    });
    expect(resources["StateTable"]?.DeletionPolicy).toBe("RetainExceptOnCreate");
  });

  it("cost nothing when idle", () => {
    const modes = ofType("AWS::DynamoDB::Table").map(({ Properties }) => Properties["BillingMode"]);
    expect(modes).toEqual(["PAY_PER_REQUEST", "PAY_PER_REQUEST"]);
  });
});

it("keeps what cannot be made anew, whatever the framework makes of it", () => {
  for (const id of ["LogTable", "StateTable"]) {
    expect(properties(id)).toMatchObject({
      TableName: expect.stringMatching(/^hydrant-dev-(log|state)$/),
      DeletionProtectionEnabled: true,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    });
  }
  for (const [id, name] of [
    ["LogBucket", "log"],
    ["DeliveryBucket", "delivery"],
  ] as const) {
    expect(properties(id)["BucketName"]).toEqual({
      "Fn::Sub": `hydrant-dev-${name}-\${AWS::AccountId}`,
    });
  }
  for (const id of ["LogTable", "StateTable", "LogBucket", "DeliveryBucket"])
    expect(resources[id]).toMatchObject({
      DeletionPolicy: "RetainExceptOnCreate",
      UpdateReplacePolicy: "Retain",
    });
});

it("serves the tables and the bucket that it makes, and keeps no versions of functions", () => {
  expect(properties("DeliverLambdaFunction")["Environment"].Variables).toMatchObject({
    HYDRANT_LOG_TABLE: "hydrant-dev-log",
    HYDRANT_STATE_TABLE: "hydrant-dev-state",
    HYDRANT_LOG_BUCKET: { "Fn::Sub": "hydrant-dev-log-${AWS::AccountId}" },
  });
  expect(properties("DoorbellEventSourceMappingDynamodbLogTable")["EventSourceArn"]).toEqual({
    "Fn::GetAtt": ["LogTable", "StreamArn"],
  });
  expect(ofType("AWS::Lambda::Version")).toEqual([]);
});

it("is watched, and has neither conditions nor what nobody asked for", () => {
  const types = new Set(Object.values(resources).map(({ Type }) => Type));
  for (const type of ["Alarm", "Dashboard"]) expect(types).toContain(`AWS::CloudWatch::${type}`);
  for (const type of ["ApiGateway::DomainName", "Budgets::Budget", "Route53::RecordSet"])
    expect(types).not.toContain(`AWS::${type}`);
  expect(packaged).not.toHaveProperty("Conditions");
  expect(JSON.stringify(packaged)).not.toContain("Fn::If");
  // The framework names the API.
  const [apiName] = properties("GatewayErrorsAlarm")["Dimensions"];
  expect(apiName.Value).toBe(properties("ApiGatewayRestApi")["Name"]);
  const body: unknown = JSON.parse(properties("Dashboard")["DashboardBody"]["Fn::Sub"]);
  expect(body).toMatchObject({ widgets: expect.any(Array) });
});

describe("queues", () => {
  it("are encrypted", () => {
    for (const { Properties } of ofType("AWS::SQS::Queue")) {
      expect(Properties["SqsManagedSseEnabled"]).toBe(true);
    }
  });

  it("hide a wake-up for longer than its work may take, and keep what cannot be delivered", () => {
    for (const [queue, worker] of [
      ["Deliver", "Deliver"],
      ["Consume", "Consume"],
      ["Ring", "Doorbell"],
    ]) {
      const { VisibilityTimeout, RedrivePolicy } = properties(`${queue}Queue`);
      const { Timeout } = properties(`${worker}LambdaFunction`);
      expect(VisibilityTimeout).toBeGreaterThanOrEqual(Timeout);
      expect(RedrivePolicy).toEqual({
        deadLetterTargetArn: { "Fn::GetAtt": [`${worker}DeadLetterQueue`, "Arn"] },
        maxReceiveCount: 1000,
      });
    }
  });
});

describe("buckets", () => {
  it("are private and take no plain HTTP", () => {
    for (const id of ["LogBucket", "DeliveryBucket"]) {
      expect(Object.values(properties(id)["PublicAccessBlockConfiguration"])).toEqual([
        true,
        true,
        true,
        true,
      ]);
      expect(properties(id)["BucketEncryption"]).toBeDefined();
      const [statement] = properties(`${id}Policy`)["PolicyDocument"].Statement;
      expect(statement).toMatchObject({
        Effect: "Deny",
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      });
    }
  });

  it("let large bodies and unfinished uploads go", () => {
    expect(properties("LogBucket")["LifecycleConfiguration"].Rules).toMatchObject([
      { Prefix: "day/", ExpirationInDays: 4 },
      { Prefix: "week/", ExpirationInDays: 10 },
      { Prefix: "year/", ExpirationInDays: 368 },
      { Prefix: "spool/", ExpirationInDays: 368 },
      { NoncurrentVersionExpiration: { NoncurrentDays: 3 }, ExpiredObjectDeleteMarker: true },
      { AbortIncompleteMultipartUpload: { DaysAfterInitiation: 2 } },
    ]);
  });
});

describe("event sources", () => {
  it("ring for what was written only, and give up to a dead-letter queue", () => {
    expect(properties("DoorbellEventSourceMappingDynamodbLogTable")).toMatchObject({
      BatchSize: 1000,
      StartingPosition: "TRIM_HORIZON",
      ParallelizationFactor: 4,
      BisectBatchOnFunctionError: true,
      FilterCriteria: { Filters: [{ Pattern: '{"eventName":["INSERT","MODIFY"]}' }] },
      MaximumRetryAttempts: expect.any(Number),
      DestinationConfig: {
        OnFailure: { Destination: { "Fn::GetAtt": ["DoorbellDeadLetterQueue", "Arn"] } },
      },
    });
  });

  it("hand back single messages, and leave concurrency to others", () => {
    const concurrency = { DeliverDeliver: 200, ConsumeConsume: 300, DoorbellRing: 5 };
    for (const [name, MaximumConcurrency] of Object.entries(concurrency)) {
      const [, worker, queue] = /^([A-Z][a-z]+)([A-Z][a-z]+)$/.exec(name)!;
      expect(properties(`${worker}EventSourceMappingSQS${queue}Queue`)).toMatchObject({
        BatchSize: 1,
        FunctionResponseTypes: ["ReportBatchItemFailures"],
        ScalingConfig: { MaximumConcurrency },
      });
    }
  });

  it("reserve nothing, which an account of few executions would refuse", () => {
    for (const { Properties } of ofType("AWS::Lambda::Function")) {
      expect(Properties).not.toHaveProperty("ReservedConcurrentExecutions");
    }
  });

  it("leave the sweep off until there is work for it", () => {
    expect(properties("SweepEventsRuleSchedule1")).toMatchObject({
      Name: "hydrant-dev-sweep",
      State: "DISABLED",
    });
  });
});

describe("the API", () => {
  it("has exactly one binary media type, behind CloudFront, whose HTTP/2 some clients insist on", () => {
    expect(properties("ApiGatewayRestApi")).toMatchObject({
      BinaryMediaTypes: ["application/x-amz-cbor-1.1"],
      EndpointConfiguration: { Types: ["EDGE"] },
    });
  });

  it("streams the answers of every path, for as long as a subscription lasts", () => {
    for (const id of ["ApiGatewayMethodAny", "ApiGatewayMethodProxyVarAny"]) {
      expect(properties(id)).toMatchObject({
        HttpMethod: "ANY",
        Integration: { ResponseTransferMode: "STREAM", TimeoutInMillis: 330_000 },
      });
      expect(JSON.stringify(properties(id)["Integration"].Uri)).toContain(
        "/response-streaming-invocations",
      );
    }
    expect(properties("ApiLambdaFunction")["Timeout"]).toBeGreaterThan(300);
  });

  it("answers for itself with names that SDKs know, in what is deployed", () => {
    const responses = Object.entries(resources).filter(
      ([, { Type }]) => Type === "AWS::ApiGateway::GatewayResponse",
    );
    const told = responses.map(([, { Properties }]) => {
      const [[type, template]] = Object.entries<string>(Properties["ResponseTemplates"]) as [
        [string, string],
      ];
      expect(type).toBe("application/x-amz-json-1.1");
      const { __type, message } = JSON.parse(
        template.replace("$context.error.messageString", '"…"'),
      ) as Record<string, string>;
      expect(message).not.toBe("");
      expect(Properties["ResponseParameters"]).toEqual({
        "gatewayresponse.header.x-amzn-ErrorType": `'${__type}'`,
      });
      return [Properties["ResponseType"], [Properties["StatusCode"], __type]];
    });
    expect(Object.fromEntries(told)).toEqual({
      REQUEST_TOO_LARGE: [undefined, "RequestEntityTooLargeException"],
      THROTTLED: [undefined, "ThrottlingException"],
      QUOTA_EXCEEDED: [undefined, "LimitExceededException"],
      MISSING_AUTHENTICATION_TOKEN: ["404", "UnknownOperationException"],
      INTEGRATION_TIMEOUT: ["503", "ServiceUnavailable"],
      INTEGRATION_FAILURE: ["503", "ServiceUnavailable"],
      DEFAULT_4XX: [undefined, "AccessDeniedException"],
      DEFAULT_5XX: [undefined, "InternalFailure"],
    });
    // A deployment takes what stands when it is made.
    for (const id of ["ApiGatewayMethodAny", "ApiGatewayMethodProxyVarAny"]) {
      const names = responses.map(([name]) => name);
      expect(resources[id]?.DependsOn).toEqual(expect.arrayContaining(names));
    }
  });
});

describe.each(["Api", "Subscribe"])("the URL of the function %s", (name) => {
  it("streams, and leaves authentication to the function", () => {
    expect(properties(`${name}LambdaFunctionUrl`)).toMatchObject({
      AuthType: "NONE",
      InvokeMode: "RESPONSE_STREAM",
    });
    // A subscription lasts five minutes.
    expect(properties(`${name}LambdaFunction`)["Timeout"]).toBeGreaterThan(300);
    expect(outputs[`${name}LambdaFunctionUrl`]).toBeDefined();
  });
});

it("lets whoever brings the sweep work switch it on, and the sweep both", () => {
  const actions = (name: string) => {
    const [policy] = properties(`${name}Role`)["Policies"];
    return policy.PolicyDocument.Statement.flatMap(
      ({ Action }: { Action: readonly string[] }) => Action,
    ).filter((action: string) => action.startsWith("events:"));
  };
  expect(Object.fromEntries(FUNCTIONS.map((name) => [name, actions(name)]))).toEqual({
    Api: ["events:EnableRule"],
    Subscribe: ["events:EnableRule"],
    Doorbell: ["events:EnableRule"],
    Deliver: [],
    Consume: [],
    Sweep: ["events:EnableRule", "events:DisableRule"],
    Mappings: ["events:EnableRule"],
    Transform: [],
    Consumer: [],
  });
});

describe.each(FUNCTIONS)("the function %s", (name) => {
  it("keeps its logs for a while, not for ever", () => {
    expect(properties(`${name}LogGroup`)["RetentionInDays"]).toBe(30);
  });

  it("has a role of its own without wildcards", () => {
    expect(properties(`${name}LambdaFunction`)["Role"]).toEqual({
      "Fn::GetAtt": [`${name}Role`, "Arn"],
    });
    const statements = properties(`${name}Role`)["Policies"].flatMap(
      (policy: { PolicyDocument: { Statement: unknown[] } }) => policy.PolicyDocument.Statement,
    ) as readonly {
      readonly Action: readonly string[];
      readonly Resource: unknown;
      readonly Condition?: object;
    }[];
    for (const { Action, Resource, Condition } of statements) {
      for (const action of Action) expect(action).not.toContain("*");
      // IAM knows no resource for it: a condition says whose statements these are.
      if (Action.join() === "redshift-data:DescribeStatement") {
        expect(JSON.stringify(Condition)).toContain("redshift-data:statement-owner-iam-userid");
        continue;
      }
      // Everything else that these functions call can be scoped; nothing needs the resource "*".
      for (const resource of Array.isArray(Resource) ? Resource : [Resource])
        expect(resource).not.toBe("*");
    }
  });
});

it("gives each function the variables it needs and no others", () => {
  const names = (name: string) =>
    Object.keys(properties(`${name}LambdaFunction`)["Environment"]?.Variables ?? {})
      .filter((variable) => variable.startsWith("HYDRANT_"))
      .map((variable) => variable.slice("HYDRANT_".length))
      .toSorted();
  // What may be named is checked where it is named.
  const targets = [
    "STACK",
    "DELIVERY_BUCKET",
    ...Object.values(TARGET_KINDS)
      // Where the files of a table lie is known when it is opened, and checked there.
      .filter(({ parameter }) => parameter !== "icebergBuckets")
      .map(({ variable }) => variable.replace("HYDRANT_", "")),
  ];
  const frontDoor = [
    "ACCOUNT_ID",
    ...targets,
    "AUDIT",
    "AWS_LIMITS",
    "CONSUME_QUEUE_URL",
    "DELIVERY_STREAMS",
    "DELIVER_QUEUE_URL",
    "LOG_BUCKET",
    "LOG_TABLE",
    "MAPPINGS",
    "METRICS",
    "OWN_STREAM_KEY",
    "PRODUCER_DEDUPLICATION",
    "READ_LIMITS",
    "SHARDS",
    "STATE_TABLE",
    "STREAM_TRANSITION_MS",
    "SWEEP_RULE",
  ].toSorted();
  const onlyFrontDoor = ["AUDIT", "METRICS", "PRODUCER_DEDUPLICATION", "READ_LIMITS"];
  expect(Object.fromEntries(FUNCTIONS.map((name) => [name, names(name)]))).toEqual({
    Api: [...frontDoor, "RESPONSES", "SUBSCRIPTIONS"].toSorted(),
    Subscribe: frontDoor,
    Doorbell: [
      "CONSUME_QUEUE_URL",
      "DELIVER_QUEUE_URL",
      "LOG_TABLE",
      "RING_QUEUE_URL",
      "STATE_TABLE",
      "SWEEP_RULE",
    ],
    Deliver: [
      "ACCOUNT_ID",
      "ASSUMABLE_ROLES",
      "DELIVER_QUEUE_URL",
      "ICEBERG_BUCKETS",
      "ICEBERG_CATALOGS",
      "LOG_BUCKET",
      "LOG_TABLE",
      "METRICS",
      "OWN_STREAM_KEY",
      "STATE_TABLE",
    ],
    Consume: [
      "ACCOUNT_ID",
      "CONSUME_QUEUE_URL",
      "CONSUME_ROLE_ARN",
      "LOG_BUCKET",
      "LOG_TABLE",
      "METRICS",
      "OWN_STREAM_KEY",
      "STATE_TABLE",
      "STREAM_TRANSITION_MS",
    ],
    Sweep: [
      "CONSUME_QUEUE_URL",
      "DELIVER_QUEUE_URL",
      "LOG_BUCKET",
      "LOG_TABLE",
      "STATE_TABLE",
      "STREAM_TRANSITION_MS",
      "SWEEP_RULE",
    ],
    // As the front door has them, but for how records are put and read.
    Mappings: frontDoor.filter((name) => !onlyFrontDoor.includes(name)),
    Transform: [],
    Consumer: [],
  });
});

it.each(["Api", "Subscribe", "Consume", "Mappings"])(
  "lets the function %s show no change of a stream longer than it takes",
  (name) => {
    const { Variables } = properties(`${name}LambdaFunction`)["Environment"];
    expect(Variables["HYDRANT_STREAM_TRANSITION_MS"]).toBe("0");
  },
);

describe("the function that stacks declare mappings with", () => {
  it("is exported, for the ServiceToken of other stacks", () => {
    expect(outputs["MappingsServiceToken"]).toMatchObject({
      Value: { "Fn::GetAtt": ["MappingsLambdaFunction", "Arn"] },
      Export: { Name: "hydrant-dev-MappingsServiceToken" },
    });
  });

  it("reads neither access keys nor secrets", () => {
    const [policy] = properties("MappingsRole")["Policies"];
    const onState = policy.PolicyDocument.Statement.filter(
      ({ Resource }: { readonly Resource: unknown }) =>
        JSON.stringify(Resource).endsWith(':table/hydrant-dev-state"}'),
    );
    for (const { Condition } of onState) {
      expect(Object.keys(Condition)).toEqual(["ForAllValues:StringLike"]);
    }
    const keys: string[] = onState.flatMap(
      ({ Condition }: Resource["Properties"]) =>
        Condition["ForAllValues:StringLike"]["dynamodb:LeadingKeys"],
    );
    expect(keys.toSorted()).toEqual(
      [
        "mappings",
        "mapping#*",
        "mapping-of#*",
        "data-streams",
        "delivery-stream#*",
        "delivery-streams",
        "removed#*",
        "shards#*",
        "counter#kinesis/*",
        "counter#firehose/*",
        "marks#kinesis/*",
        "marks#firehose/*",
        "readers#kinesis/*",
        "readers#firehose/*",
        "replays#*",
        "replay-parts#*",
        "replays-left",
        "redrives#*",
        "readers#redrive/*",
        "counter#redrive/*",
        "sweep#*",
      ].toSorted(),
    );
  });
});

describe("a bridge of the file", () => {
  it("has a zip of its own, with its code alone", async () => {
    const zip = join(directory, "bridge-orders.zip");
    const entries = await unzip(readFileSync(zip));
    expect(entries.map(({ entry }) => entry.fileName)).toEqual(["handlers/bridge.mjs"]);
    expect(statSync(zip).size).toBeLessThan(700_000);
    expect(properties("BridgeDashordersLambdaFunction")["Code"].S3Key).toMatch(
      /\/bridge-orders\.zip$/,
    );
  });

  it("is told what the api is, and what is its own", () => {
    const variables = (id: string) =>
      Object.keys(properties(id)["Environment"].Variables).filter((name) =>
        name.startsWith("HYDRANT_"),
      );
    expect(variables("BridgeDashordersLambdaFunction").toSorted()).toEqual(
      [...variables("ApiLambdaFunction"), "HYDRANT_BRIDGE_orders"].toSorted(),
    );
  });

  it("has a role of its own, with what all bridges do and the reading of its sources", () => {
    const role = properties("BridgeDashordersRole");
    expect(properties("BridgeDashordersLambdaFunction")["Role"]).toEqual({
      "Fn::GetAtt": ["BridgeDashordersRole", "Arn"],
    });
    expect(role["ManagedPolicyArns"]).toEqual([{ Ref: "BridgePolicy" }]);
    // IAM's bound, without white space: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    expect(JSON.stringify(properties("BridgePolicy")["PolicyDocument"]).length).toBeLessThan(6144);
    const queue = "arn:aws:sqs:us-east-1:123456789012:orders";
    expect(role["Policies"][0].PolicyDocument.Statement[0].Resource).toEqual([queue]);
    const mappings = ofType("AWS::Lambda::EventSourceMapping").map(({ Properties }) => Properties);
    expect(mappings.filter(({ EventSourceArn }) => EventSourceArn === queue)).toEqual([
      expect.objectContaining({ FunctionName: { Ref: "BridgeDashordersLambdaFunction" } }),
    ]);
  });
});
