import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  hasPartitionKey,
  lambdaPartitionKeys,
  partitionId,
  partitionKeyName,
  partitionKeysOf,
  partitionNamespaces,
  partitionOf,
} from "../../../../src/delivery/naming/partition.ts";
import { evaluatePrefix, prefixParts } from "../../../../src/delivery/naming/prefix.ts";

const PREFIX = "c=!{partitionKeyFromQuery:id}/r=!{partitionKeyFromLambda:id}/!{timestamp:yyyy}/";
const values = { instantMs: Date.UTC(2026, 6, 13), seed: "a flush" };

function keys(query: string, lambda = "eu") {
  return { "partitionKeyFromQuery:id": query, "partitionKeyFromLambda:id": lambda };
}

function nameOf(prefix: string, given: Readonly<Record<string, string>>): string {
  const partition = partitionOf(prefixParts(prefix), given);
  return partition.kind === "none" ? partition.message : evaluatePrefix(partition.prefix, values);
}

describe("the keys of a prefix", () => {
  it("are those of both namespaces, each once", () => {
    expect(partitionKeysOf(`${PREFIX}!{partitionKeyFromQuery:id}`)).toEqual([
      { namespace: "partitionKeyFromQuery", key: "id" },
      { namespace: "partitionKeyFromLambda", key: "id" },
    ]);
    expect(partitionNamespaces(PREFIX).size).toBe(2);
  });

  it("make a prefix partitioned", () => {
    expect(hasPartitionKey("!{partitionKeyFromQuery:id}/")).toBe(true);
    expect(hasPartitionKey("!{partitionKeyFromLambda:id}/")).toBe(true);
    expect(hasPartitionKey("!{timestamp:yyyy}/")).toBe(false);
    expect(hasPartitionKey(undefined)).toBe(false);
  });
});

describe("a partition", () => {
  it("has its values in the prefix, each from its own namespace", () => {
    expect(nameOf(PREFIX, keys("42"))).toBe("c=42/r=eu/2026/");
    expect(partitionKeyName("partitionKeyFromQuery", "id")).toBe("partitionKeyFromQuery:id");
  });

  it("takes values as they are: expressions and slashes too", () => {
    expect(nameOf(PREFIX, keys("a/b", "!{timestamp:yyyy}"))).toBe(
      "c=a/b/r=!{timestamp:yyyy}/2026/",
    );
  });

  it("is the same for the same values alone", () => {
    const parts = prefixParts("!{partitionKeyFromQuery:id}!{partitionKeyFromLambda:id}/");
    const value = fc.string({
      minLength: 1,
      maxLength: 3,
      unit: fc.constantFrom("a", "b", '"', ","),
    });
    fc.assert(
      fc.property(value, value, value, value, (a, b, c, d) => {
        const [one, other] = [keys(a, b), keys(c, d)].map((given) => partitionOf(parts, given));
        if (one?.kind !== "partition" || other?.kind !== "partition") throw new Error("none");
        expect(one.id === other.id).toBe(a === c && b === d);
        expect(partitionId(parts, keys(a, b))).toBe(one.id);
      }),
    );
  });

  it.each([
    ["a missing key", { "partitionKeyFromLambda:id": "eu" }],
    ["the other namespace's key alone", { "partitionKeyFromLambda:id": "eu" }],
    ["an empty key", keys("")],
    ["a name that every object has", JSON.parse('{"__proto__":{"partitionKeyFromQuery:id":"1"}}')],
  ])("does not exist for %s", (_what, given) => {
    expect(nameOf(PREFIX, given)).toBe("Partition key's value should not be null or empty: id");
  });

  it.each(["\0", "a\nb", "\u007f", "\ud800", "\uffff"])("does not exist for %j", (value) => {
    expect(nameOf(PREFIX, keys(value))).toMatch(/control characters/);
  });

  it("does not exist where its objects' keys would be too long, whatever the time", () => {
    const longest = 512 - "c=/r=eu/2026/".length;
    expect(nameOf(PREFIX, keys("x".repeat(longest)))).toMatch(/^c=xx/);
    expect(nameOf(PREFIX, keys("x".repeat(longest + 1)))).toMatch(/greater than 512/);
    expect(nameOf(PREFIX, keys("é".repeat(400)))).toMatch(/bytes long/);
    const month = "!{partitionKeyFromQuery:id}!{timestamp:MMMM}/";
    expect(nameOf(month, keys("x".repeat(512 - "September/".length)))).toMatch(/^xx.*July\/$/);
    expect(nameOf(month, keys("x".repeat(513 - "September/".length)))).toMatch(/greater than 512/);
  });

  it.each([
    ["../x", "!{partitionKeyFromQuery:id}/"],
    ["a/../..", "!{partitionKeyFromQuery:id}/"],
    [".//..", "!{partitionKeyFromQuery:id}/"],
    ["..", "logs/!{partitionKeyFromQuery:id}/../"],
  ])("does not exist for %j in %j, which leads out of the bucket", (value, prefix) => {
    expect(nameOf(prefix, keys(value))).toMatch(/out of the bucket/);
  });

  it("may go up as often as down", () => {
    expect(nameOf("logs/!{partitionKeyFromQuery:id}/", keys("a/../.."))).toBe("logs/a/../../");
    expect(nameOf("!{partitionKeyFromQuery:id}/", keys("..."))).toBe(".../");
  });
});

describe("what a Lambda answers", () => {
  it.each([
    [
      { partitionKeys: { a: "x", b: 42, c: true, d: null, e: {}, f: "" } },
      {
        "partitionKeyFromLambda:a": "x",
        "partitionKeyFromLambda:b": "42",
        "partitionKeyFromLambda:c": "true",
        "partitionKeyFromLambda:f": "",
      },
    ],
    [undefined, {}],
    [null, {}],
    ["text", {}],
    [{}, {}],
    [{ partitionKeys: "a" }, {}],
  ])("%j gives %j", (metadata, expected) => {
    expect(lambdaPartitionKeys(metadata)).toEqual(expected);
  });
});
