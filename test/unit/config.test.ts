import { expect, it } from "vitest";
import { apiConfig } from "../../src/config.ts";

const ENVIRONMENT = {
  AWS_REGION: "eu-west-1",
  HYDRANT_ACCOUNT_ID: "123456789012",
  HYDRANT_LOG_TABLE: "log",
  HYDRANT_STATE_TABLE: "state",
  HYDRANT_LOG_BUCKET: "bucket",
  HYDRANT_CONSUME_QUEUE_URL: "queue",
  HYDRANT_SWEEP_RULE: "sweep",
};

it("names the variable that is missing", () => {
  for (const name of Object.keys(ENVIRONMENT)) {
    expect(() => apiConfig({ ...ENVIRONMENT, [name]: "" })).toThrow(`${name} must be set`);
  }
});

it("limits no readers unless it is told to, and takes no word that it does not know", () => {
  const readLimits = (HYDRANT_READ_LIMITS: string) =>
    apiConfig({ ...ENVIRONMENT, HYDRANT_READ_LIMITS }).readLimits;
  expect(apiConfig(ENVIRONMENT).readLimits).toBe("off");
  expect([readLimits(""), readLimits("off"), readLimits("aws")]).toEqual(["off", "off", "aws"]);
  expect(() => readLimits("on")).toThrow("HYDRANT_READ_LIMITS must be off or aws, got on");
});
