/** Shapes that many requests of Kinesis share. Bounds are those of the service model, API version 2013-12-02. */
import {
  DATA_STREAM_NAME_MAX_LENGTH,
  RECORD_SIZE_DEFAULT_KIB,
  RECORD_SIZE_MAX_KIB,
} from "../../limits.ts";
import { integer, list, map, required, string, structure } from "../../wire/shape.ts";

export const streamName = string({
  minLength: 1,
  maxLength: DATA_STREAM_NAME_MAX_LENGTH,
  pattern: "[a-zA-Z0-9_.-]+",
});

/**
 * How the ARNs of Kinesis begin. AWS's own pattern has `.*` where this has `[^:\s]*`: two of them in a row, each of
 * which may end at any of a thousand colons, and a text of twenty thousand characters takes seconds.
 */
export const KINESIS_ARN = String.raw`arn:aws[^:\s]*:kinesis:[^:\s]*:\d{12}:`;

export const streamArn = string({
  minLength: 1,
  maxLength: 2048,
  pattern: String.raw`${KINESIS_ARN}stream/\S+`,
  printedPattern: String.raw`arn:aws.*:kinesis:.*:\d{12}:stream/\S+`,
});

/** Of a stream or a consumer. */
export const resourceArn = string({
  minLength: 1,
  maxLength: 2048,
  pattern: String.raw`${KINESIS_ARN}[^/\s]*stream/\S+`,
  printedPattern: String.raw`arn:aws.*:kinesis:.*:\d{12}:.*stream/\S+`,
});

/** Reserved by AWS; checked and never looked at, and never returned: clients would leave a custom endpoint for it. */
export const streamId = string({
  minLength: 1,
  maxLength: 24,
  pattern: "[a-z0-9]{20}-[a-z0-9]{3}",
});

/** How most operations say which stream they mean; see `find-stream.ts`. */
export const streamAddress = { StreamName: streamName, StreamARN: streamArn, StreamId: streamId };

export const shardId = string({ minLength: 1, maxLength: 128, pattern: "[a-zA-Z0-9_.-]+" });

export const streamModeDetails = structure({
  StreamMode: required(string({ enum: ["PROVISIONED", "ON_DEMAND"] })),
});

export const maxRecordSizeKiB = integer({
  min: RECORD_SIZE_DEFAULT_KIB,
  max: RECORD_SIZE_MAX_KIB,
});

export const tagKey = string({ minLength: 1, maxLength: 128 });
export const tagValue = string({ minLength: 0, maxLength: 256 });
export const tags = map(tagKey, tagValue, { minLength: 1, maxLength: 200 });
export const tagKeys = list(tagKey, { minLength: 1, maxLength: 50 });

export const nextToken = string({ minLength: 1, maxLength: 1_048_576 });

export const encryptionType = string({ enum: ["NONE", "KMS"] });
export const keyId = string({ minLength: 1, maxLength: 2048 });
