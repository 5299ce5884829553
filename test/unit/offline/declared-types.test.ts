import { expect, it } from "vitest";
import { checkDeclared } from "../../../offline/declared-types.ts";

const CLICKS = { Type: "Custom::HydrantStream", Properties: { Name: "clicks" } };
const check = (clicks: unknown) => () => checkDeclared("functions.yml", { Clicks: clicks });

it("takes what can be brought about", () => {
  const members = {
    DeletionPolicy: "RetainExceptOnCreate",
    UpdateReplacePolicy: "Delete",
    DependsOn: "Logs",
  };
  expect(check({ ...CLICKS, ...members })).not.toThrow();
  expect(check({ ...CLICKS, Type: "Custom::HydrantDeliveryStream" })).not.toThrow();
});

it.each([
  ["Custom::HydrantStreams"],
  ["Custom::HydratnStream"],
  ["custom::HydrantStream"],
  ["AWS::Kinesis::Stream"],
  [undefined],
])("refuses the type %s, and says which there are", (Type) => {
  expect(check({ ...CLICKS, Type })).toThrow(
    "functions.yml: the resource Clicks must have one of the types Custom::HydrantStream, " +
      "Custom::HydrantDeliveryStream, Custom::HydrantStreamConsumer, Custom::HydrantResourcePolicy, " +
      `Custom::HydrantEventSourceMapping, got ${Type}`,
  );
});

it.each(["Propertys", "Condition", "Deletionpolicy"])("refuses the member %s", (name) => {
  expect(check({ ...CLICKS, [name]: "x" })).toThrow(`Clicks has an unknown member ${name}; there`);
});

it.each([
  ["DeletionPolicy", "Keep", "Delete or Retain or RetainExceptOnCreate"],
  ["UpdateReplacePolicy", "RetainExceptOnCreate", "Delete or Retain"],
])("refuses another %s than is known", (name, given, known) => {
  expect(check({ ...CLICKS, [name]: given })).toThrow(
    `must have ${known} for ${name}, got ${given}`,
  );
});

it.each([null, "a text"])("refuses %j, which is no resource", (resource) => {
  expect(check(resource)).toThrow("functions.yml: the resource Clicks has no Type");
});
