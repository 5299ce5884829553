/** What Iceberg's tables need of the outside: catalogs, which say where a table stands, and the files that it is made of. */
import type { DeliveryError } from "../../error-log/delivery-error.ts";
import type { TableName } from "./errors.ts";
import type { Table, TableUpdate } from "./metadata.ts";

/** A table as it stood when it was asked for. `version`: for the catalog, which tells by it whether it stands so still. */
export interface LoadedTable {
  readonly table: Table;
  readonly version: unknown;
}

export type LoadResult =
  | ({ readonly kind: "table" } & LoadedTable)
  | { readonly kind: "missing" }
  /** It is there, and of a kind that is not written to. */
  | { readonly kind: "unsupported"; readonly detail: string }
  | { readonly kind: "away"; readonly error: DeliveryError };

export type CommitResult =
  | { readonly kind: "committed" }
  /** The table stands otherwise by now. */
  | { readonly kind: "conflict" }
  /** Refused, or nobody knows: it may have come about. */
  | { readonly kind: "away"; readonly error: DeliveryError };

/** It does not reject. */
export interface IcebergCatalog {
  load(name: TableName): Promise<LoadResult>;
  /** All of it or nothing, and only while the table stands as it was loaded. */
  commit(
    name: TableName,
    loaded: LoadedTable,
    updates: readonly TableUpdate[],
  ): Promise<CommitResult>;
}

export interface FilePlace {
  readonly bucket: string;
  readonly key: string;
  /** As the stream names it. */
  readonly roleArn: string;
}

/** The files of tables, in the buckets that the deployment lists. What fails is thrown. */
export interface TableFiles {
  /** `undefined`: there is none. */
  get(place: FilePlace): Promise<Uint8Array | undefined>;
  /** One that stands there already stays as it is. */
  put(place: FilePlace, body: Uint8Array): Promise<void>;
}

export interface GlueTable {
  readonly metadataLocation: string;
  /** As Glue tells of it, for `swap`. */
  readonly version: unknown;
}

export interface GluePlace extends TableName {
  readonly region: string;
  readonly catalogId: string;
  readonly roleArn: string;
}

export type GlueTableResult =
  | ({ readonly kind: "table" } & GlueTable)
  | { readonly kind: "missing" }
  | { readonly kind: "unsupported"; readonly detail: string }
  | { readonly kind: "away"; readonly error: DeliveryError };

/** Iceberg's tables in Glue, which keeps where their metadata lies. It does not reject. */
export interface GlueIcebergTables {
  get(place: GluePlace): Promise<GlueTableResult>;
  /** Under the condition that nobody has changed the table since. */
  swap(place: GluePlace, standing: GlueTable, metadataLocation: string): Promise<CommitResult>;
}

/** A REST catalog that the deployment lists. */
export interface RestCatalogPlace {
  /** Without `/v1`. */
  readonly url: string;
  readonly warehouse?: string;
  /** That it is entered with; absent: nothing is needed, or it is signed. */
  readonly secretArn?: string;
  readonly scope?: string;
  /** Where tokens are had; absent: of the catalog itself. */
  readonly tokenUrl?: string;
  /** As that service of AWS. */
  readonly signing?: string;
}

export interface IcebergPorts {
  readonly files: TableFiles;
  readonly glue: GlueIcebergTables;
  /** By the names that the deployment gives them. */
  readonly catalogs: Readonly<Record<string, RestCatalogPlace>>;
}
