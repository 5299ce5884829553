/**
 * Custom::HydrantDeliveryStream: a delivery stream with CreateDeliveryStream's own members. Its id is its name and its
 * generation, so that one of the same name that somebody else made is never deleted. Another name makes another one; any
 * other change is refused, for nothing can change a delivery stream yet.
 */
import { isDeepStrictEqual } from "node:util";
import type { DeliveryStream } from "../../delivery/delivery-stream.ts";
import { settleTransition } from "../../delivery/source/lifecycle.ts";
import { structure } from "../../wire/shape.ts";
import { dataStreamArn, deliveryStreamArn } from "../arn.ts";
import type { DeclaredContext } from "../context.ts";
import { makeDeliveryStream, newStream } from "../firehose/create-delivery-stream.ts";
import { createInput, type CreateInput } from "../firehose/create-input.ts";
import { deleteDeliveryStream } from "../firehose/delete-delivery-stream.ts";
import { lifecyclePorts } from "../firehose/kinesis-source.ts";
import type { DeclaredKind } from "./declared-kind.ts";
import { idOfGeneration, partsOfId } from "./generation-id.ts";
import { invalidParameter } from "./refusals.ts";

export const declaredDeliveryStream: DeclaredKind<CreateInput, DeliveryStream> = {
  properties: structure(createInput),
  traits: { violationValue: "printed" },
  newId: ({ DeliveryStreamName }, seed) => idOfGeneration(DeliveryStreamName, seed),
  async find(id, context) {
    const { name, generation } = partsOfId(id);
    const found = await context.deliveryStreams.get(name);
    if (found?.generation !== generation) return undefined;
    return settleTransition(lifecyclePorts(context), found);
  },
  async isLeftOver({ source }, { dataStreams }) {
    const stream = source && (await dataStreams.get(source.streamName));
    return stream !== undefined && stream.generation !== source?.streamGeneration;
  },
  canBecome({ name, transition }, { DeliveryStreamName }) {
    return name === DeliveryStreamName && transition?.kind !== "deleting";
  },
  create: (id, declared, context) =>
    makeDeliveryStream(partsOfId(id).generation, declared, context),
  async change(standing, declared, context) {
    const before = partsOf(standing, sourceOf(standing, context));
    const after = partsOf(
      newStream(standing.generation, declared, context),
      declared.KinesisStreamSourceConfiguration,
    );
    const differing = differences(before, after);
    if (differing.length === 0) return;
    throw invalidParameter(
      `${standing.name} cannot be changed: Hydrant offers no UpdateDestination yet. It differs in ${differing.join(", ")}. ` +
        "Give it another DeliveryStreamName, which makes another delivery stream in its place, or delete it and declare it anew; what it holds and has not delivered is discarded with it.",
    );
  },
  async remove({ name }, context) {
    await deleteDeliveryStream.handle({ DeliveryStreamName: name }, context);
  },
  attributes(id, context) {
    const { name } = partsOfId(id);
    return { DeliveryStreamName: name, Arn: deliveryStreamArn(context, name) };
  },
};

type Source = CreateInput["KinesisStreamSourceConfiguration"];

function sourceOf({ source }: DeliveryStream, context: DeclaredContext): Source {
  return (
    source && {
      KinesisStreamARN: dataStreamArn(context, source.streamName),
      RoleARN: source.roleArn,
    }
  );
}

/** What a template decides, without what was found or counted when the delivery stream was made. */
function partsOf(stream: DeliveryStream, source: Source): Readonly<Record<string, unknown>> {
  const { destination, throughputHintMiB } = stream;
  const { processingConfiguration, dataFormatConversionConfiguration } = stream;
  const { dynamicPartitioningConfiguration } = stream;
  return {
    KinesisStreamSourceConfiguration: source,
    ThroughputHintInMBs: throughputHintMiB,
    ...destination,
    processingConfiguration,
    dataFormatConversionConfiguration,
    dynamicPartitioningConfiguration,
  };
}

/** As they are stored: without what is undefined. */
function differences(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): readonly string[] {
  const stored = (value: unknown): unknown =>
    value === undefined ? undefined : JSON.parse(JSON.stringify(value));
  return Object.keys({ ...before, ...after }).filter(
    (name) => !isDeepStrictEqual(stored(before[name]), stored(after[name])),
  );
}
