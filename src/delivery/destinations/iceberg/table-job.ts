/** A table that records of a flush are for: what it is, how their JSON becomes rows of it, and what is written for it. */
import { randomHex } from "../../../random.ts";
import type { DeliveryError } from "../../error-log/delivery-error.ts";
import type { Row } from "../../formats/row.ts";
import type { SettleRun } from "../receivers/port.ts";
import { newSnapshotId, pendingOf, type PendingCommit } from "./commit.ts";
import {
  committing,
  invalidUniqueKeys,
  missingValue,
  noSuchTable,
  type TableName,
  unsupportedTable,
} from "./errors.ts";
import { columnsOf, type KeysResult, keyText, missingKey, type RowKeys, rowKeys } from "./keys.ts";
import {
  type PartitionSpec,
  schemaOf,
  specCount,
  specOf,
  unpartitionedSpecId,
} from "./metadata.ts";
import type { IcebergCatalog, LoadedTable } from "./ports.ts";
import { type RowReader, rowReader, type RowResult } from "./read-row.ts";
import type { Operation } from "./route.ts";
import type { IcebergSettings } from "./settings.ts";
import { fileError, type NamedFiles } from "./table-files.ts";
import { TableWriter } from "./table-writer.ts";
import { type IcebergSchema, UnknownType } from "./types.ts";

export interface JobContext {
  readonly settings: Pick<IcebergSettings, "tables">;
  readonly catalog: IcebergCatalog;
  readonly files: NamedFiles;
  readonly run: SettleRun;
  readonly flushId: string;
}

export type OpenedJob =
  | { readonly kind: "job"; readonly job: TableJob }
  /** No record can ever come into it. */
  | { readonly kind: "failed"; readonly error: DeliveryError }
  | { readonly kind: "away"; readonly error: DeliveryError };

/** The version of Iceberg's format that is written. */
const FORMAT_VERSION = 2;

export async function openJob(name: TableName, context: JobContext): Promise<OpenedJob> {
  const loaded = await context.catalog.load(name);
  if (loaded.kind === "away") return loaded;
  if (loaded.kind === "missing") return { kind: "failed", error: noSuchTable(name) };
  if (loaded.kind === "unsupported") return unsupported(name, loaded.detail);
  const { table } = loaded;
  if (table.formatVersion !== FORMAT_VERSION) {
    return unsupported(name, `its format is of version ${table.formatVersion}, and 2 is written`);
  }
  try {
    const schema = schemaOf(table, table.schemaId);
    if (schema === undefined) return unsupported(name, "its schema is missing");
    const found = specOf(table, table.specId, schema);
    if (found.kind === "unknown") return unsupported(name, found.detail);
    return { kind: "job", job: new TableJob(name, loaded, schema, found.spec, context) };
  } catch (error) {
    if (error instanceof UnknownType) return unsupported(name, error.message);
    throw error;
  }
}

function unsupported(name: TableName, detail: string): OpenedJob {
  return { kind: "failed", error: unsupportedTable(name, detail) };
}

export class TableJob {
  readonly name: TableName;
  /** Since when it takes no more; what is left of it comes with the next attempt. */
  away: DeliveryError | undefined;
  readonly #loaded: LoadedTable;
  readonly #schema: IcebergSchema;
  readonly #snapshotId: bigint;
  readonly #writer: TableWriter;
  readonly #reader: RowReader;
  readonly #keys: KeysResult;
  #keyReader: RowReader | undefined;
  #isDeleting = false;
  readonly #context: JobContext;
  readonly #spec: PartitionSpec;
  /** For each key that is updated or deleted, by which record last. */
  readonly #cuts = new Map<string, number>();

