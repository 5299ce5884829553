/**
 * What the functions of the work queues share: each message is worked on by itself, hidden for as long as its worker
 * lives, and one that must be seen again is handed back to the queue for that time. It is never sent anew, which Lambda
 * would take for a loop after a while.
 */
import middy from "@middy/core";
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import { systemClock as clock } from "../src/clock.ts";
import type { Measured } from "../src/metrics.ts";
import { failureFields, type LogFields } from "../src/observe/log.ts";
import { systemRandom as random } from "../src/random.ts";
import { backOffMs } from "../src/readers/back-off.ts";
import { whileHidden } from "../src/readers/hidden-message.ts";
import type { RunOptions, RunResult } from "../src/readers/run.ts";
import type { HideMessages } from "../src/storage/sqs/visibility.ts";
import { log } from "./shared.ts";

export interface QueuedWork {
  /** What a failure's line says of it. */
  readonly fields: LogFields;
  /** What of a failure is a metric; absent: nothing. */
  measured?(failure: unknown): Measured | undefined;
  run(options: Omit<RunOptions, "wakeUp">): Promise<RunResult>;
}

export interface WorkQueueOptions {
  readonly hideMessages: HideMessages;
  /** Before the end of the function: no new piece of work is begun in it. */
  readonly timeReserveMs: number;
  /** The event of a failure's line. */
  readonly failedEvent: string;
  /** Throws on a message that is none of ours. */
  open(this: void, body: string): QueuedWork;
}

export function workQueueHandler({
  hideMessages,
  timeReserveMs,
  failedEvent,
  open,
}: WorkQueueOptions): (event: SQSEvent, context: Context) => Promise<SQSBatchResponse> {
  async function serve(message: SQSRecord, deadlineMs: number) {
    const work = open(message.body);
    const receiveCount = Number(message.attributes.ApproximateReceiveCount);
    const delayMs = backOffMs(receiveCount, random);
    const isRepeated = receiveCount > 1;
    const { messageId } = message;
    const hide = hideMessages(message.receiptHandle);
    const run = () => work.run({ messageId, isRepeated, deadlineMs, backOffMs: delayMs });
    const result = await whileHidden({ clock, hide }, run).catch(
      // Outside of a lease, such as a table that does not answer.
      (error: unknown): RunResult => ({ kind: "retry", atMs: clock.now() + delayMs, error }),
    );
    if (result.kind === "done") return undefined;
    if (result.error !== undefined) {
      const fields = { ...work.fields, receiveCount, ...failureFields(result.error) };
      log.error(failedEvent, fields, work.measured?.(result.error));
    }
    const delaySeconds = Math.max(0, Math.ceil((result.atMs - clock.now()) / 1000));
    await hide(delaySeconds);
    return { itemIdentifier: message.messageId };
  }

  return middy<SQSEvent, SQSBatchResponse>().handler(async ({ Records }, context: Context) => {
    const deadlineMs = clock.now() + context.getRemainingTimeInMillis() - timeReserveMs;
    const kept = await Promise.all(Records.map((record) => serve(record, deadlineMs)));
    return { batchItemFailures: kept.filter((failure) => failure !== undefined) };
  });
}
