/** Shapes that many requests of Firehose share. Bounds are those of the service model, API version 2015-08-04. */
import { DELIVERY_STREAM_NAME_MAX_LENGTH, FIREHOSE_RECORD_MAX_BYTES } from "../../limits.ts";
import { blob, required, string, structure } from "../../wire/shape.ts";

export const deliveryStreamName = string({
  minLength: 1,
  maxLength: DELIVERY_STREAM_NAME_MAX_LENGTH,
  pattern: "[a-zA-Z0-9_.-]+",
});

export const destinationId = string({
  minLength: 1,
  maxLength: 100,
  pattern: "[a-zA-Z0-9-]+",
});

export const deliveryStreamType = string({
  enum: ["DirectPut", "KinesisStreamAsSource", "MSKAsSource", "DatabaseAsSource"],
});

/** Empty data is legal. */
export const record = structure({
  Data: required(blob({ maxLength: FIREHOSE_RECORD_MAX_BYTES })),
});

export const roleArn = string({
  minLength: 1,
  maxLength: 512,
  pattern: String.raw`arn:.*:iam::\d{12}:role/[a-zA-Z_0-9+=,.@\-_/]+`,
});

export const kmsKeyArn = string({
  minLength: 1,
  maxLength: 512,
  pattern: String.raw`arn:.*:kms:[a-zA-Z0-9\-]+:\d{12}:(key|alias)/[a-zA-Z_0-9+=,.@\-_/]+`,
});

/** Some text that is not only white space. */
export const nonEmptyString = string({
  minLength: 1,
  maxLength: 1024,
  pattern: String.raw`^(?!\s*$).+`,
});

/** Text without any white space. */
export const word = string({ minLength: 1, maxLength: 1024, pattern: String.raw`^\S+$` });
