/**
 * Rows to columns in Arrow's layout: for each value the builder of its type notes whether there is one, and its bytes.
 * The buffers stay from batch to batch; what `finish` gives out is valid until the next `append`.
 * https://arrow.apache.org/docs/format/Columnar.html
 */
import {
  Batch,
  binary,
  bool,
  type DataType,
  dateDay,
  decimal128,
  field,
  type Field as ArrowField,
  fixedSizeBinary,
  float32,
  float64,
  int16,
  int32,
  int64,
  int8,
  list,
  map,
  struct,
  TimeUnit,
  timestamp,
  utf8,
} from "@uwdata/flechette";
import type { Value } from "./row.ts";
import type { ColumnType, Field } from "./schema.ts";
import { withoutEnd } from "./text-values.ts";

export interface ColumnBuilder {
  readonly type: DataType;
  append(value: Value): void;
  /** Of what was appended since the last time. */
  finish(): Batch<unknown>;
  /** Roughly what is held. */
  byteLength(): number;
}

export function columnBuilder(type: ColumnType): ColumnBuilder {
  switch (type.kind) {
    case "boolean":
      return new BooleanBuilder();
    case "tinyint":
      return new NumberBuilder(int8(), Int8Array);
    case "smallint":
      return new NumberBuilder(int16(), Int16Array);
    case "int":
      return new NumberBuilder(int32(), Int32Array);
    case "date":
      return new NumberBuilder(dateDay(), Int32Array);
    case "float":
      return new NumberBuilder(float32(), Float32Array);
    case "double":
      return new NumberBuilder(float64(), Float64Array);
    case "bigint":
      return new LongBuilder(int64());
    case "timestamp":
      return new TimestampBuilder();
    case "decimal":
      return new DecimalBuilder(type.precision, type.scale);
    case "string":
    case "varchar":
      return new TextBuilder();
    case "char":
      return new CharBuilder();
    case "binary":
      return new BinaryBuilder();
    case "array":
      return new ListBuilder(columnBuilder(type.element));
    case "map":
      return new MapBuilder(columnBuilder(type.key), columnBuilder(type.value));
    case "struct":
      return structBuilder(type.fields);
  }
}

function structBuilder(fields: readonly Field[]): ColumnBuilder {
  const members = fields.map(({ type }) => columnBuilder(type));
  return new StructBuilder(
    members,
    fields.map(({ name }, i) => field(name, members[i]!.type)),
  );
}

const FIRST_CAPACITY = 64;
const NO_BYTES = new Uint8Array(0);

/** Which values there are, a bit each. */
class Validity {
  count = 0;
  nullCount = 0;
  #bits = new Uint8Array(FIRST_CAPACITY / 8);

  /** @returns the place of the value */
  note(isValue: boolean): number {
    const at = this.count++;
    const byte = at >> 3;
    if (byte >= this.#bits.length) this.#bits = grown(this.#bits, byte + 1);
    if (isValue) this.#bits[byte]! |= 1 << (at & 7);
    else this.nullCount++;
    return at;
  }

  /** What every batch has, whatever its type. Begins anew. */
  finish(): { length: number; nullCount: number; validity: Uint8Array } {
    const { count: length, nullCount } = this;
    const used = this.#bits.subarray(0, (length + 7) >> 3);
    const validity = nullCount === 0 ? NO_BYTES : used.slice();
    used.fill(0);
    this.count = 0;
    this.nullCount = 0;
    return { length, nullCount, validity };
  }
}

export class BooleanBuilder implements ColumnBuilder {
  readonly type = bool();
  readonly #validity = new Validity();
  #bits = new Uint8Array(FIRST_CAPACITY / 8);

  append(value: Value): void {
    const at = this.#validity.note(value !== null);
    const byte = at >> 3;
    if (byte >= this.#bits.length) this.#bits = grown(this.#bits, byte + 1);
    if (value === true) this.#bits[byte]! |= 1 << (at & 7);
  }

  finish(): Batch<unknown> {
    const common = this.#validity.finish();
    const used = this.#bits.subarray(0, (common.length + 7) >> 3);
    const values = used.slice();
    used.fill(0);
    return new Batch({ ...common, type: this.type, values });
  }

  byteLength(): number {
    return this.#validity.count >> 2;
  }
}

type NumberArray = Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;

export class NumberBuilder implements ColumnBuilder {
  readonly type: DataType;
  readonly #validity = new Validity();
  #values: NumberArray;

  constructor(type: DataType, Values: new (length: number) => NumberArray) {
    this.type = type;
    this.#values = new Values(FIRST_CAPACITY);
  }

  append(value: Value): void {
    const at = this.#validity.note(value !== null);
    if (at >= this.#values.length) this.#values = grown(this.#values, at + 1);
    this.#values[at] = value === null ? 0 : (value as number);
  }

  finish(): Batch<unknown> {
    const common = this.#validity.finish();
    return new Batch({
      ...common,
      type: this.type,
      values: this.#values.subarray(0, common.length),
    });
  }

  byteLength(): number {
    return this.#validity.count * this.#values.BYTES_PER_ELEMENT;
  }
}

export class LongBuilder implements ColumnBuilder {
  readonly type: DataType;
  readonly #validity = new Validity();
  #values = new BigInt64Array(FIRST_CAPACITY);

