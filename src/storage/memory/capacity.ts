/**
 * What DynamoDB and S3 give in a second: the limits that the twins hold themselves to when they are given a capacity.
 * A pure model in virtual time, on the safe side of what AWS documents:
 *
 * - a partition key takes 1,000 write and 3,000 read units a second, whatever its table has;
 * - a table on demand takes 4,000 and 12,000 until it is warm, and then twice what it took at most in the half hour
 *   before; `warmWriteUnits` is what it was warmed to;
 * - what a key or a prefix does not use is kept for a second. DynamoDB keeps up to 300 s of it and promises none
 *   (`KEPT_AT_MOST_SECONDS`); a test that wants to know what then happens gives `burstSeconds`;
 * - a refused condition costs like the write; a throttled request costs nothing;
 * - a read is let in while anything is left and is charged for what it found, so that a large one is paid for later;
 * - a transaction costs double and holds its items for some milliseconds, in which others' writes to them conflict, as
 *   it conflicts with the writes that are under way.
 *
 * Not modelled: that the keys of a table that is not warm share partitions, and the splitting of partitions for heat.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html
 */
import type { Item } from "../dynamodb/keys.ts";

export type TableName = "log" | "state";

/** "Currently up to five minutes": https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/burst-adaptive-capacity.html */
export const KEPT_AT_MOST_SECONDS = 300;

export interface CapacityLimits {
  /** Of one partition key, per second. */
  readonly keyWriteUnits: number;
  readonly keyReadUnits: number;
  /** Of a table, per second, when it is new. */
  readonly tableWriteUnits: number;
  readonly tableReadUnits: number;
  /** Of a bucket's prefix, per second. */
  readonly prefixPuts: number;
  readonly prefixGets: number;
  /** For how many seconds that which is not used is kept. */
  readonly burstSeconds: number;
  /** How long a write holds its item, and a transaction its own. */
  readonly writeHoldsMs: number;
  readonly transactionHoldsMs: number;
}

export const AWS_CAPACITY: CapacityLimits = {
  keyWriteUnits: 1000,
  keyReadUnits: 3000,
  tableWriteUnits: 4000,
  tableReadUnits: 12_000,
  prefixPuts: 3500,
  prefixGets: 5500,
  burstSeconds: 1,
  writeHoldsMs: 1,
  transactionHoldsMs: 10,
};

/** The store was too busy and did nothing. What it is called is what DynamoDB, or S3, calls it. */
export class StoreThrottled extends Error {
  override readonly name: "ProvisionedThroughputExceededException" | "SlowDown";
  /** As the SDKs count them. */
  attempts = 1;
  constructor(name: StoreThrottled["name"], what: string) {
    super(`${what} is too busy`);
    this.name = name;
  }
}

/** Somebody else's write to the same item was under way; nothing was done. */
export class StoreConflict extends Error {
  override readonly name = "TransactionConflictException";
}

export interface CapacityFigures {
  readonly writeUnits: number;
  readonly readUnits: number;
  readonly puts: number;
  readonly gets: number;
  readonly throttledWrites: number;
  readonly throttledReads: number;
  readonly throttledObjects: number;
  readonly conflicts: number;
}

export interface CapacityOptions {
  readonly now: () => number;
  readonly limits?: Partial<CapacityLimits>;
  /** What the tables were warmed to, per second. */
  readonly warmWriteUnits?: number;
  readonly warmReadUnits?: number;
}

export interface Capacity {
  readonly limits: CapacityLimits;
  /** Throws when there is no room, or when a transaction holds the item. */
  write(table: TableName, key: Item, byteCount: number): void;
  /** All or nothing. */
  transact(
    table: TableName,
    items: readonly { readonly key: Item; readonly byteCount: number }[],
  ): void;
  /** Throws when nothing is left for reads of the key. To be followed by `charge`. */
  admitRead(table: TableName, key: Item): void;
  /** @param byteCount of what was found, be it nothing */
  chargeRead(table: TableName, key: Item, byteCount: number): void;
  putObject(bucket: string, key: string): void;
  getObject(bucket: string, key: string): void;
  /** Since the beginning. */
  figures(): CapacityFigures;
}

