/**
 * How much one page of GetRecords holds. An answer that is streamed has AWS's own bound. One that is gathered is
 * bounded by Lambda: its body travels inside the gateway's own JSON, JSON with its quotes escaped again, CBOR as
 * base64. Both are bounded from above, so that one page serves either.
 */
import { GET_RECORDS_MAX_BYTES, LAMBDA_PAYLOAD_MAX_BYTES } from "../../limits.ts";
import { recordBytes } from "../../log/record.ts";
import type { PageBounds } from "../../streams/read.ts";
import type { DataStreamContext } from "../context.ts";

/** For headers, the iterator, child shards and the gateway's own members. */
const ENVELOPE_BYTES = 64 * 1024;

const STREAMED: PageSize = { byteCount: GET_RECORDS_MAX_BYTES, bytesOf: recordBytes };
const GATHERED: PageSize = {
  byteCount: LAMBDA_PAYLOAD_MAX_BYTES - ENVELOPE_BYTES,
  bytesOf: ({ data, partitionKey = "" }) => answerBytes({ Data: data, PartitionKey: partitionKey }),
};

type PageSize = Omit<PageBounds, "recordCount">;

export function pageSize({ push }: Pick<DataStreamContext, "push">): PageSize {
  return push === undefined ? GATHERED : STREAMED;
}

/** Names, quotes, sequence number, time and encryption type. */
const RECORD_FRAME_BYTES = 320;
/** `\u0001`, its backslash escaped again. */
const ESCAPED_MAX_BYTES = 7;

export function answerBytes({
  Data,
  PartitionKey,
}: {
  readonly Data: Uint8Array;
  readonly PartitionKey: string;
}): number {
  const keyBytes = Buffer.byteLength(PartitionKey);
  // oxlint-disable-next-line no-control-regex
  const isPlain = !/["\\\u0000-\u001f]/.test(PartitionKey);
  const keyCost = isPlain ? base64Bytes(keyBytes) : keyBytes * ESCAPED_MAX_BYTES;
  return base64Bytes(Data.length) + keyCost + RECORD_FRAME_BYTES;
}

const base64Bytes = (byteCount: number) => Math.ceil(byteCount / 3) * 4;
