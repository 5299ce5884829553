/**
 * What is done to the records of a span on their way to the destination: a stage after the other, in AWS's order. What
 * fails leaves the pipeline where it failed, in its place among the others.
 */
import type { TransformSettings } from "../delivery-stream.ts";
import type { ConversionSettings } from "../formats/conversion.ts";
import type { RecordReader } from "../formats/record-reader.ts";
import type { DeliveryRecord } from "../record.ts";
import { convert } from "./convert.ts";
import { enter, type Failing, type Passing, type StageOutcome } from "./outcome.ts";
import { type StageSettings, stagesBeforeLambda } from "./settings.ts";
import { transform, type TransformContext } from "./transform.ts";
import type { RecordGroups } from "./transform-request.ts";
import type { FinalAttempt, TransformOutcome } from "./transform-response.ts";

export interface PipelineSettings {
  readonly stages?: StageSettings;
  readonly transform?: TransformSettings;
  readonly conversion?: ConversionSettings;
}

export interface PipelineContext extends TransformContext {
  /** Of the stream's conversion, if it has one. */
  readonly reader?: RecordReader;
}

/** The last attempt is a Lambda's; other stages try once, and ask nobody. */
export type FailedOutcome = Failing & Partial<FinalAttempt>;
export type Outcome = Exclude<StageOutcome, Failing> | FailedOutcome;

/** Whether records are delivered as they are: nothing about them needs to be known then. */
export function isStraight({ stages, transform: lambda, conversion }: PipelineSettings): boolean {
  return lambda === undefined && stages === undefined && conversion === undefined;
}

/** One outcome for each record, or for each that it was split into, in groups, in the order of the records. */
export async function* pipeline(
  groups: RecordGroups,
  { stages = {}, transform: settings }: PipelineSettings,
  context: PipelineContext,
): AsyncGenerator<readonly Outcome[]> {
  const before = stagesBeforeLambda(stages);
  const entered = enterAll(groups, before);
  const processed = settings === undefined ? entered : throughLambda(entered, settings, context);
  if (context.reader === undefined) yield* processed;
  else yield* converted(processed, context.reader);
}

async function* converted(
  groups: AsyncIterable<readonly Outcome[]>,
  reader: RecordReader,
): AsyncGenerator<readonly Outcome[]> {
  const stage = convert(reader);
  for await (const outcomes of groups) {
    yield outcomes.flatMap((outcome) =>
      outcome.kind === "delivered" ? stage(outcome) : [outcome],
    );
  }
}

async function* enterAll(
  groups: RecordGroups,
  before: ReturnType<typeof stagesBeforeLambda>,
): AsyncGenerator<readonly StageOutcome[]> {
  for await (const group of groups) yield group.flatMap((record) => before(enter(record)));
}

/**
 * The function is given what passes; what has failed before waits until all that came before it has its outcome, so that
 * the first record in an object is its oldest.
 */
async function* throughLambda(
  groups: AsyncIterable<readonly StageOutcome[]>,
  settings: TransformSettings,
  context: TransformContext,
): AsyncGenerator<readonly Outcome[]> {
  const sent: Passing[] = [];
  const waiting: { readonly behind: number; readonly outcome: StageOutcome }[] = [];
  let sentCount = 0;
  let answeredCount = 0;

  async function* passing(): AsyncGenerator<readonly DeliveryRecord[]> {
    for await (const outcomes of groups) {
      const records: DeliveryRecord[] = [];
      for (const outcome of outcomes) {
        if (outcome.kind === "delivered") {
          sent.push(outcome);
          sentCount += 1;
          records.push({ ...outcome.record, data: outcome.data });
        } else waiting.push({ behind: sentCount, outcome });
      }
      yield records;
    }
  }

  function* due(): Generator<StageOutcome> {
    while (waiting[0] !== undefined && waiting[0].behind <= answeredCount) {
      yield waiting.shift()!.outcome;
    }
  }

  for await (const answers of transform(passing(), settings, context)) {
    const outcomes: Outcome[] = [];
    for (const answer of answers) {
      outcomes.push(...due());
      // The function's outcomes come in the order of what it was sent.
      outcomes.push(answered(sent.shift()!, answer));
      answeredCount += 1;
    }
    yield outcomes;
  }
  yield [...due()];
}

/** Failed records are stored as they were ingested, whatever the function was given. */
function answered({ record }: Passing, answer: TransformOutcome): Outcome {
  if (answer.kind !== "failed") return { ...answer, record };
  return { ...answer, record, errorOutputType: "processing-failed" };
}
