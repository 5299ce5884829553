/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DescribeStreamConsumer.html */
import type { DescribeStreamConsumerOutput } from "@aws-sdk/client-kinesis";
import { operation } from "../../wire/operation.ts";
import { dataStreamArn } from "../arn.ts";
import type { DataStreamContext } from "../context.ts";
import {
  addressedConsumerArn,
  consumerAddress,
  findRegistered,
  toWireConsumer,
} from "./find-consumer.ts";

export const describeStreamConsumer = operation({
  input: consumerAddress,
  resource: addressedConsumerArn,
  async handle(request, context: DataStreamContext) {
    const { stream, consumer } = await findRegistered(request, context);
    return {
      ConsumerDescription: {
        ...toWireConsumer(consumer, stream, context),
        StreamARN: dataStreamArn(context, stream.name),
      },
    } satisfies DescribeStreamConsumerOutput;
  },
});
