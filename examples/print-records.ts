/**
 * An example of a function that an event source mapping feeds from a data stream: it prints every record, in order. At the
 * first that it cannot handle it stops and names it, so that the mapping, with ReportBatchItemFailures, comes again with
 * that record and those behind it. A record that says `fail` is such a one, for retries and failure destinations to be watched.
 */
import type {
  KinesisStreamBatchResponse,
  KinesisStreamEvent,
  KinesisStreamRecordPayload,
} from "aws-lambda";

export function handler(event: KinesisStreamEvent): Promise<KinesisStreamBatchResponse> {
  for (const { kinesis } of event.Records) {
    try {
      print(kinesis);
    } catch {
      const failed = { itemIdentifier: kinesis.sequenceNumber };
      return Promise.resolve({ batchItemFailures: [failed] });
    }
  }
  return Promise.resolve({ batchItemFailures: [] });
}

function print({ partitionKey, sequenceNumber, data }: KinesisStreamRecordPayload): void {
  const text = Buffer.from(data, "base64").toString();
  if (text.trim() === "fail") throw new Error("told to");
  process.stdout.write(`${JSON.stringify({ partitionKey, sequenceNumber, text })}\n`);
}
