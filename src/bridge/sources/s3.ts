/**
 * Notifications of S3: each of an event's records. Those of an object have its name for their partition key.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 */
import type { S3Event } from "aws-lambda";
import type { Sequence } from "../brought.ts";
import { digestKey, partitionKeyOf } from "../partition-key.ts";
import { isOf, type Source } from "./source.ts";

export const s3 = {
  matches: (event) => isOf(event, "aws:s3"),
  decode: ({ Records: records }: S3Event): readonly Sequence[] =>
    records.map((record) => {
      const data = Buffer.from(JSON.stringify(record));
      const { bucket, object } = record.s3;
      const item = {
        // It names the request and the object, and the sequencer tells two of the same request apart.
        id: `s3/${digestKey(data)}`,
        data,
        partitionKey: () => partitionKeyOf(`${bucket.name}/${object.key}`),
      };
      return { items: [item], isBatch: false };
    }),
} satisfies Source;
