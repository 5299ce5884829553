/**
 * Manifests, which name files, and manifest lists, which name the manifests of a snapshot: Avro, version 2.
 * https://iceberg.apache.org/spec/#manifests
 */
import type { Value } from "../../formats/row.ts";
import {
  type AvroField,
  type AvroRecord,
  type AvroSchema,
  type AvroValue,
  readAvroFile,
  writeAvroFile,
} from "./avro.ts";
import type { PartitionSpec } from "./metadata.ts";
import { avroTypeOf, avroValueOf, compareValues, valueBytes } from "./single-value.ts";

/** What a file holds, as manifests number it. */
export const CONTENT = { data: 0, equalityDeletes: 2 } as const;

/** A file of rows, or of what is deleted. */
export interface WrittenFile {
  readonly content: (typeof CONTENT)[keyof typeof CONTENT];
  /** `s3://bucket/key` */
  readonly path: string;
  readonly partition: readonly Value[];
  readonly recordCount: number;
  readonly byteCount: number;
  readonly metrics: AvroRecord;
  /** Of deletions: the columns that they go by. */
  readonly equalityIds?: readonly number[];
}

const STATUS_ADDED = 1;

function field(id: number, name: string, type: AvroSchema): AvroField {
  return { name, type, "field-id": id };
}

function optional(id: number, name: string, type: AvroSchema): AvroField {
  return { name, type: ["null", type], default: null, "field-id": id };
}

function listOf(elementId: number, items: AvroSchema): AvroSchema {
  return { type: "array", items, "element-id": elementId };
}

/** Maps whose keys are numbers are arrays of pairs. */
function pairsOf(keyId: number, valueId: number, value: AvroSchema): AvroSchema {
  const fields = [field(keyId, "key", "int"), field(valueId, "value", value)];
  const pair: AvroSchema = { type: "record", name: `k${keyId}_v${valueId}`, fields };
  return { type: "array", items: pair, logicalType: "map" };
}

function entrySchema({ fields }: PartitionSpec): AvroSchema {
  const partition: AvroSchema = {
    type: "record",
    name: "r102",
    fields: fields.map(({ fieldId, name, transform }) =>
      optional(fieldId, avroName(name), avroTypeOf(transform.type)),
    ),
  };
  const file: AvroSchema = {
    type: "record",
    name: "r2",
    fields: [
      field(134, "content", "int"),
      field(100, "file_path", "string"),
      field(101, "file_format", "string"),
      field(102, "partition", partition),
      field(103, "record_count", "long"),
      field(104, "file_size_in_bytes", "long"),
      optional(109, "value_counts", pairsOf(119, 120, "long")),
      optional(110, "null_value_counts", pairsOf(121, 122, "long")),
      optional(137, "nan_value_counts", pairsOf(138, 139, "long")),
      optional(125, "lower_bounds", pairsOf(126, 127, "bytes")),
      optional(128, "upper_bounds", pairsOf(129, 130, "bytes")),
      optional(131, "key_metadata", "bytes"),
      optional(132, "split_offsets", listOf(133, "long")),
      optional(135, "equality_ids", listOf(136, "int")),
      optional(140, "sort_order_id", "int"),
    ],
  };
  return {
    type: "record",
    name: "manifest_entry",
    fields: [
      field(0, "status", "int"),
      optional(1, "snapshot_id", "long"),
      optional(3, "sequence_number", "long"),
      optional(4, "file_sequence_number", "long"),
      field(2, "data_file", file),
    ],
  };
}

/** Names of Avro hold letters, digits and underscores; of others the bytes stand there, as Iceberg's own writers do it. */
function avroName(name: string): string {
  const safe = name.replaceAll(
    /[^A-Za-z0-9_]/gu,
    (character) => `_x${character.codePointAt(0)!.toString(16).toUpperCase()}`,
  );
  return /^\d/.test(safe) ? `_${safe}` : safe;
}

/** Their sequence numbers are left open: they are those of the snapshot that takes the manifest in. */
export function writeManifest(
  files: readonly WrittenFile[],
  spec: PartitionSpec,
  { schemaJson, schemaId, snapshotId }: ManifestContext,
): Uint8Array {
  const [first] = files;
  const isData = first?.content === CONTENT.data;
  return writeAvroFile(
    entrySchema(spec),
    {
      schema: schemaJson,
      "schema-id": String(schemaId),
      "partition-spec": JSON.stringify(
        spec.fields.map(({ name, fieldId, sourceId, transformName }) => ({
          name,
          transform: transformName,
          "source-id": sourceId,
          "field-id": fieldId,
        })),
      ),
      "partition-spec-id": String(spec.id),
      "format-version": "2",
      content: isData ? "data" : "deletes",
    },
    files.map((file) => ({
      status: STATUS_ADDED,
      snapshot_id: snapshotId,
      sequence_number: null,
      file_sequence_number: null,
      data_file: dataFile(file, spec),
    })),
  );
}

export interface ManifestContext {
  /** As the table's metadata has it. */
  readonly schemaJson: string;
  readonly schemaId: number;
  readonly snapshotId: bigint;
}

function dataFile(file: WrittenFile, { fields }: PartitionSpec): AvroRecord {
  const { content, path, partition, recordCount, byteCount, metrics, equalityIds } = file;
  return {
    content,
    file_path: path,
    file_format: "PARQUET",
    partition: Object.fromEntries(
      fields.map(({ name, transform }, i) => [
        avroName(name),
        avroValueOf(transform.type, partition[i]!),
      ]),
    ),
    record_count: recordCount,
    file_size_in_bytes: byteCount,
    ...metrics,
    key_metadata: null,
    split_offsets: null,
    equality_ids: equalityIds ?? null,
    sort_order_id: null,
  };
}

