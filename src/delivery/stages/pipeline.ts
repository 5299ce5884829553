/**
 * What is done to the records of a span on their way to the destination: a stage after the other, in AWS's order. What
 * fails leaves the pipeline where it failed, in its place among the others.
 */
import {
  PIPELINE_GROUP_BYTES,
  PIPELINE_GROUP_MAX_COUNT,
  PIPELINE_WAITING_MAX_COUNT,
} from "../../limits.ts";
import type { TransformSettings } from "../delivery-stream.ts";
import type { ConversionSettings } from "../formats/conversion.ts";
import type { JqEngine } from "../jq/engine.ts";
import type { RecordReader } from "../formats/record-reader.ts";
import type { DeliveryRecord } from "../record.ts";
import type { Identify } from "../record-identity.ts";
import { convert } from "./convert.ts";
import { extractMetadata, type MetadataExtraction } from "./metadata.ts";
import { enter, type Failing, type Passing, type Stage, type StageOutcome } from "./outcome.ts";
import { addRecordMetadata } from "./record-metadata.ts";
import { type StageSettings, stagesBeforeLambda } from "./settings.ts";
import { transform, type TransformContext } from "./transform.ts";
import type { RecordGroups } from "./transform-request.ts";
import type { FinalAttempt, TransformOutcome } from "./transform-response.ts";

export interface PipelineSettings {
  readonly stages?: StageSettings;
  readonly transform?: TransformSettings;
  /** Present: records are converted once they have come to their partition, which is where they wait. */
  readonly partitioning?: object;
  readonly conversion?: ConversionSettings;
  /** Present: what the stages make is kept before it is sent. */
  readonly receiver?: object;
}

export interface PipelineContext extends TransformContext {
  /** Of the stream's conversion, if it has one. */
  readonly reader?: RecordReader;
  readonly jq: JqEngine;
  /** For the metadata of records, where it is asked for. */
  readonly identify: Identify;
  /** What jq's `now` answers: of the plan. */
  readonly nowMs: number;
  /** Called for each group of records that a query was asked of. */
  readonly queried?: (durationMs: number) => void;
}

/** The last attempt is a Lambda's; other stages try once, and ask nobody. */
export type FailedOutcome = Failing & Partial<FinalAttempt>;
export type Outcome = Exclude<StageOutcome, Failing> | FailedOutcome;

/** Whether records are delivered as they are: nothing about them needs to be known then. */
export function isStraight(settings: PipelineSettings): boolean {
  const { stages, transform: lambda, conversion, partitioning, receiver } = settings;
  return [stages, lambda, conversion, partitioning, receiver].every((one) => one === undefined);
}

/** One outcome for each record, or for each that it was split into, in groups, in the order of the records. */
export async function* pipeline(
  groups: RecordGroups,
  { stages = {}, transform: settings, partitioning }: PipelineSettings,
  context: PipelineContext,
): AsyncGenerator<readonly Outcome[]> {
  const before = stagesBeforeLambda(stages);
  const entered = enterAll(groups, before);
  const processed = settings === undefined ? entered : throughLambda(entered, settings, context);
  const { metadataQuery: query, recordMetadata } = stages;
  const { jq: engine, nowMs, reader, identify } = context;
  const described = recordMetadata
    ? through(processed, addRecordMetadata(recordMetadata, identify))
    : processed;
  const keyed = query ? extracted(described, { query, engine, nowMs }, context) : described;
  if (reader === undefined || partitioning !== undefined) yield* keyed;
  else yield* converted(keyed, reader);
}

async function* through(
  groups: AsyncIterable<readonly Outcome[]>,
  stage: Stage,
): AsyncGenerator<readonly Outcome[]> {
  for await (const outcomes of groups) {
    yield outcomes.flatMap((outcome) =>
      outcome.kind === "delivered" ? stage(outcome) : [outcome],
    );
  }
}

