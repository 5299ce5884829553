/** A Redshift destination as it is read from the request. Plain JSON, without a password. */
import type { Compression } from "../../delivery-stream.ts";
import type { CommonReceiverSettings } from "../receivers/settings.ts";

export interface RedshiftSettings extends CommonReceiverSettings {
  readonly kind: "redshift";
  readonly database: string;
  readonly warehouse: Warehouse;
  /** Of a cluster, with a password of the moment; absent: by the secret, or as the role itself. */
  readonly user?: string;
  readonly table: string;
  /** `id, name`; absent: all, in the table's order. */
  readonly columns?: string;
  /** What the COPY says besides, without a semicolon at its end. */
  readonly copyOptions?: string;
  readonly compression: Compression;
  /** What the names of manifests begin with: the prefix up to its first expression. */
  readonly folder: string;
  /** Of the bucket, for manifests. */
  readonly bucketRoleArn: string;
  readonly kmsKeyArn?: string;
}

export type Warehouse =
  | { readonly kind: "cluster"; readonly name: string; readonly region: string }
  | {
      readonly kind: "workgroup";
      readonly name: string;
      readonly region: string;
      /** Twelve digits. */
      readonly accountId: string;
    };

export interface JdbcPlace {
  readonly warehouse: Warehouse;
  readonly database: string;
}

/**
 * `jdbc:redshift://logs.abc123xyz789.us-east-1.redshift.amazonaws.com:5439/dev`, or of a workgroup
 * `jdbc:redshift://logs.111122223333.us-east-1.redshift-serverless.amazonaws.com:5439/dev`; `undefined`: neither.
 */
export function parseJdbcUrl(url: string): JdbcPlace | undefined {
  const { host = "", database = "" } =
    /^jdbc:(?:redshift|postgresql):\/\/(?<host>[^:/]+):\d+\/(?<database>[^/]+)$/.exec(url)
      ?.groups ?? {};
  const [name = "", second = "", region = "", service = ""] = host.split(".");
  if (name === "" || !/^[a-z]{2}(-[a-z]+)+-\d+$/.test(region)) return undefined;
  if (service === "redshift") return { warehouse: { kind: "cluster", name, region }, database };
  if (service !== "redshift-serverless" || !/^\d{12}$/.test(second)) return undefined;
  return { warehouse: { kind: "workgroup", name, region, accountId: second }, database };
}