const WARMING_MS = 30 * 60_000;
/** A full bucket is like a new one; there is one for every key that was ever used. */
const FORGET_FROM_COUNT = 10_000;

export function createCapacity(options: CapacityOptions): Capacity {
  const { now, warmWriteUnits = 0, warmReadUnits = 0 } = options;
  const limits = { ...AWS_CAPACITY, ...options.limits };
  const buckets = new Map<string, Bucket>();
  const tables = new Map<string, WarmingBucket>();
  let forgetFrom = FORGET_FROM_COUNT;
  /** Until when an item is held, and whether by a transaction. */
  const held = new Map<string, { readonly untilMs: number; readonly isTransaction: boolean }>();
  const figures = {
    writeUnits: 0,
    readUnits: 0,
    puts: 0,
    gets: 0,
    throttledWrites: 0,
    throttledReads: 0,
    throttledObjects: 0,
    conflicts: 0,
  };

  function bucketOf(name: string, perSecond: number): Bucket {
    const found = buckets.get(name);
    if (found !== undefined) return found;
    const made = new Bucket(perSecond, limits.burstSeconds, now());
    if (buckets.size >= forgetFrom) {
      for (const [other, bucket] of buckets) if (bucket.isFull(now())) buckets.delete(other);
      forgetFrom = Math.max(FORGET_FROM_COUNT, 2 * buckets.size);
    }
    buckets.set(name, made);
    return made;
  }

  function tableOf(table: TableName, kind: "write" | "read"): WarmingBucket {
    const name = `${table} ${kind}`;
    const isWrite = kind === "write";
    const perSecond = isWrite
      ? Math.max(limits.tableWriteUnits, warmWriteUnits)
      : Math.max(limits.tableReadUnits, warmReadUnits);
    const found = tables.get(name) ?? new WarmingBucket(perSecond, limits.burstSeconds, now());
    tables.set(name, found);
    return found;
  }

  const keyBucket = (table: TableName, key: Item, kind: "write" | "read") =>
    bucketOf(
      `${kind} ${table} ${partitionOf(key)}`,
      kind === "write" ? limits.keyWriteUnits : limits.keyReadUnits,
    );

  function takeWrites(
    table: TableName,
    items: readonly { readonly key: Item; readonly units: number }[],
  ): void {
    const total = items.reduce((sum, { units }) => sum + units, 0);
    const whole = tableOf(table, "write");
    const busy = items.find(({ key, units }) => !keyBucket(table, key, "write").has(units, now()));
    if (busy !== undefined || !whole.has(total, now())) {
      figures.throttledWrites += 1;
      throw new StoreThrottled(
        "ProvisionedThroughputExceededException",
        busy === undefined ? `the ${table} table` : partitionOf(busy.key),
      );
    }
    for (const { key, units } of items) keyBucket(table, key, "write").take(units, now());
    whole.take(total, now());
    figures.writeUnits += total;
  }

  function isHeld(table: TableName, key: Item, byWrites: boolean): boolean {
    const holder = held.get(`${table} ${itemOf(key)}`);
    if (holder === undefined || holder.untilMs <= now()) return false;
    return byWrites || holder.isTransaction;
  }

  function hold(table: TableName, key: Item, isTransaction: boolean): void {
    const holdsMs = isTransaction ? limits.transactionHoldsMs : limits.writeHoldsMs;
    held.set(`${table} ${itemOf(key)}`, { untilMs: now() + holdsMs, isTransaction });
    if (held.size > FORGET_FROM_COUNT) {
      for (const [name, { untilMs }] of held) if (untilMs <= now()) held.delete(name);
    }
  }

  function conflict(key: Item): never {
    figures.conflicts += 1;
    throw new StoreConflict(`another write to ${itemOf(key)} is under way`);
  }

  function takeRequest(kind: "puts" | "gets", bucket: string, key: string): void {
    const perSecond = kind === "puts" ? limits.prefixPuts : limits.prefixGets;
    const prefix = `${bucket}/${key.slice(0, key.lastIndexOf("/") + 1)}`;
    const requests = bucketOf(`${kind} ${prefix}`, perSecond);
    if (!requests.has(1, now())) {
      figures.throttledObjects += 1;
      throw new StoreThrottled("SlowDown", prefix);
    }
    requests.take(1, now());
    figures[kind] += 1;
  }

  return {
    limits,
    write(table, key, byteCount) {
      if (isHeld(table, key, false)) conflict(key);
      takeWrites(table, [{ key, units: writeUnits(byteCount) }]);
      // Items of the log are written once; who would conflict?
      if (table === "state") hold(table, key, false);
    },
    transact(table, items) {
      const blocked = items.find(({ key }) => isHeld(table, key, true));
      if (blocked !== undefined) conflict(blocked.key);
      takeWrites(
        table,
        items.map(({ key, byteCount }) => ({ key, units: 2 * writeUnits(byteCount) })),
      );
      for (const { key } of items) hold(table, key, true);
    },
    admitRead(table, key) {
      const ofKey = keyBucket(table, key, "read");
      if (ofKey.has(0.5, now()) && tableOf(table, "read").has(0.5, now())) return;
      figures.throttledReads += 1;
      throw new StoreThrottled("ProvisionedThroughputExceededException", partitionOf(key));
    },
    chargeRead(table, key, byteCount) {
      const units = readUnits(byteCount);
      keyBucket(table, key, "read").take(units, now());
      tableOf(table, "read").take(units, now());
      figures.readUnits += units;
    },
    putObject: (bucket, key) => takeRequest("puts", bucket, key),
    getObject: (bucket, key) => takeRequest("gets", bucket, key),
    figures: () => ({ ...figures }),
  };
}

