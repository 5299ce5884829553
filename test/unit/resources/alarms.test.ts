/** The alarms of the stack, held against what the code writes and measures, what AWS measures, and what operators are told. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { consumeFields, consumeMetrics } from "../../../src/consumer/metrics.ts";
import { flushMetrics } from "../../../src/delivery/flush-metrics.ts";
import { flushFields } from "../../../src/delivery/report.ts";
import type { Measured } from "../../../src/metrics.ts";
import { createLog, type LogFields } from "../../../src/observe/log.ts";
import * as firehose from "../../../src/operations/firehose/metrics.ts";
import * as kinesis from "../../../src/operations/kinesis/metrics.ts";
import { logFilter } from "../../helpers/log-filter.ts";
import {
  declaredFunctions,
  declaredTimeouts,
  readResources,
  readTemplate,
} from "../../helpers/resources.ts";
import { steppingClock } from "../../helpers/stepping-clock.ts";

// The resources are as deep as CloudFormation; the assertions say what is expected where.
// eslint-disable-next-line typescript/no-explicit-any
type Properties = any;
const NOW_MS = 1_795_428_000_000;
const EXAMPLES = ["transform", "consumer"];

/** https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html and its like for the others. */
const AWS_METRICS: Readonly<Record<string, { dimensions: string[]; metrics: string[] }>> = {
  "AWS/Lambda": {
    dimensions: ["FunctionName"],
    metrics: [
      "Invocations",
      "Errors",
      "Throttles",
      "Duration",
      "IteratorAge",
      "ConcurrentExecutions",
    ],
  },
  "AWS/SQS": {
    dimensions: ["QueueName"],
    metrics: ["ApproximateNumberOfMessagesVisible", "NumberOfMessagesReceived"],
  },
  "AWS/DynamoDB": {
    dimensions: ["TableName"],
    metrics: [
      "ReadThrottleEvents",
      "WriteThrottleEvents",
      "ConsumedReadCapacityUnits",
      "ConsumedWriteCapacityUnits",
    ],
  },
  "AWS/ApiGateway": {
    dimensions: ["ApiName", "Stage"],
    metrics: ["Count", "4XXError", "5XXError"],
  },
};

const ofType = (type: string, params?: Record<string, string>) =>
  Object.entries(readResources(params))
    .filter(([, { Type }]) => Type === type)
    .map(([id, { Properties }]) => ({ id, ...(Properties as Properties) }));
const alarms = ofType("AWS::CloudWatch::Alarm");
const filters = ofType("AWS::Logs::MetricFilter");

/** Namespace, name and dimensions of each metric that an alarm looks at. */
function metricsOf({ Namespace, MetricName, Dimensions = [], Metrics }: Properties) {
  const stats = (Metrics ?? []).flatMap(({ MetricStat }: Properties) => MetricStat?.Metric ?? []);
  const own = Namespace === undefined ? [] : [{ Namespace, MetricName, Dimensions }];
  return [...own, ...stats].map((metric: Properties) => ({
    namespace: metric.Namespace as string,
    name: metric.MetricName as string,
    dimensions: (metric.Dimensions ?? []).map(({ Name }: Properties) => Name as string) as string[],
    values: (metric.Dimensions ?? []).map(({ Value }: Properties) => Value as unknown),
  }));
}

