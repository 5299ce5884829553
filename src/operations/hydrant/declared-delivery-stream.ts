/**
 * Custom::HydrantDeliveryStream: a delivery stream with the members of Hydrant's CreateDeliveryStream. Its id is its name and its
 * generation, so that one of the same name that somebody else made is never deleted. Another name or another source makes
 * another one; all else is changed in place, but for where in its source it began.
 */
import { isDeepStrictEqual } from "node:util";
import type { DeliveryStream } from "../../delivery/delivery-stream.ts";
import { directPutRetentionMs } from "../../delivery/retention.ts";
import { DIRECT_PUT_RETENTION_MS, HOURS_TO_MS } from "../../limits.ts";
import type { KeyRefusal } from "../../log/keys.ts";
import { settleTransition } from "../../delivery/source/lifecycle.ts";
import { boolean, type InferMembers, structure } from "../../wire/shape.ts";
import { dataStreamArn, deliveryStreamArn } from "../arn.ts";
import type { DeclaredContext } from "../context.ts";
import { changeDeliveryStream } from "../firehose/change-stream.ts";
import {
  makeDeliveryStream,
  newStream,
  type OwnMembers,
} from "../firehose/create-delivery-stream.ts";
import type { CreateInput } from "../firehose/create-input.ts";
import { partsOf } from "../firehose/destination.ts";
import { deleteDeliveryStream } from "../firehose/delete-delivery-stream.ts";
import { readKey } from "../firehose/encryption.ts";
import { lifecyclePorts, readRight } from "../firehose/kinesis-source.ts";
import { startDeliveryStreamEncryption } from "../firehose/start-delivery-stream-encryption.ts";
import { stopDeliveryStreamEncryption } from "../firehose/stop-delivery-stream-encryption.ts";
import { storeUpdate } from "../firehose/store-update.ts";
import { withDestination } from "../firehose/update-destination.ts";
import { ownCreateInput, readOwn } from "./create-delivery-stream.ts";
import { type DeclaredKind, protection } from "./declared-kind.ts";
import { idOfGeneration, partsOfId } from "./generation-id.ts";
import { pauseStream } from "./pause-delivery.ts";
import { invalidParameter } from "./refusals.ts";
import { resumeStream } from "./resume-delivery.ts";
import { updateDeliveryRetention } from "./update-delivery-retention.ts";

const properties = {
  ...ownCreateInput,
  /** Whether it takes records and delivers none; absent: as it is, for whoever is on duty may have paused it. */
  Paused: boolean(),
  ...protection,
} as const;

type DeclaredDeliveryStream = InferMembers<typeof properties>;

export const declaredDeliveryStream: DeclaredKind<DeclaredDeliveryStream, DeliveryStream> = {
  properties: structure(properties),
  traits: { violationValue: "printed" },
  rights: ({ KinesisStreamSourceConfiguration: source }) =>
    source === undefined ? [] : [readRight(source.KinesisStreamARN)],
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
  async create(id, { Paused = false, ...declared }, context) {
    const { own, request } = readOwn(declared, context.clock.now());
    const { generation } = partsOfId(id);
    const stream = await makeDeliveryStream(generation, request, context, { ...own, Paused });
    refuseFailed(stream.creationFailure);
  },
  async change(standing, { Paused: isPaused, ...declared }, context) {
    const source = sourceOf(standing, context);
    if (!isSame(source, declared.KinesisStreamSourceConfiguration)) {
      throw invalidParameter(
        `The source of ${standing.name} cannot be changed. ` +
          "Give it another DeliveryStreamName, which makes another delivery stream in its place, or delete it and declare it anew; what it holds and has not delivered is discarded with it.",
      );
    }
    const { own, request } = readOwn(declared, context.clock.now());
    const wanted = await newStream(standing.generation, request, context);
    if (isPaused === true) await pauseStream(standing.name, context);
    await encrypt(standing, request, context);
    await keep(standing, own, context);
    if (!isSame(decidedOf(standing), decidedOf(wanted))) {
      await changeDeliveryStream({
        name: standing.name,
        context,
        change: (stream) => changed(stream, wanted, context),
        store: storeUpdate(context),
      });
    }
    // What has waited goes where it is declared to go now.
    if (isPaused === false) await resumeStream(standing.name, context);
  },
  async remove({ name }, context) {
    await deleteDeliveryStream.handle({ DeliveryStreamName: name }, context);
  },
  attributes(id, context) {
    const { name } = partsOfId(id);
    return { DeliveryStreamName: name, Arn: deliveryStreamArn(context, name) };
  },
};

/** As it is declared: with that key, or not at all. */
async function encrypt(
  { name, generation, encryption }: DeliveryStream,
  { DeliveryStreamEncryptionConfigurationInput: input }: CreateInput,
  context: DeclaredContext,
): Promise<void> {
  const address = { DeliveryStreamName: name };
  const wanted = input && readKey(input, context);
  if (isSame(encryption?.key, wanted)) return;
  if (input === undefined) await stopDeliveryStreamEncryption.handle(address, context);
  else {
    const request = { ...address, DeliveryStreamEncryptionConfigurationInput: input };
    await startDeliveryStreamEncryption.handle(request, context);
  }
  const standing = await context.deliveryStreams.get(name);
  if (standing?.generation === generation) refuseFailed(standing.encryption?.change.refused);
}

/** For as long as is declared; without that as long as Firehose does. */
async function keep(
  stream: DeliveryStream,
  { RetentionPeriodHours = DIRECT_PUT_RETENTION_MS / HOURS_TO_MS }: OwnMembers,
  context: DeclaredContext,
): Promise<void> {
  if (stream.source !== undefined) return;
  if (directPutRetentionMs(stream) === RetentionPeriodHours * HOURS_TO_MS) return;
  const request = { DeliveryStreamName: stream.name, RetentionPeriodHours };
  await updateDeliveryRetention.handle(request, context);
}

function refuseFailed(refused: Omit<KeyRefusal, "kind"> | undefined): void {
  if (refused === undefined) return;
  throw invalidParameter(`The key cannot be used: ${refused.reason}: ${refused.detail}`);
}

type Source = CreateInput["KinesisStreamSourceConfiguration"];

function sourceOf({ source }: DeliveryStream, context: DeclaredContext): Source {
  return (
    source && {
      KinesisStreamARN: dataStreamArn(context, source.streamName),
      RoleARN: source.roleArn,
    }
  );
}

/** What a template decides and may change. */
function decidedOf({ throughputHintMiB, tags, ...stream }: DeliveryStream) {
  return { throughputHintMiB, tags, ...partsOf(stream) };
}

function changed(
  stream: DeliveryStream,
  wanted: DeliveryStream,
  context: DeclaredContext,
): DeliveryStream {
  const { tags: _tags, throughputHintMiB: _hint, ...rest } = stream;
  const { tags, throughputHintMiB } = wanted;
  const after = {
    ...rest,
    ...(tags && { tags }),
    ...(throughputHintMiB !== undefined && { throughputHintMiB }),
  };
  const destination = partsOf(wanted);
  return isSame(partsOf(stream), destination)
    ? after
    : withDestination(after, destination, context);
}

/** As they are stored: without what is undefined. */
function isSame(a: unknown, b: unknown): boolean {
  const stored = (value: unknown): unknown =>
    value === undefined ? undefined : JSON.parse(JSON.stringify(value));
  return isDeepStrictEqual(stored(a), stored(b));
}
