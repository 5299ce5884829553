/** Shard ids: printed in one form, taken in several, as AWS does. */

const SHARD_INDEX_MAX = 2 ** 31 - 1;

/** `formatShardId(3)` → `shardId-000000000003`. A sequence number may name one below 0, which no stream has. */
export function formatShardId(index: number): string {
  const digits = String(Math.abs(index));
  return index < 0 ? `shardId--${digits.padStart(11, "0")}` : `shardId-${digits.padStart(12, "0")}`;
}

/** `shardId-000000000003`, `shardId-3`, `a-03` and `3` all name shard 3; `undefined` for what names none. */
export function parseShardId(text: string): number | undefined {
  const digits = /^(?:[^-]*-)?(\d+)$/.exec(text)?.[1];
  if (digits === undefined) return undefined;
  const index = Number(digits);
  return index <= SHARD_INDEX_MAX ? index : undefined;
}