describe("lines of the log", () => {
  const FLUSH = {
    kind: "delivery",
    readerId: "delivery",
    streamName: "logs",
    shard: "firehose/logs/5c1f09ab27de4410/0000",
    fromBlock: 0,
    toBlock: 3,
    recordCount: 10,
    deliveredCount: 8,
    failedCount: 2,
    deliveredBytes: 100,
    oldestArrivedAtMs: NOW_MS - 60_000,
    resumed: false,
    isFailed: false,
    metrics: {},
  } as const;
  const RUN = {
    mappingUuid: "14e0db71-5d35-4eb5-b481-8945cf9d10c2",
    functionArn: "arn:aws:lambda:us-east-1:123456789012:function:resize",
    streamName: "clicks",
    shardId: "shardId-000000000000",
    batchCount: 1,
    recordCount: 1,
    failureCount: 0,
    refusedCount: 0,
    givenUpCount: 0,
  };
  const PUT = { byteCount: 10, recordCount: 3, isThrottled: true, quota: undefined };
  const REQUEST = { operation: "firehose:PutRecordBatch", status: 200, durationMs: 7 };

  /** The line that the code writes, as CloudWatch reads it. */
  function line(event: string, fields: LogFields = {}, measured?: Measured) {
    let written = "";
    const clock = steppingClock(NOW_MS);
    createLog({ clock, write: (text) => void (written = text) }).info(event, fields, measured);
    return JSON.parse(written) as Record<string, unknown>;
  }
  const flush = (event: string, changes: Partial<Record<keyof typeof FLUSH, unknown>> = {}) => {
    const report = { ...FLUSH, ...changes } as typeof FLUSH;
    return line(event, flushFields(report, NOW_MS), flushMetrics(report, NOW_MS));
  };
  const consume = (changes: object) => {
    const run = { ...RUN, ...changes };
    return line("consume", consumeFields(run), consumeMetrics(run));
  };
  const stream = { name: "clicks", shardLevelMetrics: [] };
  const [throttled] = kinesis.putRecordsMetrics(stream, [
    { byteCount: 1, outcome: { kind: "throttled", shardIndex: 0 } as never },
  ]);

  it.each([
    ["DeliveryFreshness", flush("flush"), 60_000],
    ["DeliveryFreshness", flush("flush_held_up", { kind: "backup", isFailed: true }), 60_000],
    ["DeliveryFreshness", flush("flush", { kind: "replay" }), undefined],
    ["DeliveryFreshness", flush("flush", { kind: "redrive" }), undefined],
    // Its records could not be read.
    ["DeliveryFreshness", flush("flush_held_up", { oldestArrivedAtMs: 0 }), undefined],
    ["FlushFailures", flush("flush_held_up", { isFailed: true }), 1],
    ["FlushFailures", line("flush_failed"), 1],
    ["FlushFailures", flush("flush"), undefined],
    ["FailedRecords", flush("flush"), 2],
    ["FailedRecords", flush("flush", { failedCount: 0 }), undefined],
    // It is tried again, and nothing of it counts yet.
    ["FailedRecords", flush("flush_held_up", { isFailed: true }), undefined],
    ["IteratorAge", consume({ iteratorAgeMs: 40 }), 40],
    ["IteratorAge", consume({}), undefined],
    ["DroppedRecords", consume({ givenUpCount: 7 }), 7],
    ["DroppedRecords", consume({}), undefined],
    ["ConsumeFailures", line("consume_failed"), 1],
    ["RingFailures", line("ring_failed"), 1],
    ["SweepFailures", line("sweep_failed"), 1],
    ["FailedRequests", line("request", { ...REQUEST, status: 503 }), 1],
    ["FailedRequests", line("request", { ...REQUEST, status: 400 }), undefined],
    ["RequestDuration", line("request", REQUEST), 7],
    [
      "RequestDuration",
      line("request", { ...REQUEST, operation: "kinesis:SubscribeToShard" }),
      undefined,
    ],
    ["ThrottledRecords", line("request", REQUEST, firehose.putRecordBatchMetrics("logs", PUT)), 3],
    ["ThrottledRecords", line("request", REQUEST, throttled), 1],
    ["ThrottledRecords", line("request", REQUEST), undefined],
  ])("%s takes of a line what counts", (name, written, expected) => {
    const values = filters.flatMap(({ FilterPattern, MetricTransformations: [made] }) => {
      if (made.MetricName !== name || !logFilter(FilterPattern)(written)) return [];
      const member = /^\$\.(\w+)$/.exec(made.MetricValue)?.[1];
      return [member === undefined ? Number(made.MetricValue) : written[member]];
    });
    expect(values).toEqual(expected === undefined ? [] : [expected]);
  });

  it("are written by the function whose log is looked at", () => {
    const folder = new URL("../../../handlers/", import.meta.url);
    const sources: Record<string, string[]> = {
      Api: ["front-door.ts"],
      Consume: ["consume.ts"],
      Deliver: ["deliver.ts"],
      Doorbell: ["doorbell.ts"],
      Sweep: ["sweep.ts"],
    };
    expect(readdirSync(folder)).toEqual(expect.arrayContaining(Object.values(sources).flat()));
    for (const { LogGroupName, FilterPattern } of filters) {
      const files = sources[LogGroupName.Ref.replace("LogGroup", "")]!;
      const code = files.map((file) => readFileSync(new URL(file, folder), "utf8")).join("");
      for (const [, event] of FilterPattern.matchAll(/\$\.event = "(\w+)"/g)) {
        expect(code.includes(`"${event}"`) || /measures\.write/.test(code), event).toBe(true);
      }
    }
  });

  it("are counted by no filter that no alarm looks at, and each alarm of theirs has a filter", () => {
    const counted = filters.map(({ MetricTransformations: [made] }) => made);
    const looked = alarms
      .flatMap(metricsOf)
      .filter(({ namespace }) => namespace.startsWith("Hydrant"));
    expect(new Set(looked.map(({ namespace, name }) => `${namespace} ${name}`))).toEqual(
      new Set(counted.map((made) => `${made.MetricNamespace} ${made.MetricName}`)),
    );
    for (const { dimensions } of looked) expect(dimensions).toEqual([]);
    for (const { Unit } of counted) expect(["Count", "Milliseconds"]).toContain(Unit);
  });
});

