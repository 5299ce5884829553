/**
 * Putting records into a stream. Records of one call keep their order within a shard: of what a shard's limit lets
 * through it takes a beginning, never a selection. A shard that was closed since we looked takes nothing; its
 * records are then placed again, in the shards that came out of it.
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
import type { SequenceNumber } from "../log/sequence.ts";
import type { ShardRoom } from "../log/store.ts";
import {
  fittingCount,
  groupByShard,
  groupRequest,
  type Placeable,
  type ShardGroup,
} from "./placement.ts";
import { recordSequenceNumber } from "./record-sequence.ts";
import { retentionMs } from "./retention.ts";
import { type ShardMap, shardMap } from "./shard-map.ts";
import { type DataStream, dataShardKey, type Shard } from "./stream.ts";

export interface StreamView {
  readonly stream: DataStream;
  readonly shards: readonly Shard[];
}

export interface PutPorts {
  readonly appender: Appender;
  readonly clock: Clock;
  /** The stream as the store has it now. */
  refresh(): Promise<StreamView | undefined>;
}

export type PutOutcome =
  | {
      readonly kind: "stored";
      readonly shardIndex: number;
      readonly sequenceNumber: SequenceNumber;
    }
  | { readonly kind: "throttled"; readonly shardIndex: number }
  /** It may have been stored or not. */
  | { readonly kind: "failed"; readonly error: unknown };

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
  const outcomes: PutOutcome[] = [];
  const giveUpAtMs = clock.now() + RESHARD_PATIENCE_MS;
  let view = known;
  let left = records;
  for (let round = 0; ; round++) {
    left = await putWhatIsOpen(ports, view, left, request, outcomes);
    if (left.length === 0) return outcomes;
    if (clock.now() >= giveUpAtMs) break;
    // The first look again needs no patience: most reshards are over before anybody meets them.
    if (round > 0) await clock.sleep(RESHARD_POLL_INTERVAL_MS);
    const current = await ports.refresh();
    if (current === undefined || current.stream.status === "DELETING") return "gone";
    view = current;
  }
  for (const { at, hashKey } of left) {
    outcomes[at] = { kind: "throttled", shardIndex: lastShardOf(view, hashKey) };
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
  const { groups, homeless } = groupByShard(preparedMap(shards), records);
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
  if (result.kind === "throttled" || i >= result.recordCount) {
    return { kind: "throttled", shardIndex: shard.index };
  }
  const { blockIndex, position, arrivedAtMs } = result;
  const place = { blockIndex, position: position + i, arrivedAtMs };
  return {
    kind: "stored",
    shardIndex: shard.index,
    sequenceNumber: recordSequenceNumber(shard, place),
  };
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
  const groupProof = request && groupRequest(request, group);
  const options = { retentionMs: retentionMs(stream), perSecond: PER_SECOND };
  const append = (count: number, proof: ProducerRequest | undefined) =>
    appender.append(
      key,
      records.slice(0, count).map(({ record }) => record),
      { ...options, ...(proof && { request: proof }) },
    );

  // A record above the limit takes the seconds that it needs, alone.
  const most = Math.max(1, fittingCount(records, PER_SECOND));
  const first = await append(most, groupProof);
  if (first.kind !== "throttled" || first.room === undefined) return first;
  const fitting = Math.min(most, fittingCount(records, first.room));
  // An earlier attempt was looked for already.
  return fitting === 0 ? first : append(fitting, groupProof && { ...groupProof, attempt: 1 });
}

const maps = new WeakMap<readonly Shard[], ShardMap>();

/** Sorted once for as long as the shards are remembered. */
function preparedMap(shards: readonly Shard[]): ShardMap {
  const known = maps.get(shards);
  if (known) return known;
  const made = shardMap(shards);
  maps.set(shards, made);
  return made;
}

/** The youngest shard that covers the key, open or not. */
function lastShardOf({ shards }: StreamView, hashKey: bigint): number {
  const covering = shards.filter(({ range }) => range.start <= hashKey && hashKey <= range.end);
  return covering.at(-1)?.index ?? 0;
}
