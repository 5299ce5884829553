/**
 * The statements of a flush. Redshift does not enforce keys, so nothing but the transaction itself keeps a flush from being
 * copied twice: it takes the table of positions for itself, fails where the flush is in it, copies, and notes the flush. Whoever
 * waited for the table sees what was noted before, for a transaction's snapshot is taken behind its LOCK.
 * https://docs.aws.amazon.com/redshift/latest/dg/r_LOCK.html
 */
import type { RedshiftSettings } from "./settings.ts";

export interface Copy {
  /** Of the flush: the same in every attempt. */
  readonly id: string;
  readonly streamName: string;
  /** `s3://bucket/key` */
  readonly manifestUrl: string;
  readonly atMs: number;
}

/** Streams do not wait for each other; what a stream copies into a table would wait anyway. */
export function positionsTable(streamName: string): string {
  return `"hydrant_positions_${streamName}"`;
}

export function createStatements(streamName: string): readonly string[] {
  const table = positionsTable(streamName);
  return [
    `CREATE TABLE IF NOT EXISTS ${table} (flush CHAR(36) NOT NULL, copied_at TIMESTAMP NOT NULL)`,
  ];
}

export function copyStatements(
  settings: RedshiftSettings,
  { id, streamName, manifestUrl, atMs }: Copy,
): readonly string[] {
  const positions = positionsTable(streamName);
  const flush = quoted(id);
  const at = quoted(new Date(atMs).toISOString().slice(0, 19).replace("T", " "));
  return [
    `LOCK TABLE ${positions}`,
    // Divides by zero where the flush is noted.
    `SELECT 1 / (CASE WHEN COUNT(*) = 0 THEN 1 ELSE 0 END) FROM ${positions} WHERE flush = ${flush}`,
    copyStatement(settings, manifestUrl),
    `INSERT INTO ${positions} (flush, copied_at) VALUES (${flush}, ${at})`,
  ];
}

function copyStatement(settings: RedshiftSettings, manifestUrl: string): string {
  const { table, columns, copyOptions: options = "", compression, roleArn } = settings;
  const says = (words: RegExp) => words.test(withoutTexts(options));
  return [
    `COPY ${table}`,
    ...(columns ? [`(${columns.replace(/^\s*\((.*)\)\s*$/s, "$1")})`] : []),
    `FROM ${quoted(manifestUrl)}`,
    ...(says(ENTERING) ? [] : [`IAM_ROLE ${quoted(roleArn)}`]),
    ...(says(/\bMANIFEST\b/i) ? [] : ["MANIFEST"]),
    ...(compression === "GZIP" && !says(/\bGZIP\b/i) ? ["GZIP"] : []),
    ...(options === "" ? [] : [options]),
  ].join(" ");
}

const ENTERING = /\b(IAM_ROLE|CREDENTIALS|ACCESS_KEY_ID)\b/i;

/** `undefined`: it may stand where AWS's example has one, at the end. */
export function statementProblem(text: string): "semicolon" | "quote" | undefined {
  const bare = withoutTexts(text);
  if (/['"]/.test(bare)) return "quote";
  return /;(?!\s*$)|--|\/\*/.test(bare) ? "semicolon" : undefined;
}

export function withoutSemicolon(text: string): string {
  let rest = text.trim();
  while (rest.endsWith(";")) rest = rest.slice(0, -1).trimEnd();
  return rest;
}

/** What lies between quotes says nothing of the statement. */
function withoutTexts(text: string): string {
  return text.replaceAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"/g, " ");
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Of the statement that looks for the flush: it has been copied. */
export function isCopied(reason: string): boolean {
  return /divi(de|sion) by zero/i.test(reason);
}

export function lacksPositions(reason: string, streamName: string): boolean {
  const name = positionsTable(streamName).slice(1, -1).toLowerCase();
  const text = reason.toLowerCase();
  // PostgreSQL cuts names at 63 bytes.
  return /does not exist|not found/.test(text) && text.includes(name.slice(0, 63));
}
