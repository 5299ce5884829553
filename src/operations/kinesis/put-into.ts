/** What PutRecord and PutRecords share: the stream, a record's size and its place. */
import { hashKeyOf, parseHashKey } from "../../log/hash-key.ts";
import { shownStatus } from "../../streams/lifecycle.ts";
import { relieve } from "../../streams/on-demand.ts";
import type { Placeable } from "../../streams/placement.ts";
import { putIntoStream } from "../../streams/put.ts";
import type { PutOutcome } from "../../streams/put-outcome.ts";
import { formatShardId } from "../../streams/shard-id.ts";
import type { StreamView } from "../../streams/stream.ts";
import { isPruneDue } from "../../streams/unfinished.ts";
import { blob, list, structure } from "../../wire/shape.ts";
import { validate } from "../../wire/validate.ts";
import type { DataStreamContext } from "../context.ts";
import { pageSize } from "./answer-size.ts";
import { addressedName, type StreamAddress } from "./find-stream.ts";
import { invalidArgument, streamNotFound } from "./refusals.ts";

export interface RecordInput {
  readonly Data: Uint8Array;
  readonly PartitionKey: string;
  readonly ExplicitHashKey?: string;
}

/**
 * Throws unless the stream takes records. @param largestBytes of a record that is to be put: none is refused by a bound that
 * was raised since the stream was read.
 */
export async function viewForPut(
  address: StreamAddress,
  largestBytes: number,
  context: DataStreamContext,
): Promise<StreamView> {
  const name = addressedName(address, context);
  const known = await context.dataStreamCache.get(name);
  const isTooLarge = known !== undefined && largestBytes > known.stream.maxRecordKiB * 1024;
  const view = isTooLarge ? await context.dataStreamCache.refresh(name) : known;
  const status = view && shownStatus(view.stream, context.clock.now());
  if (view === undefined || status === "CREATING" || status === "DELETING") {
    throw streamNotFound(name, context.accountId);
  }
  return view;
}

/** A record's size is a bound of its shape as any other, but that each stream has its own. */
export function checkDataSizes(
  { stream }: StreamView,
  input: { readonly Records: readonly RecordInput[] } | RecordInput,
): void {
  const bounded = structure({ Data: blob({ maxLength: stream.maxRecordKiB * 1024 }) });
  const shape = "Records" in input ? structure({ Records: list(bounded) }) : bounded;
  validate(shape, input, { violationValue: "printed" });
}

/** Throws when the record is too large for its stream, or its hash key beyond the circle. */
export function toPlaceable(
  { stream }: StreamView,
  record: RecordInput,
  at: number,
  context: DataStreamContext,
): Placeable {
  const { Data: data, PartitionKey: partitionKey, ExplicitHashKey: explicit } = record;
  const byteCount = recordInputBytes(record);
  if (byteCount > stream.maxRecordKiB * 1024) {
    throw invalidArgument(
      `A record of stream ${stream.name} must be at most ${stream.maxRecordKiB} KiB, data and partition key, got ${byteCount} bytes.`,
    );
  }
  const page = pageSize(context);
  // differs from AWS: what could not be read again is not taken.
  if (page.bytesOf({ data, partitionKey }) > page.byteCount) {
    throw invalidArgument(
      `A record of ${byteCount} bytes does not fit an answer of GetRecords, which Lambda bounds to 6 MiB.`,
    );
  }
  const hashKey = explicit === undefined ? hashKeyOf(partitionKey) : parseHashKey(explicit);
  if (hashKey === undefined) {
    throw invalidArgument(
      `Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was ${explicit}`,
    );
  }
  return { at, record: { data, partitionKey }, hashKey };
}

export function recordInputBytes({ Data, PartitionKey }: RecordInput): number {
  return Data.length + Buffer.byteLength(PartitionKey);
}

export async function put(
  view: StreamView,
  records: readonly Placeable[],
  context: DataStreamContext,
): Promise<readonly PutOutcome[]> {
  const { append, dataStreamCache, producerRequest } = context;
  const { name } = view.stream;
  const refresh = () => dataStreamCache.refresh(name);
  const outcomes = await putIntoStream({ ...append, refresh }, view, records, producerRequest);
  if (outcomes === "gone") {
    dataStreamCache.forget(name);
    throw streamNotFound(name, context.accountId);
  }
  await growWithLoad(view, outcomes, context);
  return outcomes;
}

/** Splits what an on-demand stream was throttled by, so that the producer's next attempt finds more room. */
async function growWithLoad(
  view: StreamView,
  outcomes: readonly PutOutcome[],
  context: DataStreamContext,
): Promise<void> {
  if (view.stream.mode !== "ON_DEMAND") return;
  const throttled = outcomes.filter((outcome) => outcome.kind === "throttled");
  if (throttled.length === 0) return;
  const shardIndexes = [...new Set(throttled.map(({ shardIndex }) => shardIndex))];
  try {
    const isSplit = await relieve(context, { ...view, shardIndexes });
    if (isSplit && isPruneDue(view.stream, context.clock.now())) await context.sweepRule.enable();
  } catch {
    // Records of this call may be stored already, and must be answered. Others finish a split that was begun.
  } finally {
    context.dataStreamCache.forget(view.stream.name);
  }
}

/** As AWS says it in errors of PutRecord and in entries of PutRecords. */
export function rateExceeded(
  { stream }: StreamView,
  shardIndex: number,
  { accountId }: Pick<DataStreamContext, "accountId">,
): string {
  return `Rate exceeded for shard ${formatShardId(shardIndex)} in stream ${stream.name} under account ${accountId}.`;
}

export function encryptionType({ stream }: StreamView): { readonly EncryptionType?: "KMS" } {
  return stream.encryptionKeyId === undefined ? {} : { EncryptionType: "KMS" };
}
