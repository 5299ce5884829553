import { describe, expect, it } from "vitest";
import { hostOf, readReach, reachWarning } from "../../../offline/reach.ts";

describe("from where a local stack is reached", () => {
  it.each([{}, { HYDRANT_HOST: "" }, { HYDRANT_HOST: "127.0.0.1" }, { HYDRANT_HOST: "localhost" }])(
    "is its own machine with %j",
    (env) => {
      const reach = readReach(env);
      expect(hostOf(reach, "api")).toEqual({});
      expect(reachWarning(reach)).toBeUndefined();
    },
  );

  it("is more for the API and S3, unless told otherwise", () => {
    const reach = readReach({ HYDRANT_HOST: "0.0.0.0" });
    expect(hostOf(reach, "api")).toEqual({ host: "0.0.0.0" });
    expect(hostOf(reach, "s3")).toEqual({ host: "0.0.0.0" });
    expect(hostOf(reach, "sqs")).toEqual({});
    expect(hostOf(reach, "dynamodb")).toEqual({});
    expect(reachWarning(reach)).toMatch(
      /^Warning: .* all addresses of this machine: API, S3\. .*test\/test is no secret/,
    );
  });

  it("is more for those ports that are named", () => {
    const reach = readReach({ HYDRANT_HOST: "10.0.0.5", HYDRANT_HOST_PORTS: "dynamodb, api" });
    expect(hostOf(reach, "dynamodb")).toEqual({ host: "10.0.0.5" });
    expect(hostOf(reach, "s3")).toEqual({});
    expect(reachWarning(reach)).toContain("listen on 10.0.0.5: API, DynamoDB.");
  });

  it.each(["lambda", "api s3"])("is not for %j", (name) => {
    expect(() => readReach({ HYDRANT_HOST_PORTS: name })).toThrow(
      `HYDRANT_HOST_PORTS must name ports among api, s3, sqs, dynamodb; got ${name}`,
    );
  });
});
