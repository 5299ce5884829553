/**
 * Avro's binary encoding and its container files, as far as Iceberg's manifests need them. A schema is written into the file as it
 * is given: field ids and all. What is read is read by the schema that its writer left in the file, whoever that was.
 * https://avro.apache.org/docs/1.12.0/specification/
 */
import { createHash } from "node:crypto";
import { crc32, deflateRawSync, inflateRawSync, zstdDecompressSync } from "node:zlib";
import { snappyUncompressor } from "hysnappy";
import { AVRO_BLOCK_MAX_BYTES } from "../../../limits.ts";

/** A schema in Avro's JSON; names of types that stand before in it count as such. */
export type AvroSchema = string | readonly AvroSchema[] | AvroNode;

export interface AvroNode {
  readonly type: AvroSchema;
  readonly name?: string;
  readonly fields?: readonly AvroField[];
  readonly items?: AvroSchema;
  readonly values?: AvroSchema;
  readonly symbols?: readonly string[];
  readonly size?: number;
  readonly [other: string]: unknown;
}

export interface AvroField {
  readonly name: string;
  readonly type: AvroSchema;
  readonly [other: string]: unknown;
}

/**
 *   null, boolean, string         as in JavaScript
 *   int, float, double            number
 *   long                          bigint; a number is taken, too
 *   bytes, fixed                  Uint8Array
 *   array, map, record, enum      an array, an object, an object, a string
 *   union                         a value of one of them: null, or the one that is not
 */
export type AvroValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly AvroValue[]
  | { readonly [name: string]: AvroValue };

export type AvroRecord = Readonly<Record<string, AvroValue>>;

/** A file that is none, or of a kind that nobody writes for Iceberg. */
export class AvroUnreadable extends Error {}

const MAGIC = Buffer.from("Obj\u0001", "latin1");
const SYNC_BYTES = 16;

const FILE_HEADER: AvroSchema = {
  type: "record",
  name: "Header",
  fields: [{ name: "meta", type: { type: "map", values: "bytes" } }],
};

/** One block, deflated. The same bytes for the same records, metadata and schema. */
export function writeAvroFile(
  schema: AvroSchema,
  metadata: Readonly<Record<string, string>>,
  records: readonly AvroRecord[],
): Uint8Array {
  const meta = Object.entries({
    ...metadata,
    "avro.schema": JSON.stringify(schema),
    "avro.codec": "deflate",
  }).map(([name, text]) => [name, Buffer.from(text)] as const);
  const body = new AvroWriter();
  const names = namedTypes(schema);
  for (const record of records) body.value(schema, record, names);
  const block = deflateRawSync(body.bytes());
  const sync = createHash("sha256").update(JSON.stringify(metadata)).update(block).digest();
  const out = new AvroWriter();
  out.raw(MAGIC);
  out.value(FILE_HEADER, { meta: Object.fromEntries(meta) }, new Map());
  out.raw(sync.subarray(0, SYNC_BYTES));
  if (records.length > 0) {
    out.long(BigInt(records.length));
    out.long(BigInt(block.length));
    out.raw(block);
    out.raw(sync.subarray(0, SYNC_BYTES));
  }
  return out.bytes();
}

export interface AvroFile {
  readonly metadata: Readonly<Record<string, string>>;
  readonly records: readonly AvroRecord[];
}

export function readAvroFile(bytes: Uint8Array): AvroFile {
  const reader = new AvroReader(bytes);
  if (!reader.raw(MAGIC.length).equals(MAGIC)) throw new AvroUnreadable("it is no Avro file");
  const header = reader.value(FILE_HEADER, new Map()) as { readonly meta: AvroRecord };
  const metadata = Object.fromEntries(
    Object.entries(header.meta).map(([name, value]) => [
      name,
      Buffer.from(value as Uint8Array).toString(),
    ]),
  );
  const sync = reader.raw(SYNC_BYTES);
  const schema = JSON.parse(metadata["avro.schema"] ?? "null") as AvroSchema;
  const names = namedTypes(schema);
  const codec = metadata["avro.codec"] ?? "null";
  const records: AvroRecord[] = [];
  while (!reader.isAtEnd()) {
    const count = Number(reader.long());
    const block = new AvroReader(unpacked(codec, reader.raw(Number(reader.long()))));
    for (let i = 0; i < count; i++) records.push(block.value(schema, names) as AvroRecord);
    if (!reader.raw(SYNC_BYTES).equals(sync)) throw new AvroUnreadable("a block has no end");
  }
  return { metadata, records };
}

