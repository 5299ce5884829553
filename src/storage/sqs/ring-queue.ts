/** Doorbells that could not be answered, as SQS messages. */
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import type { Ring, RingQueue } from "../../readers/rings.ts";
import type { SqsWakeQueueOptions } from "./wake-queue.ts";

/** What made a ring fail is likely to go on for a moment. */
const DELAY_SECONDS = 1;

export function sqsRingQueue({ client, queueUrl }: SqsWakeQueueOptions): RingQueue {
  return {
    async send(ring) {
      await client.send(
        new SendMessageCommand({
          QueueUrl: queueUrl,
          MessageBody: JSON.stringify(ring),
          DelaySeconds: DELAY_SECONDS,
        }),
      );
    },
  };
}

/** Reads what `send` wrote. Throws on anything else. */
export function parseRing(messageBody: string): Ring {
  const { shard, openedAtMs } = JSON.parse(messageBody) as Partial<Ring>;
  if (typeof shard !== "string" || typeof openedAtMs !== "number") {
    throw new Error("ring message: expected shard and openedAtMs");
  }
  return { shard, openedAtMs };
}
