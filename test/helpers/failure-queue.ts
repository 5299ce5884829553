/** A queue of a test's own that a mapping reports to what it gave up. */
import { randomUUID } from "node:crypto";
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  ReceiveMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { onTestFinished } from "vitest";
import { eventually } from "./eventually.ts";

export interface FailureQueue {
  readonly arn: string;
  /** Waits for the next message, and takes it out. */
  next(): Promise<unknown>;
  /** Takes out what is there, without waiting. */
  rest(): Promise<readonly unknown[]>;
}

export async function newFailureQueue(sqsEndpoint: string): Promise<FailureQueue> {
  const client = new SQSClient({
    endpoint: sqsEndpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  const QueueName = `failures-${randomUUID()}`;
  const created = await client.send(new CreateQueueCommand({ QueueName }));
  // The name in it need not resolve; the path is what counts.
  const QueueUrl = new URL(new URL(created.QueueUrl!).pathname, sqsEndpoint).href;
  onTestFinished(async () => {
    await client.send(new DeleteQueueCommand({ QueueUrl }));
    client.destroy();
  });

  async function receive(): Promise<readonly unknown[]> {
    const { Messages = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl }));
    for (const { ReceiptHandle } of Messages) {
      await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
    return Messages.map(({ Body = "" }) => JSON.parse(Body) as unknown);
  }

  return {
    arn: `arn:aws:sqs:us-east-1:000000000000:${QueueName}`,
    next: () => eventually("something was given up", async () => (await receive())[0]),
    rest: receive,
  };
}
