/**
 * How the Kinesis Producer Library packs many user records into the data of one:
 *
 *     magic (4 bytes) · protobuf message · MD5 of the message (16 bytes)
 *
 *     message   1: partition keys, strings            2: explicit hash keys, strings      3: records
 *     record    1: index of its partition key         2: of its explicit hash key, if any     3: data     4: tags, unused
 *
 * Anyone may put any bytes into a stream: what is not an aggregate from end to end is none, and nothing is thrown.
 * https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md
 */
import { createHash } from "node:crypto";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";

export interface AggregatedRecord {
  /** A view of the aggregate's own bytes. */
  readonly data: Uint8Array;
  readonly partitionKey: string;
  readonly explicitHashKey?: string;
}

const MAGIC = Buffer.from("f3899ac2", "hex");
const DIGEST_BYTES = 16;

/** The records of an aggregate in their order; `undefined` for data that is no well-formed aggregate. */
export function parseAggregate(data: Uint8Array): readonly AggregatedRecord[] | undefined {
  const messageEnd = data.length - DIGEST_BYTES;
  if (messageEnd <= MAGIC.length || !MAGIC.equals(data.subarray(0, MAGIC.length))) return undefined;
  const message = data.subarray(MAGIC.length, messageEnd);
  const digest = createHash("md5").update(message).digest();
  if (!digest.equals(data.subarray(messageEnd))) return undefined;
  try {
    return readMessage(message);
  } catch {
    // The digest is right, so somebody meant these bytes; what they mean is for the consumer to say.
    return undefined;
  }
}

/** What stands before each value: the number of its field, and its type. A known field of another type is unknown. */
const tagOf = (field: number, type: WireType) => field * 8 + type;
const PARTITION_KEY = tagOf(1, WireType.LengthDelimited);
const EXPLICIT_HASH_KEY = tagOf(2, WireType.LengthDelimited);
const RECORD = tagOf(3, WireType.LengthDelimited);
const PARTITION_KEY_INDEX = tagOf(1, WireType.Varint);
const EXPLICIT_HASH_KEY_INDEX = tagOf(2, WireType.Varint);
const DATA = tagOf(3, WireType.LengthDelimited);

interface Entry {
  readonly partitionKeyIndex: number;
  readonly explicitHashKeyIndex: number | undefined;
  readonly data: Uint8Array;
}

/** Throws on what is no message, and on an index beyond its table. */
function readMessage(message: Uint8Array): readonly AggregatedRecord[] {
  const partitionKeys: string[] = [];
  const explicitHashKeys: string[] = [];
  const entries: Entry[] = [];
  const reader = new BinaryReader(message);
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    const tag = tagOf(field, type);
    if (tag === PARTITION_KEY) partitionKeys.push(reader.string());
    else if (tag === EXPLICIT_HASH_KEY) explicitHashKeys.push(reader.string());
    else if (tag === RECORD) entries.push(readEntry(reader.bytes()));
    else reader.skip(type, field);
  }
  // Only now: the tables may stand behind the records.
  return entries.map(({ partitionKeyIndex, explicitHashKeyIndex, data }) => ({
    data,
    partitionKey: required(partitionKeys[partitionKeyIndex]),
    ...(explicitHashKeyIndex !== undefined && {
      explicitHashKey: required(explicitHashKeys[explicitHashKeyIndex]),
    }),
  }));
}

function readEntry(message: Uint8Array): Entry {
  let partitionKeyIndex: number | undefined;
  let explicitHashKeyIndex: number | undefined;
  let data: Uint8Array | undefined;
  const reader = new BinaryReader(message);
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    const tag = tagOf(field, type);
    if (tag === PARTITION_KEY_INDEX) partitionKeyIndex = Number(reader.uint64());
    else if (tag === EXPLICIT_HASH_KEY_INDEX) explicitHashKeyIndex = Number(reader.uint64());
    else if (tag === DATA) data = reader.bytes();
    else reader.skip(type, field);
  }
  return {
    partitionKeyIndex: required(partitionKeyIndex),
    explicitHashKeyIndex,
    data: required(data),
  };
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("aggregate: a record lacks its data or a key");
  return value;
}
