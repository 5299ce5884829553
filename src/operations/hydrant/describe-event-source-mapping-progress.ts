/**
 * Not one of Lambda's: how far a mapping has come in each shard, and what keeps it. Shards that it does not read are
 * left out: those that ended before it began, and those whose parents it has not read to their ends. `Problem` says
 * that there is nothing to read, for the stream is gone.
 */
import { findSourceProblem } from "../../consumer/source-problem.ts";
import { type ShardProgress, shardProgress } from "../../consumer/shard-progress.ts";
import {
  MAPPING_PROGRESS_DEFAULT_COUNT,
  MAPPING_PROGRESS_MAX_COUNT,
  SHARDS_AT_ONCE,
} from "../../limits.ts";
import { trimHorizonOf } from "../../streams/retention.ts";
import { formatShardId } from "../../streams/shard-id.ts";
import { dataShardKey } from "../../streams/stream.ts";
import { operation } from "../../wire/operation.ts";
import { integer, string } from "../../wire/shape.ts";
import type { MappingContext } from "../context.ts";
import { addressedMapping, findMapping } from "./find-mapping.ts";
import { mappingUuid } from "./mapping-shapes.ts";

export interface WireShardProgress {
  readonly ShardId: string;
  /** `reading`, `ended` */
  readonly State: string;
  readonly RecordsBehind: number;
  readonly IteratorAgeMilliseconds: number;
  readonly NextRetry?: Date;
  readonly LastError?: string;
}

export const describeEventSourceMappingProgress = operation({
  input: {
    UUID: mappingUuid,
    /** The last shard of the page before. */
    Marker: string({ minLength: 1, maxLength: 128 }),
    MaxItems: integer({ min: 1, max: MAPPING_PROGRESS_MAX_COUNT }),
  },
  resource: addressedMapping,
  async handle(request, context: MappingContext) {
    const { Marker = "", MaxItems = MAPPING_PROGRESS_DEFAULT_COUNT } = request;
    const mapping = await findMapping(request, context);
    const stream = { name: mapping.streamName, generation: mapping.streamGeneration };
    const [all, horizonMs] = await Promise.all([
      context.dataStreams.shards(stream),
      trimHorizonOf(context.dataStreams, stream, context.clock.now()),
    ]);
    const rest = all.filter(({ index }) => formatShardId(index) > Marker);
    const ports = { ...context, readers: context.consumerReaders };
    const found: WireShardProgress[] = [];
    // One more than is shown, to know whether there is another page.
    for (let i = 0; i < rest.length && found.length <= MaxItems; i += SHARDS_AT_ONCE) {
      const next = rest.slice(i, i + SHARDS_AT_ONCE).map(async ({ index }) => {
        const shard = dataShardKey(stream, index);
        const progress = await shardProgress(ports, shard, mapping, horizonMs);
        return progress && toWire(formatShardId(index), progress);
      });
      found.push(...(await Promise.all(next)).filter((progress) => progress !== undefined));
    }
    const page = found.slice(0, MaxItems);
    const problem = await findSourceProblem(context.dataStreams, mapping);
    return {
      Shards: page,
      ...(problem && { Problem: problem.message }),
      ...(found.length > MaxItems && { NextMarker: page.at(-1)!.ShardId }),
    };
  },
});

function toWire(
  ShardId: string,
  { state, recordsBehind, iteratorAgeMs, retry }: ShardProgress,
): WireShardProgress {
  return {
    ShardId,
    State: state,
    RecordsBehind: recordsBehind,
    IteratorAgeMilliseconds: iteratorAgeMs,
    ...(retry && { NextRetry: new Date(retry.retryAtMs) }),
    ...(retry?.lastError !== undefined && { LastError: retry.lastError }),
  };
}
