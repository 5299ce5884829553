/** https://docs.aws.amazon.com/firehose/latest/APIReference/API_DescribeDeliveryStream.html */
import type { DescribeDeliveryStreamOutput } from "@aws-sdk/client-firehose";
import { operation } from "../../wire/operation.ts";
import { integer, required, string } from "../../wire/shape.ts";
import { deliveryStreamArn } from "../arn.ts";
import type { DeliveryStreamContext } from "../context.ts";
import { deliveryStreamName } from "./common-shapes.ts";
import { describeDestination } from "./describe-s3.ts";
import { deliveryStreamNotFound } from "./refusals.ts";

export const describeDeliveryStream = operation({
  input: {
    DeliveryStreamName: required(deliveryStreamName),
    // Both about pages of destinations, of which there is one.
    Limit: integer({ min: 1, max: 10_000 }),
    ExclusiveStartDestinationId: string({
      minLength: 1,
      maxLength: 100,
      pattern: "[a-zA-Z0-9-]+",
    }),
  },
  resource: ({ DeliveryStreamName }, context: DeliveryStreamContext) =>
    deliveryStreamArn(context, DeliveryStreamName),
  async handle({ DeliveryStreamName }, context: DeliveryStreamContext) {
    const stream = await context.deliveryStreams.get(DeliveryStreamName);
    if (stream === undefined) throw deliveryStreamNotFound(DeliveryStreamName, context.accountId);
    const hintMiB = stream.throughputHintMiB;
    return {
      DeliveryStreamDescription: {
        DeliveryStreamName: stream.name,
        DeliveryStreamARN: deliveryStreamArn(context, stream.name),
        DeliveryStreamStatus: "ACTIVE",
        DeliveryStreamEncryptionConfiguration: { Status: "DISABLED" },
        DeliveryStreamType: "DirectPut",
        VersionId: String(stream.versionId),
        CreateTimestamp: new Date(stream.createdAtMs),
        ...(hintMiB === undefined
          ? {}
          : { Source: { DirectPutSourceDescription: { ThroughputHintInMBs: hintMiB } } }),
        Destinations: [describeDestination(stream)],
        HasMoreDestinations: false,
      },
    } satisfies DescribeDeliveryStreamOutput;
  },
});
