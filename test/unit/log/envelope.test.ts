import { describe, expect, test } from "vitest";
import { openBody, sealBody, wrappedKeyOf } from "../../../src/log/envelope.ts";
import type { ShardKey } from "../../../src/log/store.ts";
import { systemRandom } from "../../../src/random.ts";

const SHARD = "firehose/logs/0123456789abcdef/0000" as ShardKey;
const PLACE = { shard: SHARD, index: 7 };
const PACKED = Buffer.from("\u0000the quick brown fox jumps over the lazy dog");
const newKey = () => ({ clear: systemRandom.bytes(32), wrapped: systemRandom.bytes(184) });

function sealed() {
  const key = newKey();
  const { bytes, envelopeAt } = sealBody(PACKED, key, systemRandom);
  return { key, bytes, envelopeAt, envelope: envelopeAt(PLACE) };
}

test("opens at its place what it sealed, and shows nothing of it meanwhile", () => {
  const { key, bytes, envelope } = sealed();
  expect(Buffer.from(wrappedKeyOf(envelope)).equals(key.wrapped)).toBe(true);
  expect(Buffer.from(openBody(bytes, envelope, key.clear, PLACE))).toEqual(PACKED);
  const stored = Buffer.concat([bytes, envelope]);
  for (let at = 0; at + 4 <= PACKED.length; at++) {
    expect(stored.includes(PACKED.subarray(at, at + 4))).toBe(false);
  }
  expect(stored.includes(Buffer.from(key.clear))).toBe(false);
});

test("seals the same records differently each time, and an empty body, too", () => {
  expect(sealed().bytes).not.toEqual(sealed().bytes);
  const key = newKey();
  const { bytes, envelopeAt } = sealBody(new Uint8Array(), key, systemRandom);
  expect(openBody(bytes, envelopeAt(PLACE), key.clear, PLACE)).toHaveLength(0);
});

describe("nothing opens", () => {
  const { key, bytes, envelope } = sealed();
  const other = sealed();
  const changed = (from: Uint8Array, at: number) => from.with(at, from.at(at)! ^ 1);
  const open = (over: {
    readonly bytes?: Uint8Array;
    readonly envelope?: Uint8Array;
    readonly clear?: Uint8Array;
    readonly place?: typeof PLACE;
  }) =>
    openBody(
      over.bytes ?? bytes,
      over.envelope ?? envelope,
      over.clear ?? key.clear,
      over.place ?? PLACE,
    );

  test.each([
    ["at another index", () => open({ place: { ...PLACE, index: 8 } })],
    [
      "in another lane",
      () => open({ place: { ...PLACE, shard: SHARD.replace(/0$/, "1") as ShardKey } }),
    ],
    ["with another data key", () => open({ clear: other.key.clear })],
    ["under another block's envelope", () => open({ envelope: other.envelope })],
    ["when the body was changed", () => open({ bytes: changed(bytes, 3) })],
    ["when its tag was changed", () => open({ bytes: changed(bytes, bytes.length - 1) })],
    ["when the body was cut", () => open({ bytes: bytes.subarray(0, 4) })],
    ["when the envelope was changed", () => open({ envelope: changed(envelope, 200) })],
  ])("%s", (_, attempt) => {
    expect(attempt).toThrow(
      /^block \d of firehose\/logs\/\w+\/000\d is not what was sealed there$/,
    );
  });

  test.each([
    [envelope.with(0, 9), "envelope: its version must be 1, got 9"],
    [envelope.subarray(1), /^envelope: /],
    [new Uint8Array(), "envelope: its version must be 1, got undefined"],
  ])("with what is no envelope", (wrong, message) => {
    expect(() => open({ envelope: wrong })).toThrow(message);
  });
});