const CRC_BYTES = 4;

function unpacked(codec: string, block: Buffer): Uint8Array {
  switch (codec) {
    case "null":
      return block;
    case "deflate":
      return inflateRawSync(block, { maxOutputLength: AVRO_BLOCK_MAX_BYTES });
    case "zstandard":
      return zstdDecompressSync(block, { maxOutputLength: AVRO_BLOCK_MAX_BYTES });
    case "snappy": {
      // Behind it the checksum of what it holds; its length stands in front.
      const packed = block.subarray(0, block.length - CRC_BYTES);
      const plain = snappyUncompressor()(packed, snappyLength(packed));
      if (crc32(plain) !== block.readUInt32BE(packed.length)) {
        throw new AvroUnreadable("the checksum of a block is another one");
      }
      return plain;
    }
    default:
      throw new AvroUnreadable(`it is compressed by ${codec}`);
  }
}

function snappyLength(packed: Uint8Array): number {
  let length = 0;
  for (let i = 0; i < 5; i++) {
    const byte = packed[i] ?? 0;
    length += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80 && length <= AVRO_BLOCK_MAX_BYTES) return length;
  }
  throw new AvroUnreadable("a block has no length");
}

type Names = Map<string, AvroNode>;

function namedTypes(schema: AvroSchema, names: Names = new Map()): Names {
  if (typeof schema === "string") return names;
  if (isUnion(schema)) {
    for (const one of schema) namedTypes(one, names);
    return names;
  }
  const { name, namespace } = schema;
  if (name !== undefined && typeof schema.type === "string") {
    names.set(name, schema);
    if (typeof namespace === "string") names.set(`${namespace}.${name}`, schema);
  }
  for (const field of schema.fields ?? []) namedTypes(field.type, names);
  for (const inner of [schema.items, schema.values]) {
    if (inner !== undefined) namedTypes(inner, names);
  }
  if (typeof schema.type !== "string") namedTypes(schema.type, names);
  return names;
}

function isUnion(schema: AvroSchema): schema is readonly AvroSchema[] {
  return Array.isArray(schema);
}

const FIRST_CAPACITY = 1024;

class AvroWriter {
  #bytes = Buffer.allocUnsafe(FIRST_CAPACITY);
  #length = 0;

