/**
 * Custom::HydrantStream: a data stream with AWS::Kinesis::Stream's members, as far as they are listed here. Its id is its
 * name and its generation, so that a stream of the same name that somebody else made is never changed or deleted.
 */
import { RETENTION_DEFAULT_HOURS, RETENTION_MAX_HOURS, RETENTION_MIN_HOURS } from "../../limits.ts";
import { settle, shownStatus } from "../../streams/lifecycle.ts";
import type { DataStream } from "../../streams/stream.ts";
import { type Infer, integer, required, structure } from "../../wire/shape.ts";
import { dataStreamArn } from "../arn.ts";
import type { DataStreamContext } from "../context.ts";
import { streamModeDetails, streamName } from "../kinesis/common-shapes.ts";
import { createDataStream, readCapacity } from "../kinesis/create-stream.ts";
import { decreaseStreamRetentionPeriod } from "../kinesis/decrease-stream-retention-period.ts";
import { deleteStream } from "../kinesis/delete-stream.ts";
import { findStream } from "../kinesis/find-stream.ts";
import { increaseStreamRetentionPeriod } from "../kinesis/increase-stream-retention-period.ts";
import { updateShardCount } from "../kinesis/update-shard-count.ts";
import { updateStreamMode } from "../kinesis/update-stream-mode.ts";
import { type DeclaredKind, protection, waitFor } from "./declared-kind.ts";
import { bringSettings, streamSettings, tagsOf } from "./declared-stream-settings.ts";
import { idOfGeneration, partsOfId } from "./generation-id.ts";

const properties = structure({
  Name: required(streamName),
  ShardCount: integer({ min: 1 }),
  StreamModeDetails: streamModeDetails,
  RetentionPeriodHours: integer({ min: RETENTION_MIN_HOURS, max: RETENTION_MAX_HOURS }),
  ...streamSettings,
  ...protection,
});

type DeclaredStream = Infer<typeof properties>;

export const declaredStream: DeclaredKind<DeclaredStream, DataStream> = {
  properties,
  traits: { violationValue: "printed" },
  newId: ({ Name }, seed) => idOfGeneration(Name, seed),
  async find(id, context) {
    const { name, generation } = partsOfId(id);
    const found = await context.dataStreams.get(name);
    const stream = found && (await settle(context, found));
    return stream?.generation === generation ? stream : undefined;
  },
  isLeftOver: async () => false,
  canBecome: ({ name, status }, { Name }) => name === Name && status !== "DELETING",
  async create(id, declared, context) {
    const { Name: StreamName, ShardCount, StreamModeDetails, MaxRecordSizeInKiB, Tags } = declared;
    const request = {
      StreamName,
      ...(ShardCount !== undefined && { ShardCount }),
      ...(StreamModeDetails !== undefined && { StreamModeDetails }),
      ...(MaxRecordSizeInKiB !== undefined && { MaxRecordSizeInKiB }),
      ...(Tags !== undefined && { Tags: tagsOf(Tags) }),
    };
    await createDataStream(partsOfId(id).generation, request, context);
    await bringTo(declared, context);
  },
  change: (_, declared, context) => bringTo(declared, context),
  async remove({ name, generation }, context) {
    await deleteStream.handle({ StreamName: name }, context);
    // The rest of a large one goes on behind it, and its name is free for the next only then.
    await waitFor(context, async () => {
      const standing = await context.dataStreams.get(name);
      return standing?.generation !== generation || !(await settle(context, standing));
    });
  },
  attributes(id, context) {
    const { name } = partsOfId(id);
    return { Name: name, Arn: dataStreamArn(context, name) };
  },
};

/** Mode first: only a provisioned stream is told how many shards to have. */
async function bringTo(declared: DeclaredStream, context: DataStreamContext): Promise<void> {
  const { mode, shardCount } = readCapacity(declared);
  const address = { StreamName: declared.Name };
  const active = () => untilActive(declared.Name, context);
  if ((await active()).mode !== mode) {
    const StreamARN = dataStreamArn(context, declared.Name);
    await updateStreamMode.handle({ StreamARN, StreamModeDetails: { StreamMode: mode } }, context);
  }
  if (mode === "PROVISIONED") {
    await active();
    const ScalingType = "UNIFORM_SCALING";
    await updateShardCount.handle(
      { ...address, TargetShardCount: shardCount, ScalingType },
      context,
    );
  }
  const { retentionHours } = await active();
  const RetentionPeriodHours = declared.RetentionPeriodHours ?? RETENTION_DEFAULT_HOURS;
  const change =
    RetentionPeriodHours < retentionHours
      ? decreaseStreamRetentionPeriod
      : increaseStreamRetentionPeriod;
  await change.handle({ ...address, RetentionPeriodHours }, context);
  await bringSettings(declared, active, context);
}

async function untilActive(StreamName: string, context: DataStreamContext): Promise<DataStream> {
  let stream = await findStream({ StreamName }, context);
  await waitFor(context, async () => {
    stream = await findStream({ StreamName }, context);
    return shownStatus(stream, context.clock.now()) === "ACTIVE";
  });
  return stream;
}
