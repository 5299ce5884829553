/**
 * Feeds one function from one queue: long polls, many batches at a time. What the function handled is deleted,
 * the rest comes back when its visibility timeout ends; the queue's own redrive policy does the counting.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { REGION, callAws } from "../aws-json.ts";
import type { Invoke } from "../invoke.ts";
import { readBatchOutcome } from "./batch-response.ts";

export interface QueueMapping {
  readonly functionName: string;
  readonly queueUrl: string;
  readonly queueArn: string;
  readonly batchSize: number;
  readonly reportsItems: boolean;
  /** Batches in work at a time. */
  readonly maxConcurrency: number;
}

export interface QueuePollerPorts {
  readonly sqsEndpoint: string;
  readonly invoke: Invoke;
  readonly signal: AbortSignal;
  readonly report: (error: unknown) => void;
}

interface Message {
  readonly MessageId: string;
  readonly ReceiptHandle: string;
  readonly Body: string;
  readonly MD5OfBody: string;
  readonly Attributes?: Readonly<Record<string, string>>;
  readonly MessageAttributes?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const ERROR_PAUSE_MS = 500;
const RECEIVE_MAX_COUNT = 10;

export async function pollQueue(mapping: QueueMapping, ports: QueuePollerPorts): Promise<void> {
  const { signal } = ports;
  const working = new Set<Promise<void>>();
  while (!signal.aborted) {
    try {
      const free = mapping.maxConcurrency - working.size;
      if (free <= 0) {
        await Promise.race(working);
        continue;
      }
      const messages = await receive(
        mapping,
        Math.min(RECEIVE_MAX_COUNT, free * mapping.batchSize),
        ports,
      );
      for (let start = 0; start < messages.length; start += mapping.batchSize) {
        const work = runBatch(mapping, messages.slice(start, start + mapping.batchSize), ports)
          .catch(ports.report)
          .finally(() => working.delete(work));
        working.add(work);
      }
    } catch (error) {
      if (signal.aborted) return;
      ports.report(error);
      await sleep(ERROR_PAUSE_MS, undefined, { signal }).catch(() => {});
    }
  }
}

async function receive(
  mapping: QueueMapping,
  count: number,
  ports: QueuePollerPorts,
): Promise<readonly Message[]> {
  const { Messages } = await callAws<{ Messages?: readonly Message[] }>(
    ports.sqsEndpoint,
    "AmazonSQS.ReceiveMessage",
    {
      QueueUrl: mapping.queueUrl,
      MaxNumberOfMessages: count,
      WaitTimeSeconds: 20,
      MessageSystemAttributeNames: ["All"],
      MessageAttributeNames: ["All"],
    },
    ports.signal,
  );
  return Messages ?? [];
}

async function runBatch(
  mapping: QueueMapping,
  messages: readonly Message[],
  ports: QueuePollerPorts,
): Promise<void> {
  const invocation = await ports.invoke(mapping.functionName, {
    Records: messages.map((message) => toRecord(message, mapping.queueArn)),
  });
  const identifiers = messages.map(({ MessageId }) => MessageId);
  const outcome = readBatchOutcome(invocation, identifiers, mapping.reportsItems);
  if (outcome.kind === "failed") {
    ports.report(new Error(`${mapping.functionName} failed: ${outcome.message}`));
    return;
  }
  const failed = outcome.kind === "partial" ? outcome.failed : new Set<string>();
  const handled = messages.filter(({ MessageId }) => !failed.has(MessageId));
  if (handled.length === 0) return;
  await callAws(ports.sqsEndpoint, "AmazonSQS.DeleteMessageBatch", {
    QueueUrl: mapping.queueUrl,
    Entries: handled.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle })),
  });
}

function toRecord(message: Message, queueArn: string) {
  return {
    messageId: message.MessageId,
    receiptHandle: message.ReceiptHandle,
    body: message.Body,
    attributes: message.Attributes ?? {},
    messageAttributes: Object.fromEntries(
      Object.entries(message.MessageAttributes ?? {}).map(([name, value]) => [
        name,
        lowerFirst(value),
      ]),
    ),
    md5OfBody: message.MD5OfBody,
    eventSource: "aws:sqs",
    eventSourceARN: queueArn,
    awsRegion: REGION,
  };
}

/** Lambda spells `StringValue` as `stringValue`. */
function lowerFirst(value: Readonly<Record<string, unknown>>) {
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      `${name.charAt(0).toLowerCase()}${name.slice(1)}`,
      item,
    ]),
  );
}
