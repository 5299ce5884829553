/** Which consumer a request means: by its ARN, by its stream and name, or by both when they agree. */
import type { Consumer } from "@aws-sdk/client-kinesis";
import { serviceError, type ServiceError } from "../../errors.ts";
import { consumerStatus, epochSeconds, findConsumer } from "../../streams/consumers.ts";
import type { DataStream, StreamConsumer } from "../../streams/stream.ts";
import { string } from "../../wire/shape.ts";
import { dataStreamArn } from "../arn.ts";
import type { DataStreamContext } from "../context.ts";
import { KINESIS_ARN, streamArn, streamId } from "./common-shapes.ts";
import { findStream } from "./find-stream.ts";
import { invalidArgument, streamNotFound } from "./refusals.ts";

export const consumerName = string({
  minLength: 1,
  maxLength: 128,
  pattern: "[a-zA-Z0-9_.-]+",
});

export const consumerAddress = {
  StreamARN: streamArn,
  StreamId: streamId,
  ConsumerName: consumerName,
  ConsumerARN: string({
    minLength: 1,
    maxLength: 2048,
    pattern: String.raw`${KINESIS_ARN}[^/\s]*stream/[a-zA-Z0-9_.-]+/consumer/[a-zA-Z0-9_.-]+:[0-9]+`,
    printedPattern: String.raw`^(arn):aws.*:kinesis:.*:\d{12}:.*stream\/[a-zA-Z0-9_.-]+\/consumer\/[a-zA-Z0-9_.-]+:[0-9]+`,
  }),
};

export interface ConsumerAddress {
  readonly StreamARN?: string;
  readonly ConsumerName?: string;
  readonly ConsumerARN?: string;
}

interface Named {
  readonly streamArn: string;
  readonly name: string;
  /** Absent when the consumer is named without its ARN. */
  readonly createdAtSeconds?: string;
}

/**
 * For the caller's policy, the whole ARN, which a consumer that is named by its stream and name is looked up for: a
 * denial that names it must hold whichever way it is addressed. One that does not exist has no time in it.
 */
export async function addressedConsumerArn(
  { ConsumerARN, StreamARN = "", ConsumerName = "" }: ConsumerAddress,
  context: DataStreamContext,
): Promise<string> {
  if (ConsumerARN !== undefined) return ConsumerARN;
  const name = nameIn(StreamARN);
  const stream =
    StreamARN === dataStreamArn(context, name)
      ? await context.dataStreamCache.look(name)
      : undefined;
  const consumer = stream && findConsumer(stream, ConsumerName);
  const time = consumer === undefined ? "" : epochSeconds(consumer);
  return `${StreamARN}/consumer/${ConsumerName}:${time}`;
}

function nameIn(arn: string): string {
  return arn.slice(arn.lastIndexOf("/") + 1);
}

export async function findRegistered(
  address: ConsumerAddress,
  context: DataStreamContext,
): Promise<{ readonly stream: DataStream; readonly consumer: StreamConsumer }> {
  const named = readAddress(address, context);
  const stream = await findStreamOf(named, context);
  const consumer = findConsumer(stream, named.name, named.createdAtSeconds);
  if (consumer === undefined) throw consumerNotFound(address.ConsumerARN ?? named.name, context);
  return { stream, consumer };
}

export function consumerNotFound(
  shown: string,
  { accountId }: Pick<DataStreamContext, "accountId">,
): ServiceError {
  return serviceError(
    "ResourceNotFoundException",
    `Consumer ${shown}, account ${accountId} not found.`,
  );
}

/** Throws while the consumer is CREATING. AWS's sentence is not known; this is how it says it of streams. */
export function requireActiveConsumer(
  consumer: StreamConsumer,
  arn: string,
  { accountId, clock, transitionDelayMs }: DataStreamContext,
): void {
  const status = consumerStatus(consumer, { nowMs: clock.now(), transitionDelayMs });
  if (status === "ACTIVE") return;
  throw serviceError(
    "ResourceInUseException",
    `Consumer ${arn} under account ${accountId} not ACTIVE, instead in state ${status}`,
  );
}

function readAddress(
  { ConsumerARN, StreamARN, ConsumerName }: ConsumerAddress,
  context: DataStreamContext,
): Named {
  if (ConsumerARN === undefined) {
    if (StreamARN !== undefined && ConsumerName !== undefined) {
      return { streamArn: StreamARN, name: ConsumerName };
    }
    throw invalidArgument(
      "Either ConsumerARN, or both StreamARN and ConsumerName must be provided.",
    );
  }
  const [, arn, name, seconds] = /^(.*)\/consumer\/([^/]+):(\d+)$/.exec(ConsumerARN) ?? [];
  if (arn === undefined || name === undefined) throw consumerNotFound(ConsumerARN, context);
  const agrees =
    (StreamARN === undefined || StreamARN === arn) &&
    (ConsumerName === undefined || ConsumerName === name);
  if (agrees && seconds !== undefined) return { streamArn: arn, name, createdAtSeconds: seconds };
  throw invalidArgument(
    `ConsumerARN ${ConsumerARN} does not name the consumer that StreamARN and ConsumerName do.`,
  );
}

async function findStreamOf(
  { streamArn: arn }: Named,
  context: DataStreamContext,
): Promise<DataStream> {
  const name = nameIn(arn);
  if (arn !== dataStreamArn(context, name)) throw streamNotFound(name, context.accountId);
  return findStream({ StreamName: name }, context);
}

export function consumerArn(
  consumer: StreamConsumer,
  { name }: DataStream,
  context: Pick<DataStreamContext, "accountId" | "region">,
): string {
  return `${dataStreamArn(context, name)}/consumer/${consumer.name}:${epochSeconds(consumer)}`;
}

/** As RegisterStreamConsumer and ListStreamConsumers show it. */
export function toWireConsumer(
  consumer: StreamConsumer,
  stream: DataStream,
  context: DataStreamContext,
): Consumer {
  const { clock, transitionDelayMs } = context;
  return {
    ConsumerName: consumer.name,
    ConsumerARN: consumerArn(consumer, stream, context),
    ConsumerStatus: consumerStatus(consumer, { nowMs: clock.now(), transitionDelayMs }),
    ConsumerCreationTimestamp: new Date(consumer.createdAtMs),
  };
}
