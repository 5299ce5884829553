/**
 * What PutRecord and PutRecordBatch share: find the stream, choose a lane, append. All records of a call go to
 * one lane in one append, so that they keep their order and are stored all or not at all.
 */
import { laneKey, type DeliveryStream } from "../../delivery/delivery-stream.ts";
import { DIRECT_PUT_RETENTION_MS } from "../../limits.ts";
import type { LogRecord } from "../../log/record.ts";
import type { CallContext, DeliveryStreamContext } from "../context.ts";
import { recordIds } from "./record-id.ts";
import { deliveryStreamNotFound, invalidArgument } from "./refusals.ts";

export type AppendContext = CallContext & Pick<DeliveryStreamContext, "appender" | "streamCache">;

export type AppendRecordsResult =
  /** The records' ids, in their order. */
  | { readonly kind: "appended"; readonly recordIds: readonly string[] }
  /** Too much for the lane right now; nothing was stored. */
  | { readonly kind: "throttled" };

/** Throws `ResourceNotFoundException` when the stream is gone. */
export async function appendRecords(
  name: string,
  records: readonly LogRecord[],
  context: AppendContext,
): Promise<AppendRecordsResult> {
  const known = await context.streamCache.get(name);
  if (known !== undefined) {
    const first = await appendTo(known, records, context);
    if (first.kind !== "closed") return first;
    // The stream we remember is closed; one of the same name may have been created since.
    const current = await context.streamCache.refresh(name);
    if (current !== undefined && current.generation !== known.generation) {
      const second = await appendTo(current, records, context);
      if (second.kind !== "closed") return second;
    }
  }
  throw deliveryStreamNotFound(name, context.accountId);
}

async function appendTo(
  stream: DeliveryStream,
  records: readonly LogRecord[],
  context: AppendContext,
): Promise<AppendRecordsResult | { readonly kind: "closed" }> {
  if (stream.source !== undefined) {
    throw invalidArgument(
      "This operation is not permitted on KinesisStreamAsSource delivery stream type.",
    );
  }
  const { appender, random, producerRequest } = context;
  const { name, generation, laneCount } = stream;
  const result = await appender.append({
    name,
    generation,
    records,
    retentionMs: DIRECT_PUT_RETENTION_MS,
    ...(producerRequest && { request: producerRequest }),
    chooseLane: () => Math.floor(random.fraction() * laneCount),
    keyOf: (lane) => laneKey(stream, lane),
  });
  if (result.kind !== "appended") return result;
  const { kind: _, ...place } = result;
  const first = { generation, ...place };
  return { kind: "appended", recordIds: recordIds(name, first, records.length) };
}
