/**
 * What a writer needs to know of a table, out of its metadata; and the metadata after a change, for catalogs that keep no more
 * than where it lies.
 * https://iceberg.apache.org/spec/#table-metadata-and-snapshots
 */
import { withoutEnd } from "../../formats/text-values.ts";
import { readTransform, type Transform } from "./transforms.ts";
import { type IcebergSchema, type Leaf, leavesOf, readSchema } from "./types.ts";

/** As it is in JSON: `json-longs.ts` reads and prints it. */
export type MetadataJson = Readonly<Record<string, unknown>>;

type Long = number | bigint;

export interface PartitionField {
  readonly name: string;
  readonly fieldId: number;
  readonly sourceId: number;
  /** `bucket[16]` */
  readonly transformName: string;
  readonly source: Leaf;
  readonly transform: Transform;
}

export interface PartitionSpec {
  readonly id: number;
  readonly fields: readonly PartitionField[];
}

export interface Snapshot {
  readonly id: bigint;
  readonly parentId?: bigint;
  readonly sequenceNumber: bigint;
  readonly atMs: number;
  /** Where its manifest list lies. */
  readonly manifestList?: string;
  readonly summary: Readonly<Record<string, string>>;
}

export interface Table {
  readonly uuid: string;
  readonly formatVersion: number;
  readonly location: string;
  readonly lastSequenceNumber: bigint;
  readonly properties: Readonly<Record<string, string>>;
  readonly schemaId: number;
  readonly specId: number;
  /** Of its main branch; absent: it is empty. */
  readonly current?: Snapshot;
  readonly snapshots: readonly Snapshot[];
  readonly json: MetadataJson;
}

/** Metadata that is none. */
export class MetadataUnreadable extends Error {}

export function readTable(json: MetadataJson): Table {
  const location = json["location"];
  const uuid = json["table-uuid"];
  const formatVersion = json["format-version"];
  if (typeof location !== "string" || typeof formatVersion !== "number") {
    throw new MetadataUnreadable("the table's metadata has no location or no version");
  }
  const snapshots = ((json["snapshots"] ?? []) as readonly JsonSnapshot[]).map(readSnapshot);
  const currentId = currentSnapshotId(json);
  const current = snapshots.find(({ id }) => id === currentId);
  if (currentId !== undefined && current === undefined) {
    throw new MetadataUnreadable("the table's metadata does not hold its own snapshot");
  }
  return {
    uuid: typeof uuid === "string" ? uuid : "",
    formatVersion,
    location: withoutEnd(location, "/"),
    lastSequenceNumber: BigInt((json["last-sequence-number"] as Long | undefined) ?? 0),
    properties: (json["properties"] ?? {}) as Table["properties"],
    schemaId: (json["current-schema-id"] as number | undefined) ?? 0,
    specId: (json["default-spec-id"] as number | undefined) ?? 0,
    ...(current && { current }),
    snapshots,
    json,
  };
}

interface JsonSnapshot {
  readonly "snapshot-id": Long;
  readonly "parent-snapshot-id"?: Long | null;
  readonly "sequence-number"?: Long;
  readonly "timestamp-ms"?: number;
  readonly "manifest-list"?: string;
  readonly summary?: Readonly<Record<string, string>>;
}

function readSnapshot(json: JsonSnapshot): Snapshot {
  const parent = json["parent-snapshot-id"];
  const manifestList = json["manifest-list"];
  return {
    id: BigInt(json["snapshot-id"]),
    ...(parent !== undefined && parent !== null && { parentId: BigInt(parent) }),
    sequenceNumber: BigInt(json["sequence-number"] ?? 0),
    atMs: json["timestamp-ms"] ?? 0,
    ...(manifestList !== undefined && { manifestList }),
    summary: json.summary ?? {},
  };
}

const MAIN = "main";

function currentSnapshotId(json: MetadataJson): bigint | undefined {
  const refs = (json["refs"] ?? {}) as Record<string, { readonly "snapshot-id": Long } | undefined>;
  const id =
    refs[MAIN]?.["snapshot-id"] ?? (json["current-snapshot-id"] as Long | null | undefined);
  // −1: there is none, in older metadata.
  return id === undefined || id === null || BigInt(id) < 0n ? undefined : BigInt(id);
}

/** @returns `undefined`: the table has it no more */
export function schemaOf({ json }: Table, schemaId: number): IcebergSchema | undefined {
  const schemas = (json["schemas"] ?? [json["schema"]]) as readonly (
    | { readonly "schema-id"?: number }
    | undefined
  )[];
  const schema = schemas.find((one) => (one?.["schema-id"] ?? 0) === schemaId);
  return schema && readSchema(schema);
}

interface JsonSpec {
  readonly "spec-id": number;
  readonly fields: readonly JsonPartitionField[];
}

