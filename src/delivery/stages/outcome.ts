/**
 * What a stage of the pipeline makes of a record. Stages know neither each other nor the destination: what one
 * delivers is what the next one is given.
 */
import type { ErrorOutputType } from "../naming/prefix.ts";
import type { PartitionKeys } from "../naming/partition.ts";
import type { Row } from "../formats/row.ts";
import type { DeliveryRecord } from "../record.ts";

/** On its way. A record that enters the pipeline is one whose `data` is the record's own. */
export interface Passing {
  readonly kind: "delivered";
  /** As it was ingested; of a record that was split, its part. */
  readonly record: DeliveryRecord;
  /** As the stages before have left it. */
  readonly data: Uint8Array;
  readonly partitionKeys?: PartitionKeys;
  /** What its data was converted to. */
  readonly rows?: readonly Row[];
}

export interface Failing {
  readonly kind: "failed";
  /** As it was ingested: these bytes are stored among the failed records. */
  readonly record: DeliveryRecord;
  /** AWS's where it is known. */
  readonly errorCode: string;
  readonly errorMessage: string;
  /** The folder of the error output. */
  readonly errorOutputType: ErrorOutputType;
  /** Of one that a receiver did not take: members of its line besides. */
  readonly details?: Readonly<Record<string, string>>;
}

export type StageOutcome =
  | Passing
  | { readonly kind: "dropped"; readonly record: DeliveryRecord }
  | Failing;

/** A stage that looks at one record at a time; most make one of one. */
export type Stage = (passing: Passing) => readonly StageOutcome[];

/** A stage that is faster with many; one list of outcomes for each record given, in their order. */
export type GroupStage = (
  passing: readonly Passing[],
) => Promise<readonly (readonly StageOutcome[])[]>;

export function enter(record: DeliveryRecord): Passing {
  return { kind: "delivered", record, data: record.data };
}

export function fail(
  { record }: Passing,
  error: Pick<Failing, "errorCode" | "errorMessage" | "errorOutputType">,
): Failing {
  return { kind: "failed", record, ...error };
}
