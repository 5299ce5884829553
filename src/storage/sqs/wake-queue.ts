/** Wake-ups as SQS messages: a timer is a message with a delay. */
import { SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { WakeQueue, WakeUp } from "../../readers/store.ts";

export interface SqsWakeQueueOptions {
  readonly client: SQSClient;
  readonly queueUrl: string;
}

export function sqsWakeQueue({ client, queueUrl }: SqsWakeQueueOptions): WakeQueue {
  return {
    async send(wakeUp, delaySeconds) {
      await client.send(
        new SendMessageCommand({
          QueueUrl: queueUrl,
          MessageBody: JSON.stringify(wakeUp),
          DelaySeconds: delaySeconds,
        }),
      );
    },
  };
}

/** Reads what `send` wrote. Throws on anything else. */
export function parseWakeUp(messageBody: string): WakeUp {
  const { shard, readerId, blockIndex } = JSON.parse(messageBody) as Partial<WakeUp>;
  if (typeof shard !== "string" || typeof readerId !== "string" || typeof blockIndex !== "number") {
    throw new Error("wake-up message: expected shard, readerId and blockIndex");
  }
  return { shard, readerId, blockIndex };
}
