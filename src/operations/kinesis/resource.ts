/**
 * What the operations on the ARN of any resource mean: a stream, or a consumer of one. Both have tags and a policy; a
 * consumer's stand with it in the stream's item, and go when it goes.
 */
import { findConsumer } from "../../streams/consumers.ts";
import type { DataStream, StreamConsumer } from "../../streams/stream.ts";
import type { DataStreamContext } from "../context.ts";
import { changeStream } from "./change-stream.ts";
import { consumerNotFound, findRegistered } from "./find-consumer.ts";
import { findStream } from "./find-stream.ts";

export interface ResourceAddress {
  readonly ResourceARN: string;
}

export interface Resource {
  readonly stream: DataStream;
  /** Present where a consumer of the stream is meant. */
  readonly consumer?: StreamConsumer;
}

/** What a resource has that these operations show and change. */
export interface Holding {
  readonly tags: Readonly<Record<string, string>>;
  readonly policy?: string;
  /** Of the stack's declaration that the policy came by, if it came by one. */
  readonly policyGeneration?: string;
}

export function resourceOf({ ResourceARN }: ResourceAddress): string {
  return ResourceARN;
}

export function holdingOf({ stream, consumer }: Resource): Holding {
  const { tags = {}, policy, policyGeneration } = consumer ?? stream;
  return {
    tags,
    ...(policy !== undefined && { policy }),
    ...(policyGeneration !== undefined && { policyGeneration }),
  };
}

export function findResource(
  { ResourceARN }: ResourceAddress,
  context: DataStreamContext,
): Promise<Resource> {
  return namesConsumer(ResourceARN)
    ? findRegistered({ ConsumerARN: ResourceARN }, context)
    : findStream({ StreamARN: ResourceARN }, context).then((stream) => ({ stream }));
}

/** @param change may throw a refusal, and is called again when somebody else was faster */
export async function changeResource(
  address: ResourceAddress,
  context: DataStreamContext,
  change: (holding: Holding, resource: Resource) => Holding,
): Promise<void> {
  const { ResourceARN } = address;
  const changed = <Part extends DataStream | StreamConsumer>(part: Part, resource: Resource) => {
    const { policy: _replaced, policyGeneration: _with, ...rest } = part;
    return { ...rest, ...change(holdingOf(resource), resource) } as Part;
  };
  if (!namesConsumer(ResourceARN)) {
    const ofStream = (stream: DataStream) => changed(stream, { stream });
    await changeStream({ StreamARN: ResourceARN }, context, ofStream);
    return;
  }
  const found = await findRegistered({ ConsumerARN: ResourceARN }, context);
  await changeStream({ StreamName: found.stream.name }, context, (stream) => {
    const consumer = findConsumer(stream, found.consumer.name);
    const isSame = stream.generation === found.stream.generation;
    if (!isSame || consumer?.createdAtMs !== found.consumer.createdAtMs) {
      throw consumerNotFound(ResourceARN, context);
    }
    const after = changed(consumer, { stream, consumer });
    const consumers = stream.consumers?.map((one) => (one === consumer ? after : one));
    return { ...stream, ...(consumers && { consumers }) };
  });
}

function namesConsumer(arn: string): boolean {
  return /:stream\/[^/]+\/consumer\//.test(arn);
}
