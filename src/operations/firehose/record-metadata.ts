/**
 * Record metadata as a processor. Firehose has none, and its clients let nothing through that it has not: SDKs have types,
 * Terraform checks names of processors and of parameters. But all of them take any value of a parameter. So it is a
 * MetadataExtraction whose engine is not jq but `RecordMetadata`, and whose query says what is recorded where:
 *
 *     (none)                              all, in an object called `hydrant`
 *     came                                all, in an object called `came`
 *     {"at": "arrivalMs", "id": "id"}     the one in `at` and the other in `id`
 *     {"came": {"at": "arrivalMs"}, "event": "data"}
 */
import {
  DEFAULT_METADATA_NAME,
  METADATA_FIELDS,
  type MetadataField,
  type MetadataMember,
  type Payload,
  PAYLOADS,
  type RecordMetadata,
} from "../../delivery/stages/record-metadata.ts";
import { RECORD_METADATA_NAME_MAX_LENGTH } from "../../limits.ts";
import { type Processor, valueOf } from "./processor.ts";
import { invalidArgument } from "./refusals.ts";

export const ENGINE = "RecordMetadata";

export function asksForRecordMetadata(processor: Processor): boolean {
  return (
    processor.Type === "MetadataExtraction" && valueOf(processor, "JsonParsingEngine") === ENGINE
  );
}

export function checkRecordMetadata(processors: readonly Processor[]): void {
  if (processors.length > 1) {
    throw invalidArgument(`Only one processor may have the JsonParsingEngine ${ENGINE}.`);
  }
  for (const processor of processors) readRecordMetadata(processor);
}

export function readRecordMetadata(processor: Processor): RecordMetadata {
  const text = valueOf(processor, "MetadataExtractionQuery")?.trim() ?? DEFAULT_METADATA_NAME;
  if (!text.startsWith("{")) {
    return [
      { name: checkedName(text), members: METADATA_FIELDS.map((name) => ({ name, field: name })) },
    ];
  }
  return entriesOf(parse(text)).map(([name, value]): MetadataMember => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      return { name, field: isPayload(value) ? value : field(name, value, ALL) };
    }
    const members = entriesOf(value).map(([inner, of]) => ({
      name: inner,
      field: field(`${name}.${inner}`, of, METADATA_FIELDS),
    }));
    return { name, members };
  });
}

const ALL: readonly string[] = [...METADATA_FIELDS, ...PAYLOADS];

function parse(text: string): object {
  try {
    return JSON.parse(text) as object;
  } catch {
    throw invalidArgument(
      `MetadataExtractionQuery of ${ENGINE} has to be the name of a member, or a JSON object of names`,
    );
  }
}

function entriesOf(names: object): readonly (readonly [string, unknown])[] {
  const entries = Object.entries(names).map(
    ([name, value]: [string, unknown]) => [checkedName(name), value] as const,
  );
  if (entries.length > 0) return entries;
  throw invalidArgument(`MetadataExtractionQuery of ${ENGINE} names nothing to be recorded`);
}

function checkedName(name: string): string {
  if (name.length > 0 && name.length <= RECORD_METADATA_NAME_MAX_LENGTH) return name;
  throw invalidArgument(
    `Names of record metadata have to be of 1 to ${RECORD_METADATA_NAME_MAX_LENGTH} characters`,
  );
}

function isPayload(value: unknown): value is Payload {
  return (PAYLOADS as readonly unknown[]).includes(value);
}

function field(where: string, value: unknown, allowed: readonly string[]): MetadataField {
  if ((METADATA_FIELDS as readonly unknown[]).includes(value)) return value as MetadataField;
  throw invalidArgument(
    `MetadataExtractionQuery of ${ENGINE}: ${where} has to be one of ${allowed.join(", ")}`,
  );
}
