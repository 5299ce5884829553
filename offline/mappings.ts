/** The functions' `stream`, `sqs` and `schedule` events as serverless.yml declares them, made ready to be run. */
import { parseFilterPatterns } from "./events/filter.ts";
import { parseRate, type Rule } from "./events/schedule.ts";
import type { QueueMapping } from "./events/queue-poller.ts";
import type { StreamMapping } from "./events/stream-poller.ts";
import { render, renderText, type Known } from "./template.ts";

type Event = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export interface FunctionDefinition {
  name: string;
  handler: string;
  timeout?: number;
  environment?: Record<string, unknown>;
  events: Event[];
}

export interface Mappings {
  readonly streams: readonly StreamMapping[];
  readonly queues: readonly QueueMapping[];
}

const SQS_DEFAULT_BATCH = 10;
const STREAM_DEFAULT_BATCH = 100;
/** Lambda starts with five pollers and grows; this lets some consumers read 32 shards each. */
const DEFAULT_CONCURRENCY = 100;

export function readMappings(functions: Iterable<FunctionDefinition>, known: Known): Mappings {
  const streams: StreamMapping[] = [];
  const queues: QueueMapping[] = [];
  for (const { name, events } of functions) {
    for (const event of events) {
      if (event["stream"] !== undefined) streams.push(streamMapping(name, event["stream"], known));
      if (event["sqs"] !== undefined) queues.push(queueMapping(name, event["sqs"], known));
    }
  }
  return { streams, queues };
}

function streamMapping(functionName: string, event: Event[string], known: Known): StreamMapping {
  const onFailure = (event["destinations"] as { onFailure?: { arn?: unknown } } | undefined)
    ?.onFailure?.arn;
  const queueUrl = onFailure === undefined ? undefined : urlOf(renderText(onFailure, known), known);
  // Lambda's own notation for "without end".
  const unlessEndless = (value: unknown) =>
    value === undefined || value === -1 ? undefined : Number(value);
  const maxRetries = unlessEndless(event["maximumRetryAttempts"]);
  const maxAgeSeconds = unlessEndless(event["maximumRecordAgeInSeconds"]);
  return {
    functionName,
    streamArn: renderText(event["arn"], known),
    startingPosition: renderText(event["startingPosition"] ?? "TRIM_HORIZON", known),
    batchSize: Number(event["batchSize"] ?? STREAM_DEFAULT_BATCH),
    windowSeconds: Number(event["batchWindow"] ?? 0),
    parallelizationFactor: Number(event["parallelizationFactor"] ?? 1),
    reportsItems: event["functionResponseType"] === "ReportBatchItemFailures",
    bisects: event["bisectBatchOnFunctionError"] === true,
    filterPatterns: parseFilterPatterns(event["filterPatterns"]),
    ...(maxRetries === undefined ? {} : { maxRetries }),
    ...(maxAgeSeconds === undefined ? {} : { maxAgeSeconds }),
    ...(queueUrl === undefined ? {} : { onFailureQueueUrl: queueUrl }),
  };
}

function queueMapping(functionName: string, event: Event[string], known: Known): QueueMapping {
  const queueArn = renderText(event["arn"], known);
  return {
    functionName,
    queueArn,
    queueUrl: urlOf(queueArn, known),
    batchSize: Number(event["batchSize"] ?? SQS_DEFAULT_BATCH),
    reportsItems: event["functionResponseType"] === "ReportBatchItemFailures",
    maxConcurrency: Number(event["maximumConcurrency"] ?? DEFAULT_CONCURRENCY),
  };
}

function urlOf(queueArn: string, known: Known): string {
  for (const { ref, attributes } of known.values()) if (attributes["Arn"] === queueArn) return ref;
  throw new Error(`serverless.yml reads ${queueArn}, which is none of its queues`);
}

/** Takes the `schedule` events out of the functions, for the framework would run them by itself. */
export function takeRules(
  functions: Readonly<Record<string, FunctionDefinition>>,
): readonly Rule[] {
  const rules: Rule[] = [];
  for (const definition of Object.values(functions)) {
    for (const [index, { schedule }] of definition.events.entries()) {
      if (schedule === undefined) continue;
      const { name, rate, enabled } = render(schedule) as {
        name?: string;
        rate: string | readonly string[];
        enabled?: boolean;
      };
      rules.push({
        name: name ?? `${definition.name}-${index}`,
        functionName: definition.name,
        everyMs: parseRate(typeof rate === "string" ? rate : (rate[0] ?? "")),
        isEnabled: enabled ?? true,
      });
    }
    definition.events = definition.events.filter(({ schedule }) => schedule === undefined);
  }
  return rules;
}
