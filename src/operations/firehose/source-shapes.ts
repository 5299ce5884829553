/** What a delivery stream reads from, how it is encrypted and tagged: the rest of CreateDeliveryStream's input. */
import { TAGS_PER_STREAM_MAX_COUNT } from "../../limits.ts";
import { integer, list, required, string, structure, timestamp } from "../../wire/shape.ts";
import { kmsKeyArn, roleArn } from "./common-shapes.ts";

export const directPutSource = structure({
  ThroughputHintInMBs: required(integer({ min: 1, max: 100 })),
});

export const kinesisSource = structure({
  KinesisStreamARN: required(
    string({
      minLength: 1,
      maxLength: 512,
      pattern: String.raw`arn:.*:kinesis:[a-zA-Z0-9\-]+:\d{12}:stream/[a-zA-Z0-9_.-]+`,
    }),
  ),
  RoleARN: required(roleArn),
});

export const mskSource = structure({
  MSKClusterARN: required(string({ minLength: 1, maxLength: 512, pattern: "arn:.*" })),
  TopicName: required(
    string({ minLength: 1, maxLength: 255, pattern: String.raw`[a-zA-Z0-9\\._\\-]+` }),
  ),
  AuthenticationConfiguration: required(
    structure({
      RoleARN: required(roleArn),
      Connectivity: required(string({ enum: ["PUBLIC", "PRIVATE"] })),
    }),
  ),
  ReadFromTimestamp: timestamp(),
});

export const encryptionInput = structure({
  KeyARN: kmsKeyArn,
  KeyType: required(string({ enum: ["AWS_OWNED_CMK", "CUSTOMER_MANAGED_CMK"] })),
});

const TAG_TEXT = String.raw`[\p{L}\p{Z}\p{N}_.:\/=+\-@%]*`;

export const tagKey = string({
  minLength: 1,
  maxLength: 128,
  pattern: new RegExp(`^(?!aws:)${TAG_TEXT}$`, "u"),
});

export const tags = list(
  structure({
    Key: required(tagKey),
    Value: string({ maxLength: 256, pattern: new RegExp(`^${TAG_TEXT}$`, "u") }),
  }),
  { minLength: 1, maxLength: TAGS_PER_STREAM_MAX_COUNT },
);
