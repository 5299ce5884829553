import { describe, expect, it } from "vitest";
import { looksAround, queryKeys } from "../../../../src/delivery/jq/query-keys.ts";

describe("the keys of a query", () => {
  it.each([
    ["{customer_id: .customer_id}", ["customer_id"]],
    ['{id: .id, device: .type.device, year: .t| strftime("%Y")}', ["id", "device", "year"]],
    ['{a, "b c", $d, if: 1, a: 2}', ["a", "b c", "d", "if"]],
    ["{a: 1, }", ["a"]],
    ["{}", []],
    ["{a: {b: 1, c: [2, 3]}, d: f(4, 5)}", ["a", "d"]],
    ['{a: "x, b: \\"y", c: "\\(.x, {d: "}"})"} # , e: 1', ["a", "c"]],
    ["# {x: 1}\n{a: .b # , c: 2\n, d: 3}", ["a", "d"]],
    [". as {x: $y} | {a: $y}", ["a"]],
    ["def f: {x: 1}; {a: f}", ["a"]],
    [".b | {a: 1} | {c: .a}", ["c"]],
    ['{"\\u0061": 1}', ["a"]],
  ])("%s are %j", (query, keys) => {
    expect(queryKeys(query)).toEqual(keys);
  });

  it.each([
    ".",
    "",
    "{a: 1} + {b: 2}",
    "{(.a): 1}",
    '{"\\(.a)": 1}',
    '{@text "a": 1}',
    "if .a then {a: 1} else {b: 1} end",
    "({a: 1})",
    "[{a: 1}]",
    "{a: 1} | .b = 1",
    '{a: "',
    "}",
  ])("%s are not known beforehand", (query) => {
    expect(queryKeys(query)).toBeUndefined();
  });
});

describe("a query looks around", () => {
  it.each([
    "[., input]",
    "{a: input}",
    "{a: (1, input)}",
    "{a: [inputs]}",
    "{a: input_line_number}",
    '{a: "\\(input)"}',
    '{a: "',
  ])("with %s", (query) => {
    expect(looksAround(query)).toBe(true);
  });

  it.each([
    "{a: .input}",
    "{input}",
    "{a: 1, input}",
    "{input: .a}",
    "{a: .b.inputs}",
    '{a: "input"}',
    "{a: $input}",
    "{a: .b} # input",
    "{a: input_filename}",
  ])("not with %s", (query) => {
    expect(looksAround(query)).toBe(false);
  });
});
