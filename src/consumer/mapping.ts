/**
 * An event source mapping as the domain sees it: which function is fed from which stream, and how. Lambda's shapes
 * and defaults stay in `operations/hydrant`.
 * https://docs.aws.amazon.com/lambda/latest/api/API_EventSourceMappingConfiguration.html
 */
import { isDeepStrictEqual } from "node:util";
import type { WakeRule } from "../readers/store.ts";
import type { Follower, FollowStart } from "../readers/follow.ts";
import { EVENT_PAYLOAD_MAX_BYTES } from "../limits.ts";

/** `starting`: its readers are being opened. `deleting`: they are being removed, and then it goes. */
export type MappingStatus = "starting" | "enabled" | "disabled" | "deleting";

/** What a mapping's owner may change at any time. */
export interface MappingOptions {
  /** 1..10000 records, as many as pass the filter. */
  readonly batchSize: number;
  /** 0..300; 0: what is there is sent. */
  readonly batchingWindowSeconds: number;
  /** 1..10 batches of one shard at a time, each with partition keys of its own. */
  readonly parallelizationFactor: number;
  readonly bisectOnError: boolean;
  /** Absent: until the records expire. */
  readonly maximumRetryCount?: number;
  /** Absent: until the records expire. */
  readonly maximumRecordAgeSeconds?: number;
  /** ARN of a queue or a bucket that is told of what was given up. */
  readonly onFailureArn?: string;
  readonly reportsItemFailures: boolean;
  /** 0..900; 0: no windows. */
  readonly tumblingWindowSeconds: number;
  /** JSON patterns of which a record must match one; absent or empty: all records are wanted. */
  readonly filterPatterns?: readonly string[];
  /** Aggregates of the Kinesis Producer Library are taken apart before all else. Not an option of Lambda's. */
  readonly deaggregates?: boolean;
}

export interface EventSourceMapping extends MappingOptions {
  readonly uuid: string;
  /** Raised by one with every change; changes are conditional on it. */
  readonly revision: number;
  readonly status: MappingStatus;
  /** While it is `starting`: whether it will be enabled then. */
  readonly startsEnabled: boolean;
  /** A change that was made and has not reached its readers yet. */
  readonly pending?: "creating" | "enabling" | "disabling" | "updating";
  /** As it was given: a stream's ARN, or that of a consumer registered with one. */
  readonly eventSourceArn: string;
  readonly streamName: string;
  /** A stream that is created anew under the name is another one. */
  readonly streamGeneration: string;
  readonly functionArn: string;
  readonly start: FollowStart;
  readonly createdAtMs: number;
  readonly modifiedAtMs: number;
  /** Of the last change of status, in Lambda's words. */
  readonly statusReason: string;
}

/** What became of the last batch; kept beside the mapping and written only when it changes. */
export type LastResult =
  | { readonly kind: "none" }
  | { readonly kind: "ok" }
  /** In Lambda's words: `PROBLEM: Function call failed`. */
  | { readonly kind: "problem"; readonly message: string };

/** Whether the function is to be given records now. */
export function isFed({ status, startsEnabled }: EventSourceMapping): boolean {
  return status === "enabled" || (status === "starting" && startsEnabled);
}

/** Whether records that are sent by `one` might as well be sent by `other`, a later revision of it. */
export function isFedAlike(one: EventSourceMapping, other: EventSourceMapping): boolean {
  return isFed(one) && isFed(other) && isDeepStrictEqual(lasting(one), lasting(other));
}

/** Without what tells of changes, of which bringing a new mapping to its readers makes some by itself. */
function lasting(mapping: EventSourceMapping) {
  const {
    revision: _r,
    status: _s,
    pending: _p,
    modifiedAtMs: _m,
    statusReason: _sr,
    ...rest
  } = mapping;
  return rest;
}

const READER_PREFIX = "consumer/";

/** The id of a mapping's readers, one per shard. */
export function consumerReaderId(uuid: string): string {
  return READER_PREFIX + uuid;
}

/** The mapping that a reader belongs to; `undefined` for readers of other kinds. */
export function mappingOfReader(readerId: string): string | undefined {
  return readerId.startsWith(READER_PREFIX) ? readerId.slice(READER_PREFIX.length) : undefined;
}

/** When a consumer is woken: with a batch full by count or size, or with its window over. */
export function consumerWakeRule(
  options: Pick<MappingOptions, "batchSize" | "batchingWindowSeconds">,
): WakeRule {
  return {
    sizeBytes: EVENT_PAYLOAD_MAX_BYTES,
    recordCount: options.batchSize,
    intervalMs: options.batchingWindowSeconds * 1000,
  };
}

/** The mapping's readers go from shard to shard as this. */
export function consumerFollower(
  mapping: Pick<EventSourceMapping, "uuid" | "batchSize" | "batchingWindowSeconds">,
): Follower {
  return {
    readerId: consumerReaderId(mapping.uuid),
    wakeRule: consumerWakeRule(mapping),
    goesAhead: true,
  };
}
