import { describe, expect, it } from "vitest";
import { readSettings } from "../../../offline/settings.ts";

it("slows answers down by one word only", () => {
  const isPaced = (HYDRANT_PACE: string) => readSettings("/", { HYDRANT_PACE }).isPaced;
  expect([isPaced(""), isPaced("off"), isPaced("aws")]).toEqual([false, false, true]);
  expect(() => isPaced("slow")).toThrow("HYDRANT_PACE must be off or aws, got slow");
});

it("limits the embedded DynamoDB by one word only, and no other", () => {
  const isLimited = (HYDRANT_CAPACITY: string) => readSettings("/", { HYDRANT_CAPACITY }).isLimited;
  expect([isLimited(""), isLimited("off"), isLimited("aws")]).toEqual([false, false, true]);
  expect(() => isLimited("on")).toThrow("HYDRANT_CAPACITY must be off or aws, got on");
  const other = { AWS_ENDPOINT_URL_DYNAMODB: "http://127.0.0.1:8000" };
  expect(() => readSettings("/", { HYDRANT_CAPACITY: "aws", ...other })).toThrow(
    "HYDRANT_CAPACITY=aws limits the embedded DynamoDB",
  );
});

describe("the ports of a local stack", () => {
  it("are the usual ones unless named, and a named one is insisted on", () => {
    const usual = readSettings("/service", {});
    expect([usual.port, usual.s3Port]).toEqual([4566, 4572]);
    expect(usual.dynamodbPort).toEqual({ port: 4569, isOnlyUsual: true });
    expect(usual.sqsPort).toEqual({ port: 4576, isOnlyUsual: true });
    const named = readSettings("/service", {
      HYDRANT_DYNAMODB_PORT: "8000",
      HYDRANT_SQS_PORT: "0",
    });
    expect(named.dynamodbPort).toEqual({ port: 8000, isOnlyUsual: false });
    expect(named.sqsPort).toEqual({ port: 0, isOnlyUsual: false });
  });

  it.each(["HYDRANT_PORT", "HYDRANT_S3_PORT", "HYDRANT_DYNAMODB_PORT", "HYDRANT_SQS_PORT"])(
    "in %s must be ports",
    (name) => {
      for (const value of ["65536", "-1", "http", "1.5"]) {
        expect(() => readSettings("/service", { [name]: value })).toThrow(`${name} must be a port`);
      }
    },
  );
});
