/** A table of Snowflake as it is read from the request. Plain JSON, without a key. */
import type { CommonReceiverSettings } from "../receivers/settings.ts";

export interface SnowflakeSettings extends CommonReceiverSettings {
  readonly kind: "snowflake";
  /** With the scheme, without a slash at its end. */
  readonly accountUrl: string;
  /** Absent: the secret says. */
  readonly user?: string;
  readonly database: string;
  readonly schema: string;
  readonly table: string;
  /** Of Snowflake; absent: the user's own. */
  readonly snowflakeRole?: string;
  readonly loading: Loading;
}

export type Loading =
  /** Members are columns. */
  | { readonly kind: "json" }
  /** The record is one column, and what is known of it another one. */
  | {
      readonly kind: "variant";
      readonly contentColumn: string;
      readonly metadataColumn?: string;
    };
