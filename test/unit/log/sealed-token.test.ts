import fc from "fast-check";
import { expect, test } from "vitest";
import { openToken, SEALED_PAYLOAD_MAX_BYTES, sealToken } from "../../../src/log/sealed-token.ts";

const SECRET = Buffer.from("a secret of the stage");
const payloads = fc.uint8Array({ maxLength: SEALED_PAYLOAD_MAX_BYTES });

test("what was sealed opens to the same bytes", () => {
  fc.assert(
    fc.property(payloads, (payload) => {
      const token = sealToken(SECRET, "a", payload);
      expect(token.length).toBeLessThanOrEqual(512);
      expect(Buffer.from(openToken(SECRET, "a", token)!)).toEqual(Buffer.from(payload));
    }),
  );
});

test("begins as AWS's iterators do", () => {
  const bytes = Buffer.from(sealToken(SECRET, "a", Buffer.of(7)), "base64");
  expect(bytes.subarray(0, 8).toString("hex")).toBe("0000000000000001");
});

test("a payload that would make it too long is refused", () => {
  const payload = Buffer.alloc(SEALED_PAYLOAD_MAX_BYTES + 1);
  expect(() => sealToken(SECRET, "a", payload)).toThrow("at most 360 bytes, got 361");
});

test("does not open with another secret or for another purpose", () => {
  const token = sealToken(SECRET, "a", Buffer.of(1));
  expect(openToken(Buffer.from("another"), "a", token)).toBeUndefined();
  expect(openToken(SECRET, "b", token)).toBeUndefined();
});

test("does not open when any one character is changed, taken or added", () => {
  const edit = fc.record({
    at: fc.nat(),
    cut: fc.constantFrom(0, 1),
    put: fc.constantFrom("", "A", "b", "/", "=", "-", " ", "\n"),
  });
  fc.assert(
    fc.property(payloads, edit, (payload, { at, cut, put }) => {
      const token = sealToken(SECRET, "a", payload);
      const from = at % token.length;
      const edited = token.slice(0, from) + put + token.slice(from + cut);
      fc.pre(edited !== token);
      expect(openToken(SECRET, "a", edited)).toBeUndefined();
    }),
    { numRuns: 1000 },
  );
});

test.each(["", "AAAA", "A".repeat(32), "A".repeat(513), "not base64 at all"])(
  "%j is no token",
  (text) => {
    expect(openToken(SECRET, "a", text)).toBeUndefined();
  },
);
