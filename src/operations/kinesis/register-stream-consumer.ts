/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_RegisterStreamConsumer.html */
import type { RegisterStreamConsumerOutput } from "@aws-sdk/client-kinesis";
import { serviceError, type ServiceError } from "../../errors.ts";
import { CONSUMERS_CREATING_MAX_COUNT, CONSUMERS_PER_STREAM_MAX_COUNT } from "../../limits.ts";
import { findConsumer, registerConsumer, type Registration } from "../../streams/consumers.ts";
import { shownStatus } from "../../streams/lifecycle.ts";
import type { DataStream, StreamConsumer } from "../../streams/stream.ts";
import { operation } from "../../wire/operation.ts";
import { required } from "../../wire/shape.ts";
import type { DataStreamContext } from "../context.ts";
import { changeStream } from "./change-stream.ts";
import { streamArn, streamId, tags } from "./common-shapes.ts";
import { consumerName, toWireConsumer } from "./find-consumer.ts";
import { addressedArn } from "./find-stream.ts";
import { streamNotActive } from "./refusals.ts";
import { checkTags } from "./tags.ts";

export const registerStreamConsumer = operation({
  input: {
    StreamARN: required(streamArn),
    StreamId: streamId,
    ConsumerName: required(consumerName),
    Tags: tags,
  },
  resource: addressedArn,
  // The consumer has no time yet that its ARN would end in.
  implies: ({ StreamARN, ConsumerName, Tags }) =>
    Tags === undefined
      ? []
      : [{ action: "kinesis:TagResource", resource: `${StreamARN}/consumer/${ConsumerName}:` }],
  async handle({ StreamARN, ConsumerName: name, Tags }, context: DataStreamContext) {
    const wanted = { name, ...(Tags && { tags: Tags }) };
    const after = await registerOn({ StreamARN }, wanted, context);
    const consumer = findConsumer(after, name)!;
    return {
      Consumer: { ...toWireConsumer(consumer, after, context), ConsumerStatus: "CREATING" },
    } satisfies RegisterStreamConsumerOutput;
  },
});

/** @returns the stream, with it */
export async function registerOn(
  address: { readonly StreamARN: string },
  wanted: Pick<StreamConsumer, "name" | "tags" | "generation">,
  context: DataStreamContext,
): Promise<DataStream> {
  const { accountId, clock, transitionDelayMs } = context;
  const { after } = await changeStream(address, context, (stream) => {
    const status = shownStatus(stream, clock.now());
    if (status === "CREATING" || status === "DELETING") {
      throw streamNotActive(stream.name, accountId, status);
    }
    checkTags(wanted.tags ?? {}, { name: stream.name, accountId, standing: {}, verb: "add" });
    const made = registerConsumer(stream, wanted, { nowMs: clock.now(), transitionDelayMs });
    if (made.kind === "registered") return made.stream;
    throw refusal(made.kind, wanted.name, stream, context);
  });
  return after;
}

/** AWS's sentences are not known. */
function refusal(
  kind: Exclude<Registration["kind"], "registered">,
  consumer: string,
  stream: DataStream,
  { accountId }: DataStreamContext,
): ServiceError {
  const under = `stream ${stream.name} under account ${accountId}`;
  switch (kind) {
    case "exists":
      return serviceError(
        "ResourceInUseException",
        `Consumer ${consumer} of ${under} already exists.`,
      );
    case "too-many":
      return serviceError(
        "LimitExceededException",
        `There are ${CONSUMERS_PER_STREAM_MAX_COUNT} consumers of ${under}, which is as many as it may have.`,
      );
    case "too-many-creating":
      return serviceError(
        "LimitExceededException",
        `There are ${CONSUMERS_CREATING_MAX_COUNT} consumers of ${under} that are CREATING, which is as many as may be.`,
      );
  }
}
