import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { deAggregate, readDelimiter } from "../../../../src/delivery/stages/de-aggregate.ts";
import { passing, texts } from "./passing.ts";

const json = deAggregate({ kind: "JSON" });
const hashes = deAggregate({ kind: "DELIMITED", delimiter: readDelimiter("IyMjIw==")! });

describe("JSON", () => {
  it.each([
    ['{"a":1}{"a":2}', ['{"a":1}', '{"a":2}']],
    ['{"a":1}\n{"a":2}\n', ['{"a":1}', '{"a":2}']],
    ['\r\n {"a":1} \t{"a":2}', ['{"a":1}', '{"a":2}']],
    ['{"a":{"b":[{}]}}{}', ['{"a":{"b":[{}]}}', "{}"]],
    ['{"a":"}{\\"}\\\\"}{"b":"\\\\"}', ['{"a":"}{\\"}\\\\"}', '{"b":"\\\\"}']],
    ['{"a":1}\n', ['{"a":1}']],
  ])("%j is taken apart", (data, parts) => {
    expect(texts(json(passing(data)))).toEqual(parts);
  });

  it.each([
    "",
    "\n",
    '[{"a":1},{"a":2}]',
    '{"a":1},{"a":2}',
    '{"a":1}{"a":',
    '{"a":1}{"a":"x}',
    '{"a":1} 2',
    "text",
  ])("%j goes on as it is", (data) => {
    expect(texts(json(passing(data)))).toEqual([data]);
  });

  it("finds all documents, whatever they hold and whatever stands between them", () => {
    const document = fc
      .dictionary(fc.string(), fc.jsonValue())
      .map((value) => JSON.stringify(value));
    const space = fc.string({ unit: fc.constantFrom(" ", "\n", "\r", "\t"), maxLength: 3 });
    const documents = fc.array(fc.tuple(space, document), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(documents, space, (given, end) => {
        const data = given.map(([before, text]) => before + text).join("") + end;
        expect(texts(json(passing(data)))).toEqual(given.map(([, text]) => text));
      }),
    );
  });
});

describe("DELIMITED", () => {
  it.each([
    ["a####b", ["a", "b"]],
    ["a####b####", ["a", "b"]],
    ["########a########b", ["a", "b"]],
    ["a###b", ["a###b"]],
    ["a#####b", ["a", "#b"]],
    ["", [""]],
    ["####", ["####"]],
  ])("%j is taken apart", (data, parts) => {
    expect(texts(hashes(passing(data)))).toEqual(parts);
  });

  it.each(["", "=", "a", "####", "IyMjI=="])("%j is no delimiter in base64", (text) => {
    expect(readDelimiter(text)).toBeUndefined();
  });

  it.each(["IyMjIw==", "IyMjIw", "Cg=="])("%j is one", (text) => {
    expect(readDelimiter(text)).toEqual(Buffer.from(text, "base64"));
  });
});

describe("a part", () => {
  it("has an id of its own, and its own bytes to fail with", () => {
    const [first, second] = json(passing('{"a":1}{"a":2}'));
    const part = (text: string, partIndex: number) => ({
      ...passing(text).record,
      recordId: `4900000${partIndex}`,
      partIndex,
    });
    expect(first?.record).toEqual(part('{"a":1}', 0));
    expect(second?.record).toEqual(part('{"a":2}', 1));
  });

  it("is no part when there is but one: the record stays as it came", () => {
    expect(json(passing('{"a":1}\n'))[0]?.record).toEqual(passing('{"a":1}\n').record);
  });

  it("is one of at most 500", () => {
    expect(json(passing("{}\n".repeat(500)))).toHaveLength(500);
    expect(json(passing("{}\n".repeat(501)))).toHaveLength(1);
    expect(hashes(passing("a####".repeat(500)))).toHaveLength(500);
    expect(hashes(passing("a####".repeat(501)))).toHaveLength(1);
  });
});
