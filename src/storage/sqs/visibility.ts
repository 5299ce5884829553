/** Handing a message back to the queue for later: the back-off of wake-ups that could not be served. */
import { ChangeMessageVisibilityCommand, type SQSClient } from "@aws-sdk/client-sqs";

export interface HandBack {
  (receiptHandle: string, delaySeconds: number): Promise<void>;
}

/** The message shows again after `delaySeconds` (0..43,200) instead of after the queue's visibility timeout. */
export function sqsHandBack(client: SQSClient, queueUrl: string): HandBack {
  return async (receiptHandle, delaySeconds) => {
    await client.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: queueUrl,
        ReceiptHandle: receiptHandle,
        VisibilityTimeout: delaySeconds,
      }),
    );
  };
}
