/** One record as it stands in a shard log. */
export interface LogRecord {
  readonly data: Uint8Array;
  /** Of records of a data stream; the records of a block have one each, or none. */
  readonly partitionKey?: string;
}

/** Proves that two HTTP requests are attempts of one SDK call, see `log/retry.ts`. */
export interface ProducerRequest {
  /** 16 bytes derived from the access key, the SDK's invocation id and the payload's hash. */
  readonly proof: Uint8Array;
  /** From `amz-sdk-request: attempt=n`; 1 when absent. */
  readonly attempt: number;
}
