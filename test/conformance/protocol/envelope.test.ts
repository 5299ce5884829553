/** What comes before a caller is known, and the headers of every answer. */
import { describe, expect, test } from "vitest";
import { type RawResponse, sendRaw, sendSigned } from "../../helpers/raw-http.ts";
import { signedBySdk } from "../../helpers/signed-by-sdk.ts";
import { ENDPOINT, KEY, REGION } from "../target.ts";

const endpoint = ENDPOINT;
const JSON_TYPE = { "content-type": "application/x-amz-json-1.1" };
const PUT = { "x-amz-target": "Firehose_20150804.PutRecord" };
const LIST = "Firehose_20150804.ListDeliveryStreams";
const SIGNER = { endpoint, region: REGION, ...KEY };

const NOT_A_CALL =
  /^<AccessDeniedException>\s*<Message>Unable to determine service\/operation name to be authorized<\/Message>\s*<\/AccessDeniedException>\s*$/;

function summary({ status, text }: RawResponse) {
  return { status, text };
}

describe("a request that is no call", () => {
  test.each(["GET", "PUT", "DELETE", "PATCH"])("by %s is a 403", async (method) => {
    const response = await sendRaw(endpoint, { method, headers: { ...JSON_TYPE, ...PUT } });
    expect(response.status).toBe(403);
    expect(response.text).toMatch(NOT_A_CALL);
  });

  test("with an unknown content type is a 403 without a target and a 404 with one", async () => {
    const type = { "content-type": "text/plain" };
    const without = await sendRaw(endpoint, { headers: type, body: "{}" });
    expect(without.status).toBe(403);
    expect(without.text).toMatch(NOT_A_CALL);
    const named = await sendRaw(endpoint, { headers: { ...type, ...PUT }, body: "{}" });
    expect(named.status).toBe(404);
    expect(named.text).toMatch(/^<UnknownOperationException\/>\s*$/);
  });

  test.each(["", "{", "[]", '"text"', "null", "\ufeff{}"])(
    "with the body %j is a SerializationException",
    async (body) => {
      const response = await sendRaw(endpoint, { headers: { ...JSON_TYPE, ...PUT }, body });
      expect(summary(response)).toEqual({
        status: 400,
        text: '{"__type":"SerializationException"}',
      });
    },
  );

  test.each([
    "",
    "PutRecord",
    "Firehose_20150804.putRecord",
    "firehose_20150804.PutRecord",
    "Firehose_20150804.PutRecord.PutRecord",
    "Firehose_20150804.__proto__",
    "DynamoDB_20120810.PutItem",
  ])("with the target %j is an UnknownOperationException", async (target) => {
    const response = await sendRaw(endpoint, {
      headers: { ...JSON_TYPE, "x-amz-target": target },
      body: "{}",
    });
    expect(summary(response)).toEqual({
      status: 400,
      text: '{"__type":"UnknownOperationException"}',
    });
  });
});

describe("a call", () => {
  test("is answered with a request id, an extended id, a date and its own content type", async () => {
    const request = await signedBySdk({ ...SIGNER, body: "{}", target: LIST });
    const { status, headers } = await sendSigned(endpoint, request);
    expect(status).toBe(200);
    expect(headers["content-type"]).toBe("application/x-amz-json-1.1");
    expect(headers["x-amzn-requestid"]).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(headers["x-amz-id-2"]).toMatch(/^[A-Za-z0-9+/=]{64,}$/);
    expect(Number.isNaN(Date.parse(String(headers["date"])))).toBe(false);
  });

  test("gets another request id every time", async () => {
    const responses = await Promise.all(
      [1, 2, 3].map(() => sendRaw(endpoint, { headers: JSON_TYPE, body: "{}" })),
    );
    expect(new Set(responses.map(({ headers }) => headers["x-amzn-requestid"])).size).toBe(3);
  });

  test("that is refused says so in a header, too", async () => {
    const response = await sendRaw(endpoint, { headers: { ...JSON_TYPE, ...PUT }, body: "{}" });
    expect(response.headers["x-amzn-errortype"]).toBe("MissingAuthenticationTokenException");
    expect(response.headers["content-type"]).toBe("application/x-amz-json-1.1");
  });

  test("from a browser's page passes its preflight, and the answer may be read", async () => {
    const origin = { origin: "http://localhost:3000" };
    const preflight = await sendRaw(endpoint, {
      method: "OPTIONS",
      headers: {
        ...origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,x-amz-target",
      },
    });
    expect(preflight.status).toBe(200);
    expect(preflight.headers).toMatchObject({
      "access-control-allow-origin": "*",
      "access-control-allow-headers": "authorization,x-amz-target",
    });
    const response = await sendRaw(endpoint, { headers: { ...JSON_TYPE, ...origin }, body: "{}" });
    expect(response.headers["access-control-allow-origin"]).toBe("*");
  });
});
