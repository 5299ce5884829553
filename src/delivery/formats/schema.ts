/**
 * The columns of a Glue table, as the type strings of Hive describe them: read once per version of a table, and what
 * cannot be read is named with its place.
 *
 *   struct<who:struct<name:string,age:int>,tags:array<string>,price:map<string,decimal(10,2)>>
 *
 * https://cwiki.apache.org/confluence/display/Hive/LanguageManual+Types
 */
import {
  CHAR_MAX_LENGTH,
  COLUMN_NAME_MAX_LENGTH,
  COLUMN_TYPE_MAX_DEPTH,
  COLUMN_TYPE_MAX_LENGTH,
  DECIMAL_MAX_DIGITS,
  VARCHAR_MAX_LENGTH,
} from "../../limits.ts";
import { type ConversionError, invalidSchema, NO_COLUMNS } from "./conversion-error.ts";

export type PlainKind =
  | "boolean"
  | "tinyint"
  | "smallint"
  | "int"
  | "bigint"
  | "float"
  | "double"
  | "string"
  | "binary"
  | "date"
  | "timestamp";

export type PrimitiveType =
  | { readonly [Kind in PlainKind]: { readonly kind: Kind } }[PlainKind]
  /** `length` in code points. */
  | { readonly kind: "char"; readonly length: number }
  | { readonly kind: "varchar"; readonly length: number }
  | { readonly kind: "decimal"; readonly precision: number; readonly scale: number };

export type ColumnType =
  | PrimitiveType
  | { readonly kind: "array"; readonly element: ColumnType }
  | { readonly kind: "map"; readonly key: PrimitiveType; readonly value: ColumnType }
  | { readonly kind: "struct"; readonly fields: readonly Field[] };

/** A column of the table, or a member of a struct. */
export interface Field {
  readonly name: string;
  readonly type: ColumnType;
}

/** In the table's order; names differ by more than case. */
export type Schema = readonly Field[];

/** A column as Glue keeps it. */
export interface TableColumn {
  readonly Name?: string | undefined;
  readonly Type?: string | undefined;
}

export type SchemaResult =
  | { readonly kind: "schema"; readonly schema: Schema }
  /** No record of the table can be converted, for that reason. */
  | ({ readonly kind: "invalid" } & ConversionError);

/** @example readSchema([{ Name: "id", Type: "bigint" }]) */
export function readSchema(columns: readonly TableColumn[]): SchemaResult {
  if (columns.length === 0) return { kind: "invalid", ...NO_COLUMNS };
  try {
    const schema = columns.map(({ Name = "", Type = "" }) => readColumn(Name, Type));
    refuseTwins(schema, "the table");
    return { kind: "schema", schema };
  } catch (error) {
    if (!(error instanceof InvalidType)) throw error;
    return { kind: "invalid", ...invalidSchema(error.message) };
  }
}

/** A type that nobody can write, or that is no type at all. */
class InvalidType extends Error {}

function readColumn(name: string, type: string): Field {
  if (name === "") throw new InvalidType("a column has no name");
  if (name.length > COLUMN_NAME_MAX_LENGTH) {
    throw new InvalidType(
      `the column name ${name.slice(0, 40)}… has ${name.length} characters, of ${COLUMN_NAME_MAX_LENGTH} at most`,
    );
  }
  if (type.length > COLUMN_TYPE_MAX_LENGTH) {
    throw new InvalidType(
      `the type of column ${name} has ${type.length} characters, of ${COLUMN_TYPE_MAX_LENGTH} at most`,
    );
  }
  return { name, type: new TypeReader(name, type).whole() };
}

const PLAIN_KINDS: ReadonlyMap<string, PlainKind> = new Map([
  ["boolean", "boolean"],
  ["tinyint", "tinyint"],
  ["smallint", "smallint"],
  ["int", "int"],
  ["integer", "int"],
  ["bigint", "bigint"],
  ["float", "float"],
  ["real", "float"],
  ["double", "double"],
  ["double precision", "double"],
  ["string", "string"],
  ["binary", "binary"],
  ["date", "date"],
  ["timestamp", "timestamp"],
]);

const DECIMAL_NAMES = new Set(["decimal", "dec", "numeric"]);
/** Of a decimal that names neither. */
const DECIMAL_DEFAULTS = { precision: 10, scale: 0 };

/** One pass over one type string. */
class TypeReader {
  readonly #column: string;
  readonly #text: string;
  #at = 0;

  constructor(column: string, text: string) {
    this.#column = column;
    this.#text = text;
  }

