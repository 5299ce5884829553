import { expect, test } from "vitest";
import { createHash } from "node:crypto";
import {
  callId,
  formerProofKey,
  parseAttempt,
  proofKey,
  proofsOf,
} from "../../../src/log/retry.ts";

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
  expect(keyOf()).toMatch(/^[0-9a-f]{32}\/[\w-]{22}$/);
});

test("the key begins with what the invocation id and the stream alone say", () => {
  const other = { ...CALL, accessKeyId: "AKIAOTHER", payloadSha256: "other" };
  for (const call of [CALL, other]) {
    const [invocation] = proofKey({ callId: callId(call) }, STREAM).split("/");
    expect(invocation).toBe(proofsOf("a", STREAM));
  }
  expect(proofsOf("b", STREAM)).not.toBe(proofsOf("a", STREAM));
  expect(proofsOf("a", { ...STREAM, name: "others" })).not.toBe(proofsOf("a", STREAM));
});

test("a version before named the proof after all of it", () => {
  const whole = createHash("sha256")
    .update(JSON.stringify(["AKIATEST", "Firehose_20150804.PutRecord", "a", "payload"]))
    .digest();
  const named = createHash("sha256").update(whole).update("logs/0123456789abcdef").digest();
  expect(formerProofKey({ callId: callId(CALL) }, STREAM)).toBe(
    named.subarray(0, 16).toString("hex"),
  );
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
