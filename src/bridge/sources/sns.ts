/**
 * Topics: what SNS sends a delivery stream that subscribes, its envelope or the message alone.
 * https://docs.aws.amazon.com/sns/latest/dg/firehose-archived-message-format-S3.html
 */
import type { SNSEvent, SNSEventRecord } from "aws-lambda";
import type { Brought, Sequence } from "../brought.ts";
import { isOf, type DecodeOptions, type Source } from "./source.ts";

export const sns = {
  matches: (event) => isOf(event, "aws:sns"),
  decode: ({ Records: records }: SNSEvent, options): readonly Sequence[] =>
    records.map((record) => ({ items: [broughtBy(record, options)], isBatch: false })),
} satisfies Source;

function broughtBy(
  { EventSubscriptionArn, Sns }: SNSEventRecord,
  { isRawSns, lineEnd }: DecodeOptions,
): Brought {
  const { MessageId, Message } = Sns;
  return {
    // The same message may come by two subscriptions, and then it comes twice.
    id: `${EventSubscriptionArn}/${MessageId}`,
    data: Buffer.from(isRawSns ? Message : envelopeOf(Sns) + lineEnd),
    partitionKey: () => MessageId,
  };
}

/** Lambda spells the last URL otherwise, and has members for what is not there. */
function envelopeOf(message: SNSEventRecord["Sns"]): string {
  // Of a message without a subject it is null; emulators leave it out, and attributes, too.
  const subject = message.Subject as string | null;
  const attributes = message.MessageAttributes as object | undefined;
  const hasAttributes = Object.keys(attributes ?? {}).length > 0;
  return JSON.stringify({
    Type: message.Type,
    MessageId: message.MessageId,
    TopicArn: message.TopicArn,
    Subject: subject ?? undefined,
    Message: message.Message,
    Timestamp: message.Timestamp,
    UnsubscribeURL: message.UnsubscribeUrl,
    MessageAttributes: hasAttributes ? message.MessageAttributes : undefined,
  });
}
