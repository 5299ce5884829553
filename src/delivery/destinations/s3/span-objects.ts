/**
 * The objects that a span comes to when its records go through stages: one of what passed, one of each kind of failure.
 * Each has its name from the first record that comes to be in it, and none is without records.
 */
import type { Clock } from "../../../clock.ts";
import { COMPRESSION_FORMATS } from "../../compression/index.ts";
import { type Conversion, catalogTable } from "../../formats/conversion.ts";
import { failedConversionLine, FORMAT_CONVERSION_FAILED } from "../../formats/failed-conversion.ts";
import { openParquetWriter, type ParquetOptions } from "../../formats/parquet.ts";
import type { Row } from "../../formats/row.ts";
import type { Schema } from "../../formats/schema.ts";
import type { ErrorOutputType } from "../../naming/prefix.ts";
import type { PlannedTarget } from "../../plan.ts";
import type { ObjectStore } from "../../ports.ts";
import type { DeliveryRecord } from "../../record.ts";
import { failedRecordLine } from "../../stages/failed-record.ts";
import type { Passing } from "../../stages/outcome.ts";
import type { FailedOutcome } from "../../stages/pipeline.ts";
import { joinData } from "./join-data.ts";
import {
  type ObjectFormat,
  type ObjectWriter,
  openObjectWriter,
  type Sized,
  type StagedObject,
} from "./object-writer.ts";

export interface SpanObjectsOptions {
  readonly objects: ObjectStore;
  readonly target: PlannedTarget;
  /** Of a target with a conversion. */
  readonly conversion?: Conversion | undefined;
  /** Where an object goes whose first record came then; with `errorOutputType` one of failed records. */
  readonly objectAt: (object: {
    readonly arrivedAtMs: number;
    readonly errorOutputType?: ErrorOutputType;
  }) => { readonly bucket: string; readonly key: string };
  readonly here: { readonly accountId: string; readonly region: string };
  readonly clock: Clock;
}

export interface SpanObjects {
  /** @returns the bytes that were written, before any compression; of what was converted those of its data */
  deliver(passed: readonly Passing[]): Promise<number>;
  fail(outcome: FailedOutcome): Promise<void>;
  /** That of what was delivered comes first. */
  stage(): Promise<readonly StagedObject[]>;
  /** Gives up; it never rejects. */
  abort(): Promise<void>;
}

export function spanObjects(options: SpanObjectsOptions): SpanObjects {
  const { objects, target, conversion, objectAt } = options;
  const bytes = COMPRESSION_FORMATS[target.compression];
  const late = <Content extends Sized>(
    format: ObjectFormat<Content>,
    errorOutputType?: ErrorOutputType,
  ) =>
    new LateObject(({ arrivedAtMs }) =>
      openObjectWriter({
        objects,
        format,
        target: objectAt({ arrivedAtMs, ...(errorOutputType && { errorOutputType }) }),
      }),
    );
  const delivered =
    conversion === undefined || target.conversion === undefined
      ? deliveredBytes(late(bytes), target.delimiter)
      : deliveredRows(late(parquet(conversion.schema, target.conversion.parquet)));
  const failed = new Map<ErrorOutputType, LateObject<Uint8Array>>();
  const all = (): readonly (readonly [ErrorOutputType | undefined, LateWriter])[] => [
    [undefined, delivered.object],
    ...failed,
  ];

  return {
    deliver: async (passed) => (passed.length === 0 ? 0 : delivered.write(passed)),
    async fail(outcome) {
      const { errorOutputType, record } = outcome;
      const object = failed.get(errorOutputType) ?? late(bytes, errorOutputType);
      failed.set(errorOutputType, object);
      await object.from(record).write(failedLine(outcome, options));
    },
    async stage() {
      const staged: StagedObject[] = [];
      for (const [errorOutputType, { writer }] of all()) {
        const object = await writer?.stage();
        if (object) staged.push({ ...object, ...(errorOutputType && { errorOutputType }) });
      }
      return staged;
    },
    async abort() {
      const writers = all().flatMap(([, { writer }]) => writer ?? []);
      await Promise.all(writers.map((writer) => writer.abort()));
    },
  };
}

interface LateWriter {
  readonly writer: Pick<ObjectWriter<Uint8Array>, "stage" | "abort"> | undefined;
}

/** An object that has its name from the first record that comes to be in it. */
class LateObject<Content extends Sized> {
  writer: ObjectWriter<Content> | undefined;
  readonly #open: (first: DeliveryRecord) => ObjectWriter<Content>;

  constructor(open: (first: DeliveryRecord) => ObjectWriter<Content>) {
    this.#open = open;
  }

  /** @param record the next one in it */
  from(record: DeliveryRecord): ObjectWriter<Content> {
    return (this.writer ??= this.#open(record));
  }
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

/** Compressed inside, so S3 is told of none. */
function parquet(schema: Schema, options: ParquetOptions): ObjectFormat<readonly Row[]> {
  return {
    open(sink) {
      const opening = openParquetWriter(schema, options, sink);
      // Its failure is met by the next call.
      opening.catch(() => {});
      return {
        write: async (rows) => (await opening).write(rows),
        end: async () => (await opening).end(),
        destroy: () =>
          opening.then(
            (writer) => writer.destroy(),
            () => {},
          ),
      };
    },
  };
}

function failedLine(
  outcome: FailedOutcome,
  { target: { transform, conversion }, clock, here }: SpanObjectsOptions,
): Uint8Array {
  const { attemptsMade = 1, attemptEndedAtMs = clock.now() } = outcome;
  const failed = { ...outcome, attemptsMade, attemptEndedAtMs };
  return outcome.errorOutputType === FORMAT_CONVERSION_FAILED && conversion !== undefined
    ? failedConversionLine(failed, catalogTable(conversion.table, here))
    : failedRecordLine(failed, transform?.functionArn);
}
