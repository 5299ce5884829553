/**
 * An example consumer of a data stream, for records with or without the Kinesis Producer Library's aggregation: every user
 * record is posted to WEBHOOK_URL, in order. At the first refusal it stops and names the record that carried it, so
 * that the mapping, with ReportBatchItemFailures, comes again with that record; what had been posted of the same aggregate
 * is then posted again, under the same idempotency key.
 */
import type { KinesisStreamBatchResponse, KinesisStreamEvent } from "aws-lambda";
import { deaggregateEvent, type EventUserRecord } from "@hydrant-streams/deaggregate";

export async function handler(event: KinesisStreamEvent): Promise<KinesisStreamBatchResponse> {
  for (const record of deaggregateEvent(event.Records)) {
    if (!(await post(record))) {
      return { batchItemFailures: [{ itemIdentifier: record.sequenceNumber }] };
    }
  }
  return { batchItemFailures: [] };
}

async function post(record: EventUserRecord): Promise<boolean> {
  const { data, partitionKey, sequenceNumber, subSequenceNumber } = record;
  try {
    const answer = await fetch(process.env["WEBHOOK_URL"]!, {
      method: "POST",
      headers: {
        "idempotency-key": `${sequenceNumber}/${subSequenceNumber}`,
        "partition-key": encodeURIComponent(partitionKey),
      },
      body: new Uint8Array(data),
    });
    return answer.ok;
  } catch {
    return false;
  }
}
