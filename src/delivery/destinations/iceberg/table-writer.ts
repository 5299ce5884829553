/**
 * The files that a flush adds to a table: rows by their partitions, and what is deleted. All names hold the flush's id and a token
 * of this very attempt: no two attempts ever write the same name, and what an attempt has left behind that did not come to its
 * end belongs to no snapshot.
 */
import {
  ICEBERG_FILE_MAX_BYTES,
  ICEBERG_OPEN_FILES_MAX_COUNT,
  ICEBERG_UPLOADS_MAX_COUNT,
} from "../../../limits.ts";
import type { ParquetOptions } from "../../formats/parquet.ts";
import type { Row, Value } from "../../formats/row.ts";
import { valueAt } from "./column-metrics.ts";
import { FileWriter } from "./file-writer.ts";
import { projection, type Projection, type RowKeys } from "./keys.ts";
import {
  CONTENT,
  partitionSummaries,
  writeManifest,
  type WrittenFile,
  type WrittenManifest,
} from "./manifest.ts";
import type { PartitionSpec, Table } from "./metadata.ts";
import { dataFolder, metadataFolder, type NamedFiles } from "./table-files.ts";
import type { IcebergField, IcebergSchema } from "./types.ts";

export interface TableWriterOptions {
  readonly table: Table;
  readonly schema: IcebergSchema;
  readonly spec: PartitionSpec;
  readonly files: NamedFiles;
  /** Begins the names of its files. */
  readonly name: string;
  readonly snapshotId: bigint;
}

/** What goes by keys, and under which of the table's specs it is deleted. */
export interface Deletions {
  readonly keys: RowKeys;
  readonly spec: PartitionSpec;
}

/** What is written, for the commit. */
export interface TableFilesWritten {
  readonly manifests: readonly WrittenManifest[];
  readonly recordCount: number;
  readonly deletionCount: number;
  readonly dataFileCount: number;
  readonly deleteFileCount: number;
  readonly byteCount: number;
}

export class TableWriter {
  readonly #options: TableWriterOptions;
  readonly #compression: ParquetOptions["compression"];
  readonly #open = new Map<string, OpenFile>();
  readonly #written: (WrittenFile & { readonly spec: PartitionSpec })[] = [];
  #deletions: (Deletions & { readonly projection: Projection }) | undefined;
  #fileCount = 0;

  constructor(options: TableWriterOptions) {
    this.#options = options;
    this.#compression = compressionOf(options.table);
  }

  deleteBy(deletions: Deletions): void {
    const { schema } = this.#options;
    const ids = new Set(deletions.keys.ids);
    this.#deletions = { ...deletions, projection: projection(schema.fields, ids) };
  }

  async append(row: Row, byteCount: number): Promise<void> {
    const { spec, schema } = this.#options;
    await this.#add(CONTENT.data, spec, schema.fields, row, row, byteCount);
  }

  /** Every row that has the keys of this one, and that earlier flushes have written. */
  async delete(row: Row, byteCount: number): Promise<void> {
    const { spec, projection: kept } = this.#deletions!;
    await this.#add(CONTENT.equalityDeletes, spec, kept.fields, row, kept.pick(row), byteCount);
  }

