/** Takes the places of a call's records, in all shards at the same time, and as many as the shards' limits let through. */
import { SHARD_WRITE_MAX_BYTES_PER_SECOND, SHARD_WRITE_MAX_COUNT_PER_SECOND } from "../limits.ts";
import { type BlockReserved, type PlacePorts, reserveBlock } from "../log/place.ts";
import type { ProvenPlace } from "../log/proof.ts";
import type { Block, ShardRoom } from "../log/store.ts";
import { fittingCount, groupByShard, type Placeable, type ShardGroup } from "./placement.ts";
import type { PutOutcome } from "./put-outcome.ts";
import { retentionMs } from "./retention.ts";
import { shardMap } from "./shard-map.ts";
import { type DataStream, dataShardKey, type Shard, type StreamView } from "./stream.ts";

const PER_SECOND: ShardRoom = {
  recordCount: SHARD_WRITE_MAX_COUNT_PER_SECOND,
  byteCount: SHARD_WRITE_MAX_BYTES_PER_SECOND,
};

/** Records that have a place in a shard. */
export interface PlacedGroup {
  readonly shard: Shard;
  readonly block: Block;
  readonly place: ProvenPlace;
}

export interface Reserved {
  readonly groups: readonly PlacedGroup[];
  /** What was not taken, by position in the call. */
  readonly refused: ReadonlyMap<number, PutOutcome>;
  /** Some records found their shard closed, and are in neither. */
  readonly isWaiting: boolean;
}

export async function reserveOpen(
  ports: PlacePorts,
  { stream, shards }: StreamView,
  records: readonly Placeable[],
): Promise<Reserved> {
  const { groups, homeless } = groupByShard(shardMap(shards), records);
  const placed: PlacedGroup[] = [];
  const refused = new Map<number, PutOutcome>();
  let isWaiting = homeless.length > 0;
  await Promise.all(
    groups.map(async (group) => {
      const { shard } = group;
      const reserved = await reserveGroup(ports, stream, group).catch(
        (error: unknown) => ({ kind: "failed", error }) as const,
      );
      if (reserved.kind === "closed") return void (isWaiting = true);
      const takenCount = reserved.kind === "reserved" ? reserved.block.recordCount : 0;
      if (reserved.kind === "reserved") placed.push(placedGroup(group, reserved.block));
      for (const { at } of group.records.slice(takenCount)) {
        refused.set(
          at,
          reserved.kind === "failed" ? reserved : { kind: "throttled", shardIndex: shard.index },
        );
      }
    }),
  );
  return { groups: placed, refused, isWaiting };
}

/** A block that holds the group's first records, and nothing else. */
function placedGroup({ shard, records }: ShardGroup, block: Block): PlacedGroup {
  const { index: blockIndex, arrivedAtMs, recordCount } = block;
  const taken = records.slice(0, recordCount).map(({ at }) => at);
  const place = { shardNumber: shard.index, blockIndex, position: 0, arrivedAtMs, records: taken };
  return { shard, block, place };
}

/** As many of the group's records as the shard has room for, from the first on. */
async function reserveGroup(
  ports: PlacePorts,
  stream: DataStream,
  { shard, records }: ShardGroup,
): Promise<BlockReserved> {
  const key = dataShardKey(stream, shard.index);
  const options = { retentionMs: retentionMs(stream), perSecond: PER_SECOND };
  const reserve = (count: number) =>
    reserveBlock(
      ports,
      key,
      records.slice(0, count).map(({ record }) => record),
      options,
    );

  // A record above the limit takes the seconds that it needs, alone.
  const most = Math.max(1, fittingCount(records, PER_SECOND));
  const first = await reserve(most);
  if (first.kind !== "throttled" || first.room === undefined) return first;
  const fitting = Math.min(most, fittingCount(records, first.room));
  return fitting === 0 ? first : reserve(fitting);
}
