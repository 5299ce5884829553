/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ListStreamConsumers.html */
import type { ListStreamConsumersOutput } from "@aws-sdk/client-kinesis";
import { LIST_STREAM_CONSUMERS_MAX_COUNT } from "../../limits.ts";
import { openListToken, sealListToken } from "../../streams/list-token.ts";
import type { DataStream } from "../../streams/stream.ts";
import { operation } from "../../wire/operation.ts";
import { integer, required, string, timestamp } from "../../wire/shape.ts";
import type { DataStreamContext } from "../context.ts";
import { streamArn, streamId } from "./common-shapes.ts";
import { toWireConsumer } from "./find-consumer.ts";
import { addressedArn, findStream } from "./find-stream.ts";
import { requireFresh } from "./next-token.ts";
import { invalidArgument, streamNotFound } from "./refusals.ts";

export const listStreamConsumers = operation({
  input: {
    StreamARN: required(streamArn),
    StreamId: streamId,
    NextToken: string({ minLength: 1, maxLength: 1_048_576 }),
    MaxResults: integer({ min: 1, max: 10_000 }),
    StreamCreationTimestamp: timestamp(),
  },
  resource: addressedArn,
  async handle(request, context: DataStreamContext) {
    const { StreamARN, NextToken, StreamCreationTimestamp: createdAt } = request;
    if (NextToken !== undefined && createdAt !== undefined) {
      throw invalidArgument("NextToken and StreamCreationTimestamp cannot be provided together.");
    }
    const stream = await findStream({ StreamARN }, context);
    if (createdAt !== undefined && seconds(createdAt.getTime()) !== seconds(stream.createdAtMs)) {
      throw streamNotFound(stream.name, context.accountId);
    }
    const after = NextToken === undefined ? "" : readToken(NextToken, stream, context);
    const { MaxResults = LIST_STREAM_CONSUMERS_MAX_COUNT } = request;
    const rest = (stream.consumers ?? []).filter(({ name }) => name > after);
    const page = rest.slice(0, Math.min(MaxResults, LIST_STREAM_CONSUMERS_MAX_COUNT));
    const last = page.length < rest.length ? page.at(-1) : undefined;
    return {
      Consumers: page.map((consumer) => toWireConsumer(consumer, stream, context)),
      ...(last && { NextToken: nextToken(last.name, stream, context) }),
    } satisfies ListStreamConsumersOutput;
  },
});

const seconds = (ms: number) => Math.floor(ms / 1000);

function nextToken(
  afterConsumerName: string,
  { name: streamName, generation }: DataStream,
  { tokenSecret, clock }: DataStreamContext,
): string {
  const issuedAtMs = clock.now();
  return sealListToken(tokenSecret, "consumers", {
    streamName,
    generation,
    issuedAtMs,
    afterConsumerName,
  });
}

function readToken(text: string, { generation }: DataStream, context: DataStreamContext): string {
  const token = requireFresh(openListToken(context.tokenSecret, "consumers", text), context);
  if (token.generation !== generation) throw invalidArgument("NextToken is invalid.");
  return token.afterConsumerName;
}
