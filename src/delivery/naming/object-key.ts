/**
 * Names of delivered objects: `<prefix><stream>-<version>-<yyyy>-<MM>-<dd>-<HH>-<mm>-<ss>-<uuid><extension>`.
 * The name follows from the plan and the first record, so that a flush which runs twice meets its own object; names
 * of one second sort in the order of the log, shard by shard.
 * https://docs.aws.amazon.com/firehose/latest/dev/s3-object-name.html
 */
import { COMPRESSION_FORMATS } from "../compression/index.ts";
import type { Compression } from "../delivery-stream.ts";
import { formatDate, parseDatePattern } from "./date-pattern.ts";
import { evaluatePrefix, type ErrorOutputType, type PrefixPart } from "./prefix.ts";

export interface ObjectName {
  /** From `prefixParts` or `errorPrefixParts`. */
  readonly prefix: readonly PrefixPart[];
  readonly streamName: string;
  readonly versionId: number;
  /** Arrival of the oldest record in the object, the first one in the log. */
  readonly instantMs: number;
  /** Derived from the plan; random strings in the prefix derive from it in turn. */
  readonly uuid: string;
  /** With its dot, from `fileExtension`; empty for none. */
  readonly extension: string;
  /** IANA name; absent: UTC. */
  readonly timeZone?: string | undefined;
  readonly errorOutputType?: ErrorOutputType | undefined;
}

const SUFFIX_TIME = parseDatePattern("yyyy-MM-dd-HH-mm-ss") ?? [];

/** @example "2026/07/13/14/access-logs-1-2026-07-13-14-05-06-00000000-0b7d-5e64-9a10-77c2d1e0f5ab.gz" */
export function objectKey(name: ObjectName): string {
  const { instantMs, timeZone, errorOutputType } = name;
  const prefix = evaluatePrefix(name.prefix, {
    instantMs,
    seed: name.uuid,
    ...(timeZone === undefined ? {} : { timeZone }),
    ...(errorOutputType === undefined ? {} : { errorOutputType }),
  });
  const suffix = [
    name.streamName,
    name.versionId,
    formatDate(SUFFIX_TIME, instantMs, timeZone),
    name.uuid,
  ].join("-");
  return prefix + suffix + name.extension;
}

const PARQUET_EXTENSION = ".parquet";

/** `FileExtension` replaces the extension that the compression or the conversion would give; it never adds to it. */
export function fileExtension(target: {
  readonly compression: Compression;
  readonly fileExtension?: string | undefined;
  /** Present: what is in the object was converted. */
  readonly conversion?: unknown;
}): string {
  if (target.fileExtension) return target.fileExtension;
  if (target.conversion !== undefined) return PARQUET_EXTENSION;
  return COMPRESSION_FORMATS[target.compression].extension;
}