describe("alarms", () => {
  const on = (namespace: string, name: string) =>
    alarms
      .flatMap(metricsOf)
      .filter((metric) => metric.namespace === namespace && metric.name === name)
      .map(({ values: [value] }) => (value as { Ref: string }).Ref);

  it("look at metrics that AWS has, by all of their dimensions", () => {
    for (const { namespace, name, dimensions } of alarms.flatMap(metricsOf)) {
      if (namespace.startsWith("Hydrant")) continue;
      expect(AWS_METRICS[namespace]?.metrics, namespace).toContain(name);
      expect(dimensions).toEqual(AWS_METRICS[namespace]?.dimensions);
    }
  });

  it("look at the failures of each function of ours", () => {
    const own = declaredFunctions().filter((name) => !EXAMPLES.includes(name));
    expect(on("AWS/Lambda", "Errors").toSorted()).toEqual(
      own.map((name) => `${name[0]!.toUpperCase()}${name.slice(1)}LambdaFunction`).toSorted(),
    );
  });

  it("go off shortly before a function's time is over", () => {
    const near = alarms.filter(({ MetricName }) => MetricName === "Duration");
    expect(near).not.toHaveLength(0);
    for (const { id, Threshold } of near) {
      const timeoutMs = declaredTimeouts()[id.replace("DurationAlarm", "").toLowerCase()]! * 1000;
      expect(Threshold / timeoutMs, id).toBeGreaterThan(0.75);
      expect(Threshold, id).toBeLessThan(timeoutMs);
    }
  });

  it("look at every queue in which something ends", () => {
    const ends = Object.entries(readResources())
      .filter(([id, { Type }]) => Type === "AWS::SQS::Queue" && /DeadLetter|Failure/.test(id))
      .map(([id]) => id);
    const watched = alarms
      .filter(({ Threshold, Metrics }) => Threshold === 1 && Metrics === undefined)
      .flatMap(metricsOf)
      .filter(({ namespace }) => namespace === "AWS/SQS")
      .map(({ values: [value] }) => (value as { "Fn::GetAtt": string })["Fn::GetAtt"]);
    expect(watched.toSorted()).toEqual(ends.map((id) => `${id}.QueueName`).toSorted());
  });

  it("have names of the stage's own, say what to do, and tell when it is over", () => {
    expect(new Set(alarms.map(({ AlarmName }) => AlarmName)).size).toBe(alarms.length);
    for (const { AlarmName, AlarmDescription, AlarmActions, OKActions, ...rest } of alarms) {
      expect(AlarmName).toMatch(/^hydrant-dev-[a-z-]+$/);
      expect(AlarmDescription.length).toBeGreaterThan(60);
      expect([AlarmActions, OKActions]).toEqual([[{ Ref: "AlarmTopic" }], [{ Ref: "AlarmTopic" }]]);
      expect(rest.TreatMissingData).toBe("notBreaching");
    }
  });

  it("stand in the operator's guide, each", () => {
    const guide = readFileSync(new URL("../../../docs/operating.md", import.meta.url), "utf8");
    for (const { AlarmName } of alarms) {
      expect(guide).toContain(`\`${AlarmName.replace("hydrant-dev-", "")}\``);
    }
  });
});

