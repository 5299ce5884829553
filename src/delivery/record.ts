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
  /** Of a part that a stage split it into: its place among them. */
  readonly partIndex?: number;
  /** Of one that failed and comes again: what it was known by then. Absent: `record-identity.ts` finds it. */
  readonly identity?: RecordIdentity;
}

/** What a record is known by to those outside; what is not known is absent. Plain JSON. */
export interface RecordIdentity {
  /** What its producer was answered: the record id, or of a data stream the sequence number. */
  readonly id?: string;
  /** Its place among the parts that its record was split into. */
  readonly index?: number;
  readonly partitionKey?: string;
  readonly sequenceNumber?: string;
  readonly subSequenceNumber?: number;
  readonly shardId?: string;
}

/** Where in its data stream a record stands. */
export interface RecordOrigin {
  readonly sequenceNumber: string;
  /** Its place in its aggregate; zero for a record that came by itself. */
  readonly subSequenceNumber: number;
  readonly partitionKey: string;
  readonly shardId: string;
}
