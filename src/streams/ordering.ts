/**
 * The number that a producer asks its record to come after. Kinesis takes one of any shard; not one that nobody can
 * have been given yet, for no record would come after that.
 */
import type { Clock } from "../clock.ts";
import { parseOldSequenceNumber } from "../log/old-sequence.ts";
import { formatSequenceNumber, parseSequenceNumber } from "../log/sequence.ts";
import type { LogStore } from "../log/store.ts";
import { isAtCounterEnd, isBetweenRecords, startingSequenceNumber } from "./shard-sequence.ts";
import { dataShardKey, type Shard, type StreamView } from "./stream.ts";

export interface OrderingPorts {
  readonly log: Pick<LogStore, "head">;
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
  if (fields.arrivedAtMs > Math.max(clock.now(), giver.createdAtMs + FIRST_SECONDS_MS))
    return false;
  const { blockIndex = 0 } = (await log.head(dataShardKey(stream, giver.index))) ?? {};
  // Where the next record will be a reader may stand already.
  return isBetweenRecords(fields)
    ? fields.blockIndex <= blockIndex
    : fields.blockIndex < blockIndex;
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
