import type { APIGatewayProxyEvent } from "aws-lambda";
import { describe, expect, test } from "vitest";
import { fromApiGateway, toApiGateway } from "../../../src/wire/api-gateway.ts";
import { headerOf } from "../../../src/wire/http.ts";

/** The members that are read, as API Gateway sends them for `POST /dev/?a=1&a=2`. */
function proxyEvent(changes: Partial<APIGatewayProxyEvent> = {}): APIGatewayProxyEvent {
  return {
    httpMethod: "POST",
    path: "/",
    requestContext: {
      path: "/dev/",
      requestId: "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
      identity: { sourceIp: "203.0.113.7" },
    },
    multiValueQueryStringParameters: { a: ["1", "2"] },
    multiValueHeaders: { "X-Amz-Target": ["Firehose_20150804.PutRecord"], Via: ["a", "b"] },
    body: '{"a":"ü"}',
    isBase64Encoded: false,
    ...changes,
  } as APIGatewayProxyEvent;
}

describe("a proxy event", () => {
  test("becomes a request with the path that was sent before the path that was routed", () => {
    const request = fromApiGateway(proxyEvent());
    expect(request).toMatchObject({
      method: "POST",
      paths: ["/dev/", "/"],
      query: [
        ["a", "1"],
        ["a", "2"],
      ],
      body: '{"a":"ü"}',
      requestId: "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
    });
  });

  test("has its headers by lower-case name, repeated ones joined", () => {
    const request = fromApiGateway(proxyEvent());
    expect(headerOf(request, "x-amz-target")).toBe("Firehose_20150804.PutRecord");
    expect(headerOf(request, "via")).toBe("a,b");
    expect(headerOf(request, "host")).toBeUndefined();
  });

  test("has a binary body decoded", () => {
    const event = proxyEvent({ body: Buffer.of(0xbf, 0xff).toString("base64") });
    const request = fromApiGateway({ ...event, isBase64Encoded: true });
    expect(Buffer.from(request.body)).toEqual(Buffer.of(0xbf, 0xff));
  });

  test("came from where the gateway saw it come from, whatever the client says", () => {
    const multiValueHeaders = {
      "X-Forwarded-For": ["198.51.100.1"],
      "X-Forwarded-Proto": ["https"],
    };
    const { origin } = fromApiGateway(proxyEvent({ multiValueHeaders }));
    expect(origin).toEqual({ address: "203.0.113.7", isSecure: true });
  });

  test.each([["http"], ["https,http"], ["HTTPS "], [""]])(
    "did not come over TLS where its gateway says %j",
    (said) => {
      const multiValueHeaders = { "X-Forwarded-Proto": [said] };
      expect(fromApiGateway(proxyEvent({ multiValueHeaders })).origin?.isSecure).toBe(false);
    },
  );

  test("did not come over TLS where nobody says so", () => {
    expect(fromApiGateway(proxyEvent()).origin?.isSecure).toBe(false);
  });

  test("without body or query is an empty request", () => {
    const request = fromApiGateway(
      proxyEvent({ body: null, multiValueQueryStringParameters: null }),
    );
    expect(request).toMatchObject({ body: "", query: [] });
  });
});

describe("a response", () => {
  test("of text stays text", () => {
    expect(toApiGateway({ status: 400, headers: { A: "b" }, body: "{}" })).toEqual({
      statusCode: 400,
      headers: { A: "b" },
      body: "{}",
      isBase64Encoded: false,
    });
  });

  test("of bytes becomes base64", () => {
    const { body, isBase64Encoded } = toApiGateway({
      status: 200,
      headers: {},
      body: Uint8Array.of(0xbf, 0xff),
    });
    expect({ body, isBase64Encoded }).toEqual({ body: "v/8=", isBase64Encoded: true });
  });
});
