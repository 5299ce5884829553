import { expect, it } from "vitest";
import { declaredWorld } from "./declared-world.ts";

const MAPPING = "Custom::HydrantEventSourceMapping";

it("refuses other types, and says so too when they are to be deleted again", async () => {
  const { request } = await declaredWorld();
  const answer = await request("Custom::HydrantTable", {});
  expect(answer).toMatchObject({
    Status: "FAILED",
    Reason: `The type of the resource must be ${MAPPING} or Custom::HydrantStream or Custom::HydrantDeliveryStream or Custom::HydrantStreamConsumer or Custom::HydrantResourcePolicy, got Custom::HydrantTable.`,
    PhysicalResourceId: expect.any(String),
  });
  const { PhysicalResourceId } = answer;
  expect(
    await request("Custom::HydrantTable", { RequestType: "Delete", PhysicalResourceId }),
  ).toMatchObject({ Status: "SUCCESS" });
});

it.each(["constructor", "__proto__"])("refuses %s for a type like any other", async (type) => {
  const { request } = await declaredWorld();
  const { Status, failure } = await request(type, { ResourceProperties: { Name: "clicks" } });
  expect({ Status, failure }).toEqual({ Status: "FAILED", failure: undefined });
});

it("cuts a sentence off that would make the answer too long for CloudFormation", async () => {
  const { stream } = await declaredWorld();
  const { Reason, failure } = await stream.create({ Name: "☃".repeat(5000) });
  expect(Reason).toContain("Value '☃☃☃");
  expect(Buffer.byteLength(Reason!)).toBeLessThan(2000);
  expect(failure).toBeUndefined();
});

it("answers what it did not expect without detail, and hands it on to be logged", async () => {
  const trouble = new Error("the table does not answer");
  const { mapping } = await declaredWorld({
    mappings: {
      get: () => Promise.reject(trouble),
    } as never,
  });
  expect(
    await mapping.create({
      EventSourceArn: "arn:aws:kinesis:eu-west-1:123456789012:stream/clicks",
      FunctionName: "clean",
    }),
  ).toMatchObject({
    Status: "FAILED",
    Reason: "The request processing has failed because of an internal error.",
    failure: trouble,
  });
});
