/** When a message that was handed out shows again: the heartbeat of its worker, and the back-off of what was not served. */
import { ChangeMessageVisibilityCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { HideMessage } from "../../readers/hidden-message.ts";

/** Of one queue, by the receipt that a message was handed out with. */
export interface HideMessages {
  (receiptHandle: string): HideMessage;
}

export function sqsHideMessages(client: SQSClient, queueUrl: string): HideMessages {
  return (receiptHandle) => async (seconds) => {
    await client.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: queueUrl,
        ReceiptHandle: receiptHandle,
        VisibilityTimeout: seconds,
      }),
    );
  };
}
