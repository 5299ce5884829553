/**
 * What a manifest says of a file's columns: how many values and nulls, the least and the greatest. By it readers pass over
 * files; a bound that is too wide costs them time, one that is too narrow rows.
 */
import type { Row, Value } from "../../formats/row.ts";
import { cutText } from "../../formats/text-values.ts";
import type { AvroRecord } from "./avro.ts";
import { compareValues, valueBytes } from "./single-value.ts";
import type { Leaf } from "./types.ts";

/** Of texts and bytes, in characters and bytes: as Iceberg's own writers cut them. */
const BOUND_MAX_LENGTH = 16;

export class ColumnMetrics {
  readonly #leaf: Leaf;
  #nullCount = 0;
  #valueCount = 0;
  #nanCount = 0;
  #least: NonNullable<Value> | undefined;
  #greatest: NonNullable<Value> | undefined;

  constructor(leaf: Leaf) {
    this.#leaf = leaf;
  }

  note(row: Row): void {
    const value = valueAt(row, this.#leaf.path);
    this.#valueCount++;
    if (value === null) {
      this.#nullCount++;
    } else if (Number.isNaN(value)) {
      this.#nanCount++;
    } else {
      if (this.#least === undefined || compareValues(value, this.#least) < 0) this.#least = value;
      if (this.#greatest === undefined || compareValues(value, this.#greatest) > 0) {
        this.#greatest = value;
      }
    }
  }

  summary(): LeafSummary {
    const { field, type } = this.#leaf;
    const isFloating = type.kind === "float" || type.kind === "double";
    const lower = this.#least === undefined ? undefined : cutDown(signedZero(this.#least, -0));
    const upper = this.#greatest === undefined ? undefined : cutUp(signedZero(this.#greatest, 0));
    return {
      id: field.id,
      valueCount: this.#valueCount,
      nullCount: this.#nullCount,
      ...(isFloating && { nanCount: this.#nanCount }),
      ...(lower !== undefined && { lower: valueBytes(type, lower) }),
      ...(upper !== undefined && { upper: valueBytes(type, upper) }),
    };
  }
}

interface LeafSummary {
  readonly id: number;
  readonly valueCount: number;
  readonly nullCount: number;
  readonly nanCount?: number;
  readonly lower?: Uint8Array;
  readonly upper?: Uint8Array;
}

export function valueAt(row: Row, path: readonly number[]): Value {
  let value: Value = row;
  for (const at of path) {
    if (value === null) return null;
    value = (value as Row)[at]!;
  }
  return value;
}

/** Both zeros are one number, and may be two for whoever compares bits. */
function signedZero(value: NonNullable<Value>, zero: number): NonNullable<Value> {
  return value === 0 ? zero : value;
}

function cutDown(value: NonNullable<Value>): NonNullable<Value> {
  if (typeof value === "string") return cutText(value, BOUND_MAX_LENGTH);
  return value instanceof Uint8Array ? value.subarray(0, BOUND_MAX_LENGTH) : value;
}

/** What is greater than all that begin like it; `undefined`: nothing that short is. */
function cutUp(value: NonNullable<Value>): NonNullable<Value> | undefined {
  if (typeof value === "string") {
    const cut = cutText(value, BOUND_MAX_LENGTH);
    return cut === value ? value : nextText(cut);
  }
  if (!(value instanceof Uint8Array) || value.length <= BOUND_MAX_LENGTH) return value;
  const cut = new Uint8Array(value.subarray(0, BOUND_MAX_LENGTH));
  for (let at = cut.length - 1; at >= 0; at--) {
    const byte = cut[at]!;
    if (byte === 0xff) continue;
    cut[at] = byte + 1;
    return cut.subarray(0, at + 1);
  }
  return undefined;
}

const LAST_POINT = 0x10ffff;
const SURROGATES = { first: 0xd800, next: 0xe000 };

function nextText(text: string): string | undefined {
  const points = Array.from(text, (character) => character.codePointAt(0)!);
  for (let at = points.length - 1; at >= 0; at--) {
    const next = points[at]! + 1;
    if (next > LAST_POINT) continue;
    const point = next === SURROGATES.first ? SURROGATES.next : next;
    return String.fromCodePoint(...points.slice(0, at), point);
  }
  return undefined;
}

/** As members of a manifest's `data_file`. */
export function metricsMembers(metrics: readonly ColumnMetrics[]): AvroRecord {
  const leaves = metrics.map((one) => one.summary());
  const pairs = <Picked>(pick: (leaf: LeafSummary) => Picked | undefined) =>
    leaves.flatMap((leaf) => {
      const value = pick(leaf);
      return value === undefined ? [] : [{ key: leaf.id, value }];
    });
  return {
    value_counts: pairs(({ valueCount }) => valueCount),
    null_value_counts: pairs(({ nullCount }) => nullCount),
    nan_value_counts: pairs(({ nanCount }) => nanCount),
    lower_bounds: pairs(({ lower }) => lower),
    upper_bounds: pairs(({ upper }) => upper),
  };
}
