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

/** What one append stores of a call whose records go to several shards. */
export interface GroupRequest extends ProducerRequest {
  /**
   * Which records of the call were meant, by their positions in it, rising; absent: all of them. The append stores
   * them from the first on, as many as there is room for.
   */
  readonly members?: readonly number[];
}
