/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateShardCount.html */
import type { UpdateShardCountOutput } from "@aws-sdk/client-kinesis";
import { serviceError, type ServiceError } from "../../errors.ts";
import {
  SCALING_WINDOW_MS,
  SHARD_COUNT_UPDATES_PER_DAY,
  SHARDS_PER_STREAM_MAX_COUNT,
} from "../../limits.ts";
import { nextWave } from "../../streams/scaling-wave.ts";
import { openShards } from "../../streams/shard-map.ts";
import { type DataStream, openShardCountOf, type Shard } from "../../streams/stream.ts";
import { operation } from "../../wire/operation.ts";
import { integer, required, string } from "../../wire/shape.ts";
import { dataStreamArn } from "../arn.ts";
import type { DataStreamContext } from "../context.ts";
import { streamAddress } from "./common-shapes.ts";
import { addressedArn, addressedName } from "./find-stream.ts";
import { reshardStream } from "./reshard-stream.ts";

export const updateShardCount = operation({
  input: {
    ...streamAddress,
    TargetShardCount: required(integer({ min: 1 })),
    ScalingType: required(string({ enum: ["UNIFORM_SCALING"] })),
  },
  resource: addressedArn,
  async handle(request, context: DataStreamContext) {
    const { TargetShardCount: target } = request;
    let current = 0;
    const growth = (stream: DataStream) => target - openShardCountOf(stream);
    const plan = (stream: DataStream, shards: readonly Shard[]) => {
      current = openShards(shards).length;
      checkTarget(current, target);
      if (target === current) return undefined;
      const nowMs = context.clock.now();
      const recentMs = recentScalings(stream, nowMs);
      const moment = { nextIndex: stream.nextShardIndex, nowMs };
      const scaling = { targetShardCount: target, firstNewIndex: stream.nextShardIndex };
      const reshard = nextWave(shards, scaling, moment);
      if (reshard === undefined) return undefined;
      if (reshard === "too-large") {
        throw limitExceeded(
          `The shards' present ranges and ${target} equal ones have too few bounds in common for one change. Scale to a multiple or a simple fraction of ${current} shards.`,
        );
      }
      return { stream: { ...stream, scaledAtMs: [...recentMs, nowMs] }, reshard, scaling };
    };
    await reshardStream(request, context, plan, growth);
    const name = addressedName(request, context);
    return {
      StreamName: name,
      StreamARN: dataStreamArn(context, name),
      CurrentShardCount: current,
      TargetShardCount: target,
    } satisfies UpdateShardCountOutput;
  },
});

function limitExceeded(message: string): ServiceError {
  return serviceError("LimitExceededException", message);
}

/** Only open shards count, however many closed ones are still listed. */
function checkTarget(current: number, target: number): void {
  const counts = `Current open shard count: ${current}, Target shard count: ${target}`;
  if (target > SHARDS_PER_STREAM_MAX_COUNT) {
    throw limitExceeded(
      `Target shard count or number of open shards cannot be greater than ${SHARDS_PER_STREAM_MAX_COUNT}. ${counts}`,
    );
  }
  if (target > 2 * current) {
    throw limitExceeded(
      `UpdateShardCount cannot scale up over double your current open shard count. ${counts}`,
    );
  }
  if (2 * target < current) {
    throw limitExceeded(
      `UpdateShardCount cannot scale down below half your current open shard count. ${counts}`,
    );
  }
}

/** Throws when there were as many within a day as are allowed. AWS's sentence is not known. */
function recentScalings({ name, scaledAtMs }: DataStream, nowMs: number): readonly number[] {
  const recentMs = scaledAtMs.filter((ms) => nowMs - ms < SCALING_WINDOW_MS);
  if (recentMs.length < SHARD_COUNT_UPDATES_PER_DAY) return recentMs;
  throw limitExceeded(
    `Stream ${name} was scaled ${SHARD_COUNT_UPDATES_PER_DAY} times within the last 24 hours, which is as often as UpdateShardCount may be called.`,
  );
}
