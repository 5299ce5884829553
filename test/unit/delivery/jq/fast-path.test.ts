import { readFileSync } from "node:fs";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { systemClock } from "../../../../src/clock.ts";
import { compileFast } from "../../../../src/delivery/jq/fast-path.ts";
import { numberText } from "../../../../src/delivery/jq/number-text.ts";
import { workerJq } from "../../../../src/delivery/jq/worker-engine.ts";

const jq = workerJq({ clock: systemClock });
afterAll(() => jq.close());

function lines(name: string): readonly string[] {
  const file = new URL(`../../../fixtures/jq/${name}`, import.meta.url);
  return readFileSync(file, "utf8").split("\n").slice(0, -1);
}

const INPUTS = lines("inputs.ndjson");
const EXPRESSIONS = lines("expressions.txt");

/** How many expressions one program holds: to compile it takes longer than to run it. */
const TOGETHER = 40;
const AS_TEXT = 'if type == "boolean" or type == "number" then tostring else . end';

/** What jq makes of each input, for each expression: its output, or `undefined` where it fails or gives several. */
async function answers(expressions: readonly string[]): Promise<unknown[][]> {
  const all: unknown[][] = expressions.map(() => []);
  for (let from = 0; from < expressions.length; from += TOGETHER) {
    const some = expressions.slice(from, from + TOGETHER);
    const parts = some.map((one) => `(try [(${one}\n)|map_values(${AS_TEXT})] catch null)`);
    const program = `[${parts.join(",")}]`;
    const results = await jq.run({ program, inputs: INPUTS, nowMs: 0 });
    for (const [index, result] of results.entries()) {
      // jq reads no half of a character.
      if (result.kind !== "outputs") continue;
      const outputs = result.values[0] as (readonly unknown[] | null)[];
      for (const [i, output] of outputs.entries()) {
        all[from + i]![index] = output?.length === 1 ? output[0] : undefined;
      }
    }
  }
  return all;
}

describe("a compiled query", () => {
  it("never answers otherwise than jq, and answers most of what is usual", async () => {
    const compiled = EXPRESSIONS.flatMap((expression) => {
      const fast = compileFast(expression);
      return fast === undefined ? [] : [{ expression, fast }];
    });
    const expected = await answers(compiled.map(({ expression }) => expression));
    let answeredCount = 0;
    for (const [i, { expression, fast }] of compiled.entries()) {
      for (const [index, input] of INPUTS.entries()) {
        const answer = fast(JSON.parse(input), input);
        if (answer === undefined) continue;
        answeredCount++;
        expect({ expression, input, answer }).toEqual({
          expression,
          input,
          answer: expected[i]![index],
        });
      }
    }
    expect(compiled.length).toBeGreaterThan(100);
    expect(answeredCount).toBeGreaterThan(compiled.length * 10);
  });

  it.each([
    [`{"a":1,"b":${"[".repeat(256)}${"]".repeat(256)}}`, false],
    [`{"a":1,"b":${"[".repeat(254)}${"]".repeat(254)}}`, true],
    ['{"a":1,"b":"\\ud800"}', false],
    ['{"a":1,"b":"\\u0000"}', false],
    ['{"a":1,"b":"\\u00e9"}', true],
  ])("leaves to jq what jq may read otherwise: %.30s", (text, isAnswered) => {
    const answer = compileFast("{a: .a}")!(JSON.parse(text), text);
    expect(answer).toEqual(isAnswered ? { a: "1" } : undefined);
  });

  it.each([
    ["{a: .b?}"],
    ["{a: .b[]}"],
    ["{a: input}"],
    ["{a: now}"],
    ["{a: if .b then 1 else 2 end}"],
    ["{a: .b // 1}"],
    ["{a: $x}"],
    ['{a: "\\(.b)"}'],
    ["{(.a): 1}"],
    [". as $x | {a: 1}"],
    ["{a: .b} | {a: 2}"],
    ["{}"],
    ["."],
    [""],
  ])("is not made of %s", (query) => {
    expect(compileFast(query)).toBeUndefined();
  });
});

describe("a number", () => {
  it("is printed as jq prints it", async () => {
    const numbers = fc.sample(fc.double({ noNaN: true, noDefaultInfinity: true }), {
      numRuns: 3000,
      seed: 20261,
    });
    const edges = Array.from({ length: 60 }, (_, i) => [10 ** (i - 30), 1.5 * 10 ** (i - 30)]);
    const inputs = [...numbers, ...edges.flat()].map(String);
    const results = await jq.run({ program: "tostring", inputs, nowMs: 0 });
    const printed = results.map((result) => result.kind === "outputs" && result.values[0]);
    expect(inputs.map((text) => numberText(Number(text)))).toEqual(printed);
  });
});
