/**
 * Custom::HydrantStreamConsumer: a consumer with enhanced fan-out, with the members of AWS::Kinesis::StreamConsumer. Its id is
 * its stream's name, its own and a generation that is noted with it, so that one of the same name that somebody else
 * registered is never changed or deregistered. Another stream or name makes another one; tags are changed in place.
 */
import { consumerStatus, findConsumer, withoutConsumer } from "../../streams/consumers.ts";
import type { DataStream, StreamConsumer } from "../../streams/stream.ts";
import { type Infer, required, structure } from "../../wire/shape.ts";
import { dataStreamArn } from "../arn.ts";
import type { DeclaredContext } from "../context.ts";
import { changeStream } from "../kinesis/change-stream.ts";
import { streamArn } from "../kinesis/common-shapes.ts";
import { consumerArn, consumerName } from "../kinesis/find-consumer.ts";
import { registerOn } from "../kinesis/register-stream-consumer.ts";
import { type DeclaredKind, waitFor } from "./declared-kind.ts";
import { bringTags, tagList, tagsOf } from "./declared-stream-settings.ts";
import { idOfGeneration, partsOfId } from "./generation-id.ts";

const properties = structure({
  StreamARN: required(streamArn),
  ConsumerName: required(consumerName),
  Tags: tagList,
});

type DeclaredConsumer = Infer<typeof properties>;

interface Registered {
  readonly stream: DataStream;
  readonly consumer: StreamConsumer;
}

export const declaredConsumer: DeclaredKind<DeclaredConsumer, Registered> = {
  properties,
  traits: { violationValue: "printed" },
  rights: ({ StreamARN }) => [{ action: "kinesis:RegisterStreamConsumer", resource: StreamARN }],
  newId: ({ StreamARN, ConsumerName }, seed) =>
    idOfGeneration(`${StreamARN.slice(StreamARN.lastIndexOf("/") + 1)}/${ConsumerName}`, seed),
  find: findRegistered,
  isLeftOver: async () => false,
  canBecome: ({ stream, consumer }, { StreamARN, ConsumerName }) =>
    StreamARN.endsWith(`:stream/${stream.name}`) && consumer.name === ConsumerName,
  async create(id, { StreamARN, ConsumerName: name, Tags }, context) {
    const { generation } = partsOfId(id);
    const wanted = { name, generation, ...(Tags && { tags: tagsOf(Tags) }) };
    await registerOn({ StreamARN }, wanted, context);
    const { clock, transitionDelayMs } = context;
    await waitFor(context, async () => {
      const found = await findRegistered(id, context);
      const moment = { nowMs: clock.now(), transitionDelayMs };
      return found === undefined || consumerStatus(found.consumer, moment) === "ACTIVE";
    });
  },
  async change({ stream, consumer }, { Tags }, context) {
    if (Tags === undefined) return;
    const ResourceARN = consumerArn(consumer, stream, context);
    await bringTags({ ResourceARN }, consumer.tags ?? {}, Tags, context);
  },
  async remove({ stream: { name: StreamName, generation }, consumer }, context) {
    await changeStream({ StreamName }, context, (standing) =>
      standing.generation === generation ? withoutConsumer(standing, consumer) : standing,
    );
  },
  async attributes(id, context) {
    const found = await findRegistered(id, context);
    if (found === undefined) throw new Error(`the consumer ${id} is gone again`);
    const { stream, consumer } = found;
    return {
      ConsumerARN: consumerArn(consumer, stream, context),
      ConsumerName: consumer.name,
      StreamARN: dataStreamArn(context, stream.name),
    };
  },
};

async function findRegistered(
  id: string,
  { dataStreams }: DeclaredContext,
): Promise<Registered | undefined> {
  const { name: path, generation } = partsOfId(id);
  const [streamName = "", name = ""] = path.split("/");
  const stream = await dataStreams.get(streamName);
  const consumer = stream && findConsumer(stream, name);
  return consumer?.generation === generation && stream && consumer
    ? { stream, consumer }
    : undefined;
}