  constructor(type: DataType) {
    this.type = type;
  }

  append(value: Value): void {
    const at = this.#validity.note(value !== null);
    if (at >= this.#values.length) this.#values = grown(this.#values, at + 1);
    this.#values[at] = value === null ? 0n : (value as bigint);
  }

  finish(): Batch<unknown> {
    const common = this.#validity.finish();
    return new Batch({
      ...common,
      type: this.type,
      values: this.#values.subarray(0, common.length),
    });
  }

  byteLength(): number {
    return this.#validity.count * 8;
  }
}

const NANOS_PER_MICROSECOND = 1000n;

/** Instants in microseconds: what all readers know. What is finer is cut off, towards the past. */
class TimestampBuilder extends LongBuilder {
  constructor() {
    super(timestamp(TimeUnit.MICROSECOND, "UTC"));
  }

  override append(value: Value): void {
    if (value === null) return super.append(value);
    const nanos = value as bigint;
    const micros = nanos / NANOS_PER_MICROSECOND;
    const isPastCut = nanos < 0n && micros * NANOS_PER_MICROSECOND !== nanos;
    super.append(isPastCut ? micros - 1n : micros);
  }
}

const WORD_BITS = 64n;

/** 128 bits each, the low word first. */
export class DecimalBuilder implements ColumnBuilder {
  readonly type: DataType;
  readonly #validity = new Validity();
  #words = new BigInt64Array(2 * FIRST_CAPACITY);

  constructor(precision: number, scale: number) {
    this.type = decimal128(precision, scale);
  }

  append(value: Value): void {
    const at = 2 * this.#validity.note(value !== null);
    if (at + 1 >= this.#words.length) this.#words = grown(this.#words, at + 2);
    const unscaled = value === null ? 0n : (value as bigint);
    this.#words[at] = unscaled;
    this.#words[at + 1] = unscaled >> WORD_BITS;
  }

  finish(): Batch<unknown> {
    const common = this.#validity.finish();
    const words = this.#words.subarray(0, 2 * common.length);
    const values = new BigUint64Array(words.buffer, words.byteOffset, words.length);
    return new Batch({ ...common, type: this.type, values });
  }

  byteLength(): number {
    return this.#validity.count * 16;
  }
}

/** Values of any length behind each other, and where each begins. */
class Variable {
  readonly validity = new Validity();
  readonly offsets = new Offsets();
  bytes = Buffer.allocUnsafeSlow(16 * FIRST_CAPACITY);

  /** Makes room for so many bytes more. */
  prepare(length: number): void {
    const needed = this.offsets.end + length;
    if (needed <= this.bytes.length) return;
    const more = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.bytes.length));
    more.set(this.bytes.subarray(0, this.offsets.end));
    this.bytes = more;
  }

  finish(type: DataType): Batch<unknown> {
    const common = this.validity.finish();
    const values = this.bytes.subarray(0, this.offsets.end);
    return new Batch({ ...common, type, values, offsets: this.offsets.finish() });
  }
}

class Offsets {
  end = 0;
  #count = 0;
  #starts = new Int32Array(FIRST_CAPACITY);

  /** One more value, of so many bytes or elements. */
  push(length: number): void {
    this.end += length;
    const at = ++this.#count;
    if (at >= this.#starts.length) this.#starts = grown(this.#starts, at + 1);
    this.#starts[at] = this.end;
  }

  finish(): Int32Array {
    const starts = this.#starts.subarray(0, this.#count + 1);
    this.#count = 0;
    this.end = 0;
    return starts;
  }
}

export class TextBuilder implements ColumnBuilder {
  readonly type = utf8();
  readonly #variable = new Variable();

  append(value: Value): void {
    const { validity, offsets } = this.#variable;
    validity.note(value !== null);
    if (value === null) return offsets.push(0);
    const text = value as string;
    // No UTF-16 unit takes more than three bytes.
    this.#variable.prepare(3 * text.length);
    offsets.push(this.#variable.bytes.write(text, offsets.end));
  }

  finish(): Batch<unknown> {
    return this.#variable.finish(this.type);
  }

  byteLength(): number {
    return this.#variable.offsets.end + 4 * this.#variable.validity.count;
  }
}

/** Without the blanks at the end: readers put them back, as Hive's do. */
class CharBuilder extends TextBuilder {
  override append(value: Value): void {
    super.append(value === null ? null : withoutEnd(value as string, " "));
  }
}

export class BinaryBuilder implements ColumnBuilder {
  readonly type = binary();
  readonly #variable = new Variable();

  append(value: Value): void {
    const { validity, offsets } = this.#variable;
    validity.note(value !== null);
    if (value === null) return offsets.push(0);
    const bytes = value as Uint8Array;
    this.#variable.prepare(bytes.length);
    this.#variable.bytes.set(bytes, offsets.end);
    offsets.push(bytes.length);
  }

