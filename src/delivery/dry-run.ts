/**
 * What a delivery stream's stages would make of some records: the same stages, and nothing is delivered. Its function is
 * invoked, once for each batch; whether it has an effect of its own is the function's affair.
 */
import type { Clock } from "../clock.ts";
import type { Random } from "../random.ts";
import type { DeliveryStream, DeliveryTarget } from "./delivery-stream.ts";
import { openConversion } from "./formats/conversion.ts";
import type { JqEngine } from "./jq/engine.ts";
import { type Partition, partitionOf } from "./naming/partition.ts";
import { prefixParts } from "./naming/prefix.ts";
import type { FunctionInvoker, TableCatalog } from "./ports.ts";
import type { RecordIdentity } from "./record.ts";
import { identifying } from "./record-identity.ts";
import { METADATA_EXTRACTION_FAILED } from "./stages/metadata.ts";
import { fail, type Passing } from "./stages/outcome.ts";
import { type Outcome, pipeline } from "./stages/pipeline.ts";

export interface DryRunPorts {
  readonly invoker: FunctionInvoker;
  readonly tables: TableCatalog;
  readonly jq: JqEngine;
  readonly clock: Clock;
  readonly random: Random;
}

export interface DryRunRecord {
  readonly data: Uint8Array;
  readonly arrivedAtMs: number;
  /** Absent: nobody has put it. */
  readonly identity?: RecordIdentity;
}

export interface DryRunOptions {
  readonly stream: Pick<DeliveryStream, "name" | "generation">;
  readonly target: DeliveryTarget;
  readonly records: readonly DryRunRecord[];
  readonly region: string;
  readonly deliveryStreamArn: string;
  /** Of the data stream that is read, if it is one. */
  readonly sourceKinesisStreamArn?: string;
  /** Throws an `OutOfTime` when the function has not answered by then. */
  readonly deadlineMs: number;
}

/** Of each record what it becomes: one outcome, or one for each of its parts. */
export async function dryRun(
  ports: DryRunPorts,
  { target, records, stream, ...options }: DryRunOptions,
): Promise<readonly (readonly Outcome[])[]> {
  const { partitioning, conversion: settings, transform, ...rest } = target;
  const conversion = settings && (await openConversion(ports.tables, settings));
  const outcomes: Outcome[][] = records.map(() => []);
  const group = records.map(({ data, arrivedAtMs, identity = {} }, index) => ({
    recordId: String(index).padStart(ID_DIGITS, "0"),
    data,
    arrivedAtMs,
    identity,
  }));
  const context = {
    ...ports,
    ...options,
    identify: identifying(stream),
    nowMs: ports.clock.now(),
    ...(conversion && { reader: conversion.reader }),
  };
  // Whoever tries a function out is told at once that it fails.
  const once = transform && { transform: { ...transform, retryCount: 0 } };
  for await (const made of pipeline([group], { ...rest, ...once }, context)) {
    for (const outcome of made) {
      const index = Number(outcome.record.recordId.slice(0, ID_DIGITS));
      const isPartitioned = partitioning !== undefined && outcome.kind === "delivered";
      outcomes[index]!.push(isPartitioned ? inPartition(outcome, target) : outcome);
    }
  }
  return outcomes;
}

/** Parts of a record have more behind it. */
const ID_DIGITS = 6;

function inPartition(passing: Passing, target: DeliveryTarget): Outcome {
  const place = partitionFor(passing, target);
  if (place.kind === "partition") return passing;
  return fail(passing, {
    errorCode: METADATA_EXTRACTION_FAILED,
    errorMessage: place.message,
    errorOutputType: "metadata-extraction-failed",
  });
}

function partitionFor(
  { partitionKeys = {} }: Passing,
  { prefix, customTimeZone }: DeliveryTarget,
): Partition {
  return partitionOf(prefixParts(prefix), partitionKeys, customTimeZone);
}
