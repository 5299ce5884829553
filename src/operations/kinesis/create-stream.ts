/**
 * https://docs.aws.amazon.com/kinesis/latest/APIReference/API_CreateStream.html
 *
 * The shards are there when the call returns, unless they are thousands: those the sweep goes on with, and the stream
 * shows as CREATING until then.
 */
import { serviceError } from "../../errors.ts";
import {
  ON_DEMAND_INITIAL_SHARD_COUNT,
  RECORD_SIZE_DEFAULT_KIB,
  RETENTION_DEFAULT_HOURS,
  SHARDS_PER_STREAM_MAX_COUNT,
} from "../../limits.ts";
import { randomHex } from "../../random.ts";
import { finishCreation, settle, STEP_GRACE_MS, stepDeadlineMs } from "../../streams/lifecycle.ts";
import type { DataStream, StreamMode } from "../../streams/stream.ts";
import { operation } from "../../wire/operation.ts";
import { type InferMembers, integer, required, string } from "../../wire/shape.ts";
import { dataStreamArn } from "../arn.ts";
import type { DataStreamContext } from "../context.ts";
import { enableSweepFor } from "./change-stream.ts";
import { maxRecordSizeKiB, streamModeDetails, streamName, tags } from "./common-shapes.ts";
import { notOfferedYet, streamExists } from "./refusals.ts";
import { checkShardQuota, shardQuotaProblem } from "./shard-quota.ts";
import { checkTags } from "./tags.ts";

const members = {
  StreamName: required(streamName),
  ShardCount: integer({ min: 1 }),
  StreamModeDetails: streamModeDetails,
  Tags: tags,
  WarmThroughputMiBps: integer({ min: 0 }),
  MaxRecordSizeInKiB: maxRecordSizeKiB,
  RecordDistributionStrategy: string({ enum: ["AUTO", "USER_PARTITION_KEY"] }),
};

export type CreateStreamInput = InferMembers<typeof members>;

export const createStream = operation({
  input: members,
  resource: ({ StreamName }, context: DataStreamContext) => dataStreamArn(context, StreamName),
  implies: ({ StreamName, Tags }, context: DataStreamContext) =>
    Tags === undefined
      ? []
      : [{ action: "kinesis:AddTagsToStream", resource: dataStreamArn(context, StreamName) }],
  async handle(request, context: DataStreamContext) {
    await createDataStream(randomHex(context.random, 8), request, context);
  },
});

/** May be repeated with the same generation until the stream is ACTIVE. */
export async function createDataStream(
  generation: string,
  request: CreateStreamInput,
  context: DataStreamContext,
): Promise<void> {
  const { StreamName: name, Tags = {} } = request;
  if (request.WarmThroughputMiBps !== undefined) {
    throw notOfferedYet("WarmThroughputMiBps", "on-demand streams grow with their load");
  }
  if (request.RecordDistributionStrategy === "AUTO") {
    throw notOfferedYet("RecordDistributionStrategy AUTO", "give every record a partition key");
  }
  const { mode, shardCount } = readCapacity(request);
  checkTags(Tags, { name, accountId: context.accountId, standing: {}, verb: "add" });
  const nowMs = context.clock.now();
  await createNew(context, {
    name,
    generation,
    createdAtMs: nowMs,
    revision: 1,
    mode,
    status: "CREATING",
    settledAtMs: nowMs + STEP_GRACE_MS,
    retentionHours: RETENTION_DEFAULT_HOURS,
    nextShardIndex: shardCount,
    maxRecordKiB: request.MaxRecordSizeInKiB ?? RECORD_SIZE_DEFAULT_KIB,
    tags: Tags,
    shardLevelMetrics: [],
    scaledAtMs: [],
  });
}

async function createNew(context: DataStreamContext, stream: DataStream): Promise<void> {
  const { dataStreams, dataStreamCache, accountId } = context;
  const deadlineMs = stepDeadlineMs(context);
  // A name that is taken is refused for that.
  const isNew = (await dataStreams.get(stream.name)) === undefined;
  if (isNew) await checkShardQuota(context, stream.nextShardIndex);
  if ((await dataStreams.create(stream)) === "exists") {
    // The name may be that of a stream whose deletion was never finished.
    const standing = await dataStreams.get(stream.name);
    const isTaken =
      standing !== undefined && (await settle(context, standing, deadlineMs)) !== undefined;
    if (isTaken || (await dataStreams.create(stream)) === "exists") {
      throw streamExists(stream.name, accountId);
    }
  }
  // Of several creations at once that found room, those go again that see too many.
  const problem = isNew ? await shardQuotaProblem(context, stream.nextShardIndex) : undefined;
  if (problem !== undefined) {
    await dataStreams.remove(stream);
    throw problem;
  }
  dataStreamCache.forget(stream.name);
  await enableSweepFor(stream.nextShardIndex, context);
  await finishCreation(context, stream, deadlineMs);
}

/** Throws for what no stream can have. */
export function readCapacity({
  ShardCount,
  StreamModeDetails,
}: Pick<CreateStreamInput, "ShardCount" | "StreamModeDetails">): {
  readonly mode: StreamMode;
  readonly shardCount: number;
} {
  const mode =
    StreamModeDetails?.StreamMode ?? (ShardCount === undefined ? "ON_DEMAND" : "PROVISIONED");
  return { mode, shardCount: checkShardCount(mode, ShardCount) };
}

/** A single stream's quota; that of the account is counted when the stream is made. */
function checkShardCount(mode: StreamMode, given: number | undefined): number {
  if (mode === "ON_DEMAND") {
    if (given === undefined) return ON_DEMAND_INITIAL_SHARD_COUNT;
    throw serviceError(
      "ValidationException",
      "Request is invalid. ShardCount must not be given for a stream in On-Demand mode.",
    );
  }
  if (given === undefined) {
    throw serviceError(
      "ValidationException",
      "Request is invalid. ShardCount must be given for a stream in Provisioned mode.",
    );
  }
  if (given > SHARDS_PER_STREAM_MAX_COUNT) {
    throw serviceError(
      "LimitExceededException",
      `A stream may have at most ${SHARDS_PER_STREAM_MAX_COUNT} shards, got ${given}.`,
    );
  }
  return given;
}
