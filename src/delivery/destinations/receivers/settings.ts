/**
 * Where else than to S3 a delivery stream delivers: one of these is in its target, as it is read from the request, without
 * any secret. Plain JSON: it is stored with the stream and with plans.
 */
import type { SnowflakeSettings } from "../snowflake/settings.ts";
import type { HttpEndpointSettings } from "../http-endpoint/settings.ts";
import type { IcebergSettings } from "../iceberg/settings.ts";
import type { AnyOpenSearchSettings } from "../opensearch/settings.ts";
import type { RedshiftSettings } from "../redshift/settings.ts";
import type { SplunkSettings } from "../splunk/settings.ts";

/** What every receiver's settings hold. */
export interface CommonReceiverSettings {
  /** For people, where records go: the URL, or what a table is called. */
  readonly place: string;
  /** What it acts under, as the stream names it. */
  readonly roleArn: string;
  /** For how long a flush is tried again, from its first failure on. */
  readonly retrySeconds: number;
  /** What fails keeps what it is known by, for a redrive to send it under the same id. */
  readonly keepsIdentity?: true;
  /** The secret that holds what it is entered with; absent: it was given with the settings, or none is needed. */
  readonly secret?: { readonly arn: string; readonly roleArn?: string };
}

export type ReceiverSettings =
  | HttpEndpointSettings
  | IcebergSettings
  | AnyOpenSearchSettings
  | RedshiftSettings
  | SplunkSettings
  | SnowflakeSettings;

/** What was given with the settings to enter with, by the names of AWS's members: `AccessKey`. Never shown, never logged. */
export type ReceiverSecrets = Readonly<Record<string, string>>;
