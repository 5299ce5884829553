/**
 * Bodies that cost a parser most, by media type: each as large as a request may be, each of little that asks for
 * much. Nobody has to sign them to have them parsed.
 */
import { LAMBDA_PAYLOAD_MAX_BYTES } from "../../../src/limits.ts";
import { CBOR_1_1, JSON_1_1 } from "../../../src/wire/codec.ts";

export type Body = Uint8Array | string;

/** By what they are made of. */
type Bodies = Readonly<Record<string, () => Body>>;

function fill(unit: string, start = "", end = ""): string {
  const room = LAMBDA_PAYLOAD_MAX_BYTES - Buffer.byteLength(start + end);
  return start + unit.repeat(Math.floor(room / Buffer.byteLength(unit))) + end;
}

/** `entry` for as many numbers as fit, each another one. */
function enumerate(entry: (index: number) => string): string {
  const entries: string[] = [];
  let room = LAMBDA_PAYLOAD_MAX_BYTES - 10;
  for (let index = 0; room > 0; index++) {
    entries.push(entry(index));
    room -= entries.at(-1)!.length + 1;
  }
  return entries.slice(0, -1).join(",");
}

const json: Bodies = {
  "opened lists": () => fill("["),
  "opened structures": () => fill('{"a":'),
  "nested lists in a member": () =>
    `{"a":${"[".repeat(LAMBDA_PAYLOAD_MAX_BYTES / 2 - 5)}${"]".repeat(LAMBDA_PAYLOAD_MAX_BYTES / 2 - 5)}}`,
  "empty lists": () => fill("[],", '{"a":[', "[]]}"),
  "empty structures": () => fill("{},", '{"a":[', "{}]}"),
  numbers: () => fill("0,", '{"a":[', "0]}"),
  fractions: () => fill("0.1,", '{"a":[', "0]}"),
  nulls: () => fill("null,", '{"Records":[', "null]}"),
  "empty texts": () => fill('"",', '{"a":[', '""]}'),
  "members of many names": () => `{${enumerate((index) => `"k${index}":0`)}}`,
  "members with numbers for names": () => `{${enumerate((index) => `"${index * 4096}":0`)}}`,
  "one member many times": () => fill('"a":[],', "{", '"a":0}'),
  "a long name": () => fill("a", '{"', '":0}'),
  "a long text": () => fill("a", '{"StreamName":"', '"}'),
  "a long text beyond Latin": () => fill("\u{1f600}", '{"StreamName":"', '"}'),
  "a long text of escapes": () => fill(String.raw`\u0041`, '{"StreamName":"', '"}'),
  "a long text of backslashes": () => fill("\\\\", '{"StreamName":"', '"}'),
  "a long text of quotes": () => fill(String.raw`\"`, '{"StreamName":"', '"}'),
  "a text without an end": () => fill(String.raw`\"`, '{"StreamName":"'),
  "a long number": () => fill("1", '{"Limit":', "}"),
  "a long fraction": () => fill("1", '{"Limit":0.', "}"),
  "a long exponent": () => fill("1", '{"Limit":1e', "}"),
  blanks: () => fill(" ", "{", "}"),
  quotes: () => fill('"'),
  commas: () => fill(","),
};

const asBytes = (bodies: Bodies): Bodies =>
  Object.fromEntries(
    Object.entries(bodies).map(([name, make]) => [`${name}, in bytes`, () => Buffer.from(make())]),
  );

/** `a1 61 61`: a map of one member, a. */
const MEMBER = [0xa1, 0x61, 0x61];

function bytes(start: readonly number[], unit: readonly number[], end: readonly number[]): Buffer {
  const body = Buffer.alloc(LAMBDA_PAYLOAD_MAX_BYTES);
  body.fill(Buffer.from(unit));
  body.set(start);
  body.set(end, body.length - end.length);
  return body;
}

/** A list of a known length that takes the rest of the body. */
function listOf(unit: readonly number[]): Buffer {
  const head = [...MEMBER, 0x9a, 0, 0, 0, 0];
  const count = Math.floor((LAMBDA_PAYLOAD_MAX_BYTES - head.length) / unit.length);
  const body = bytes(head, unit, []).subarray(0, head.length + count * unit.length);
  body.fill(Buffer.from(unit), head.length);
  body.writeUInt32BE(count, MEMBER.length + 1);
  return body;
}

function longText(byte: number): Buffer {
  const head = [...MEMBER, 0x7a, 0, 0, 0, 0];
  const body = bytes(head, [byte], []);
  body.writeUInt32BE(body.length - head.length, MEMBER.length + 1);
  return body;
}

const cbor: Bodies = {
  "chunks of bytes": () => bytes([...MEMBER, 0x5f], [0x40], [0xff]),
  "chunks of a text": () => bytes([...MEMBER, 0x7f], [0x60], [0xff]),
  "larger chunks of a text": () => bytes([...MEMBER, 0x7f], [0x61, 0x61], [0xff]),
  "opened lists": () => bytes([], [0x81], []),
  "opened lists of unknown length": () => bytes([], [0x9f], []),
  "opened maps": () => bytes([], MEMBER, []),
  tags: () => bytes([], [0xc1], []),
  "empty lists": () => listOf([0x80]),
  "empty maps": () => listOf([0xa0]),
  "empty texts": () => listOf([0x60]),
  "empty bytes": () => listOf([0x40]),
  "empty bytes of unknown length": () => listOf([0x5f, 0xff]),
  numbers: () => listOf([0x00]),
  times: () => listOf([0xc1, 0x00]),
  fractions: () => listOf([0xf9, 0x3c, 0x01]),
  nulls: () => listOf([0xf6]),
  "members of many names": () => {
    const body = Buffer.alloc(LAMBDA_PAYLOAD_MAX_BYTES, 0xff);
    body[0] = 0xbf;
    for (let at = 1, index = 0; at + 7 < body.length; at += 6, index++) {
      body[at] = 0x64;
      body.write(index.toString(36).padStart(4, "0"), at + 1, "latin1");
      body[at + 5] = 0;
    }
    return body;
  },
  "a list said to be endless": () => bytes([...MEMBER, 0x9b, 0x7f], [0xff], []),
  "a long text": () => longText(0x61),
  "a long text that is no text": () => longText(0xff),
};

export const HOSTILE_BODIES: Readonly<Record<string, Bodies>> = {
  [JSON_1_1]: json,
  "application/json": asBytes(json),
  [CBOR_1_1]: cbor,
};
