/**
 * A record's bytes to rows: one for each of its documents, or the reason why there are none. A record fails as a whole;
 * it never leaves some of its rows in the file and others behind.
 */
import {
  type ConversionError,
  EMPTY_RECORD,
  TOP_LEVEL_ARRAY,
  TOP_LEVEL_PRIMITIVE,
  Unconvertible,
} from "./conversion-error.ts";
import { JsonObject, type JsonValue, readDocuments } from "./json-documents.ts";
import type { Row, Value } from "./row.ts";

export type ReadResult =
  | { readonly kind: "rows"; readonly rows: readonly Row[] }
  | ({ readonly kind: "failed" } & ConversionError);

export interface RecordReader {
  /** Never throws, whatever the bytes are. */
  read(data: Uint8Array): ReadResult;
}

/** @param toRow may throw `Unconvertible` */
export function recordReader(toRow: (document: JsonObject) => Row): RecordReader {
  return {
    read(data) {
      try {
        const documents = readDocuments(data);
        if (documents.length === 0) return { kind: "failed", ...EMPTY_RECORD };
        return { kind: "rows", rows: documents.map((document) => toRow(asObject(document))) };
      } catch (error) {
        if (!(error instanceof Unconvertible)) throw error;
        return { kind: "failed", ...error.reason };
      }
    },
  };
}

function asObject(document: JsonValue): JsonObject {
  if (document instanceof JsonObject) return document;
  throw new Unconvertible(Array.isArray(document) ? TOP_LEVEL_ARRAY : TOP_LEVEL_PRIMITIVE);
}

/** Names in other spellings that are remembered; data with ever new ones must not fill the memory. */
const SPELLINGS_MAX_COUNT = 1000;

/** Finds a column or member by a name as written in the JSON. */
export class NameIndex {
  readonly #positions = new Map<string, number>();
  readonly #spellings = new Map<string, number>();
  readonly #fold: (name: string) => string;

  /**
   * @param names as they are looked for, that is: folded
   * @param fold what makes a name of the JSON comparable
   */
  constructor(names: readonly string[], fold: (name: string) => string) {
    for (const [i, name] of names.entries()) this.#positions.set(name, i);
    this.#fold = fold;
  }

  /** −1: none of them. */
  find(name: string): number {
    const known = this.#spellings.get(name);
    if (known !== undefined) return known;
    const position = this.#positions.get(this.#fold(name)) ?? -1;
    if (this.#spellings.size < SPELLINGS_MAX_COUNT) this.#spellings.set(name, position);
    return position;
  }
}

/** Entries of a map column: equal keys leave one entry, with the last value at the first one's place. */
export class MapEntries {
  readonly #entries: [Value, Value][] = [];
  readonly #places = new Map<Value, number>();

  /** @param name as written: it tells keys apart that are no primitives in JavaScript */
  set(key: Value, value: Value, name: string): void {
    const identity = typeof key === "object" ? name : key;
    const place = this.#places.get(identity);
    if (place !== undefined) {
      this.#entries[place] = [key, value];
      return;
    }
    this.#places.set(identity, this.#entries.length);
    this.#entries.push([key, value]);
  }

  all(): readonly (readonly Value[])[] {
    return this.#entries;
  }
}
