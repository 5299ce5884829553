/**
 * Record ids: opaque to callers, sixty characters of base64, and readable by us, so that a record can be found
 * again from the id its producer got. The check bytes bind an id to its stream's name and catch slips.
 *
 *   byte  0        1           9     13           19           25     42        44
 *         version  generation  lane  block index  arrival, ms  check  position  check of the position
 *
 * All records of a call share the first 42 bytes, and 42 bytes are 56 whole characters: they are made once, and
 * only the last four characters a record.
 */
import { createHash } from "node:crypto";

export interface RecordPlace {
  /** Sixteen hexadecimal digits. */
  readonly generation: string;
  readonly lane: number;
  readonly blockIndex: number;
  readonly arrivedAtMs: number;
  /** Of the record in its block. */
  readonly position: number;
}

const VERSION = 2;
const CHECK_OFFSET = 25;
const SHARED_BYTES = 42;
const END_BYTES = 3;
const ID_BYTES = SHARED_BYTES + END_BYTES;

export type BlockPlace = Omit<RecordPlace, "position">;

/** The ids of `count` records that follow each other in a block; `recordIds("access-logs", place, 2)` → `["AVwfCas…", "AVwfCas…"]` */
export function recordIds(streamName: string, place: RecordPlace, count: number): string[] {
  const idAt = blockRecordIds(streamName, place);
  return Array.from({ length: count }, (_, i) => idAt(place.position + i));
}

/** The ids of a block's records, by their positions in it. */
export function blockRecordIds(
  streamName: string,
  block: BlockPlace,
): (position: number) => string {
  const shared = Buffer.alloc(SHARED_BYTES);
  shared.writeUInt8(VERSION, 0);
  shared.write(block.generation, 1, "hex");
  // Numbers of lanes are never used again, so there may be many.
  shared.writeUInt32BE(block.lane, 9);
  shared.writeUIntBE(block.blockIndex, 13, 6);
  shared.writeUIntBE(block.arrivedAtMs, 19, 6);
  check(streamName, shared).copy(shared, CHECK_OFFSET);
  const start = shared.toString("base64");
  const end = Buffer.alloc(END_BYTES);
  return (position) => {
    end.writeUInt16BE(position, 0);
    end[END_BYTES - 1] = positionCheck(shared, position);
    return start + end.toString("base64");
  };
}

/** `undefined` for anything that is not an id of that stream. */
export function decodeRecordId(streamName: string, recordId: string): RecordPlace | undefined {
  const id = Buffer.from(recordId, "base64");
  if (id.length !== ID_BYTES || id.toString("base64") !== recordId) return undefined;
  const position = id.readUInt16BE(SHARED_BYTES);
  const isOurs =
    id.readUInt8(0) === VERSION &&
    check(streamName, id).equals(id.subarray(CHECK_OFFSET, SHARED_BYTES)) &&
    positionCheck(id, position) === id.readUInt8(ID_BYTES - 1);
  if (!isOurs) return undefined;
  return {
    generation: id.toString("hex", 1, 9),
    lane: id.readUInt32BE(9),
    blockIndex: id.readUIntBE(13, 6),
    arrivedAtMs: id.readUIntBE(19, 6),
    position,
  };
}

function check(streamName: string, id: Buffer): Buffer {
  const hash = createHash("sha256").update(streamName).update("\0");
  return hash
    .update(id.subarray(0, CHECK_OFFSET))
    .digest()
    .subarray(0, SHARED_BYTES - CHECK_OFFSET);
}

/** Differs for any other character among the last four, and as a rule for the end of another id. */
function positionCheck(id: Buffer, position: number): number {
  return id.readUInt8(SHARED_BYTES - 1) ^ (position >> 8) ^ (position & 0xff);
}