  async finish(): Promise<TableFilesWritten> {
    const open = [...this.#open];
    for (let at = 0; at < open.length; at += ICEBERG_UPLOADS_MAX_COUNT) {
      const some = open.slice(at, at + ICEBERG_UPLOADS_MAX_COUNT);
      await Promise.all(some.map(([id, file]) => this.#close(id, file)));
    }
    const ofContent = (content: WrittenFile["content"]) =>
      this.#written.filter((file) => file.content === content);
    const data = ofContent(CONTENT.data);
    const deletes = ofContent(CONTENT.equalityDeletes);
    const manifests: WrittenManifest[] = [];
    for (const files of [data, deletes]) {
      if (files.length > 0) manifests.push(await this.#manifest(files, manifests.length));
    }
    return {
      manifests,
      recordCount: sum(data, ({ recordCount }) => recordCount),
      deletionCount: sum(deletes, ({ recordCount }) => recordCount),
      dataFileCount: data.length,
      deleteFileCount: deletes.length,
      byteCount: sum(this.#written, ({ byteCount }) => byteCount),
    };
  }

  /** Never rejects. */
  async destroy(): Promise<void> {
    const open = [...this.#open.values()];
    this.#open.clear();
    await Promise.all(open.map(({ writer }) => writer.destroy()));
  }

  async #add(
    content: WrittenFile["content"],
    spec: PartitionSpec,
    fields: readonly IcebergField[],
    whole: Row,
    row: Row,
    byteCount: number,
  ): Promise<void> {
    const partition = spec.fields.map(({ source, transform }) =>
      transform.apply(valueAt(whole, source.path)),
    );
    const values = partition.map((value) => (value === null ? null : printed(value)));
    const id = JSON.stringify([content, ...values]);
    let file = this.#open.get(id);
    if (file === undefined) {
      if (this.#open.size >= ICEBERG_OPEN_FILES_MAX_COUNT) await this.#closeLargest();
      file = { content, spec, writer: new FileWriter(fields, partition, this.#compression) };
      this.#open.set(id, file);
    }
    await file.writer.append(row, byteCount);
    if (file.writer.byteCount >= ICEBERG_FILE_MAX_BYTES) await this.#close(id, file);
  }

  async #closeLargest(): Promise<void> {
    const [id, file] = [...this.#open].reduce((largest, one) =>
      one[1].writer.byteCount > largest[1].writer.byteCount ? one : largest,
    );
    await this.#close(id, file);
  }

  async #close(id: string, { content, spec, writer }: OpenFile): Promise<void> {
    this.#open.delete(id);
    const { bytes, recordCount, metrics } = await writer.finish();
    const path = `${this.#folder(spec, writer.partition)}/${this.#nextName(content)}.parquet`;
    await this.#options.files.put(path, bytes);
    this.#written.push({
      content,
      spec,
      path,
      partition: writer.partition,
      recordCount,
      byteCount: bytes.length,
      metrics,
      ...(content === CONTENT.equalityDeletes && { equalityIds: this.#deletions!.keys.ids }),
    });
  }

  #nextName(content: WrittenFile["content"]): string {
    const number = String(this.#fileCount++).padStart(5, "0");
    return `${this.#options.name}-${number}${content === CONTENT.data ? "" : "-deletes"}`;
  }

  #folder({ fields }: PartitionSpec, partition: readonly Value[]): string {
    const folders = fields.map(
      ({ name }, i) => `${nameable(name)}=${nameable(printed(partition[i]!))}`,
    );
    return [dataFolder(this.#options.table), ...folders].join("/");
  }

  async #manifest(
    files: readonly (WrittenFile & { readonly spec: PartitionSpec })[],
    number: number,
  ): Promise<WrittenManifest> {
    const { table, schema, name, snapshotId, files: named } = this.#options;
    const [{ spec, content }] = files as readonly [(typeof files)[number]];
    const context = { schemaJson: schemaText(table, schema), schemaId: schema.id, snapshotId };
    const bytes = writeManifest(files, spec, context);
    const path = `${metadataFolder(table)}/${name}-m${number}.avro`;
    await named.put(path, bytes);
    return {
      path,
      byteCount: bytes.length,
      specId: spec.id,
      isData: content === CONTENT.data,
      fileCount: files.length,
      rowCount: sum(files, ({ recordCount }) => recordCount),
      partitions: partitionSummaries(files, spec),
    };
  }
}

interface OpenFile {
  readonly content: WrittenFile["content"];
  readonly spec: PartitionSpec;
  readonly writer: FileWriter;
}

function sum<One>(all: readonly One[], of: (one: One) => number): number {
  return all.reduce((total, one) => total + of(one), 0);
}

/** As the table's metadata has it. */
function schemaText({ json }: Table, { id }: IcebergSchema): string {
  const schemas = (json["schemas"] ?? []) as readonly { readonly "schema-id"?: number }[];
  return JSON.stringify(schemas.find((one) => (one["schema-id"] ?? 0) === id) ?? json["schema"]);
}

const COMPRESSIONS: Readonly<Record<string, ParquetOptions["compression"]>> = {
  gzip: "GZIP",
  uncompressed: "UNCOMPRESSED",
};

/** What readers of all kinds know, unless the table asks for another one of those that can be had. */
function compressionOf({ properties }: Table): ParquetOptions["compression"] {
  return COMPRESSIONS[properties["write.parquet.compression-codec"] ?? ""] ?? "SNAPPY";
}

function printed(value: Value): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString("base64url") : String(value);
}

/** Of a folder's name, whose only use is to be looked at. */
const FOLDER_MAX_LENGTH = 60;

function nameable(text: string): string {
  const well = text.toWellFormed().slice(0, FOLDER_MAX_LENGTH).toWellFormed();
  return encodeURIComponent(well).replaceAll("%", "_");
}
