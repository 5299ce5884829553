/** Where the files of tables may lie, which is known once a table is opened: what the deployment lists, and what S3 Tables keeps. */
import { matchesArn } from "../arn-pattern.ts";

/** Buckets of S3 Tables' own, which its rights are about. */
const OF_S3_TABLES = /^arn:aws:s3:::[^/]+--table-s3\//;

/**
 * @param arn of a file: `arn:aws:s3:::lake/tables/a.parquet`
 * @param listed names, `*` for any text, with a folder or without
 */
export function mayHoldTables(arn: string, listed: readonly string[]): boolean {
  if (OF_S3_TABLES.test(arn)) return true;
  return listed.some((name) => name === "*" || matchesArn(`arn:aws:s3:::${name}/*`, arn));
}
