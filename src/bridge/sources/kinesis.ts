/**
 * Data streams of AWS's: each record's data under its partition key, aggregated ones as they are.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
 */
import type { KinesisStreamEvent } from "aws-lambda";
import type { Sequence } from "../brought.ts";
import { partitionKeyOf } from "../partition-key.ts";
import { isOf, type Source } from "./source.ts";

export const kinesis = {
  matches: (event) => isOf(event, "aws:kinesis"),
  decode({ Records: records }: KinesisStreamEvent): readonly Sequence[] {
    const items = records.map(({ eventSourceARN, eventID, kinesis: record }) => ({
      id: `${eventSourceARN}/${eventID}`,
      data: Buffer.from(record.data, "base64"),
      partitionKey: () => partitionKeyOf(record.partitionKey, record.sequenceNumber),
      item: record.sequenceNumber,
    }));
    return [{ items, isBatch: true }];
  },
} satisfies Source;
