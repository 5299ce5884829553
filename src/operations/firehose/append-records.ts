/**
 * What PutRecord and PutRecordBatch share: find the stream, choose a lane, append. All records of a call go to
 * one lane in one append, so that they keep their order and are stored all or not at all. A lane that has no room is
 * passed for another one, also one that was opened just now, for this call or by others. Where the stream has a quota each of its
 * lanes takes the same part of it, and a call that is beyond it opens none.
 */
import { laneKey, type DeliveryStream } from "../../delivery/delivery-stream.ts";
import { directPutRetentionMs } from "../../delivery/retention.ts";
import type { CallAppended } from "../../log/appender.ts";
import type { LogRecord } from "../../log/record.ts";
import { recordIds } from "../../delivery/record-id.ts";
import type { CallContext, DeliveryStreamContext } from "../context.ts";
import { sealerOf } from "./encryption.ts";
import { followLoad, type FollowContext } from "./follow-load.ts";
import { shareOf } from "./quotas.ts";
import { deliveryStreamNotFound, invalidArgument } from "./refusals.ts";

export type AppendContext = CallContext &
  Pick<DeliveryStreamContext, "appender" | "putQuota" | "seals"> &
  FollowContext;

export type AppendRecordsResult =
  /** The records' ids, in their order. */
  | {
      readonly kind: "appended";
      readonly recordIds: readonly string[];
      /** As they stand. */
      readonly isEncrypted: boolean;
    }
  /** Too much for the lane right now; nothing was stored. */
  | { readonly kind: "throttled" };

type Full = Extract<CallAppended, { kind: "full" }>;

/** Throws `ResourceNotFoundException` when the stream is gone. */
export async function appendRecords(
  name: string,
  records: readonly LogRecord[],
  context: AppendContext,
): Promise<AppendRecordsResult> {
  const { streamCache } = context;
  let stream = await streamCache.get(name);
  let isLast = false;
  while (stream !== undefined) {
    const result = await appendTo(stream, records, context);
    if (result.kind === "appended" || result.kind === "throttled") {
      await followLoad(stream, context, "taken");
      return result;
    }
    if (result.kind === "full" && result.isOverLimit) return { kind: "throttled" };
    if (result.kind === "full") {
      await followLoad(stream, context, "refused");
      const known: DeliveryStream | undefined = await streamCache.get(name);
      if (isLast || known === undefined || !isOther(known, stream)) return { kind: "throttled" };
      isLast = true;
      stream = known;
      continue;
    }
    // The lane we chose is gone, or the stream; there may be others, or one of the same name, that we do not know of.
    const current: DeliveryStream | undefined = await streamCache.refresh(name);
    stream = current && isOther(current, stream) ? current : undefined;
  }
  throw deliveryStreamNotFound(name, context.accountId);
}

function isOther(a: DeliveryStream, b: DeliveryStream): boolean {
  return a.generation !== b.generation || a.lanes?.changedAtMs !== b.lanes?.changedAtMs;
}

async function appendTo(
  stream: DeliveryStream,
  records: readonly LogRecord[],
  context: AppendContext,
): Promise<AppendRecordsResult | { readonly kind: "closed" } | Full> {
  if (stream.source !== undefined || stream.lanes === undefined) {
    throw invalidArgument(
      "This operation is not permitted on KinesisStreamAsSource delivery stream type.",
    );
  }
  const sealing = await sealerOf(stream, context);
  if (sealing?.kind === "busy") return { kind: "throttled" };
  const { appender, random, producerRequest, putQuota } = context;
  const { name, generation } = stream;
  const { open } = stream.lanes;
  // While a stream is being deleted it may have no more.
  if (open.length === 0) return { kind: "closed" };
  const result = await appender.append({
    name,
    generation,
    records,
    retentionMs: directPutRetentionMs(stream),
    ...(sealing && { sealer: sealing.key }),
    ...(putQuota && { perSecond: shareOf(putQuota, open.length) }),
    ...(producerRequest && { request: producerRequest }),
    chooseLane(full) {
      const left = full.length === 0 ? open : open.filter((lane) => !full.includes(lane));
      return left[Math.floor(random.fraction() * left.length)];
    },
    keyOf: (lane) => laneKey(stream, lane),
  });
  if (result.kind !== "appended") return result;
  const { kind, isSealed: isEncrypted, ...place } = result;
  const first = { generation, ...place };
  return { kind, recordIds: recordIds(name, first, records.length), isEncrypted };
}
