/** Streams and shards as JSON text: 128-bit numbers are decimal strings there. */
import type { DataStream, Shard } from "../../streams/stream.ts";

interface StoredShard extends Omit<Shard, "range"> {
  readonly range: { readonly start: string; readonly end: string };
}

const toStored = (shard: Shard): StoredShard => ({
  ...shard,
  range: { start: String(shard.range.start), end: String(shard.range.end) },
});

const fromStored = (shard: StoredShard): Shard => ({
  ...shard,
  range: { start: BigInt(shard.range.start), end: BigInt(shard.range.end) },
});

export function shardToText(shard: Shard): string {
  return JSON.stringify(toStored(shard));
}

export function textToShard(text: string): Shard {
  return fromStored(JSON.parse(text) as StoredShard);
}

export function streamToText(stream: DataStream): string {
  const { pendingReshard, ...rest } = stream;
  if (pendingReshard === undefined) return JSON.stringify(rest);
  const children = pendingReshard.children.map(toStored);
  return JSON.stringify({ ...rest, pendingReshard: { ...pendingReshard, children } });
}

export function textToStream(text: string): DataStream {
  const stored = JSON.parse(text) as DataStream & {
    readonly pendingReshard?: { readonly children: readonly StoredShard[] };
  };
  const { pendingReshard } = stored;
  if (pendingReshard === undefined) return stored;
  const children = pendingReshard.children.map(fromStored);
  return { ...stored, pendingReshard: { ...pendingReshard, children } };
}
