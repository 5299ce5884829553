import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { decompress } from "../../../../src/delivery/stages/decompress.ts";
import { DECOMPRESSED_RECORD_MAX_BYTES } from "../../../../src/limits.ts";
import { passing, texts } from "./passing.ts";

it("delivers what was compressed, and keeps the record as it came", () => {
  const compressed = gzipSync('{"messageType":"DATA_MESSAGE"}');
  const [outcome] = decompress(passing(compressed));
  expect(texts([outcome!])).toEqual(['{"messageType":"DATA_MESSAGE"}']);
  expect(outcome!.record.data).toEqual(compressed);
});

it("reads what several streams behind each other hold", () => {
  const both = Buffer.concat([gzipSync("one "), gzipSync("two")]);
  expect(texts(decompress(passing(both)))).toEqual(["one two"]);
});

const cut = gzipSync("a".repeat(1000)).subarray(0, 20);

it.each([
  ["plain text", Buffer.from("plain text"), /incorrect header check/],
  ["nothing", Buffer.alloc(0), /unexpected end of file/],
  ["half a stream", cut, /unexpected end of file/],
])("fails %s as it came", (_what, data, message) => {
  const [outcome] = decompress(passing(data));
  expect(outcome).toMatchObject({
    kind: "failed",
    record: { data },
    errorCode: "Decompression.Failed",
    errorMessage: expect.stringMatching(message),
    errorOutputType: "decompression-failed",
  });
});

it("fails what would be too large, and takes what just is not", () => {
  const zeros = (byteCount: number) => gzipSync(Buffer.alloc(byteCount));
  const [taken] = decompress(passing(zeros(DECOMPRESSED_RECORD_MAX_BYTES)));
  expect(taken?.kind).toBe("delivered");
  const [refused] = decompress(passing(zeros(DECOMPRESSED_RECORD_MAX_BYTES + 1)));
  expect(refused).toMatchObject({
    kind: "failed",
    errorMessage: expect.stringMatching(/holds more/),
  });
});
