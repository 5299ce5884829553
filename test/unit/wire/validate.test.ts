import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Members } from "../../../src/wire/shape.ts";
import { blob, integer, list, map, required, string, structure } from "../../../src/wire/shape.ts";
import { validate } from "../../../src/wire/validate.ts";

function messageOf(
  members: Members,
  input: unknown,
  violationValue: "omitted" | "printed" = "omitted",
): string | undefined {
  try {
    validate(structure(members), input, { violationValue });
    return undefined;
  } catch (error) {
    expect(error).toMatchObject({ name: "ValidationException" });
    return (error as Error).message;
  }
}

const NAME = string({ minLength: 1, maxLength: 5, pattern: /[a-z]+/ });

describe("one violation", () => {
  test.each<[string, Members, unknown, string]>([
    ["a missing member", { Name: required(NAME) }, {}, "Member must not be null"],
    [
      "a text too long",
      { Name: string({ maxLength: 2 }) },
      { Name: "abc" },
      "Member must have length less than or equal to 2",
    ],
    [
      "a text that matches only in part",
      { Name: NAME },
      { Name: "ab\n" },
      "Member must satisfy regular expression pattern: [a-z]+",
    ],
    [
      "an unlisted word",
      { Name: string({ enum: ["GZIP", "Snappy"], printedOrder: ["Snappy", "GZIP"] }) },
      { Name: "SNAPPY" },
      "Member must satisfy enum value set: [Snappy, GZIP]",
    ],
    [
      "a number too small",
      { Name: integer({ min: 1 }) },
      { Name: 0 },
      "Member must have value greater than or equal to 1",
    ],
    [
      "a number too large",
      { Name: integer({ max: 64 }) },
      { Name: 65 },
      "Member must have value less than or equal to 64",
    ],
    [
      "a blob too long",
      { Name: blob({ maxLength: 2 }) },
      { Name: Buffer.alloc(3) },
      "Member must have length less than or equal to 2",
    ],
    [
      "an empty list",
      { Name: list(string(), { minLength: 1 }) },
      { Name: [] },
      "Member must have length greater than or equal to 1",
    ],
    [
      "a bad text in a list",
      { Name: list(NAME) },
      { Name: ["a", "B"] },
      "Member must satisfy constraint: [Member must have length less than or equal to 5, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [a-z]+]",
    ],
    [
      "a bad key in a map",
      { Name: map(string({ maxLength: 1 }), string()) },
      { Name: { ab: "" } },
      "Map keys must satisfy constraint: [Member must have length less than or equal to 1]",
    ],
    [
      "a bad value in a map",
      { Name: map(string(), string({ maxLength: 1 })) },
      { Name: { a: "bc" } },
      "Map value must satisfy constraint: [Member must have length less than or equal to 1]",
    ],
  ])("names %s", (_, members, input, constraint) => {
    expect(messageOf(members, input)).toBe(
      `1 validation error detected: Value at 'name' failed to satisfy constraint: ${constraint}`,
    );
  });
});

describe("paths", () => {
  test("are lower-camel, dotted, and count from one", () => {
    const members = {
      S3Destination: structure({
        Tags: list(structure({ Key: required(string({ maxLength: 1 })) })),
      }),
    };
    expect(messageOf(members, { S3Destination: { Tags: [{ Key: "a" }, { Key: "ab" }, {}] } })).toBe(
      "2 validation errors detected: " +
        "Value at 's3Destination.tags.2.member.key' failed to satisfy constraint: Member must have length less than or equal to 1; " +
        "Value at 's3Destination.tags.3.member.key' failed to satisfy constraint: Member must not be null",
    );
  });
});

