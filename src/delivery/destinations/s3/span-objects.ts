/**
 * The objects that a span comes to when its records go through stages: one of what passed, one of each kind of failure.
 * Each has its name from the first record that comes to be in it, and none is without records.
 */
import type { Clock } from "../../../clock.ts";
import { COMPRESSION_FORMATS } from "../../compression/index.ts";
import type { Conversion } from "../../formats/conversion.ts";
import type { Row } from "../../formats/row.ts";
import type { ObjectPlace, PlannedObject, PlannedTarget } from "../../plan.ts";
import type { FlushCounts, ObjectStore } from "../../ports.ts";
import type { Identify } from "../../record-identity.ts";
import type { Passing } from "../../stages/outcome.ts";
import type { FailedOutcome, Outcome } from "../../stages/pipeline.ts";
import { failedObjects } from "./failed-objects.ts";
import { joinData } from "./join-data.ts";
import { LateObject } from "./late-object.ts";
import {
  type ObjectFormat,
  openObjectWriter,
  type Sized,
  type StagedObject,
} from "./object-writer.ts";
import { parquetObject } from "./parquet-object.ts";

export interface SpanObjectsOptions {
  readonly objects: ObjectStore;
  readonly target: PlannedTarget;
  /** Of a target with a conversion. */
  readonly conversion?: Conversion | undefined;
  readonly objectAt: (object: PlannedObject) => ObjectPlace;
  readonly here: { readonly accountId: string; readonly region: string };
  readonly clock: Clock;
  readonly identify: Identify;
  /** Of each record that failed. */
  readonly told: (failed: FailedOutcome) => void;
}

/** Of what was converted, the bytes of its data count. */
export type Counts = { -readonly [Name in keyof FlushCounts]: number };

export const NO_COUNTS: FlushCounts = {
  deliveredCount: 0,
  droppedCount: 0,
  failedCount: 0,
  deliveredBytes: 0,
};

export interface SpanObjects {
  readonly counts: FlushCounts;
  /** Calls must not overlap. */
  take(outcomes: readonly Outcome[]): Promise<void>;
  /** That of what was delivered comes first. */
  stage(): Promise<readonly StagedObject[]>;
  /** Gives up; it never rejects. */
  abort(): Promise<void>;
}

export function spanObjects(options: SpanObjectsOptions): SpanObjects {
  const { objects, target, conversion, objectAt } = options;
  const late = <Content extends Sized>(format: ObjectFormat<Content>) =>
    new LateObject(({ arrivedAtMs }) =>
      openObjectWriter({ objects, format, target: objectAt({ arrivedAtMs }) }),
    );
  const delivered =
    conversion === undefined || target.conversion === undefined
      ? deliveredBytes(late(COMPRESSION_FORMATS[target.compression]), target.delimiter)
      : deliveredRows(late(parquetObject(conversion.schema, target.conversion.parquet)));
  const failed = failedObjects(options);
  const counts: Counts = { ...NO_COUNTS };

  return {
    counts,
    async take(outcomes) {
      const passed = outcomes.filter((outcome) => outcome.kind === "delivered");
      for (const outcome of outcomes) {
        if (outcome.kind === "dropped") counts.droppedCount += 1;
        if (outcome.kind !== "failed") continue;
        counts.failedCount += 1;
        await failed.add(outcome);
      }
      if (passed.length === 0) return;
      counts.deliveredCount += passed.length;
      counts.deliveredBytes += await delivered.write(passed);
    },
    async stage() {
      const object = await delivered.object.writer?.stage();
      return [...(object ? [object] : []), ...(await failed.stage())];
    },
    async abort() {
      await Promise.all([delivered.object.writer?.abort(), failed.abort()]);
    },
  };
}

function deliveredBytes(object: LateObject<Uint8Array>, delimiter: string | undefined) {
  return {
    object,
    async write(passed: readonly Passing[]): Promise<number> {
      const chunk = joinData(passed, delimiter);
      await object.from(passed[0]!.record).write(chunk);
      return chunk.length;
    },
  };
}

/** A file of rows has no use for delimiters. */
function deliveredRows(object: LateObject<readonly Row[]>) {
  return {
    object,
    async write(passed: readonly Passing[]): Promise<number> {
      await object.from(passed[0]!.record).write(passed.flatMap(({ rows = [] }) => rows));
      return passed.reduce((sum, { data }) => sum + data.length, 0);
    },
  };
}
