/** One record on its way from the log to its destination. */
export interface DeliveryRecord {
  /** Unique in its stream, stable across re-runs: the sequence number and six zeros. */
  readonly recordId: string;
  readonly arrivedAtMs: number;
  readonly data: Uint8Array;
}
