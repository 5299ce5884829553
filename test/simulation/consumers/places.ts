/**
 * Where records stand, told by numbers. A stream that is created anew under its name begins at shard 0 again, so the
 * shards of a run are numbered over all of its streams: shard 3 of the first is 3, and of the second 103.
 */
import type { ShardKey } from "../../../src/log/store.ts";
import { parseSequenceNumber } from "../../../src/log/sequence.ts";
import { type DataStream, parseDataShardKey, type Shard } from "../../../src/streams/stream.ts";

export interface Places {
  /** 0, 1, 2, … in the order in which they got their first shards. */
  streamOf(generation: string): number;
  shardOf(key: ShardKey): number;
  /** To be called before anything is put into a shard. */
  added(stream: Pick<DataStream, "generation">, shard: Shard): void;
  /** As many as were ever added. */
  shardCount(): number;
  /** `placeOf("4957…")` → `103/0/2`: shard, block and position. */
  placeOf(sequenceNumber: string): string;
}

const SHARDS_PER_STREAM = 100;

export function createPlaces(): Places {
  const streams = new Map<string, number>();
  /** Shards by what a sequence number says of them. */
  const shards = new Map<string, number>();
  const nameOf = (index: number, createdAtMs: number) =>
    `${index} of ${Math.floor(createdAtMs / 1000)}`;

  function streamOf(generation: string): number {
    const number = streams.get(generation) ?? streams.size;
    streams.set(generation, number);
    return number;
  }

  const numberOf = (generation: string, index: number) =>
    SHARDS_PER_STREAM * streamOf(generation) + index;

  return {
    streamOf,
    shardOf(key) {
      const place = parseDataShardKey(key);
      if (place === undefined) throw new Error(`no data stream's shard: ${key}`);
      return numberOf(place.generation, place.shardIndex);
    },
    added({ generation }, { index, createdAtMs }) {
      shards.set(nameOf(index, createdAtMs), numberOf(generation, index));
    },
    shardCount: () => shards.size,
    placeOf(sequenceNumber) {
      const place = parseSequenceNumber(sequenceNumber);
      const { shardIndex = -1, shardCreatedAtMs = 0, blockIndex, position } = place ?? {};
      const shard = shards.get(nameOf(shardIndex, shardCreatedAtMs));
      if (shard === undefined) throw new Error(`no shard gives the number ${sequenceNumber}`);
      return `${shard}/${blockIndex}/${position}`;
    },
  };
}