interface JsonPartitionField {
  readonly name: string;
  readonly transform: string;
  readonly "source-id": number;
  readonly "field-id": number;
}

function jsonSpecs({ json }: Table): readonly JsonSpec[] {
  return (json["partition-specs"] ?? []) as readonly JsonSpec[];
}

export type SpecResult =
  | { readonly kind: "spec"; readonly spec: PartitionSpec }
  | { readonly kind: "unknown"; readonly detail: string };

/** By the schema whose columns are partitioned. */
export function specOf(table: Table, specId: number, schema: IcebergSchema): SpecResult {
  const spec = jsonSpecs(table).find((one) => one["spec-id"] === specId);
  if (spec === undefined) return { kind: "unknown", detail: `the table has no spec ${specId}` };
  const leaves = new Map(leavesOf(schema.fields).map((leaf) => [leaf.field.id, leaf]));
  const fields: PartitionField[] = [];
  for (const { name, transform, "source-id": sourceId, "field-id": fieldId } of spec.fields) {
    const source = leaves.get(sourceId);
    const known = source && readTransform(transform, source.type);
    if (source === undefined || known === undefined) {
      return {
        kind: "unknown",
        detail: `the partition field ${name} has the transform ${transform}, which is not known for its column`,
      };
    }
    fields.push({ name, fieldId, sourceId, transformName: transform, source, transform: known });
  }
  return { kind: "spec", spec: { id: specId, fields } };
}

/** What is written under it counts for every file of the table. */
export function unpartitionedSpecId(table: Table): number | undefined {
  return jsonSpecs(table).find(({ fields }) => fields.length === 0)?.["spec-id"];
}

export function specCount(table: Table): number {
  return jsonSpecs(table).length;
}

/** https://iceberg.apache.org/spec/: those of a REST catalog's commits that are asked for here. */
export type TableUpdate =
  | {
      readonly action: "add-snapshot";
      readonly snapshot: MetadataJson & { readonly "snapshot-id": bigint };
    }
  | {
      readonly action: "set-snapshot-ref";
      readonly "ref-name": string;
      readonly type: "branch";
      readonly "snapshot-id": bigint;
    }
  | { readonly action: "add-spec"; readonly spec: MetadataJson };

export function setMain(snapshotId: bigint): TableUpdate {
  return {
    action: "set-snapshot-ref",
    "ref-name": MAIN,
    type: "branch",
    "snapshot-id": snapshotId,
  };
}

/** @param previousLocation where the metadata lies that is changed */
export function updatedMetadata(
  json: MetadataJson,
  updates: readonly TableUpdate[],
  previous: { readonly location: string; readonly nowMs: number },
): MetadataJson {
  const log = (json["metadata-log"] ?? []) as readonly MetadataJson[];
  const started: MetadataJson = {
    ...json,
    "metadata-log": [
      ...log,
      { "timestamp-ms": json["last-updated-ms"], "metadata-file": previous.location },
    ].slice(-keptLogCount(json)),
    "last-updated-ms": previous.nowMs,
  };
  return updates.reduce((after, update) => updatedBy(update, after, previous.nowMs), started);
}

/** Of `write.metadata.previous-versions-max`. */
const METADATA_LOG_DEFAULT_COUNT = 100;

function keptLogCount(json: MetadataJson): number {
  const properties = (json["properties"] ?? {}) as Readonly<Record<string, string>>;
  const given = Number(properties["write.metadata.previous-versions-max"]);
  return given >= 1 ? given : METADATA_LOG_DEFAULT_COUNT;
}

function updatedBy(update: TableUpdate, json: MetadataJson, nowMs: number): MetadataJson {
  switch (update.action) {
    case "add-snapshot":
      return {
        ...json,
        snapshots: [...((json["snapshots"] ?? []) as readonly unknown[]), update.snapshot],
        "last-sequence-number": update.snapshot["sequence-number"],
      };
    case "set-snapshot-ref": {
      const refs = (json["refs"] ?? {}) as Readonly<Record<string, MetadataJson>>;
      const id = update["snapshot-id"];
      const name = update["ref-name"];
      return {
        ...json,
        refs: { ...refs, [name]: { ...refs[name], "snapshot-id": id, type: update.type } },
        "current-snapshot-id": id,
        "snapshot-log": [
          ...((json["snapshot-log"] ?? []) as readonly unknown[]),
          { "timestamp-ms": nowMs, "snapshot-id": id },
        ],
      };
    }
    case "add-spec": {
      const specs = (json["partition-specs"] ?? []) as readonly JsonSpec[];
      const id = 1 + Math.max(-1, ...specs.map((spec) => spec["spec-id"]));
      return { ...json, "partition-specs": [...specs, { ...update.spec, "spec-id": id }] };
    }
  }
}
