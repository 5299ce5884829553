import { expect, test } from "vitest";
import { settleConditions } from "../../../offline/constant-conditions.mjs";

const queue = { Type: "AWS::SQS::Queue" };
const settled = (template: Parameters<typeof settleConditions>[0]) => {
  settleConditions(template);
  return template;
};
const equals = (a: unknown, b: unknown) => ({ "Fn::Equals": [a, b] });

test("what a constant condition leaves out is gone, with what waited for it", () => {
  const template = settled({
    Conditions: {
      On: equals("x", "x"),
      Off: { "Fn::Not": [{ Condition: "On" }] },
      Both: { "Fn::And": [{ Condition: "On" }, { Condition: "Off" }] },
      One: { "Fn::Or": [{ Condition: "On" }, { Condition: "Off" }] },
    },
    Resources: {
      A: { ...queue, Condition: "On" },
      B: { ...queue, Condition: "Off" },
      C: { ...queue, Condition: "Both" },
      D: { ...queue, Condition: "One", DependsOn: ["A", "B"] },
    } as never,
    Outputs: { B: { Condition: "Off", Value: "b" }, A: { Condition: "On", Value: "a" } },
  });
  expect(template).toEqual({
    Resources: { A: queue, D: { ...queue, DependsOn: ["A"] } },
    Outputs: { A: { Value: "a" } },
  });
});

test("choices are taken, to any depth, and what is no value takes its member along", () => {
  const choice = (name: string) => ({ "Fn::If": [name, "then", { Ref: "AWS::NoValue" }] });
  const { Resources } = settled({
    Conditions: { On: equals(1, "1"), Off: equals("", "x") },
    Resources: {
      A: { ...queue, Properties: { a: choice("On"), b: choice("Off"), c: [choice("Off"), 1] } },
      B: { ...queue, Properties: { deep: { "Fn::If": ["Off", 1, [choice("On")]] } } },
    },
  });
  expect(Resources["A"]!.Properties).toEqual({ a: "then", c: [1] });
  expect(Resources["B"]!.Properties).toEqual({ deep: ["then"] });
});

test("what only CloudFormation knows stays as it is", () => {
  const template = {
    Conditions: { There: equals({ Ref: "AWS::Region" }, "us-east-1"), Never: equals("a", "b") },
    Resources: {
      A: { ...queue, Condition: "There", Properties: { name: { "Fn::If": ["There", 1, 2] } } },
    },
  };
  const kept = structuredClone(template);
  delete (kept.Conditions as Partial<typeof kept.Conditions>).Never;
  expect(settled(template)).toEqual(kept);
});

test("a condition that only CloudFormation knows names none that is settled", () => {
  const there = equals({ Ref: "AWS::Region" }, "us-east-1");
  const { Conditions } = settled({
    Conditions: {
      On: equals("x", "x"),
      Off: equals("x", "y"),
      There: there,
      One: { "Fn::And": [{ Condition: "On" }, { Condition: "There" }] },
      Deep: {
        "Fn::Not": [
          { "Fn::Or": [{ Condition: "Off" }, { Condition: "There" }, { Condition: "One" }] },
        ],
      },
    },
    Resources: {},
  });
  expect(Conditions).toEqual({
    There: there,
    One: { Condition: "There" },
    Deep: { "Fn::Not": [{ "Fn::Or": [{ Condition: "There" }, { Condition: "One" }] }] },
  });
});

test("a single thing that somebody waits for may be gone, too", () => {
  const { Resources } = settled({
    Conditions: { Off: equals("x", "y") },
    Resources: {
      A: { ...queue, Condition: "Off" },
      B: { ...queue, DependsOn: "A" },
      C: { ...queue, DependsOn: "B" },
    } as never,
  });
  expect(Resources).toEqual({ B: queue, C: { ...queue, DependsOn: "B" } });
});

test("a condition that nobody declared is refused", () => {
  const Conditions = { A: { "Fn::Not": [{ Condition: "Typo" }] } };
  expect(() => settled({ Conditions, Resources: {} })).toThrow("no condition is named Typo");
});