  whole(): ColumnType {
    const type = this.#type(0);
    this.#skipBlanks();
    if (this.#at < this.#text.length) throw this.#unexpected("the end of the type");
    return type;
  }

  #type(depth: number): ColumnType {
    if (depth > COLUMN_TYPE_MAX_DEPTH) {
      throw this.#invalid(`is nested deeper than ${COLUMN_TYPE_MAX_DEPTH} levels`);
    }
    const name = this.#typeName();
    switch (name) {
      case "array": {
        this.#expect("<");
        const element = this.#type(depth + 1);
        this.#expect(">");
        return { kind: "array", element };
      }
      case "map": {
        this.#expect("<");
        const key = this.#type(depth + 1);
        if (key.kind === "array" || key.kind === "map" || key.kind === "struct") {
          throw this.#invalid(`has a map whose keys are of type ${key.kind}; keys are primitive`);
        }
        this.#expect(",");
        const value = this.#type(depth + 1);
        this.#expect(">");
        return { kind: "map", key, value };
      }
      case "struct":
        return this.#struct(depth);
      default:
        return this.#primitive(name);
    }
  }

  #struct(depth: number): ColumnType {
    this.#expect("<");
    const fields: Field[] = [];
    do {
      const name = this.#fieldName();
      this.#expect(":");
      fields.push({ name, type: this.#type(depth + 1) });
    } while (this.#take(","));
    this.#expect(">");
    refuseTwins(fields, `the struct of column ${this.#column}`);
    return { kind: "struct", fields };
  }

  #primitive(name: string): PrimitiveType {
    const kind = PLAIN_KINDS.get(name);
    if (kind !== undefined) return { kind };
    if (DECIMAL_NAMES.has(name)) return this.#decimal();
    if (name === "char" || name === "varchar") {
      const [length] = this.#numbers(1, 1);
      const most = name === "char" ? CHAR_MAX_LENGTH : VARCHAR_MAX_LENGTH;
      if (length === undefined || length < 1 || length > most) {
        throw this.#invalid(`has ${name}(${length}), whose length must be 1..${most}`);
      }
      return { kind: name, length };
    }
    if (name === "") throw this.#unexpected("a type");
    throw this.#invalid(`has the type ${name}, which cannot be converted`);
  }

  #decimal(): PrimitiveType {
    const [precision = DECIMAL_DEFAULTS.precision, scale = DECIMAL_DEFAULTS.scale] = this.#numbers(
      0,
      2,
    );
    if (precision < 1 || precision > DECIMAL_MAX_DIGITS || scale > precision) {
      throw this.#invalid(
        `has decimal(${precision},${scale}), whose precision must be 1..${DECIMAL_MAX_DIGITS} and whose scale no more than that`,
      );
    }
    return { kind: "decimal", precision, scale };
  }

  /** What stands in parentheses behind a name. */
  #numbers(least: number, most: number): readonly number[] {
    const found: number[] = [];
    if (this.#take("(")) {
      do {
        this.#skipBlanks();
        const digits = /^\d{1,5}/.exec(this.#text.slice(this.#at, this.#at + 5))?.[0];
        if (digits === undefined) throw this.#unexpected("a number");
        this.#at += digits.length;
        found.push(Number(digits));
      } while (found.length < most && this.#take(","));
      this.#expect(")");
    }
    if (found.length < least) throw this.#unexpected("( and a length");
    return found;
  }

  #typeName(): string {
    this.#skipBlanks();
    const start = this.#at;
    while (/[A-Za-z0-9_]/.test(this.#text.charAt(this.#at))) this.#at++;
    const name = this.#text.slice(start, this.#at).toLowerCase();
    // The one name of two words.
    const second = name === "double" && /^\s+precision\b/i.exec(this.#text.slice(this.#at));
    if (!second) return name;
    this.#at += second[0].length;
    return "double precision";
  }

  /** Up to the colon; in back quotes anything, a back quote itself twice. */
  #fieldName(): string {
    this.#skipBlanks();
    const rest = this.#text.slice(this.#at, this.#at + 2 * COLUMN_NAME_MAX_LENGTH + 2);
    const quoted = /^`((?:[^`]|``)*)`/.exec(rest);
    const [whole, name] = quoted ?? /^([^`:,<>()]*[^`:,<>()\s])\s*(?=:)/.exec(rest) ?? [];
    if (whole === undefined || !name) throw this.#unexpected("a member's name and a colon");
    this.#at += whole.length;
    return quoted ? name.replaceAll("``", "`") : name;
  }

  #take(character: string): boolean {
    this.#skipBlanks();
    if (this.#text.charAt(this.#at) !== character) return false;
    this.#at++;
    return true;
  }

  #expect(character: string): void {
    if (!this.#take(character)) throw this.#unexpected(character);
  }

  #skipBlanks(): void {
    while (/\s/.test(this.#text.charAt(this.#at))) this.#at++;
  }

  #unexpected(wanted: string): InvalidType {
    const found = this.#text.slice(this.#at, this.#at + 20);
    return this.#invalid(
      `has at position ${this.#at + 1} ${found === "" ? "nothing" : JSON.stringify(found)} where ${wanted} is expected`,
    );
  }

  #invalid(what: string): InvalidType {
    return new InvalidType(`the type of column ${this.#column} ${what}`);
  }
}

function refuseTwins(fields: readonly Field[], place: string): void {
  const seen = new Set<string>();
  for (const { name } of fields) {
    const folded = name.toLowerCase();
    if (seen.has(folded)) throw new InvalidType(`${place} has two members ${folded}`);
    seen.add(folded);
  }
}
