/** The objects that the failed records of a span come to, one of each kind of failure. */
import { COMPRESSION_FORMATS } from "../../compression/index.ts";
import { catalogTable } from "../../formats/conversion.ts";
import { failedConversionLine, FORMAT_CONVERSION_FAILED } from "../../formats/failed-conversion.ts";
import { type ErrorOutputType, isOfReceiver } from "../../naming/prefix.ts";
import { failedRecordLine } from "../../stages/failed-record.ts";
import type { FailedOutcome } from "../../stages/pipeline.ts";
import { LateObject } from "./late-object.ts";
import { openObjectWriter, type StagedObject } from "./object-writer.ts";
import type { SpanObjectsOptions } from "./span-objects.ts";

export interface FailedObjects {
  /** Calls must not overlap. */
  add(outcome: FailedOutcome): Promise<void>;
  stage(): Promise<readonly StagedObject[]>;
  /** It never rejects. */
  abort(): Promise<void>;
}

export function failedObjects(options: SpanObjectsOptions): FailedObjects {
  const { objects, target, objectAt } = options;
  const format = COMPRESSION_FORMATS[target.compression];
  const byType = new Map<ErrorOutputType, LateObject<Uint8Array>>();

  function objectOf(errorOutputType: ErrorOutputType): LateObject<Uint8Array> {
    const standing = byType.get(errorOutputType);
    if (standing !== undefined) return standing;
    const object = new LateObject<Uint8Array>(({ arrivedAtMs }) =>
      openObjectWriter({ objects, format, target: objectAt({ arrivedAtMs, errorOutputType }) }),
    );
    byType.set(errorOutputType, object);
    return object;
  }

  return {
    add(outcome) {
      options.told(outcome);
      const line = failedLine(outcome, options);
      return objectOf(outcome.errorOutputType).from(outcome.record).write(line);
    },
    async stage() {
      const staged: StagedObject[] = [];
      for (const [errorOutputType, { writer }] of byType) {
        const object = await writer?.stage();
        if (object) staged.push({ ...object, errorOutputType });
      }
      return staged;
    },
    async abort() {
      const writers = [...byType.values()].flatMap(({ writer }) => writer ?? []);
      await Promise.all(writers.map((writer) => writer.abort()));
    },
  };
}

/** What stands of it among the failed records. */
export function failedLine(
  outcome: FailedOutcome,
  {
    target: { stages, transform, conversion, receiver },
    clock,
    here,
    identify,
  }: Pick<SpanObjectsOptions, "target" | "clock" | "here" | "identify">,
): Uint8Array {
  const { attemptsMade = 1, attemptEndedAtMs = clock.now() } = outcome;
  const { priorAttempts = 0 } = outcome.record;
  const failed = {
    ...outcome,
    attemptsMade: priorAttempts + attemptsMade,
    attemptEndedAtMs,
    // Where nobody needs it, a line is AWS's own.
    ...((stages?.recordMetadata || receiver?.keepsIdentity) && {
      identity: identify(outcome.record),
    }),
  };
  return outcome.errorOutputType === FORMAT_CONVERSION_FAILED && conversion !== undefined
    ? failedConversionLine(failed, catalogTable(conversion.table, here))
    : failedRecordLine(
        failed,
        isOfReceiver(outcome.errorOutputType) ? undefined : transform?.functionArn,
      );
}
