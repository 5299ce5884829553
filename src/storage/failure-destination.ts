/** Reports of batches that were given up: as messages to a queue, or as objects in a bucket, whichever the ARN names. */
import { GetQueueUrlCommand, SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { FailureDestination } from "../consumer/ports.ts";
import type { ObjectStore } from "../delivery/ports.ts";

export interface FailureDestinationOptions {
  readonly sqs: SQSClient;
  readonly objects: Pick<ObjectStore, "putIfAbsent">;
}

export function failureDestination({
  sqs,
  objects,
}: FailureDestinationOptions): FailureDestination {
  const urls = new Map<string, string>();

  async function queueUrl(arn: string, accountId: string, name: string): Promise<string> {
    const known = urls.get(arn);
    if (known !== undefined) return known;
    const { QueueUrl: url } = await sqs.send(
      new GetQueueUrlCommand({ QueueName: name, QueueOwnerAWSAccountId: accountId }),
    );
    if (!url) throw new Error(`no URL for the queue ${arn}`);
    urls.set(arn, url);
    return url;
  }

  return {
    async report(destinationArn, { document, object }) {
      // arn:aws:sqs:<region>:<account>:<queue>, arn:aws:s3:::<bucket>
      const [, , service, , accountId = "", name = ""] = destinationArn.split(":");
      switch (service) {
        case "sqs": {
          const url = await queueUrl(destinationArn, accountId, name);
          await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: document }));
          return;
        }
        case "s3": {
          const target = { bucket: name, key: object.key, contentType: "application/json" };
          await objects.putIfAbsent(target, Buffer.from(object.body));
          return;
        }
        default:
          throw new Error(`expected the ARN of a queue or a bucket, got ${destinationArn}`);
      }
    },
  };
}
