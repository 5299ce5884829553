/** Iceberg tables as a destination: what delivery needs of AWS's settings. Plain JSON. */
import type { CommonReceiverSettings } from "../receivers/settings.ts";
import type { TableName } from "./errors.ts";

export interface IcebergSettings extends CommonReceiverSettings {
  readonly kind: "iceberg";
  readonly catalog: CatalogSettings;
  /** What is known of tables beforehand; one alone is where records go that do not say. */
  readonly tables: readonly TableSettings[];
  /** Neither updates nor deletions are taken. */
  readonly isAppendOnly: boolean;
  /** A Lambda or a query may say where records go, and what they do there. */
  readonly isRouted: boolean;
}

export interface TableSettings extends TableName {
  /** Columns; none: those that the table itself names. */
  readonly uniqueKeys: readonly string[];
  readonly errorOutputPrefix?: string;
}

export type CatalogSettings =
  /** Glue's own tables, whose metadata is written here. */
  | { readonly kind: "glue"; readonly region: string; readonly catalogId: string }
  /** Of a bucket for tables: asked by Iceberg's protocol. */
  | {
      readonly kind: "s3tables";
      readonly region: string;
      readonly accountId: string;
      readonly bucketName: string;
      /** `aws` */
      readonly partition: string;
    }
  /** One that the deployment lists under that name. */
  | { readonly kind: "rest"; readonly name: string; readonly region: string };

export function tableBucketArn({
  partition,
  region,
  accountId,
  bucketName,
}: Extract<CatalogSettings, { kind: "s3tables" }>): string {
  return `arn:${partition}:s3tables:${region}:${accountId}:bucket/${bucketName}`;
}
