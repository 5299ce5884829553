/**
 * What the SerDes themselves make of tricky records: `fixtures/serde/cases.json` holds the answers of Hive 2.3.9's
 * JsonSerDe and of OpenX 1.3.9 (in Hive 3), each run on a Java machine in November 2026; a failure is noted as such,
 * without its words.
 */
import { readFileSync } from "node:fs";
import type { HiveOptions } from "../../src/delivery/formats/hive-json.ts";
import { OPENX_DEFAULTS, type OpenXOptions } from "../../src/delivery/formats/openx-json.ts";
import type { Value } from "../../src/delivery/formats/row.ts";
import type { ColumnType, Field, TableColumn } from "../../src/delivery/formats/schema.ts";

export type SerdeName = "hive" | "openx";

export interface SerdeAnswer {
  /** In the fixture's own spelling; null: a row of nothing but nulls, or none. */
  readonly row?: unknown;
  readonly fails?: true;
}

export interface SerdeCase {
  readonly id: string;
  /** `a:int,b:array<string>` */
  readonly columns: string;
  /** Of the table, comma behind comma. */
  readonly properties: string;
  /** Its text, or `hex:` and its bytes. */
  readonly record: string;
  readonly hive: SerdeAnswer;
  readonly openx: SerdeAnswer;
}

export const SERDE_CASES = JSON.parse(
  readFileSync(new URL("../fixtures/serde/cases.json", import.meta.url), "utf8"),
) as readonly SerdeCase[];

export function tableColumns(columns: string): readonly TableColumn[] {
  const found: { Name: string; Type: string }[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at <= columns.length; at++) {
    const character = columns.charAt(at);
    if ("<(".includes(character) && character !== "") depth++;
    if (">)".includes(character) && character !== "") depth--;
    if (character !== "" && (character !== "," || depth > 0)) continue;
    const [Name = "", Type = ""] = columns.slice(from, at).split(/:(.*)/s);
    found.push({ Name, Type });
    from = at + 1;
  }
  return found;
}

export function recordBytes({ record }: SerdeCase): Uint8Array {
  return record.startsWith("hex:") ? Buffer.from(record.slice(4), "hex") : Buffer.from(record);
}

export function openXOptions({ properties }: SerdeCase): OpenXOptions {
  const [name = "", value = ""] = properties.split(/=(.*)/s);
  if (name === "case.insensitive") return { ...OPENX_DEFAULTS, caseInsensitive: value === "true" };
  if (name === "dots.in.keys") {
    return { ...OPENX_DEFAULTS, convertDotsInJsonKeysToUnderscores: value === "true" };
  }
  if (!name.startsWith("mapping.")) return OPENX_DEFAULTS;
  const columnToJsonKeyMappings = { [name.slice("mapping.".length)]: value };
  return { ...OPENX_DEFAULTS, columnToJsonKeyMappings };
}

export function hiveOptions({ properties }: SerdeCase): HiveOptions {
  const [, formats] = /^timestamp\.formats=(.*)$/.exec(properties) ?? [];
  return { timestampFormats: formats?.split(",") ?? [] };
}

/** A value in the fixture's spelling. */
export function spelled(value: Value, type: ColumnType): unknown {
  if (value === null) return null;
  switch (type.kind) {
    case "array":
      return (value as Value[]).map((element) => spelled(element, type.element));
    case "map":
      return Object.fromEntries(
        (value as [Value, Value][]).map(([key, element]) => [
          spelledKey(spelled(key, type.key)),
          spelled(element, type.value),
        ]),
      );
    case "struct":
      return spelledRow(value as Value[], type.fields);
    case "bigint":
      return { bigint: String(value) };
    case "float":
      return spelledDouble(shortestOfFloat(value as number));
    case "double":
      return spelledDouble(value as number);
    case "char":
      return { char: value };
    case "varchar":
      return { varchar: value };
    case "binary":
      return { base64: Buffer.from(value as Uint8Array).toString("base64") };
    case "decimal":
      return { decimal: spelledDecimal(value as bigint, type.scale) };
    case "date":
      return { date: new Date((value as number) * 86_400_000).toISOString().slice(0, 10) };
    case "timestamp":
      return { timestamp: spelledTimestamp(value as bigint) };
    default:
      return value;
  }
}

export function spelledRow(row: readonly Value[], fields: readonly Field[]): unknown {
  return Object.fromEntries(fields.map(({ name, type }, i) => [name, spelled(row[i]!, type)]));
}

function spelledKey(key: unknown): string {
  return String(typeof key === "object" && key !== null ? Object.values(key)[0] : key);
}

/** The shortest decimal number that means the same 32 bits. */
function shortestOfFloat(value: number): number {
  for (let digits = 1; digits <= 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}

function spelledDouble(value: number): unknown {
  return Number.isFinite(value) ? value : { double: String(value) };
}

function spelledDecimal(value: bigint, scale: number): string {
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, "0");
  const whole = digits.slice(0, digits.length - scale);
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, "");
  return `${value < 0n ? "-" : ""}${whole}${fraction && `.${fraction}`}`;
}

function spelledTimestamp(nanos: bigint): string {
  const fraction = ((nanos % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  const seconds = Number((nanos - fraction) / 1_000_000_000n);
  const text = new Date(seconds * 1000).toISOString().slice(0, 19).replace("T", " ");
  const digits = String(fraction).padStart(9, "0").replace(/0+$/, "");
  return digits === "" ? text : `${text}.${digits}`;
}