  constructor(
    name: TableName,
    loaded: LoadedTable,
    schema: IcebergSchema,
    spec: PartitionSpec,
    context: JobContext,
  ) {
    const { run, files, flushId, settings } = context;
    this.name = name;
    this.#loaded = loaded;
    this.#schema = schema;
    this.#spec = spec;
    this.#context = context;
    this.#snapshotId = newSnapshotId(run, loaded.table);
    this.#writer = new TableWriter({
      table: loaded.table,
      schema,
      spec,
      files,
      name: `${flushId}-${randomHex(run.random, 4)}`,
      snapshotId: this.#snapshotId,
    });
    this.#reader = rowReader(schema);
    const configured = settings.tables.find((one) => isSame(one, name));
    this.#keys = rowKeys(schema, configured?.uniqueKeys ?? []);
  }

  /** Looks at an update or a deletion, before anything is written. @returns why its record fails */
  async look(
    operation: Operation,
    data: Uint8Array,
    place: number,
  ): Promise<DeliveryError | undefined> {
    if (operation === "insert" || this.away !== undefined) return undefined;
    const keys = this.#keys;
    if (keys.kind === "none") return invalidUniqueKeys(this.name, keys.detail);
    const read = this.#readFor(operation, keys.keys, data);
    if (read.kind === "failed") return read.error;
    const missing = missingKey(keys.keys, read.row);
    if (missing !== undefined) return missingValue(missing);
    this.#cuts.set(keyText(keys.keys, read.row), place);
    if (!this.#isDeleting) await this.#prepareDeletions(keys.keys);
    return undefined;
  }

  /**
   * A record that a later one of its key makes nothing of leaves nothing.
   *
   * @returns why it fails
   */
  async take(
    operation: Operation,
    data: Uint8Array,
    place: number,
  ): Promise<DeliveryError | undefined> {
    if (this.away !== undefined) return undefined;
    const keys = this.#keys.kind === "keys" ? this.#keys.keys : undefined;
    const read = this.#readFor(operation, keys, data);
    if (read.kind === "failed") return read.error;
    await this.#write(operation, read.row, keys, data.length, place);
    return undefined;
  }

  async finish(): Promise<PendingCommit | undefined> {
    try {
      const written = await this.#writer.finish();
      return pendingOf(this.#loaded, this.#schema.id, this.#snapshotId, written);
    } catch (error) {
      await this.#fail(error);
      return undefined;
    }
  }

  async destroy(): Promise<void> {
    await this.#writer.destroy();
  }

  #readFor(operation: Operation, keys: RowKeys | undefined, data: Uint8Array): RowResult {
    if (operation !== "delete" || keys === undefined) return this.#reader.read(data);
    this.#keyReader ??= rowReader(this.#schema, columnsOf(keys, this.#schema));
    return this.#keyReader.read(data);
  }

  async #write(
    operation: Operation,
    row: Row,
    keys: RowKeys | undefined,
    byteCount: number,
    place: number,
  ): Promise<void> {
    try {
      if (keys !== undefined && this.#cuts.size > 0) {
        const cut = this.#cuts.get(keyText(keys, row)) ?? -1;
        if (place < cut) return;
        if (place === cut) await this.#writer.delete(row, byteCount);
      }
      if (operation !== "delete") await this.#writer.append(row, byteCount);
    } catch (error) {
      await this.#fail(error);
    }
  }

  async #fail(error: unknown): Promise<void> {
    this.away = fileError(error);
    await this.#writer.destroy();
  }

  /**
   * A deletion counts for the files of its own spec and partition, or under a spec without fields for all. So it may be
   * partitioned only where a key has all its rows in one partition, and the table never had another spec.
   */
  async #prepareDeletions(keys: RowKeys): Promise<void> {
    const { table } = this.#loaded;
    const ids = new Set(keys.ids);
    const isKept = this.#spec.fields.every(({ sourceId }) => ids.has(sourceId));
    this.#isDeleting = true;
    if (isKept && specCount(table) === 1) {
      return this.#writer.deleteBy({ keys, spec: this.#spec });
    }
    const specId = unpartitionedSpecId(table);
    if (specId !== undefined) {
      return this.#writer.deleteBy({ keys, spec: { id: specId, fields: [] } });
    }
    // The next attempt finds it.
    const { catalog } = this.#context;
    const added = await catalog.commit(this.name, this.#loaded, [
      { action: "add-spec", spec: { "spec-id": specCount(table), fields: [] } },
    ]);
    const isAway = added.kind === "away";
    this.away = isAway ? added.error : committing(this.name, "it has just got another spec");
    this.isChanged = !isAway;
  }

  /** It was changed so that it can be written to: it is to be opened anew. */
  isChanged = false;
}

export function isSame(a: TableName, b: TableName): boolean {
  return isSameText(a.database, b.database) && isSameText(a.table, b.table);
}

function isSameText(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
