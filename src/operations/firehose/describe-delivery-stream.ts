/** https://docs.aws.amazon.com/firehose/latest/APIReference/API_DescribeDeliveryStream.html */
import type { DescribeDeliveryStreamOutput } from "@aws-sdk/client-firehose";
import { operation } from "../../wire/operation.ts";
import { integer, required } from "../../wire/shape.ts";
import { deliveryStreamArn } from "../arn.ts";
import type { DeliveryStreamContext } from "../context.ts";
import { findDeliveryStream } from "./change-stream.ts";
import { deliveryStreamName, destinationId } from "./common-shapes.ts";
import { statusOf } from "./delivery-stream-status.ts";
import { describeEncryption, describeRefusal } from "./encryption.ts";
import { describeDestination } from "./destination.ts";
import { callMetrics } from "./metrics.ts";
import { describeSource, typeOf } from "./kinesis-source.ts";

export const describeDeliveryStream = operation({
  input: {
    DeliveryStreamName: required(deliveryStreamName),
    // Both about pages of destinations, of which there is one.
    Limit: integer({ min: 1, max: 10_000 }),
    ExclusiveStartDestinationId: destinationId,
  },
  resource: ({ DeliveryStreamName }, context: DeliveryStreamContext) =>
    deliveryStreamArn(context, DeliveryStreamName),
  async handle({ DeliveryStreamName }, context: DeliveryStreamContext) {
    const stream = await findDeliveryStream(DeliveryStreamName, context);
    context.measure?.(callMetrics("DescribeDeliveryStream", stream.name));
    return {
      DeliveryStreamDescription: {
        DeliveryStreamName: stream.name,
        DeliveryStreamARN: deliveryStreamArn(context, stream.name),
        DeliveryStreamStatus: statusOf(stream),
        // Of streams with a source AWS says nothing.
        ...(!stream.source && {
          DeliveryStreamEncryptionConfiguration: describeEncryption(stream, context.clock.now()),
        }),
        ...(stream.creationFailure && {
          FailureDescription: describeRefusal(stream.creationFailure),
        }),
        DeliveryStreamType: typeOf(stream),
        VersionId: String(stream.versionId),
        CreateTimestamp: new Date(stream.createdAtMs),
        ...(stream.updatedAtMs !== undefined && {
          LastUpdateTimestamp: new Date(stream.updatedAtMs),
        }),
        ...describeSource(stream, context),
        Destinations: [describeDestination(stream)],
        HasMoreDestinations: false,
      },
    } satisfies DescribeDeliveryStreamOutput;
  },
});