describe("parameters", () => {
  const typesWith = (params: Record<string, string>) =>
    new Set(Object.values(readResources(params)).map(({ Type }) => Type));

  it("leave out the dashboard, or all of it", () => {
    expect(typesWith({})).toContain("AWS::CloudWatch::Dashboard");
    const alarmsOnly = typesWith({ watch: "alarms" });
    expect(alarmsOnly).toContain("AWS::CloudWatch::Alarm");
    expect(alarmsOnly).not.toContain("AWS::CloudWatch::Dashboard");
    const none = typesWith({ watch: "off" });
    for (const type of none) expect(type).not.toMatch(/CloudWatch|SNS|Budgets|MetricFilter/);
    expect(readTemplate({ watch: "off" }).Outputs).not.toHaveProperty("AlarmTopicArn");
  });

  it("have another topic told, and none made", () => {
    const alarmTopic = "arn:aws:sns:us-east-1:123456789012:pager";
    for (const { AlarmActions } of ofType("AWS::CloudWatch::Alarm", { alarmTopic })) {
      expect(AlarmActions).toEqual([alarmTopic]);
    }
    expect(typesWith({ alarmTopic })).not.toContain("AWS::SNS::Topic");
  });

  it("set the thresholds", () => {
    const given = { alarmFreshnessMs: "1", alarmIteratorAgeMs: "2", alarmLatencyMs: "3" };
    const thresholds = Object.fromEntries(
      ofType("AWS::CloudWatch::Alarm", given).map(({ id, Threshold }) => [id, Threshold]),
    );
    expect(thresholds).toMatchObject({
      FreshnessAlarm: 1,
      IteratorAgeAlarm: 2,
      RequestDurationAlarm: 3,
    });
  });

  it.each([
    [{}, "SNS", { Ref: "AlarmTopic" }],
    [{ watch: "off" }, "SNS", { Ref: "AlarmTopic" }],
    [
      { alarmTopic: "arn:aws:sns:us-east-1:123456789012:pager" },
      "SNS",
      "arn:aws:sns:us-east-1:123456789012:pager",
    ],
    [{ budgetEmail: "ops@example.com" }, "EMAIL", "ops@example.com"],
  ])("have a budget tell whoever is told: %j", (params, SubscriptionType, Address) => {
    expect(ofType("AWS::Budgets::Budget", params)).toEqual([]);
    const [{ Budget, NotificationsWithSubscribers }] = ofType("AWS::Budgets::Budget", {
      ...params,
      monthlyBudgetDollars: "50",
    });
    expect(Budget).toMatchObject({ TimeUnit: "MONTHLY", BudgetLimit: { Unit: "USD" } });
    for (const { Subscribers } of NotificationsWithSubscribers) {
      expect(Subscribers).toEqual([{ SubscriptionType, Address }]);
    }
  });
});

describe("the dashboard", () => {
  const [{ DashboardBody }] = ofType("AWS::CloudWatch::Dashboard");
  const body = JSON.parse(DashboardBody["Fn::Sub"]);
  const metrics: readonly Properties[][] = body.widgets.flatMap(
    ({ properties }: Properties) => properties.metrics ?? [],
  );

  it("shows each alarm", () => {
    const [{ type, properties }] = body.widgets;
    expect(type).toBe("alarm");
    expect(properties.alarms.toSorted()).toEqual(
      alarms.map(({ id }) => `\${${id}.Arn}`).toSorted(),
    );
  });

  it("names only resources of the template", () => {
    const known = new Set(Object.keys(readResources()));
    for (const [, name] of DashboardBody["Fn::Sub"].matchAll(/\$\{(\w+)[.}]/g)) {
      expect(known.has(name) || /^[A-Z][a-z]+LambdaFunction$/.test(name), name).toBe(true);
    }
  });

  it("names metrics that AWS has, and such that alarms are made of", () => {
    const made = new Set(filters.map(({ MetricTransformations: [each] }) => each.MetricName));
    for (const [namespace, name, ...rest] of metrics) {
      if (typeof namespace !== "string") continue;
      if (namespace === "Hydrant/Stages/dev") expect(made).toContain(name);
      else {
        const { dimensions, metrics: names } = AWS_METRICS[namespace]!;
        expect(names).toContain(name);
        const given = rest.filter((each) => typeof each === "string");
        expect(given.filter((_, i) => i % 2 === 0)).toEqual(dimensions);
      }
    }
  });

  it("searches for metrics that the code measures, by the dimensions that it gives them", () => {
    const put = { byteCount: 1, recordCount: 1, isThrottled: false, quota: undefined };
    const stream = { name: "s", shardLevelMetrics: [] };
    const sets = [
      firehose.putRecordMetrics("s", put),
      firehose.putRecordBatchMetrics("s", put),
      flushMetrics({ kind: "delivery", oldestArrivedAtMs: 0, metrics: {} } as never, NOW_MS)!,
      ...kinesis.putRecordMetrics(stream, { byteCount: 1, outcome: undefined }),
      ...kinesis.putRecordsMetrics(stream, []),
      ...kinesis.getRecordsMetrics(stream, 0, "throttled"),
      kinesis.refusedSubscription({ stream, consumerName: "c" }),
      consumeMetrics({ functionArn: "" } as never),
    ].flatMap(({ set }) =>
      Object.keys(set.units).map(
        (name) => `${[set.namespace, ...set.dimensions].join(",")} ${name}`,
      ),
    );
    const searched = metrics.flatMap(([first]) => {
      if (typeof first === "string") return [];
      const found = /^SEARCH\('\{([^}]+)\} MetricName="([^"]+)"', '\w+', \d+\)/.exec(
        first.expression,
      );
      return [`${found?.[1]} ${found?.[2]}`];
    });
    expect(searched.length).toBeGreaterThan(10);
    for (const each of searched) expect(sets).toContain(each);
  });
});
