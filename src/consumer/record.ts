/** One record of a shard as a consumer's function is given it: stored as it came, or one of an aggregate's. */

/** Where the stored record stands in its shard. Both numbers grow along the shard, the second within a block. */
export interface Position {
  readonly blockIndex: number;
  readonly position: number;
}

export interface ConsumerRecord {
  readonly position: Position;
  readonly arrivedAtMs: number;
  readonly sequenceNumber: string;
  readonly partitionKey: string;
  readonly data: Uint8Array;
  /** Its place in the aggregate that carried it; absent where aggregates are left as they are. */
  readonly subSequenceNumber?: number;
}
