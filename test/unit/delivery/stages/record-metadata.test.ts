/** Record metadata: what is added to a record, and that nothing else about it changes. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RecordIdentity } from "../../../../src/delivery/record.ts";
import { enter } from "../../../../src/delivery/stages/outcome.ts";
import {
  addRecordMetadata,
  METADATA_FIELDS,
  type RecordMetadata,
} from "../../../../src/delivery/stages/record-metadata.ts";

const ARRIVED_AT_MS = Date.parse("2026-11-23T10:11:12.345Z");
const NESTED: RecordMetadata = [
  {
    name: "hydrant",
    members: [
      { name: "at", field: "arrivalMs" },
      { name: "id", field: "id" },
    ],
  },
];
const FLAT: RecordMetadata = [
  { name: "at", field: "arrivalMs" },
  { name: "key", field: "partitionKey" },
];
const WRAPPED: RecordMetadata = [
  { name: "at", field: "arrivalMs" },
  { name: "event", field: "data" },
];
const AT = `"at":${ARRIVED_AT_MS}`;

function added(
  metadata: RecordMetadata,
  data: string | Buffer,
  identity: RecordIdentity = { id: "r1" },
): string {
  const record = { recordId: "", arrivedAtMs: ARRIVED_AT_MS, data: Buffer.from(data) };
  const [outcome, ...more] = addRecordMetadata(metadata, () => identity)(enter(record));
  expect(more).toEqual([]);
  expect(outcome?.record).toBe(record);
  if (outcome?.kind === "delivered") return Buffer.from(outcome.data).toString();
  if (outcome?.kind !== "failed") throw new Error("it is neither");
  expect(outcome).toMatchObject({
    errorCode: "RecordMetadata.NotAdded",
    errorOutputType: "metadata-extraction-failed",
  });
  return outcome.errorMessage;
}

describe("a record of JSON objects", () => {
  const hydrant = `"hydrant":{${AT},"id":"r1"}`;
  test.each([
    ['{"a":1}', `{"a":1,${hydrant}}`],
    ["{}", `{${hydrant}}`],
    [" { } \n", ` { ${hydrant}} \n`],
    // A number that JavaScript cannot hold, spelled as it came.
    [
      '{"a":12345678901234567890.10, "b" :"}"\n}\n',
      `{"a":12345678901234567890.10, "b" :"}"\n,${hydrant}}\n`,
    ],
    ['{"a":{"hydrant":1}}', `{"a":{"hydrant":1},${hydrant}}`],
  ])("%j has it at its end", (data, expected) => {
    expect(added(NESTED, data)).toBe(expected);
  });

  test.each([
    ['{"hydrant":{"id":"forged"},"a":[1,"]"]}', '{"a":[1,"]"],'],
    [String.raw`{"a":1.5e3 , "hydr\u0061nt" : "x", "b":"\"}" }`, String.raw`{"a":1.5e3,"b":"\"}",`],
    ['{"hydrant":1}', "{"],
    ['{"hydrant":1,"hydrant":2, "a":null}', '{"a":null,'],
  ])("%j loses what its producer wrote there", (data, start) => {
    expect(added(NESTED, data)).toBe(`${start}${hydrant}}`);
  });

  test("of several has it in each, with the place of each, and keeps what is between them", () => {
    const index: RecordMetadata = [{ name: "n", field: "index" }];
    expect(added(index, '{"a":1}\n{"b":2} {}\n')).toBe('{"a":1,"n":0}\n{"b":2,"n":1} {"n":2}\n');
    expect(added(index, '{"a":1}')).toBe('{"a":1}');
    expect(added(index, '{"a":1}{}', { index: 7 })).toBe('{"a":1,"n":7}{"n":7}');
  });

  test("has only what is known of it", () => {
    expect(added(FLAT, '{"a":1}', {})).toBe(`{"a":1,${AT}}`);
    expect(added(FLAT, "{}", { partitionKey: 'a"b' })).toBe(String.raw`{${AT},"key":"a\"b"}`);
    expect(added([{ name: "id", field: "id" }], '{"a":1}', {})).toBe('{"a":1}');
  });

  test("can have all there is", () => {
    const all = METADATA_FIELDS.map((field) => ({ name: field, field }));
    const identity = {
      id: "r1",
      index: 2,
      partitionKey: "k",
      sequenceNumber: "49",
      subSequenceNumber: 0,
      shardId: "shardId-000000000000",
    };
    expect(JSON.parse(added([{ name: "hydrant", members: all }], "{}", identity))).toEqual({
      hydrant: {
        arrival: "2026-11-23T10:11:12.345Z",
        arrivalMs: ARRIVED_AT_MS,
        arrivalTimestamp: "2026-11-23 10:11:12.345",
        ...identity,
      },
    });
  });

  test("is otherwise the same, whatever it is", () => {
    const names = fc.constantFrom("hydrant", "at", "a", "__proto__", "");
    fc.assert(
      fc.property(
        fc.dictionary(
          names,
          fc.json().map((text) => JSON.parse(text) as unknown),
        ),
        fc.nat(3),
        (value, space) => {
          const text = JSON.stringify(value, undefined, space);
          const result = JSON.parse(added(NESTED, text)) as Record<string, unknown>;
          const expected = JSON.parse(text) as Record<string, unknown>;
          delete expected["hydrant"];
          const { hydrant: own, ...rest } = result;
          expect(own).toEqual({ at: ARRIVED_AT_MS, id: "r1" });
          expect(JSON.stringify(rest)).toBe(JSON.stringify({ ...expected }));
        },
      ),
    );
  });
});

describe("another record", () => {
  test.each(["text", "", "[1]", '"a"', "12", "null", '{"a":1}{', '{"a":01}', '{"a":1} x'])(
    "%j fails",
    (data) => {
      expect(added(NESTED, data)).toBe(
        "Record metadata has no place in a record that is not made of JSON objects, or of too many, unless it is wrapped",
      );
    },
  );

  test("of more objects than are taken apart fails: each would become many times as large", () => {
    const index: RecordMetadata = [{ name: "n", field: "index" }];
    expect(added(index, "{}".repeat(500))).toContain('{"n":499}');
    expect(added(index, "{}".repeat(501))).toMatch(/or of too many/);
    expect(added(WRAPPED, "{}".repeat(501))).toBe(`{${AT},"event":"${"{}".repeat(501)}"}`);
  });

  test("of bytes that are no text fails", () => {
    expect(added(NESTED, Buffer.from([0x7b, 0xff, 0x7d]))).toMatch(/^Record metadata has no place/);
    expect(added(WRAPPED, Buffer.from([0xff]))).toBe(
      "A record that is not text cannot be wrapped as data, only as dataBase64",
    );
  });
});

test.each([
  ['{"a":1}\n', `{${AT},"event":{"a":1}}\n`],
  ['{"a":1}\n{"at":2}', `{${AT},"event":{"a":1}}\n{${AT},"event":{"at":2}}`],
  [" [1]\n", `{${AT},"event":[1]}`],
  ["GET / 200\n", String.raw`{${AT},"event":"GET / 200\n"}`],
  ["", `{${AT},"event":""}`],
])("%j can be wrapped", (data, expected) => {
  expect(added(WRAPPED, data)).toBe(expected);
});

test("whatever bytes can be wrapped in base64", () => {
  const metadata: RecordMetadata = [{ name: "bytes", field: "dataBase64" }];
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const { bytes: text } = JSON.parse(added(metadata, Buffer.from(bytes))) as { bytes: string };
      const trimmed = Buffer.from(text, "base64");
      expect(trimmed).toEqual(Buffer.from(bytes));
    }),
  );
});
