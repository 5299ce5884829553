/** One record as it stands in a shard log. */
export interface LogRecord {
  readonly data: Uint8Array;
  /** Of records of a data stream; the records of a block have one each, or none. */
  readonly partitionKey?: string;
}

/** Data and partition key: what Kinesis counts, and the log's byte offsets. */
export function recordBytes({ data, partitionKey }: LogRecord): number {
  return data.length + (partitionKey === undefined ? 0 : Buffer.byteLength(partitionKey));
}

/** One HTTP request of a call that an SDK may send again. */
export interface ProducerRequest {
  /** The same for all attempts of the call, see `log/retry.ts`. */
  readonly callId: Uint8Array;
  /** From `amz-sdk-request: attempt=n`; 1 when absent. */
  readonly attempt: number;
}
