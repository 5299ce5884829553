import { expect, it } from "vitest";
import { apiConfig, metricsConfig } from "../../src/config.ts";

const ENVIRONMENT = {
  AWS_REGION: "eu-west-1",
  HYDRANT_ACCOUNT_ID: "123456789012",
  HYDRANT_LOG_TABLE: "log",
  HYDRANT_STATE_TABLE: "state",
  HYDRANT_LOG_BUCKET: "bucket",
  HYDRANT_OWN_STREAM_KEY: "alias/streams",
  HYDRANT_CONSUME_QUEUE_URL: "queue",
  HYDRANT_DELIVER_QUEUE_URL: "deliveries",
  HYDRANT_SWEEP_RULE: "sweep",
  HYDRANT_STACK: "hydrant-dev",
  HYDRANT_DELIVERY_BUCKET: "deliveries",
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

it("tells of calls on records one by one only where it is asked to", () => {
  const audit = (HYDRANT_AUDIT: string) => apiConfig({ ...ENVIRONMENT, HYDRANT_AUDIT }).audit;
  expect(["", "control", "all"].map(audit)).toEqual(["control", "control", "all"]);
  expect(() => audit("data")).toThrow("HYDRANT_AUDIT must be control or all, got data");
});

it("recognises producers' retries unless it is told not to", () => {
  const deduplication = (HYDRANT_PRODUCER_DEDUPLICATION: string) =>
    apiConfig({ ...ENVIRONMENT, HYDRANT_PRODUCER_DEDUPLICATION }).producerDeduplication;
  expect(apiConfig(ENVIRONMENT).producerDeduplication).toBe("on");
  expect(["", "on", "off"].map(deduplication)).toEqual(["on", "on", "off"]);
  expect(() => deduplication("no")).toThrow(
    "HYDRANT_PRODUCER_DEDUPLICATION must be on or off, got no",
  );
});

it("has as many delivery streams as AWS unless it is told another number", () => {
  expect(apiConfig(ENVIRONMENT).deliveryStreamsMaxCount).toBe(5000);
  const given = { ...ENVIRONMENT, HYDRANT_DELIVERY_STREAMS: "20000" };
  expect(apiConfig(given).deliveryStreamsMaxCount).toBe(20_000);
});

it("has as many shards as AWS unless it is told another number", () => {
  expect(apiConfig(ENVIRONMENT).shardsMaxCount).toBe(20_000);
  expect(apiConfig({ ...ENVIRONMENT, HYDRANT_SHARDS: "7" }).shardsMaxCount).toBe(7);
  expect(apiConfig({ ...ENVIRONMENT, HYDRANT_MAPPINGS: "7" }).mappingsMaxCount).toBe(7);
});

it("makes metrics unless it is told not to", () => {
  const metrics = (HYDRANT_METRICS: string) => metricsConfig({ HYDRANT_METRICS }).metrics;
  expect([metrics(""), metrics("on"), metrics("off")]).toEqual(["on", "on", "off"]);
});

it("bounds subscriptions by a count, where it is told one", () => {
  const maxCount = (HYDRANT_SUBSCRIPTIONS: string) =>
    apiConfig({ ...ENVIRONMENT, HYDRANT_SUBSCRIPTIONS }).subscriptionsMaxCount;
  expect([maxCount(""), maxCount("1"), maxCount("500")]).toEqual([undefined, 1, 500]);
  for (const text of ["0", "-1", "1.5", "many"]) {
    expect(() => maxCount(text)).toThrow(
      `HYDRANT_SUBSCRIPTIONS must be a count, 1 or more, got ${text}`,
    );
  }
});

it("shows no change of a stream longer than it takes, unless it is told to", () => {
  const delayMs = (HYDRANT_STREAM_TRANSITION_MS: string) =>
    apiConfig({ ...ENVIRONMENT, HYDRANT_STREAM_TRANSITION_MS }).transitionDelayMs;
  expect(apiConfig(ENVIRONMENT).transitionDelayMs).toBe(0);
  expect([delayMs(""), delayMs("0"), delayMs("2000")]).toEqual([0, 0, 2000]);
  for (const text of ["2s", "60001"]) {
    expect(() => delayMs(text)).toThrow(
      `HYDRANT_STREAM_TRANSITION_MS must be milliseconds, 0..60000, got ${text}`,
    );
  }
});