/** A manifest that is written, as its list names it. Plain JSON. */
export interface WrittenManifest {
  readonly path: string;
  readonly byteCount: number;
  readonly specId: number;
  readonly isData: boolean;
  readonly fileCount: number;
  readonly rowCount: number;
  /** Of the partition's fields; bounds in Base64. */
  readonly partitions: readonly FieldSummary[];
}

interface FieldSummary {
  readonly containsNull: boolean;
  readonly containsNan: boolean;
  readonly lower?: string;
  readonly upper?: string;
}

export function partitionSummaries(
  files: readonly WrittenFile[],
  { fields }: PartitionSpec,
): FieldSummary[] {
  return fields.map(({ transform: { type } }, i) => {
    const values = files.map(({ partition }) => partition[i] ?? null);
    const numbers = values
      .filter((value): value is NonNullable<Value> => value !== null && !Number.isNaN(value))
      .toSorted(compareValues);
    const [least] = numbers;
    const greatest = numbers.at(-1);
    const printed = (value: NonNullable<Value>) =>
      Buffer.from(valueBytes(type, value)).toString("base64");
    return {
      containsNull: values.includes(null),
      containsNan: values.some((value) => Number.isNaN(value)),
      ...(least !== undefined && { lower: printed(least) }),
      ...(greatest !== undefined && { upper: printed(greatest) }),
    };
  });
}

const FIELD_SUMMARY: AvroSchema = {
  type: "record",
  name: "r508",
  fields: [
    field(509, "contains_null", "boolean"),
    optional(518, "contains_nan", "boolean"),
    optional(510, "lower_bound", "bytes"),
    optional(511, "upper_bound", "bytes"),
  ],
};

const MANIFEST_FILE: AvroSchema = {
  type: "record",
  name: "manifest_file",
  fields: [
    field(500, "manifest_path", "string"),
    field(501, "manifest_length", "long"),
    field(502, "partition_spec_id", "int"),
    field(517, "content", "int"),
    field(515, "sequence_number", "long"),
    field(516, "min_sequence_number", "long"),
    field(503, "added_snapshot_id", "long"),
    field(504, "added_files_count", "int"),
    field(505, "existing_files_count", "int"),
    field(506, "deleted_files_count", "int"),
    field(512, "added_rows_count", "long"),
    field(513, "existing_rows_count", "long"),
    field(514, "deleted_rows_count", "long"),
    optional(507, "partitions", listOf(508, FIELD_SUMMARY)),
    optional(519, "key_metadata", "bytes"),
  ],
};

/** What lists of version 1, or of other writers, may leave out. */
const MANIFEST_DEFAULTS: AvroRecord = {
  content: 0,
  sequence_number: 0,
  min_sequence_number: 0,
  added_files_count: 0,
  existing_files_count: 0,
  deleted_files_count: 0,
  added_rows_count: 0,
  existing_rows_count: 0,
  deleted_rows_count: 0,
};

/** Of version 1, by their old names. */
const OLD_NAMES: Readonly<Record<string, string>> = {
  added_data_files_count: "added_files_count",
  existing_data_files_count: "existing_files_count",
  deleted_data_files_count: "deleted_files_count",
};

/** The manifests of a snapshot, to be taken over into the next one's. */
export function readManifestList(bytes: Uint8Array): AvroRecord[] {
  return readAvroFile(bytes).records.map((entry) => {
    const given: Record<string, AvroValue> = {};
    for (const [name, value] of Object.entries(entry)) {
      if (value !== null) given[OLD_NAMES[name] ?? name] = value;
    }
    return { ...MANIFEST_DEFAULTS, ...given };
  });
}

export interface NextSnapshot {
  readonly id: bigint;
  readonly parentId?: bigint | undefined;
  readonly sequenceNumber: bigint;
}

/** @param standing of the snapshot that it follows */
export function writeManifestList(
  written: readonly WrittenManifest[],
  standing: readonly AvroRecord[],
  { id, parentId, sequenceNumber }: NextSnapshot,
): Uint8Array {
  const added = written.map((manifest): AvroRecord => ({
    ...MANIFEST_DEFAULTS,
    manifest_path: manifest.path,
    manifest_length: manifest.byteCount,
    partition_spec_id: manifest.specId,
    content: manifest.isData ? 0 : 1,
    sequence_number: sequenceNumber,
    min_sequence_number: sequenceNumber,
    added_snapshot_id: id,
    added_files_count: manifest.fileCount,
    added_rows_count: manifest.rowCount,
    partitions: manifest.partitions.map(({ containsNull, containsNan, lower, upper }) => ({
      contains_null: containsNull,
      contains_nan: containsNan,
      lower_bound: lower === undefined ? null : Buffer.from(lower, "base64"),
      upper_bound: upper === undefined ? null : Buffer.from(upper, "base64"),
    })),
  }));
  return writeAvroFile(
    MANIFEST_FILE,
    {
      "snapshot-id": String(id),
      "parent-snapshot-id": parentId === undefined ? "null" : String(parentId),
      "sequence-number": String(sequenceNumber),
      "format-version": "2",
    },
    [...added, ...standing],
  );
}
