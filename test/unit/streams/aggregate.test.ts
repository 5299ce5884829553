import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { parseAggregate } from "../../../src/streams/aggregate.ts";
import { aggregate, envelope } from "../../helpers/aggregate.ts";

/** The message of two records, as another implementation writes it: keys a and b, data x and yz. */
const MESSAGE = Buffer.from("0a01610a01621a0508001a01781a0608011a02797a", "hex");
const VECTOR = Buffer.from(
  "f3899ac20a01610a01621a0508001a01781a0608011a02797a6fe1bc1407aabc41e3e0c88f3f668baf",
  "hex",
);
const RECORDS = [
  { partitionKey: "a", data: Buffer.from("x") },
  { partitionKey: "b", data: Buffer.from("yz") },
];

const key = fc.string({ unit: "binary", maxLength: 256 });
const hashKey = fc.bigInt(0n, 2n ** 128n - 1n).map(String);
const record = fc.oneof(
  fc.record({ data: fc.uint8Array(), partitionKey: key }),
  fc.record({ data: fc.uint8Array(), partitionKey: key, explicitHashKey: hashKey }),
);

/** Blanks are for the eye. */
const bytes = (hex: string) => Buffer.from(hex.replaceAll(" ", ""), "hex");

const plain = (records: ReturnType<typeof parseAggregate>) =>
  records?.map((each) => ({ ...each, data: Buffer.from(each.data) }));

describe("an aggregate", () => {
  it("is read as others write it", () => {
    expect(plain(parseAggregate(VECTOR))).toEqual(RECORDS);
    expect(aggregate(RECORDS)).toEqual(VECTOR);
  });

  it("gives its records back in order with their own keys, whatever their letters and bytes", () => {
    fc.assert(
      fc.property(fc.array(record, { minLength: 1 }), (records) => {
        expect(plain(parseAggregate(aggregate(records)))).toEqual(
          records.map((each) => ({ ...each, data: Buffer.from(each.data) })),
        );
      }),
      // What looks like a byte-order mark is a letter of the key.
      { examples: [[[{ data: Buffer.from("x"), partitionKey: "\uFEFFa" }]]] },
    );
  });

  it("may be without records", () => {
    const message = new BinaryWriter().tag(1, WireType.LengthDelimited).string("a").finish();
    expect(parseAggregate(envelope(message))).toEqual([]);
  });

  it("may stand within other bytes", () => {
    const within = new Uint8Array(Buffer.concat([Buffer.alloc(5), VECTOR, Buffer.alloc(3)]));
    expect(plain(parseAggregate(within.subarray(5, -3)))).toEqual(RECORDS);
  });

  it("may have its tables behind its records, and a field twice, of which the last holds", () => {
    const message = bytes("1a0a 0800 0801 1a01ff 1a0178 0a0161 0a0162");
    expect(plain(parseAggregate(envelope(message)))).toEqual([
      { partitionKey: "b", data: Buffer.from("x") },
    ]);
  });

  it("may hold a field we know with a type that it has not", () => {
    const message = bytes("0a0161 0801 1a07 0800 1a0178 1800");
    expect(plain(parseAggregate(envelope(message)))).toEqual([RECORDS[0]]);
  });

  it.each([
    ["a number", "2001"],
    ["eight bytes", "210000000000000000"],
    ["bytes", "220161"],
    ["a group within a group", "232b18012c24"],
    ["four bytes", "2500000000"],
    ["tags", "22050a016b1200"],
  ])("may hold fields we do not know, in the message and in its records: %s", (_what, hex) => {
    const unknown = bytes(hex);
    const inner = Buffer.concat([
      Buffer.from("0800", "hex"),
      unknown,
      Buffer.from("1a0178", "hex"),
    ]);
    const message = Buffer.concat([
      unknown,
      bytes("0a0161"),
      Buffer.from([0x1a, inner.length]),
      inner,
      unknown,
    ]);
    expect(plain(parseAggregate(envelope(message)))).toEqual([RECORDS[0]]);
  });
});

describe("what is no aggregate", () => {
  it.each([
    ["nothing", Buffer.alloc(0)],
    ["the magic alone", VECTOR.subarray(0, 4)],
    ["an empty message", envelope(Buffer.alloc(0))],
    ["another magic", Buffer.concat([Buffer.from("f3899ac3", "hex"), VECTOR.subarray(4)])],
    ["a digest that is wrong", Buffer.concat([VECTOR.subarray(0, -1), Buffer.of(0)])],
    ["more than an aggregate", Buffer.concat([VECTOR, Buffer.of(0)])],
    ["text that begins like one", Buffer.concat([VECTOR.subarray(0, 4), Buffer.alloc(99, "x")])],
  ])("%s", (_what, data) => {
    expect(parseAggregate(data)).toBeUndefined();
  });

  it.each([
    ["a length beyond the end", "0affffffff0f"],
    ["a record's length beyond the end", "0a01611affffffff0f08001a0178"],
    ["data beyond its record", "0a01611a0508001a02781a0508001a0178"],
    ["an unknown field beyond the end", "0a016122ffffffff0f"],
    ["a number without end", "0a01611a0c08ffffffffffffffffffffff"],
    ["eight bytes cut short", "0a01612100"],
    ["a type that does not exist", "0a016107"],
    ["field zero", "0a01610000"],
    ["the end of a group that never began", "0a016124"],
    ["a group without end", "0a016123"],
    ["groups in groups in groups", "0a0161" + "23".repeat(5000)],
    ["a partition key beyond its table", "0a01611a0508011a0178"],
    ["a partition key of 2^32", "0a01611a090880808080101a0178"],
    ["a partition key of 2^64 - 1", "0a01611a0e08ffffffffffffffffff011a0178"],
    ["an explicit hash key without a table", "0a01611a07080010001a0178"],
    ["a record without a partition key", "0a01611a031a0178"],
    ["a record without data", "0a01611a020800"],
    ["an empty record", "0a01611a00"],
    ["data of another type", "0a01611a0408001801"],
  ])("though magic and digest are right: %s", (_what, hex) => {
    expect(parseAggregate(envelope(bytes(hex)))).toBeUndefined();
  });
});

test("no bytes make it throw", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (data) => {
      parseAggregate(data);
      parseAggregate(envelope(data));
    }),
  );
});

test("of a message with bytes changed or missing, every record still lies within it", () => {
  const change = fc.tuple(fc.nat(MESSAGE.length - 1), fc.nat(255));
  fc.assert(
    fc.property(fc.array(change), fc.nat(MESSAGE.length), (changes, length) => {
      const message = Buffer.from(MESSAGE);
      for (const [at, byte] of changes) message[at] = byte;
      const total = (parseAggregate(envelope(message.subarray(0, length))) ?? []).reduce(
        (sum, { data }) => sum + data.length,
        0,
      );
      expect(total).toBeLessThanOrEqual(length);
    }),
    { numRuns: 2000 },
  );
});
