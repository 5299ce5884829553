/**
 * From records to invocations: where a batch ends, and the JSON that the function is given.
 *
 * Batches depend on nothing but the records and the settings, so a flush that is run again after a crash makes
 * the same invocations again and can tell which of them it had tried before.
 * https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-flow.html
 */
import { derivedUuid } from "../../derived-uuid.ts";
import { LAMBDA_PAYLOAD_MAX_BYTES } from "../../limits.ts";
import type { DeliveryRecord } from "../record.ts";

/** At least one record. */
export type TransformBatch = readonly [DeliveryRecord, ...DeliveryRecord[]];

export interface TransformSource {
  readonly deliveryStreamArn: string;
  readonly region: string;
  /** Of the data stream that the records come from, if they come from one. */
  readonly sourceKinesisStreamArn?: string;
}

export type RecordGroups =
  | Iterable<readonly DeliveryRecord[]>
  | AsyncIterable<readonly DeliveryRecord[]>;

/**
 * Cuts the records, however they come grouped, into batches of at most `bufferBytes` of data whose request
 * stays within Lambda's payload limit. A record larger than `bufferBytes` travels alone.
 */
export async function* transformBatches(
  groups: RecordGroups,
  bufferBytes: number,
  source: TransformSource,
): AsyncGenerator<TransformBatch> {
  const envelopeBytes = requestEnvelopeBytes(source);
  let batch: DeliveryRecord[] = [];
  let dataBytes = 0;
  let requestBytes = envelopeBytes;
  for await (const group of groups) {
    for (const record of group) {
      const recordBytes = requestRecordBytes(record);
      const fits =
        dataBytes + record.data.byteLength <= bufferBytes &&
        requestBytes + recordBytes <= LAMBDA_PAYLOAD_MAX_BYTES;
      if (!fits && isBatch(batch)) {
        yield batch;
        batch = [];
        dataBytes = 0;
        requestBytes = envelopeBytes;
      }
      batch.push(record);
      dataBytes += record.data.byteLength;
      requestBytes += recordBytes;
    }
  }
  if (isBatch(batch)) yield batch;
}

/** The function's event. Its `invocationId` is the same whenever the same batch is sent again. */
export function transformRequest(batch: TransformBatch, source: TransformSource): string {
  return JSON.stringify({
    ...requestEnvelope(batch[0].recordId, source),
    records: batch.map((record) => requestRecord(record, toBase64(record.data))),
  });
}

function requestRecord({ recordId, arrivedAtMs, origin }: DeliveryRecord, data: string) {
  return {
    recordId,
    approximateArrivalTimestamp: arrivedAtMs,
    data,
    ...(origin && {
      kinesisRecordMetadata: {
        sequenceNumber: origin.sequenceNumber,
        subsequenceNumber: origin.subSequenceNumber,
        partitionKey: origin.partitionKey,
        shardId: origin.shardId,
        approximateArrivalTimestamp: arrivedAtMs,
      },
    }),
  };
}

const toBase64 = (data: Uint8Array) =>
  Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64");

function requestEnvelope(
  firstRecordId: string,
  { deliveryStreamArn, sourceKinesisStreamArn, region }: TransformSource,
) {
  return {
    invocationId: derivedUuid(deliveryStreamArn, firstRecordId),
    deliveryStreamArn,
    ...(sourceKinesisStreamArn !== undefined && { sourceKinesisStreamArn }),
    region,
    records: [] as readonly unknown[],
  };
}

function requestEnvelopeBytes(source: TransformSource): number {
  return Buffer.byteLength(JSON.stringify(requestEnvelope("", source)));
}

/** What the record adds to the request, the comma before the next one included. */
function requestRecordBytes(record: DeliveryRecord): number {
  const frame = JSON.stringify(requestRecord(record, ""));
  return Buffer.byteLength(frame) + 1 + Math.ceil(record.data.byteLength / 3) * 4;
}

function isBatch(records: DeliveryRecord[]): records is [DeliveryRecord, ...DeliveryRecord[]] {
  return records.length > 0;
}
