import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeBase64 } from "../../../src/wire/base64.ts";

test("decodes what an encoder wrote", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const decoded = decodeBase64(Buffer.from(bytes).toString("base64"));
      expect(Buffer.compare(decoded, bytes)).toBe(0);
    }),
  );
});

test("accepts a text exactly when an encoder could have written it", () => {
  // A small alphabet of what goes wrong: padding, stray bits, URL-safe letters, white space, and U+0141 and
  // U+013D, whose low bytes are `A` and `=`.
  const text = fc
    .array(fc.constantFrom(..."AQgwBb+/=-_ \n\u0141\u013dé"), { maxLength: 12 })
    .map((characters) => characters.join(""));
  fc.assert(
    fc.property(text, (candidate) => {
      const canonical = Buffer.from(candidate, "base64").toString("base64") === candidate;
      if (canonical) expect(() => decodeBase64(candidate)).not.toThrow();
      else expect(() => decodeBase64(candidate)).toThrow(/ can not be converted to a Blob: /);
    }),
    { numRuns: 5000 },
  );
});

test.each([
  [
    "23456",
    "'23456' can not be converted to a Blob: Base64 encoded length is expected a multiple of 4 bytes but found: 5",
  ],
  ["=+==", "'=+==' can not be converted to a Blob: Invalid Base64 character: '='"],
  ["AB-_", "'AB-_' can not be converted to a Blob: Invalid Base64 character: '-'"],
  [
    "+f==",
    "'+f==' can not be converted to a Blob: Invalid last non-pad Base64 character dectected",
  ],
])("says what is wrong with %s", (text, message) => {
  expect(() => decodeBase64(text)).toThrow(message);
});

test("does not repeat a long text in the message", () => {
  expect(() => decodeBase64("!".repeat(4000))).toThrow(/^'!{100}\.\.\.' can not/);
});
