/** Where a bridge puts what it is brought: a data stream or a delivery stream of this deployment. */
import type { Brought } from "./brought.ts";

export type TargetRecord = Pick<Brought, "data" | "partitionKey">;

/** One call of several attempts, of which the records are stored once. */
export interface TargetCall {
  readonly invocationId: string;
  /** 1, 2, 3, … */
  readonly attempt: number;
}

/** - `unknown`: stored or not; the next attempt of the same call finds out */
export type PutResult = "stored" | "busy" | "unknown";

export interface BridgeTarget {
  /** Of one call. */
  readonly callMaxCount: number;
  readonly callMaxBytes: number;
  bytesOf(record: TargetRecord): number;
  /** Why the stream will never take it; `undefined`: it will. In their order. */
  refusals(records: readonly TargetRecord[]): Promise<readonly (string | undefined)[]>;
  /** What became of each, in their order; throws where nothing is known of any. */
  put(records: readonly TargetRecord[], call: TargetCall): Promise<readonly PutResult[]>;
}
