/**
 * How much a shard takes in a second. Producers of a few calls would never meet what it really takes, so in some runs it
 * takes less. That is drawn from a random of its own: the other runs take the same steps as without it.
 */
import type { LogStore } from "../../../src/log/store.ts";
import { seededRandom } from "../../helpers/seeded-random.ts";

const SALT = 0x11417;
const SHARE = 0.4;
/** Not fewer than a call may have for one shard: what comes first in a second is taken whole. */
const RECORDS_PER_SECOND = [8, 12, 20] as const;

/** Records of a shard in a second; `undefined`: as many as it really takes. */
export function drawShardLimit(seed: number): number | undefined {
  const random = seededRandom(seed ^ SALT);
  if (random.fraction() >= SHARE) return undefined;
  return RECORDS_PER_SECOND[Math.floor(random.fraction() * RECORDS_PER_SECOND.length)];
}

export function withShardLimit(log: LogStore, recordCount: number | undefined): LogStore {
  if (recordCount === undefined) return log;
  return {
    ...log,
    reserve: (shard, append) =>
      log.reserve(shard, {
        ...append,
        ...(append.limit && {
          limit: { ...append.limit, perSecond: { ...append.limit.perSecond, recordCount } },
        }),
      }),
  };
}
