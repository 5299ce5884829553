/**
 * Putting records into a stream. Records of one call keep their order within a shard: of what a shard's limit lets
 * through it takes a beginning, never a selection. A shard that was closed since we looked takes nothing; its
 * records are then placed again, in the shards that came out of it. Of a call that is sent again only what earlier
 * attempts did not answer for is put.
 */
import type { Clock } from "../clock.ts";
import {
  RESHARD_PATIENCE_MS,
  RESHARD_POLL_INTERVAL_MS,
  SHARD_WRITE_MAX_BYTES_PER_SECOND,
  SHARD_WRITE_MAX_COUNT_PER_SECOND,
} from "../limits.ts";
import type { Appender, AppendResult } from "../log/appender.ts";
import type { ProducerRequest } from "../log/record.ts";
import type { LogStore, ShardRoom } from "../log/store.ts";
import { findEarlierAttempts } from "./earlier-attempts.ts";
import {
  fittingCount,
  groupByShard,
  groupRequest,
  type Placeable,
  type ShardGroup,
} from "./placement.ts";
import { outcomeIn, type PutOutcome } from "./put-outcome.ts";
import { retentionMs } from "./retention.ts";
import { shardMap, youngestShard } from "./shard-map.ts";
import { type DataStream, dataShardKey, type Shard, type StreamView } from "./stream.ts";

export interface PutPorts {
  readonly appender: Appender;
  /** Where a repeated call's earlier attempts are looked for. */
  readonly log: LogStore;
  readonly clock: Clock;
  /** The stream as the store has it now. */
  refresh(): Promise<StreamView | undefined>;
}

const PER_SECOND: ShardRoom = {
  recordCount: SHARD_WRITE_MAX_COUNT_PER_SECOND,
  byteCount: SHARD_WRITE_MAX_BYTES_PER_SECOND,
};

/** The outcome of each record by its position in the call, or `gone` when the stream was deleted meanwhile. */
export async function putIntoStream(
  ports: PutPorts,
  known: StreamView,
  records: readonly Placeable[],
  request: ProducerRequest | undefined,
): Promise<readonly PutOutcome[] | "gone"> {
  const { clock } = ports;
  const refresh = async () => {
    const current = await ports.refresh();
    return current?.stream.status === "DELETING" ? undefined : current;
  };
  const earlier =
    request !== undefined && request.attempt > 1
      ? await findEarlierAttempts({ ...ports, refresh }, known, records, request.proof)
      : { view: known, outcomes: [] };
  if (earlier === "gone") return "gone";
  const { outcomes } = earlier;
  let { view } = earlier;
  let left: readonly Placeable[] = records.filter(({ at }) => outcomes[at] === undefined);
  const giveUpAtMs = clock.now() + RESHARD_PATIENCE_MS;
  for (let round = 0; ; round++) {
    left = await putWhatIsOpen(ports, view, left, request, outcomes);
    if (left.length === 0) return outcomes;
    if (clock.now() >= giveUpAtMs) break;
    // The first look again needs no patience: most reshards are over before anybody meets them.
    if (round > 0) await clock.sleep(RESHARD_POLL_INTERVAL_MS);
    const current = await refresh();
    if (current === undefined) return "gone";
    view = current;
  }
  for (const { at, hashKey } of left) {
    outcomes[at] = {
      kind: "throttled",
      shardIndex: youngestShard(view.shards, hashKey)?.index ?? 0,
    };
  }
  return outcomes;
}

/** Answers the records that found their shard closed, in the order of the call. */
async function putWhatIsOpen(
  { appender }: PutPorts,
  { stream, shards }: StreamView,
  records: readonly Placeable[],
  request: ProducerRequest | undefined,
  outcomes: PutOutcome[],
): Promise<readonly Placeable[]> {
  const { groups, homeless } = groupByShard(shardMap(shards), records);
  const left = [...homeless];
  await Promise.all(
    groups.map(async (group) => {
      const { shard } = group;
      const result = await appendGroup(appender, stream, group, request).catch(
        (error: unknown) => ({ kind: "failed", error }) as const,
      );
      group.records.forEach((record, i) => {
        if (result.kind === "closed") left.push(record);
        else outcomes[record.at] = outcomeOf(shard, result, i);
      });
    }),
  );
  return left.toSorted((a, b) => a.at - b.at);
}

function outcomeOf(
  shard: Shard,
  result: Exclude<AppendResult, { kind: "closed" }> | { kind: "failed"; error: unknown },
  i: number,
): PutOutcome {
  if (result.kind === "failed") return result;
  if (result.kind === "throttled") return { kind: "throttled", shardIndex: shard.index };
  return outcomeIn(shard, result, i);
}

/** Appends as many of the group's records as the shard has room for, from the first on. */
async function appendGroup(
  appender: Appender,
  stream: DataStream,
  group: ShardGroup,
  request: ProducerRequest | undefined,
): Promise<AppendResult> {
  const { shard, records } = group;
  const key = dataShardKey(stream, shard.index);
  const options = {
    retentionMs: retentionMs(stream),
    perSecond: PER_SECOND,
    ...(request && { request: groupRequest(request, group) }),
  };
  const append = (count: number) =>
    appender.append(
      key,
      records.slice(0, count).map(({ record }) => record),
      options,
    );

  // A record above the limit takes the seconds that it needs, alone.
  const most = Math.max(1, fittingCount(records, PER_SECOND));
  const first = await append(most);
  if (first.kind !== "throttled" || first.room === undefined) return first;
  const fitting = Math.min(most, fittingCount(records, first.room));
  return fitting === 0 ? first : append(fitting);
}
