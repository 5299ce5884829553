import fc from "fast-check";
import { expect, test } from "vitest";
import { PUT_RECORDS_MAX_COUNT } from "../../../src/limits.ts";
import { findRequest, packRequests, parseAttempt, requestProof } from "../../../src/log/retry.ts";

const proof = (id: string, hash = "payload") => requestProof("AKIATEST", id, hash);

test("a packed call is found with its position and its members, another is not", () => {
  const packed = packRequests([
    { request: { proof: proof("a"), attempt: 1 }, position: 0 },
    { request: undefined, position: 3 },
    { request: { proof: proof("b"), attempt: 2, members: [0, 7, 8, 499] }, position: 70_000 },
    { request: { proof: proof("c"), attempt: 1 }, position: 70_001 },
  ]);
  expect(findRequest(packed, proof("a"))).toMatchObject({ position: 0 });
  expect(findRequest(packed, proof("a"))).not.toHaveProperty("members");
  expect(findRequest(packed, proof("b"))).toMatchObject({
    position: 70_000,
    members: [0, 7, 8, 499],
  });
  expect(findRequest(packed, proof("c"))).toMatchObject({ position: 70_001 });
  expect(findRequest(packed, proof("d"))).toBeUndefined();
});

test("any members of a call come back as they went in", () => {
  const members = fc.uniqueArray(fc.nat(PUT_RECORDS_MAX_COUNT - 1), { minLength: 1 });
  fc.assert(
    fc.property(members, (some) => {
      const rising = some.toSorted((a, b) => a - b);
      const request = { proof: proof("a"), attempt: 1, members: rising };
      expect(findRequest(packRequests([{ request, position: 0 }]), proof("a"))?.members).toEqual(
        rising,
      );
    }),
  );
});

test("what is not packed requests holds no call", () => {
  for (const length of [1, 20, 21, 22, 40]) {
    expect(findRequest(new Uint8Array(length).fill(255), proof("a"))).toBeUndefined();
  }
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
  ).toMatchObject({ position: 9 });
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
