/**
 * What a lane is called from outside: `lane-0003`, or with a data stream as the source the shard's own id,
 * `shardId-000000000003`.
 */
import { type DeliveryStream, laneKey, parseLaneKey } from "../../delivery/delivery-stream.ts";
import type { ShardKey } from "../../log/store.ts";
import { formatShardId, parseShardId } from "../../streams/shard-id.ts";
import { dataShardKey, parseDataShardKey } from "../../streams/stream.ts";
import { string } from "../../wire/shape.ts";

export const laneId = string({ minLength: 1, maxLength: 128, pattern: "[a-zA-Z0-9_.-]+" });

export function laneNumberOf(shard: ShardKey): number {
  const number = parseLaneKey(shard)?.lane ?? parseDataShardKey(shard)?.shardIndex;
  if (number === undefined) throw new Error(`${shard} is neither a lane nor a shard`);
  return number;
}

export function laneIdOf({ source }: Pick<DeliveryStream, "source">, lane: number): string {
  return source === undefined ? `lane-${String(lane).padStart(4, "0")}` : formatShardId(lane);
}

/** `undefined` for what is no lane's name. */
export function parseLaneId(
  { source }: Pick<DeliveryStream, "source">,
  id: string,
): number | undefined {
  if (source !== undefined) return parseShardId(id);
  const digits = /^lane-(\d{4,9})$/.exec(id)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Also of a lane that is gone, or of one that never was. */
export function laneShard(
  stream: Pick<DeliveryStream, "name" | "generation" | "source">,
  lane: number,
): ShardKey {
  const { source } = stream;
  if (source === undefined) return laneKey(stream, lane);
  return dataShardKey({ name: source.streamName, generation: source.streamGeneration }, lane);
}
