/**
 * https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DeregisterStreamConsumer.html
 *
 * differs from AWS: the consumer is gone at once and never shows as DELETING.
 */
import { withoutConsumer } from "../../streams/consumers.ts";
import { operation } from "../../wire/operation.ts";
import type { DataStreamContext } from "../context.ts";
import { changeStream } from "./change-stream.ts";
import { addressedConsumerArn, consumerAddress, findRegistered } from "./find-consumer.ts";

export const deregisterStreamConsumer = operation({
  input: consumerAddress,
  resource: addressedConsumerArn,
  async handle(request, context: DataStreamContext) {
    const { stream, consumer } = await findRegistered(request, context);
    await changeStream({ StreamName: stream.name }, context, (standing) =>
      standing.generation === stream.generation ? withoutConsumer(standing, consumer) : standing,
    );
  },
});
