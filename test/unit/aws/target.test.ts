/** Which stack the conformance tests and benches speak to: what a local one needs not be told, a deployed one must. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readTarget } from "../../helpers/target.ts";

const DEPLOYED = {
  HYDRANT_ENDPOINT: "https://abc.execute-api.eu-west-1.amazonaws.com/trial",
  HYDRANT_REGION: "eu-west-1",
  HYDRANT_ACCOUNT_ID: "123456789012",
  HYDRANT_ACCESS_KEY_ID: "HYDKEY",
  HYDRANT_SECRET_ACCESS_KEY: "secret",
};

const LOCAL = {
  region: "us-east-1",
  accountId: "000000000000",
  stage: "dev",
  key: { accessKeyId: "test", secretAccessKey: "test" },
  s3Endpoint: "http://127.0.0.1:4572",
  deliveryBucket: "hydrant-dev-delivery-000000000000",
  isHttp1: false,
  streamKey: "arn:aws:kms:us-east-1:000000000000:key/1234abcd-12ab-34cd-56ef-1234567890ab",
};

test("a local stack is what nobody says otherwise of", () => {
  expect(readTarget({})).toEqual({ ...LOCAL, endpoint: undefined });
  const endpoint = "http://127.0.0.1:4566";
  expect(readTarget({ HYDRANT_ENDPOINT: endpoint, HYDRANT_REGION: "" })).toEqual({
    ...LOCAL,
    endpoint,
  });
});

test("what is deployed delivers to AWS's S3, into its stage's bucket", () => {
  expect(
    readTarget({
      ...DEPLOYED,
      HYDRANT_STAGE: "trial",
      HYDRANT_STREAM_KEY: "arn",
      HYDRANT_HTTP_VERSION: "1.1",
    }),
  ).toEqual({
    endpoint: DEPLOYED.HYDRANT_ENDPOINT,
    region: "eu-west-1",
    accountId: "123456789012",
    stage: "trial",
    key: { accessKeyId: "HYDKEY", secretAccessKey: "secret" },
    s3Endpoint: "",
    deliveryBucket: "hydrant-trial-delivery-123456789012",
    isHttp1: true,
    streamKey: "arn",
  });
});

test.each(Object.keys(DEPLOYED).filter((name) => name !== "HYDRANT_ENDPOINT"))(
  "what is deployed needs %s",
  (name) => {
    expect(() => readTarget({ ...DEPLOYED, [name]: "" })).toThrow(
      `${name} must be set, for ${DEPLOYED.HYDRANT_ENDPOINT}`,
    );
  },
);

test("all variables are told", () => {
  const source = readFileSync(new URL("../../helpers/target.ts", import.meta.url), "utf8");
  const told = readFileSync(new URL("../../../docs/against-aws.md", import.meta.url), "utf8");
  const names = new Set(source.match(/HYDRANT_[A-Z_0-9]+/g));
  expect([...names].filter((name) => !told.includes(`\`${name}\``))).toEqual([]);
});
