/** https://docs.aws.amazon.com/firehose/latest/APIReference/API_DescribeDeliveryStream.html */
import type { DescribeDeliveryStreamOutput } from "@aws-sdk/client-firehose";
import { settleTransition } from "../../delivery/source/lifecycle.ts";
import { operation } from "../../wire/operation.ts";
import { integer, required, string } from "../../wire/shape.ts";
import { deliveryStreamArn } from "../arn.ts";
import type { DeliveryStreamContext } from "../context.ts";
import { deliveryStreamName } from "./common-shapes.ts";
import { statusOf } from "./delivery-stream-status.ts";
import { describeDestination } from "./describe-s3.ts";
import { describeSource, lifecyclePorts, typeOf } from "./kinesis-source.ts";
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
    const found = await context.deliveryStreams.get(DeliveryStreamName);
    const stream = found && (await settleTransition(lifecyclePorts(context), found));
    if (stream === undefined) throw deliveryStreamNotFound(DeliveryStreamName, context.accountId);
    return {
      DeliveryStreamDescription: {
        DeliveryStreamName: stream.name,
        DeliveryStreamARN: deliveryStreamArn(context, stream.name),
        DeliveryStreamStatus: statusOf(stream),
        // Of streams with a source AWS says nothing.
        ...(!stream.source && {
          DeliveryStreamEncryptionConfiguration: { Status: "DISABLED" as const },
        }),
        DeliveryStreamType: typeOf(stream),
        VersionId: String(stream.versionId),
        CreateTimestamp: new Date(stream.createdAtMs),
        ...describeSource(stream, context),
        Destinations: [describeDestination(stream)],
        HasMoreDestinations: false,
      },
    } satisfies DescribeDeliveryStreamOutput;
  },
});
