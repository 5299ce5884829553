import { expect, test } from "vitest";
import { callId, parseAttempt, proofKey } from "../../../src/log/retry.ts";

const CALL = {
  accessKeyId: "AKIATEST",
  target: "Firehose_20150804.PutRecord",
  invocationId: "a",
  payloadSha256: "payload",
};
const STREAM = { name: "logs", generation: "0123456789abcdef" };

test("attempts are of one call by key, operation, invocation id, payload and stream", () => {
  const keyOf = (call = CALL, stream = STREAM) => proofKey({ callId: callId(call) }, stream);
  const all = [
    keyOf(),
    ...Object.keys(CALL).map((member) => keyOf({ ...CALL, [member]: "another" })),
    ...Object.keys(STREAM).map((member) => keyOf(CALL, { ...STREAM, [member]: "another" })),
  ];
  expect(new Set(all).size).toBe(all.length);
  expect(keyOf()).toBe(keyOf());
  expect(keyOf()).toMatch(/^[0-9a-f]{32}$/);
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