  bytes(): Uint8Array {
    return new Uint8Array(this.#bytes.subarray(0, this.#length));
  }

  raw(bytes: Uint8Array): void {
    this.#prepare(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Zigzag, seven bits a byte. */
  long(value: bigint): void {
    let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
    this.#prepare(10);
    while (rest > 0x7fn) {
      this.#bytes[this.#length++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.#bytes[this.#length++] = Number(rest);
  }

  value(schema: AvroSchema, value: AvroValue, names: Names): void {
    if (isUnion(schema)) {
      const branch = schema.findIndex((one) => (one === "null") === (value === null));
      if (branch < 0) throw new Error(`${JSON.stringify(schema)} has no place for null`);
      this.long(BigInt(branch));
      return this.value(schema[branch]!, value, names);
    }
    const node = typeof schema === "string" ? { type: schema } : schema;
    const { type } = node;
    if (typeof type !== "string") return this.value(type, value, names);
    switch (type) {
      case "null":
        return;
      case "boolean":
        return this.raw(Uint8Array.of(value === true ? 1 : 0));
      case "int":
      case "long":
        return this.long(BigInt(value as number | bigint));
      case "float":
      case "double": {
        const bytes = Buffer.alloc(type === "float" ? 4 : 8);
        if (type === "float") bytes.writeFloatLE(value as number);
        else bytes.writeDoubleLE(value as number);
        return this.raw(bytes);
      }
      case "string":
        return this.#sized(Buffer.from(value as string));
      case "bytes":
        return this.#sized(value as Uint8Array);
      case "fixed":
        return this.raw(value as Uint8Array);
      case "array": {
        const items = value as readonly AvroValue[];
        if (items.length > 0) this.long(BigInt(items.length));
        for (const item of items) this.value(node.items!, item, names);
        return this.long(0n);
      }
      case "map": {
        const entries = Object.entries(value as AvroRecord);
        if (entries.length > 0) this.long(BigInt(entries.length));
        for (const [name, item] of entries) {
          this.#sized(Buffer.from(name));
          this.value(node.values!, item, names);
        }
        return this.long(0n);
      }
      case "record": {
        const members = value as AvroRecord;
        for (const { name, type: memberType } of node.fields!) {
          this.value(memberType, members[name] ?? null, names);
        }
        return;
      }
      default: {
        const named = names.get(type);
        if (named === undefined) throw new Error(`Avro has no type ${type}`);
        this.value(named, value, names);
      }
    }
  }

  #sized(bytes: Uint8Array): void {
    this.long(BigInt(bytes.length));
    this.raw(bytes);
  }

  #prepare(length: number): void {
    const needed = this.#length + length;
    if (needed <= this.#bytes.length) return;
    const more = Buffer.allocUnsafe(Math.max(needed, 2 * this.#bytes.length));
    more.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = more;
  }
}

class AvroReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  raw(length: number): Buffer {
    const end = this.#at + length;
    if (!(length >= 0) || end > this.#bytes.length) throw new AvroUnreadable("it ends early");
    const bytes = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return bytes;
  }

  long(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const [byte = 0] = this.raw(1);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return (value >> 1n) ^ -(value & 1n);
    }
    throw new AvroUnreadable("a number is too long");
  }

  value(schema: AvroSchema, names: Names): AvroValue {
    if (isUnion(schema)) {
      const branch = schema[Number(this.long())];
      if (branch === undefined) throw new AvroUnreadable("a union has no such branch");
      return this.value(branch, names);
    }
    const node = typeof schema === "string" ? { type: schema } : schema;
    const { type } = node;
    if (typeof type !== "string") return this.value(type, names);
    switch (type) {
      case "null":
        return null;
      case "boolean":
        return this.raw(1)[0] === 1;
      case "int":
        return Number(this.long());
      case "long":
        return this.long();
      case "float":
        return this.raw(4).readFloatLE();
      case "double":
        return this.raw(8).readDoubleLE();
      case "string":
        return this.#sized().toString();
      case "bytes":
        return new Uint8Array(this.#sized());
      case "fixed":
        return new Uint8Array(this.raw(node.size!));
      case "enum":
        return node.symbols![Number(this.long())] ?? null;
      case "array":
        return this.#blocks(() => this.value(node.items!, names));
      case "map":
        return Object.fromEntries(
          this.#blocks(() => [this.#sized().toString(), this.value(node.values!, names)] as const),
        );
      case "record": {
        const members: Record<string, AvroValue> = {};
        for (const field of node.fields!) members[field.name] = this.value(field.type, names);
        return members;
      }
      default: {
        const named = names.get(type);
        if (named === undefined) throw new AvroUnreadable(`it has values of the type ${type}`);
        return this.value(named, names);
      }
    }
  }

  #blocks<Item>(read: () => Item): Item[] {
    const items: Item[] = [];
    for (;;) {
      let count = Number(this.long());
      if (count === 0) return items;
      if (count < 0) {
        // Its size in bytes, for those who pass over it.
        this.long();
        count = -count;
      }
      for (let i = 0; i < count; i++) items.push(read());
    }
  }

  #sized(): Buffer {
    return this.raw(Number(this.long()));
  }
}
