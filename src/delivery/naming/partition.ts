/**
 * Partitions of a delivery stream: the records that have the same values for the keys of its prefix,
 * `!{partitionKeyFromQuery:…}` and `!{partitionKeyFromLambda:…}`. A partition is a prefix in which the keys are
 * replaced by their values; times and random strings still come per object.
 *
 * Whoever puts records chooses these values. One that no object's key can hold fails its record here, where it can
 * still be stored among the failed ones; S3 would refuse it for good, and block all others of its lane.
 * https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning.html
 */
import { PREFIX_EVALUATED_MAX_BYTES, PREFIX_EVALUATED_MAX_LENGTH } from "../../limits.ts";
import {
  climbsOut,
  evaluatePrefix,
  type PartitionNamespace,
  type PrefixPart,
  prefixParts,
} from "./prefix.ts";

export interface PartitionKey {
  readonly namespace: PartitionNamespace;
  readonly key: string;
}

/** Values under the names that `partitionKeyName` gives. */
export type PartitionKeys = Readonly<Record<string, string>>;

export type Partition =
  | {
      readonly kind: "partition";
      /** The same for the same values, and no other. */
      readonly id: string;
      /** For `objectKey`: what is left to evaluate. */
      readonly prefix: readonly PrefixPart[];
    }
  | { readonly kind: "none"; readonly message: string };

/** Both namespaces may have a key of one name: `partitionKeyFromQuery:customer`. */
export function partitionKeyName(namespace: PartitionNamespace, key: string): string {
  return `${namespace}:${key}`;
}

/**
 * What a Lambda says of a record's partition, in the `metadata` of its answer. Numbers and truth values count as their
 * text; what is no scalar counts as missing.
 *
 * @example lambdaPartitionKeys({ partitionKeys: { customer: 42 } }) // { "partitionKeyFromLambda:customer": "42" }
 */
export function lambdaPartitionKeys(metadata: unknown): PartitionKeys {
  const { partitionKeys, otfMetadata } = (metadata ?? {}) as LambdaMetadata;
  return {
    ...scalars(partitionKeys, (key) => partitionKeyName("partitionKeyFromLambda", key)),
    ...scalars(otfMetadata, otfKeyName),
  };
}

interface LambdaMetadata {
  readonly partitionKeys?: unknown;
  readonly otfMetadata?: unknown;
}

/**
 * What a Lambda says of the table that a record is for. No prefix can name it.
 * https://docs.aws.amazon.com/firehose/latest/dev/apache-iceberg-format-input-record-different.html
 */
export function otfKeyName(key: string): string {
  return `otfMetadata:${key}`;
}

function scalars(given: unknown, nameOf: (key: string) => string): PartitionKeys {
  if (typeof given !== "object" || given === null) return {};
  const keys: Record<string, string> = {};
  for (const [key, value] of Object.entries<unknown>({ ...given })) {
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
      keys[nameOf(key)] = String(value);
    }
  }
  return keys;
}

/** The keys of a prefix, each once, in the order they first stand in it. */
export function partitionKeysOf(prefix: string | undefined): readonly PartitionKey[] {
  const names = new Map<string, PartitionKey>();
  for (const part of prefixParts(prefix)) {
    if (part.kind !== "partition-key") continue;
    const { namespace, key } = part;
    names.set(partitionKeyName(namespace, key), { namespace, key });
  }
  return [...names.values()];
}

/** Partition keys need dynamic partitioning. */
export function hasPartitionKey(prefix: string | undefined): boolean {
  return partitionKeysOf(prefix).length > 0;
}

/** Where the partition keys of a prefix come from. */
export function partitionNamespaces(prefix: string | undefined): ReadonlySet<PartitionNamespace> {
  return new Set(partitionKeysOf(prefix).map(({ namespace }) => namespace));
}

/**
 * The partition that a record with these keys belongs to. Depends on its arguments alone. Records come with few
 * different values, so whoever asks for many keeps the answers: `partitionId` costs less.
 *
 * @param timeZone as for `objectKey`; it decides how long a time can be
 */
export function partitionOf(
  prefix: readonly PrefixPart[],
  keys: PartitionKeys,
  timeZone?: string,
): Partition {
  const values: string[] = [];
  const parts: PrefixPart[] = [];
  for (const part of prefix) {
    if (part.kind !== "partition-key") {
      parts.push(part);
      continue;
    }
    const value = valueOf(keys, part);
    if (value === undefined || value === "") {
      return none(`Partition key's value should not be null or empty: ${part.key}`);
    }
    // S3 takes them, but the XML in which it tells of its keys cannot hold them.
    // oxlint-disable-next-line no-control-regex
    if (/[\u0000-\u001f\u007f\ufffe\uffff]/.test(value) || !value.isWellFormed()) {
      return none(`Partition key's value must not hold control characters: ${part.key}`);
    }
    values.push(value);
    parts.push({ kind: "text", text: value });
  }
  const text = evaluatePrefix(parts, {
    instantMs: LONGEST_TIME_MS,
    seed: "",
    ...(timeZone === undefined ? {} : { timeZone }),
  });
  if (text.length > PREFIX_EVALUATED_MAX_LENGTH) {
    return none(
      `Length of evaluated prefix cannot be greater than ${PREFIX_EVALUATED_MAX_LENGTH}: ${text.length}`,
    );
  }
  if (Buffer.byteLength(text) > PREFIX_EVALUATED_MAX_BYTES) {
    return none(`The evaluated prefix must be at most ${PREFIX_EVALUATED_MAX_BYTES} bytes long`);
  }
  if (climbsOut(text)) return none("The evaluated prefix must not lead out of the bucket by ../");
  return { kind: "partition", id: JSON.stringify(values), prefix: parts };
}

/** The id that `partitionOf` gives, if it gives one: what answers can be kept under. */
export function partitionId(prefix: readonly PrefixPart[], keys: PartitionKeys): string {
  const values: (string | undefined)[] = [];
  for (const part of prefix) {
    if (part.kind === "partition-key") values.push(valueOf(keys, part));
  }
  return JSON.stringify(values);
}

/** Afternoon of a Wednesday in September: no time is longer when spelt out. */
const LONGEST_TIME_MS = Date.UTC(2026, 8, 30, 12, 30, 0, 999);

function valueOf(keys: PartitionKeys, { namespace, key }: PartitionKey): string | undefined {
  const name = partitionKeyName(namespace, key);
  return Object.hasOwn(keys, name) ? keys[name] : undefined;
}

function none(message: string): Partition {
  return { kind: "none", message };
}
