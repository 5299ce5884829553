/** One record on its way from the log to its destination. */
export interface DeliveryRecord {
  /** Unique in its stream, stable across re-runs: the sequence number and the sub-sequence number. */
  readonly recordId: string;
  readonly arrivedAtMs: number;
  readonly data: Uint8Array;
  /** How often it was tried before it came here, if it failed. */
  readonly priorAttempts?: number;
  /** Of records from a data stream. */
  readonly origin?: RecordOrigin;
}

/** Where in its data stream a record stands. */
export interface RecordOrigin {
  readonly sequenceNumber: string;
  /** Its place in its aggregate; zero for a record that came by itself. */
  readonly subSequenceNumber: number;
  readonly partitionKey: string;
  readonly shardId: string;
}
