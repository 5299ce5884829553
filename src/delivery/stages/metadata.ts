/**
 * The MetadataExtraction processor: a jq query gives each record the values of its partition keys. Most queries are
 * answered by compiled JavaScript, and what that leaves open by jq itself, many records in a call.
 *
 * A value is text, or a number, true or false as jq prints them. A record that is no JSON, or whose query fails or
 * gives anything else, fails alone.
 * https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning-partitioning-keys.html
 */
import {
  BYTES_PER_MIB,
  JQ_CALL_MAX_BYTES,
  JQ_CALL_MAX_COUNT,
  JQ_ERROR_MAX_LENGTH,
  JQ_MEMORY_MAX_BYTES,
} from "../../limits.ts";
import type { JqEngine, JqResult } from "../jq/engine.ts";
import { compileFast } from "../jq/fast-path.ts";
import { looksAround } from "../jq/query-keys.ts";
import { partitionKeyName } from "../naming/partition.ts";
import { fail, type GroupStage, type Passing, type StageOutcome } from "./outcome.ts";
import { hasTooManyValues } from "./too-many-values.ts";

export interface MetadataExtraction {
  /** Of the MetadataExtractionQuery parameter. */
  readonly query: string;
  readonly engine: JqEngine;
  /** What jq's `now` answers: of the plan, so that a flush that is run again gives the same partitions. */
  readonly nowMs: number;
}

export function extractMetadata({ query, engine, nowMs }: MetadataExtraction): GroupStage {
  const compiled = compileFast(query);
  const program = `(${query}\n) | ${SCALARS_AS_TEXT}`;
  const callMaxCount = looksAround(query) ? 1 : JQ_CALL_MAX_COUNT;

  return async (passing) => {
    const outcomes: (readonly StageOutcome[])[] = [];
    const open: OpenRecord[] = [];
    for (const [index, one] of passing.entries()) {
      const json = readJson(one.data);
      if (json === undefined) {
        outcomes[index] = [failed(one, "Non JSON record provided")];
        continue;
      }
      const members = compiled?.(json.value, json.text);
      if (members === undefined) open.push({ index, text: onOneLine(json.text) });
      else outcomes[index] = [keyed(one, members)];
    }
    for (const call of calls(open, callMaxCount)) {
      const inputs = call.map(({ text }) => text);
      const results = await engine.run({ program, inputs, nowMs });
      for (const [at, { index }] of call.entries()) {
        const one = passing[index];
        const result = results[at];
        if (one === undefined || result === undefined) throw new Error("jq left a record out");
        outcomes[index] = [settled(one, result)];
      }
    }
    return outcomes;
  };
}

/** What a number looks like is jq's to say; only NaN it prints as something else than a number. */
const SCALARS_AS_TEXT = `if type == "object"
  then map_values(
    if type == "boolean" then tostring
    elif type == "number" then (if isnan then null else tostring end)
    else . end)
  else . end`;

interface OpenRecord {
  readonly index: number;
  readonly text: string;
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

function readJson(
  data: Uint8Array,
): { readonly value: unknown; readonly text: string } | undefined {
  try {
    const text = utf8.decode(data);
    if (hasTooManyValues(text)) return undefined;
    return { value: JSON.parse(text), text };
  } catch {
    return undefined;
  }
}

/** Between the tokens of a JSON text newlines are blanks, and within them there are none. */
function onOneLine(text: string): string {
  return text.replaceAll(/[\r\n]+/g, " ");
}

/** In their order, bounded by number and by size. */
function* calls(
  records: readonly OpenRecord[],
  maxCount: number,
): Generator<readonly OpenRecord[]> {
  let call: OpenRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    const isFull = call.length === maxCount || bytes + record.text.length > JQ_CALL_MAX_BYTES;
    if (isFull && call.length > 0) {
      yield call;
      call = [];
      bytes = 0;
    }
    call.push(record);
    bytes += record.text.length;
  }
  if (call.length > 0) yield call;
}

function settled(one: Passing, result: JqResult): StageOutcome {
  switch (result.kind) {
    case "outputs": {
      const [value] = result.values;
      const isOneObject =
        result.values.length === 1 &&
        typeof value === "object" &&
        value !== null &&
        !Array.isArray(value);
      return isOneObject
        ? keyed(one, value as Readonly<Record<string, unknown>>)
        : failed(one, `The query must give one object, it gave ${describe(result.values)}`);
    }
    case "error":
      return failed(one, `${JQ_FAILED}${raised(result.error)}`);
    case "ended":
      return failed(one, `${JQ_FAILED}${result.message || "it ended without a result"}`);
    case "stopped":
      return failed(one, `${JQ_FAILED}${STOPPED[result.reason]}`);
  }
}

const JQ_FAILED = "JQ Subprocess failed due to: ";

const STOPPED = {
  time: "it took too long and was stopped",
  memory: `it needs more than ${JQ_MEMORY_MAX_BYTES / BYTES_PER_MIB} MiB of memory`,
} as const;

/** As jq prints it when nobody catches it. */
function raised(error: unknown): string {
  return typeof error === "string"
    ? `jq: error (at <stdin>:0): ${error}`
    : `jq: error (at <stdin>:0) (not a string): ${JSON.stringify(error)}`;
}

function describe(values: readonly unknown[]): string {
  return values.length === 1 ? JSON.stringify(values[0]) : `${values.length} values`;
}

function keyed(one: Passing, members: Readonly<Record<string, unknown>>): StageOutcome {
  const keys: Record<string, string> = {};
  for (const [key, value] of Object.entries(members)) {
    if (typeof value !== "string" || value === "") {
      return failed(one, `Partition key's value should not be null or empty: ${key}`);
    }
    keys[partitionKeyName("partitionKeyFromQuery", key)] = value;
  }
  return { ...one, partitionKeys: { ...one.partitionKeys, ...keys } };
}

function failed(one: Passing, errorMessage: string): StageOutcome {
  return fail(one, {
    errorCode: METADATA_EXTRACTION_FAILED,
    errorMessage: errorMessage.slice(0, JQ_ERROR_MAX_LENGTH),
    errorOutputType: "metadata-extraction-failed",
  });
}

export const METADATA_EXTRACTION_FAILED = "DynamicPartitioning.MetadataExtractionFailed";
