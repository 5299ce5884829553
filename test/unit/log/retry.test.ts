import { expect, test } from "vitest";
import { findRequest, packRequests, parseAttempt, requestProof } from "../../../src/log/retry.ts";

const proof = (id: string, hash = "payload") => requestProof("AKIATEST", id, hash);

test("a packed call is found at its position, another is not", () => {
  const packed = packRequests([
    { request: { proof: proof("a"), attempt: 1 }, position: 0 },
    { request: undefined, position: 3 },
    { request: { proof: proof("b"), attempt: 2 }, position: 70_000 },
  ]);
  expect(findRequest(packed, proof("a"))).toBe(0);
  expect(findRequest(packed, proof("b"))).toBe(70_000);
  expect(findRequest(packed, proof("c"))).toBeUndefined();
});

test("the same invocation id with another payload or key is another call", () => {
  expect(proof("a", "other")).not.toEqual(proof("a"));
  expect(requestProof("AKIAOTHER", "a", "payload")).not.toEqual(proof("a"));
});

test("bytes that are a view of a larger buffer are read from their place", () => {
  const packed = packRequests([{ request: { proof: proof("a"), attempt: 1 }, position: 9 }]);
  const larger = Buffer.concat([Buffer.from("xyz"), packed]);
  expect(
    findRequest(new Uint8Array(larger.buffer, larger.byteOffset + 3, packed.length), proof("a")),
  ).toBe(9);
});

test.each([
  [undefined, 1],
  ["attempt=1; max=3", 1],
  ["attempt=3; max=3", 3],
  ["ttl=20261123T100000Z; attempt=2; max=3", 2],
  ["nonsense", 1],
  ["attempt=0", 1],
])("the header %j says attempt %d", (header, attempt) => {
  expect(parseAttempt(header)).toBe(attempt);
});
