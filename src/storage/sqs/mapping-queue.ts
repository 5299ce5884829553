/** What changes of mappings leave behind, as messages in the consume queue, among the wake-ups. */
import { SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { MappingQueue } from "../../consumer/ports.ts";

export interface SqsMappingQueueOptions {
  readonly client: SQSClient;
  readonly queueUrl: string;
}

export function sqsMappingQueue({ client, queueUrl }: SqsMappingQueueOptions): MappingQueue {
  return {
    async send(uuid) {
      await client.send(
        new SendMessageCommand({
          QueueUrl: queueUrl,
          MessageBody: JSON.stringify({ mapping: uuid }),
        }),
      );
    },
  };
}

/** The mapping that a message asks to settle; `undefined` for wake-ups. */
export function parseMappingMessage(messageBody: string): string | undefined {
  const { mapping } = JSON.parse(messageBody) as { readonly mapping?: unknown };
  return typeof mapping === "string" ? mapping : undefined;
}