  finish(): Batch<unknown> {
    return this.#variable.finish(this.type);
  }

  byteLength(): number {
    return this.#variable.offsets.end + 4 * this.#variable.validity.count;
  }
}

/** Bytes, so many of each. */
export class FixedBuilder implements ColumnBuilder {
  readonly type: DataType;
  readonly #byteCount: number;
  readonly #validity = new Validity();
  #bytes: Uint8Array;

  constructor(byteCount: number) {
    this.type = fixedSizeBinary(byteCount);
    this.#byteCount = byteCount;
    this.#bytes = new Uint8Array(FIRST_CAPACITY * byteCount);
  }

  append(value: Value): void {
    const start = this.#validity.note(value !== null) * this.#byteCount;
    const end = start + this.#byteCount;
    if (end > this.#bytes.length) this.#bytes = grown(this.#bytes, end);
    if (value === null) this.#bytes.fill(0, start, end);
    else this.#bytes.set(value as Uint8Array, start);
  }

  finish(): Batch<unknown> {
    const common = this.#validity.finish();
    const values = this.#bytes.subarray(0, common.length * this.#byteCount);
    return new Batch({ ...common, type: this.type, values });
  }

  byteLength(): number {
    return this.#validity.count * this.#byteCount;
  }
}

export class ListBuilder implements ColumnBuilder {
  readonly type: DataType;
  readonly #element: ColumnBuilder;
  readonly #validity = new Validity();
  readonly #offsets = new Offsets();

  constructor(element: ColumnBuilder, elementField: ArrowField = field("element", element.type)) {
    this.type = list(elementField);
    this.#element = element;
  }

  append(value: Value): void {
    this.#validity.note(value !== null);
    const elements = (value ?? []) as readonly Value[];
    for (const element of elements) this.#element.append(element);
    this.#offsets.push(elements.length);
  }

  finish(): Batch<unknown> {
    const children = [this.#element.finish()];
    const offsets = this.#offsets.finish();
    return new Batch({ ...this.#validity.finish(), type: this.type, offsets, children });
  }

  byteLength(): number {
    return 4 * this.#validity.count + this.#element.byteLength();
  }
}

/** A list of pairs, whose keys are never null. */
export class MapBuilder implements ColumnBuilder {
  readonly type: DataType;
  readonly #key: ColumnBuilder;
  readonly #value: ColumnBuilder;
  readonly #validity = new Validity();
  readonly #offsets = new Offsets();
  readonly #pairs = new Validity();
  readonly #pairType: DataType;

  constructor(
    key: ColumnBuilder,
    value: ColumnBuilder,
    keyField: ArrowField = field("key", key.type, false),
    valueField: ArrowField = field("value", value.type),
  ) {
    this.#key = key;
    this.#value = value;
    const type = map(keyField, valueField);
    const [pair] = type.children;
    this.#pairType = pair.type;
    // The name that the format's specification gives to the pairs.
    this.type = { ...type, children: [{ ...pair, name: "key_value" }] };
  }

  append(value: Value): void {
    this.#validity.note(value !== null);
    const pairs = (value ?? []) as readonly (readonly [Value, Value])[];
    for (const [key, element] of pairs) {
      this.#pairs.note(true);
      this.#key.append(key);
      this.#value.append(element);
    }
    this.#offsets.push(pairs.length);
  }

  finish(): Batch<unknown> {
    const children = [this.#key.finish(), this.#value.finish()];
    const pairs = new Batch({ ...this.#pairs.finish(), type: this.#pairType, children });
    const offsets = this.#offsets.finish();
    const common = this.#validity.finish();
    return new Batch({ ...common, type: this.type, offsets, children: [pairs] });
  }

  byteLength(): number {
    return 4 * this.#validity.count + this.#key.byteLength() + this.#value.byteLength();
  }
}

export class StructBuilder implements ColumnBuilder {
  readonly type: DataType;
  readonly #members: readonly ColumnBuilder[];
  readonly #validity = new Validity();

  constructor(members: readonly ColumnBuilder[], fields: readonly ArrowField[]) {
    this.#members = members;
    this.type = struct([...fields]);
  }

  append(value: Value): void {
    this.#validity.note(value !== null);
    const values = value as readonly Value[] | null;
    for (let i = 0; i < this.#members.length; i++) {
      this.#members[i]!.append(values === null ? null : values[i]!);
    }
  }

  finish(): Batch<unknown> {
    const children = this.#members.map((member) => member.finish());
    return new Batch({ ...this.#validity.finish(), type: this.type, children });
  }

  byteLength(): number {
    return this.#members.reduce((sum, member) => sum + member.byteLength(), 0);
  }
}

/** A longer copy. */
function grown<Values extends TypedArray>(values: Values, least: number): Values {
  const Longer = values.constructor as new (length: number) => Values;
  const longer = new Longer(Math.max(least, 2 * values.length));
  (longer as Uint8Array).set(values as Uint8Array);
  return longer;
}

type TypedArray = NumberArray | Uint8Array | BigInt64Array;
