/**
 * Record ids: opaque to callers, sixty characters of base64, and readable by us, so that a record can be found
 * again from the id its producer got. The check bytes bind an id to its stream's name and catch slips.
 *
 *   byte  0        1          9     11            17        21           27              45
 *         version  generation lane  block index   position  arrival, ms  check
 */
import { createHash } from "node:crypto";

export interface RecordPlace {
  /** Sixteen hexadecimal digits. */
  readonly generation: string;
  readonly lane: number;
  readonly blockIndex: number;
  /** Of the record in its block. */
  readonly position: number;
  readonly arrivedAtMs: number;
}

const VERSION = 1;
const CHECK_OFFSET = 27;
const ID_BYTES = 45;

/** @example "AVwfCas…" */
export function encodeRecordId(streamName: string, place: RecordPlace): string {
  const id = Buffer.alloc(ID_BYTES);
  id.writeUInt8(VERSION, 0);
  id.write(place.generation, 1, "hex");
  id.writeUInt16BE(place.lane, 9);
  id.writeUIntBE(place.blockIndex, 11, 6);
  id.writeUInt32BE(place.position, 17);
  id.writeUIntBE(place.arrivedAtMs, 21, 6);
  check(streamName, id).copy(id, CHECK_OFFSET);
  return id.toString("base64");
}

/** `undefined` for anything that is not an id of that stream. */
export function decodeRecordId(streamName: string, recordId: string): RecordPlace | undefined {
  const id = Buffer.from(recordId, "base64");
  const isOurs =
    id.length === ID_BYTES &&
    id.toString("base64") === recordId &&
    id.readUInt8(0) === VERSION &&
    check(streamName, id).equals(id.subarray(CHECK_OFFSET));
  if (!isOurs) return undefined;
  return {
    generation: id.toString("hex", 1, 9),
    lane: id.readUInt16BE(9),
    blockIndex: id.readUIntBE(11, 6),
    position: id.readUInt32BE(17),
    arrivedAtMs: id.readUIntBE(21, 6),
  };
}

function check(streamName: string, id: Buffer): Buffer {
  const hash = createHash("sha256").update(streamName).update("\0");
  return hash
    .update(id.subarray(0, CHECK_OFFSET))
    .digest()
    .subarray(0, ID_BYTES - CHECK_OFFSET);
}