/** `writeUnits(1025)` → `2`. */
export function writeUnits(byteCount: number): number {
  return Math.max(1, Math.ceil(byteCount / 1024));
}

/** Of strongly consistent reads, as all of Hydrant's are: `readUnits(4097)` → `2`. */
export function readUnits(byteCount: number): number {
  return Math.max(1, Math.ceil(byteCount / 4096));
}

function partitionOf(key: Item): string {
  return key["pk"]?.S ?? "";
}

function itemOf(key: Item): string {
  return `${partitionOf(key)} ${key["sk"]?.S ?? ""}`;
}

/** Fills at a steady rate up to its burst; may be in debt. */
class Bucket {
  protected perSecond: number;
  readonly #burstSeconds: number;
  #level: number;
  #atMs: number;

  constructor(perSecond: number, burstSeconds: number, nowMs: number) {
    this.perSecond = perSecond;
    this.#burstSeconds = burstSeconds;
    this.#level = perSecond * burstSeconds;
    this.#atMs = nowMs;
  }

  /** More than it ever holds is let in when it is full. */
  has(units: number, nowMs: number): boolean {
    this.#fill(nowMs);
    return this.#level >= Math.min(units, this.perSecond * this.#burstSeconds);
  }

  take(units: number, nowMs: number): void {
    this.#fill(nowMs);
    this.#level -= units;
  }

  isFull(nowMs: number): boolean {
    return this.has(Number.POSITIVE_INFINITY, nowMs);
  }

  #fill(nowMs: number): void {
    const gained = (Math.max(0, nowMs - this.#atMs) / 1000) * this.perSecond;
    this.#level = Math.min(this.perSecond * this.#burstSeconds, this.#level + gained);
    this.#atMs = Math.max(nowMs, this.#atMs);
  }
}

/** A table's: after half an hour it takes twice what it took at most in a second of it. */
class WarmingBucket extends Bucket {
  #peak = 0;
  #second = { at: 0, units: 0 };
  #warmsAtMs: number;

  constructor(perSecond: number, burstSeconds: number, nowMs: number) {
    super(perSecond, burstSeconds, nowMs);
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
