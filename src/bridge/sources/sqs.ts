/**
 * Queues. A message is its body, or as a whole without the handle that removes it. Messages of a group of a FIFO queue are
 * stored in their order. A message may come again beside others, so each is a call of its own.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
 */
import type { SQSEvent, SQSRecord } from "aws-lambda";
import type { Brought, Sequence } from "../brought.ts";
import { partitionKeyOf } from "../partition-key.ts";
import { isOf, type Source } from "./source.ts";

export const sqs = {
  matches: (event) => isOf(event, "aws:sqs"),
  decode({ Records: records }: SQSEvent, { isWholeSqs }): readonly Sequence[] {
    const groups = new Map<string, Brought[]>();
    for (const record of records) {
      const brought = broughtBy(record, isWholeSqs);
      const isFifo = record.eventSourceARN.endsWith(".fifo");
      const group = isFifo ? `group ${groupOf(record)}` : `message ${record.messageId}`;
      const known = groups.get(group);
      if (known) known.push(brought);
      else groups.set(group, [brought]);
    }
    return [...groups.values()].map((items) => ({ items, isBatch: false }));
  },
} satisfies Source;

/** Standard queues may have groups, too, which only share them out. */
const groupOf = ({ attributes }: SQSRecord) => attributes.MessageGroupId ?? "";

function broughtBy(record: SQSRecord, isWhole: boolean): Brought {
  const { messageId, eventSourceARN, receiptHandle: _, ...shown } = record;
  const text = isWhole ? JSON.stringify({ messageId, ...shown, eventSourceARN }) : record.body;
  return {
    id: `${eventSourceARN}/${messageId}`,
    data: Buffer.from(text),
    partitionKey: () => partitionKeyOf(groupOf(record), messageId),
    item: messageId,
  };
}