describe("several violations", () => {
  test("come in one message, pattern before length", () => {
    expect(messageOf({ Name: NAME, Other: required(NAME) }, { Name: "" })).toBe(
      "3 validation errors detected: " +
        "Value at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-z]+; " +
        "Value at 'name' failed to satisfy constraint: Member must have length greater than or equal to 1; " +
        "Value at 'other' failed to satisfy constraint: Member must not be null",
    );
  });

  test("are listed up to ten", () => {
    const members = { Records: list(structure({ Data: required(blob()) })) };
    const message = messageOf(members, { Records: Array.from({ length: 400 }, () => ({})) });
    expect(message).toMatch(/^10 validation errors detected: /);
    expect(message?.split("; ")).toHaveLength(10);
    const flat = Object.fromEntries(
      Array.from({ length: 12 }, (_, index) => [`Member${index}`, required(NAME)]),
    );
    expect(messageOf(flat, {})?.split("; ")).toHaveLength(10);
  });
});

describe("a null among the entries", () => {
  const members = {
    Records: list(structure({ Data: blob() })),
    Keys: list(NAME),
    Tags: map(NAME, string({ maxLength: 1 })),
  };

  test("is refused at its place, of lists and of maps", () => {
    const input = {
      Records: [{}, undefined],
      Keys: [undefined, "a"],
      Tags: { a: undefined, b: "c" },
    };
    expect(messageOf(members, input, "printed")).toBe(
      "3 validation errors detected: " +
        "Value null at 'records.2.member' failed to satisfy constraint: Member must not be null; " +
        "Value null at 'keys.1.member' failed to satisfy constraint: Member must not be null; " +
        "Value null at 'tags.a.member' failed to satisfy constraint: Member must not be null",
    );
  });
});

describe("a text that is too long", () => {
  /** Takes longer than anybody waits for a text of thirty characters. */
  const slow = string({ maxLength: 20, pattern: /(?:a+)+b/ });

  test("is not held against its pattern", () => {
    expect(messageOf({ Name: slow }, { Name: "a".repeat(5000) })).toBe(
      "1 validation error detected: Value at 'name' failed to satisfy constraint: Member must have length less than or equal to 20",
    );
  });

  test("of a shape that only its pattern bounds breaks the pattern, untried", () => {
    const shape = string({ longestMatch: 20, pattern: /(?:a+)+b/ });
    expect(messageOf({ Name: shape }, { Name: "a".repeat(5000) })).toBe(
      "1 validation error detected: Value at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: (?:a+)+b",
    );
  });

  test("is cut where it is shown, as are the keys of maps", () => {
    const members = {
      Name: string({ maxLength: 5 }),
      Tags: map(string({ maxLength: 5 }), structure({ A: required(string()) })),
    };
    const long = "x".repeat(1_000_000);
    const message = messageOf(members, { Name: long, Tags: { [long]: {} } }, "printed");
    expect(message).toContain(`Value '${"x".repeat(1024)}...' at 'name' failed`);
    expect(message).toContain(`at 'tags.${"x".repeat(1024)}....member.a' failed`);
  });
});

describe("the refused value", () => {
  const members = {
    Name: string({ maxLength: 1 }),
    Count: integer({ max: 1 }),
    Key: required(string()),
    Data: blob({ maxLength: 1 }),
  };
  const input = { Name: "secret", Count: 23, Data: Buffer.from("secret") };

  test("is left out where the service says so", () => {
    expect(messageOf(members, input)).not.toMatch(/secret|23|null at/);
  });

  test("is printed where the service says so, bytes never", () => {
    expect(messageOf(members, input, "printed")?.replaceAll(/ failed to.*?(;|$)/g, ";")).toBe(
      "4 validation errors detected: Value 'secret' at 'name'; Value '23' at 'count'; Value null at 'key'; Value at 'data';",
    );
  });
});

test("accepts exactly the texts within the bounds", () => {
  const members = { Name: string({ minLength: 2, maxLength: 4, pattern: /[ab]*/ }) };
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 6 }), (text) => {
      const accepted = messageOf(members, { Name: text }) === undefined;
      expect(accepted).toBe(text.length >= 2 && text.length <= 4 && !text.includes("c"));
    }),
  );
});
