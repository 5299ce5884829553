/**
 * What the stores of a run give in a second. A world of a few calls would never feel what AWS gives, so the limits are
 * scaled to it. They are drawn from a random of their own: the run without them takes the same steps as ever.
 */
import type { Random } from "../../src/random.ts";
import {
  type Capacity,
  type CapacityLimits,
  createCapacity,
} from "../../src/storage/memory/capacity.ts";
import type { LimitedClient } from "../../src/storage/memory/limited.ts";
import { seededRandom } from "../helpers/seeded-random.ts";

/** So that the limits have nothing in common with what else a seed decides. */
const SALT = 0x5eed;
const KEY_WRITE_UNITS = [12, 25, 60] as const;
/** As AWS's are to each other. */
const READS_PER_WRITE = 3;
const TABLE_KEYS = 4;
/** As much as a flush of some dozen partitions asks for at once: S3's 3,500 bear one of 500. */
const PREFIX_REQUESTS = [60, 90, 150] as const;

export function drawLimits(random: Random): Partial<CapacityLimits> {
  const pick = <Item>(items: readonly Item[]): Item =>
    items[Math.floor(random.fraction() * items.length)] as Item;
  const keyWriteUnits = pick(KEY_WRITE_UNITS);
  const prefixPuts = pick(PREFIX_REQUESTS);
  return {
    keyWriteUnits,
    keyReadUnits: READS_PER_WRITE * keyWriteUnits,
    tableWriteUnits: TABLE_KEYS * keyWriteUnits,
    tableReadUnits: TABLE_KEYS * READS_PER_WRITE * keyWriteUnits,
    prefixPuts,
    prefixGets: 1.5 * prefixPuts,
    burstSeconds: pick([1, 1, 5]),
  };
}

export function capacityOf(seed: number, now: () => number): Capacity {
  return createCapacity({ now, limits: drawLimits(seededRandom(seed ^ SALT)) });
}

/** What the processes of a world meet: the twins as they are, or within a capacity. */
export function within<Stores>(
  stores: Stores,
  capacity: Capacity | undefined,
  limit: (client: LimitedClient) => Partial<Stores>,
): Stores {
  return capacity === undefined ? stores : { ...stores, ...limit({ capacity }) };
}
