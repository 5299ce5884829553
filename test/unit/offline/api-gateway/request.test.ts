/** What the model of API Gateway makes of requests, and which it does not pass on. */
import { connect } from "node:http2";
import { connect as connectTcp } from "node:net";
import { text } from "node:stream/consumers";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gatewayResponses } from "../../../../offline/api-gateway/gateway-responses.ts";
import type { ProxyEvent } from "../../../../offline/api-gateway/proxy-event.ts";
import { CBOR, startGateway, withHead } from "./gateways.ts";

const MIB = 1024 * 1024;

let gateway: Awaited<ReturnType<typeof startGateway>>;
let lastEvent: ProxyEvent | undefined;

beforeAll(async () => {
  gateway = await startGateway(
    {
      transferMode: "STREAM",
      async run(event, stream) {
        lastEvent = event as ProxyEvent;
        withHead(stream);
        stream.write("done");
        stream.end();
      },
    },
    {
      responses: gatewayResponses({
        Missing: {
          Type: "AWS::ApiGateway::GatewayResponse",
          Properties: {
            ResponseType: "MISSING_AUTHENTICATION_TOKEN",
            StatusCode: "404",
            ResponseParameters: { "gatewayresponse.header.x-amzn-ErrorType": "'Unknown'" },
            ResponseTemplates: { "application/x-amz-json-1.1": '{"__type":"Unknown"}' },
          },
        },
        Others: {
          Type: "AWS::ApiGateway::GatewayResponse",
          Properties: {
            ResponseType: "DEFAULT_4XX",
            ResponseTemplates: {
              "application/json":
                '{"t":"$context.error.responseType","m":$context.error.messageString}',
            },
          },
        },
      }),
    },
  );
});
afterAll(() => gateway.stop());

async function post(
  body: Uint8Array<ArrayBuffer> | string,
  headers: Record<string, string>,
  path = "/",
) {
  const response = await fetch(gateway.origin + path, { method: "POST", body, headers });
  return { status: response.status, text: await response.text(), headers: response.headers };
}

describe("a request", () => {
  it("becomes an event with its headers, query and path as they came", async () => {
    await post('{"ü":1}', { "X-Amz-Target": "S.O", "Content-Type": "a/b" }, "/a//b?c=%20d&c=e");
    expect(lastEvent).toMatchObject({
      httpMethod: "POST",
      path: "/a//b",
      pathParameters: { proxy: "a//b" },
      headers: { "X-Amz-Target": "S.O" },
      multiValueHeaders: { "Content-Type": ["a/b"] },
      queryStringParameters: { c: "e" },
      multiValueQueryStringParameters: { c: [" d", "e"] },
      body: '{"ü":1}',
      isBase64Encoded: false,
      requestContext: { path: "/a//b", requestId: expect.any(String) },
    });
  });

  it("came the way that the gateway saw, whatever its client says", async () => {
    await post("{}", { "X-Forwarded-For": "203.0.113.7", "x-forwarded-proto": "https" });
    expect(lastEvent?.requestContext.identity.sourceIp).toMatch(/^(::ffff:)?127\.0\.0\.1$/);
    const named = Object.entries(lastEvent?.multiValueHeaders ?? {}).filter(([name]) =>
      /^x-forwarded-proto$/i.test(name),
    );
    expect(named).toEqual([["X-Forwarded-Proto", ["http"]]]);
  });

  it("over HTTP/2 is told as one over HTTP/1.1", async () => {
    const session = connect(gateway.origin);
    const stream = session.request({ ":method": "POST", ":path": "/?a", "x-amz-target": "S.O" });
    stream.end("{}");
    expect(await text(stream)).toBe("done");
    session.close();
    const { headers, httpMethod, path, body } = lastEvent!;
    expect({ httpMethod, path, body }).toEqual({ httpMethod: "POST", path: "/", body: "{}" });
    expect(headers["Host"]).toBe(new URL(gateway.origin).host);
    expect(Object.keys(headers).filter((name) => name.startsWith(":"))).toEqual([]);
  });

  it("of a binary type has its body in base64, whatever is in it", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 100 }), async (bytes) => {
        await post(new Uint8Array(bytes), { "Content-Type": `${CBOR}; charset=x` });
        expect(lastEvent!.isBase64Encoded).toBe(true);
        expect(Buffer.from(lastEvent!.body ?? "", "base64")).toEqual(Buffer.from(bytes));
      }),
      { numRuns: 30 },
    );
  });

  it("may name a header as it likes", async () => {
    await post("", { __proto__x: "a", constructor: "b" });
    expect(lastEvent!.multiValueHeaders).toMatchObject({ constructor: ["b"] });
  });
});

describe("sizes", () => {
  const tooLarge = { status: 413, text: '{"t":"REQUEST_TOO_LARGE","m":"Request Too Long"}' };

  it("refuses a request above API Gateway's 10 MB", async () => {
    expect(await post("a".repeat(10 * MIB + 1), {})).toMatchObject(tooLarge);
  });

  it("counts text as the JSON string it becomes in the event", async () => {
    expect(await post("a".repeat(6 * MIB - 8192), {})).toMatchObject({ status: 200 });
    expect(await post("a".repeat(6 * MIB), {})).toMatchObject(tooLarge);
    expect(await post('"'.repeat(4 * MIB), {})).toMatchObject(tooLarge);
  });

  it("counts CBOR as the base64 it becomes in the event", async () => {
    const type = { "Content-Type": CBOR };
    expect(await post(new Uint8Array(4 * MIB), type)).toMatchObject({ status: 200 });
    expect(await post(new Uint8Array(5 * MIB), type)).toMatchObject(tooLarge);
  });
});

describe("paths", () => {
  it.each(["/", "/a", "/a/", "//a", "/%2e%2e/%zz", "http://example.com/"])(
    "of every kind are served: %s",
    async (path) => {
      expect(await raw(path)).toContain("200 OK");
    },
  );

  it.each(["//", "///", "*"])("that no route has: %s", async (path) => {
    const answer = await raw(path);
    expect(answer).toContain("404 Not Found");
    expect(answer).toContain("x-amzn-errortype: Unknown");
    expect(answer).toContain("content-type: application/x-amz-json-1.1");
    expect(answer).toContain('{"__type":"Unknown"}');
  });
});

/** `fetch` would tidy the path up. */
async function raw(path: string): Promise<string> {
  const socket = connectTcp(Number(new URL(gateway.origin).port), "127.0.0.1");
  socket.end(`POST ${path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  return text(socket);
}
