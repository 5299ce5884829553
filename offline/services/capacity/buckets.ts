/**
 * What DynamoDB gives a table on demand, and a partition key of it, each second: buckets that fill at a steady rate and
 * keep what is not used for a second. DynamoDB keeps up to five minutes of it when it has it, and promises none.
 *
 * A request is let in while there is something left, and pays for what it turned out to cost: a large one is paid for by
 * those behind it. Half an hour after it was new, a table gives twice what it gave at most in a second.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html
 */
export type Kind = "Read" | "Write";

const KEY_UNITS: Readonly<Record<Kind, number>> = { Write: 1000, Read: 3000 };
const NEW_TABLE_UNITS: Readonly<Record<Kind, number>> = { Write: 4000, Read: 12_000 };
const WARMING_MS = 30 * 60_000;
/** A full bucket is like a new one; there is one for each key that is used. */
const FORGET_FROM_COUNT = 10_000;

/** What a request wants of a table: the least that it can cost, by partition. */
export interface Demand {
  readonly table: string;
  readonly kind: Kind;
  /** Absent: of no partition in particular, as a scan. */
  readonly partition?: string;
  readonly units: number;
}

export interface Lack {
  readonly demand: Demand;
  /** Of its partition, not of its table. */
  readonly isKey: boolean;
}

export interface Capacity {
  /** Takes all that is wanted, or nothing: then answers what there was too little of. */
  take(demands: readonly Demand[]): Lack | undefined;
  /** What it cost beyond what was taken; below zero it is given back. */
  settle(demands: readonly Demand[], units: number): void;
}

export function createCapacity(now: () => number = Date.now): Capacity {
  const tables = new Map<string, WarmingBucket>();
  const keys = new Map<string, Bucket>();

  function tableBucket({ table, kind }: Demand): WarmingBucket {
    const name = `${kind} ${table}`;
    const bucket = tables.get(name) ?? new WarmingBucket(NEW_TABLE_UNITS[kind], now());
    tables.set(name, bucket);
    return bucket;
  }

  function keyBucket({ table, kind, partition }: Demand): Bucket | undefined {
    if (partition === undefined) return undefined;
    const name = `${kind} ${table} ${partition}`;
    const found = keys.get(name);
    if (found !== undefined) return found;
    if (keys.size >= FORGET_FROM_COUNT) {
      for (const [other, bucket] of keys) if (bucket.isFull(now())) keys.delete(other);
    }
    const made = new Bucket(KEY_UNITS[kind], now());
    keys.set(name, made);
    return made;
  }

  function lackOf(demand: Demand): Lack | undefined {
    if (keyBucket(demand)?.has(demand.units, now()) === false) return { demand, isKey: true };
    if (!tableBucket(demand).has(demand.units, now())) return { demand, isKey: false };
    return undefined;
  }

  function take(demand: Demand, units: number): void {
    keyBucket(demand)?.take(units, now());
    tableBucket(demand).take(units, now());
  }

  return {
    take(demands) {
      for (const [i, demand] of demands.entries()) {
        const lack = lackOf(demand);
        if (lack === undefined) {
          take(demand, demand.units);
          continue;
        }
        for (const taken of demands.slice(0, i)) take(taken, -taken.units);
        return lack;
      }
      return undefined;
    },
    settle(demands, units) {
      const taken = demands.reduce((sum, demand) => sum + demand.units, 0);
      // Which of several cost more is not told; they bear it together.
      for (const demand of demands) take(demand, (units - taken) / demands.length);
    },
  };
}

/** May be in debt. */
class Bucket {
  protected perSecond: number;
  #level: number;
  #atMs: number;

  constructor(perSecond: number, nowMs: number) {
    this.perSecond = perSecond;
    this.#level = perSecond;
    this.#atMs = nowMs;
  }

  /** More than it ever holds is let in when it is full. */
  has(units: number, nowMs: number): boolean {
    this.#fill(nowMs);
    return this.#level >= Math.min(units, this.perSecond);
  }

  take(units: number, nowMs: number): void {
    this.#fill(nowMs);
    this.#level -= units;
  }

  isFull(nowMs: number): boolean {
    return this.has(this.perSecond, nowMs);
  }

  #fill(nowMs: number): void {
    const gained = (Math.max(0, nowMs - this.#atMs) / 1000) * this.perSecond;
    this.#level = Math.min(this.perSecond, this.#level + gained);
    this.#atMs = nowMs;
  }
}

class WarmingBucket extends Bucket {
  #peak = 0;
  #second = { at: 0, units: 0 };
  #warmsAtMs: number;

  constructor(perSecond: number, nowMs: number) {
    super(perSecond, nowMs);
    this.#warmsAtMs = nowMs + WARMING_MS;
  }

  override take(units: number, nowMs: number): void {
    super.take(units, nowMs);
    const at = Math.floor(nowMs / 1000);
    const before = this.#second.at === at ? this.#second.units : 0;
    this.#second = { at, units: before + units };
    this.#peak = Math.max(this.#peak, this.#second.units);
    if (nowMs < this.#warmsAtMs) return;
    this.perSecond = Math.max(this.perSecond, 2 * this.#peak);
    this.#peak = 0;
    this.#warmsAtMs = nowMs + WARMING_MS;
  }
}