/** What failed before stays in its place. */
async function* extracted(
  groups: AsyncIterable<readonly Outcome[]>,
  extraction: MetadataExtraction,
  { clock, queried }: Pick<PipelineContext, "clock" | "queried">,
): AsyncGenerator<readonly Outcome[]> {
  const extract = extractMetadata(extraction);
  for await (const outcomes of groups) {
    const passing = outcomes.filter((outcome) => outcome.kind === "delivered");
    const startedAtMs = clock.now();
    const made = (await extract(passing)).values();
    queried?.(clock.now() - startedAtMs);
    yield outcomes.flatMap((outcome) =>
      outcome.kind === "delivered" ? (made.next().value ?? []) : [outcome],
    );
  }
}

async function* converted(
  groups: AsyncIterable<readonly Outcome[]>,
  reader: RecordReader,
): AsyncGenerator<readonly Outcome[]> {
  const stage = convert(reader);
  for await (const outcomes of groups) {
    // One by one: the rows of a record may be many times its size.
    for (const outcome of outcomes) {
      yield outcome.kind === "delivered" ? stage(outcome) : [outcome];
    }
  }
}

/** In groups of bounded size, for what a stage makes of a record may be many times the record. */
async function* enterAll(
  groups: RecordGroups,
  before: ReturnType<typeof stagesBeforeLambda>,
): AsyncGenerator<readonly StageOutcome[]> {
  for await (const group of groups) {
    let outcomes: StageOutcome[] = [];
    let byteCount = 0;
    for (const record of group) {
      for (const outcome of before(enter(record))) {
        outcomes.push(outcome);
        byteCount += outcome.kind === "delivered" ? outcome.data.byteLength : 0;
      }
      if (byteCount < PIPELINE_GROUP_BYTES && outcomes.length < PIPELINE_GROUP_MAX_COUNT) continue;
      yield outcomes;
      outcomes = [];
      byteCount = 0;
    }
    if (outcomes.length > 0) yield outcomes;
  }
}

/**
 * The function is given what passes; what has failed before waits until all that came before it has its outcome, so that
 * the first record in an object is its oldest. When much waits, the function is given nothing more until it is gone.
 */
async function* throughLambda(
  groups: AsyncIterable<readonly StageOutcome[]>,
  settings: TransformSettings,
  context: TransformContext,
): AsyncGenerator<readonly Outcome[]> {
  const source = groups[Symbol.asyncIterator]();
  try {
    let isOver = false;
    while (!isOver) {
      const entered: StageOutcome[] = [];
      async function* passing(): AsyncGenerator<readonly DeliveryRecord[]> {
        for (let failedCount = 0; failedCount < PIPELINE_WAITING_MAX_COUNT;) {
          const next = await source.next();
          if (next.done) {
            isOver = true;
            return;
          }
          const records: DeliveryRecord[] = [];
          for (const outcome of next.value) {
            entered.push(outcome);
            if (outcome.kind !== "delivered") failedCount += 1;
            else records.push({ ...outcome.record, data: outcome.data });
          }
          yield records;
        }
      }
      yield* inTheirPlaces(entered, transform(passing(), settings, context));
    }
  } finally {
    await source.return?.();
  }
}

/** The function's outcomes come in the order of what it was sent, and take the places of that. */
async function* inTheirPlaces(
  entered: StageOutcome[],
  answers: AsyncIterable<readonly TransformOutcome[]>,
): AsyncGenerator<readonly Outcome[]> {
  let place = 0;
  const outcomes: Outcome[] = [];
  /** Up to the next place that waits for the function. */
  const passFailed = () => {
    for (let next = entered[place]; next && next.kind !== "delivered"; next = entered[place]) {
      outcomes.push(next);
      place += 1;
    }
  };
  for await (const group of answers) {
    for (const answer of group) {
      passFailed();
      outcomes.push(answered(entered[place] as Passing, answer));
      place += 1;
    }
    // What is answered needs no memory any more.
    entered.splice(0, place);
    place = 0;
    yield outcomes.splice(0);
  }
  passFailed();
  yield outcomes;
}

/** Failed records are stored as they were ingested, whatever the function was given. */
function answered({ record }: Passing, answer: TransformOutcome): Outcome {
  if (answer.kind !== "failed") return { ...answer, record };
  return { ...answer, record, errorOutputType: "processing-failed" };
}
