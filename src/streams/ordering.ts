/**
 * The number that a producer asks its record to come after. Kinesis takes one of any shard; not one that nobody can
 * have been given yet, for no record would come after that.
 */
import type { Clock } from "../clock.ts";
import { parseOldSequenceNumber } from "../log/old-sequence.ts";
import { formatSequenceNumber, parseSequenceNumber } from "../log/sequence.ts";
import type { LogStore, ShardKey } from "../log/store.ts";
import { isAtCounterEnd, isBetweenRecords, startingSequenceNumber } from "./shard-sequence.ts";
import { dataShardKey, type Shard, type StreamView } from "./stream.ts";

export interface OrderingPorts {
  readonly log: Pick<LogStore, "head" | "read">;
  readonly clock: Clock;
}

/** `target`: the shard that takes the record. */
export async function canComeAfter(
  { log, clock }: OrderingPorts,
  { stream, shards }: StreamView,
  target: Shard,
  text: string,
): Promise<boolean> {
  const fields = parseSequenceNumber(text);
  if (fields === undefined && parseOldSequenceNumber(text) === undefined) return false;
  const giver = fields && shards.find((shard) => gave(shard, fields));
  // Somebody else's: whatever is put here comes after what is below the shard's own numbers, and only that.
  if (!fields || !giver) return BigInt(text) < BigInt(startingSequenceNumber(target));
  if (formatSequenceNumber(fields) !== text) return false;
  if (isAtCounterEnd(fields)) return giver.closed !== undefined;
  const shard = dataShardKey(stream, giver.index);
  const isPast = (nowMs: number) =>
    fields.arrivedAtMs <= Math.max(nowMs, giver.createdAtMs + FIRST_SECONDS_MS);
  // The clock may have been set back since the number was given.
  if (!isPast(clock.now()) && !isPast(await arrivedAtMs(log, shard, fields.blockIndex)))
    return false;
  const { blockIndex = 0 } = (await log.head(shard)) ?? {};
  // Where the next record will be a reader may stand already.
  return isBetweenRecords(fields)
    ? fields.blockIndex <= blockIndex
    : fields.blockIndex < blockIndex;
}

async function arrivedAtMs(
  log: OrderingPorts["log"],
  shard: ShardKey,
  from: number,
): Promise<number> {
  for await (const entry of log.read({ shard, from, to: from + 1 })) {
    if (entry.kind === "data") return entry.arrivedAtMs;
  }
  return 0;
}

function gave(
  { index, createdAtMs }: Shard,
  number: { readonly shardIndex: number; readonly shardCreatedAtMs: number },
): boolean {
  return (
    index === number.shardIndex && Math.floor(createdAtMs / 1000) * 1000 === number.shardCreatedAtMs
  );
}

/** A number's time leads its record's by at most a shard's first seconds, see `record-sequence.ts`. */
const FIRST_SECONDS_MS = 2000;
