/** The front door by itself, before an echo in place of API Gateway. */
import { request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { once } from "node:events";
import { connect } from "node:http2";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AnyRequest, AnyResponse } from "../../../offline/front/exchange.ts";
import { startFront, type Front } from "../../../offline/front/front.ts";
import { sendRaw } from "../../helpers/raw-http.ts";

interface Echo {
  readonly method: string;
  readonly url: string;
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

let front: Front;
let origin: string;

beforeAll(async () => {
  front = await startFront({ port: 0 });
  origin = `http://127.0.0.1:${front.port}`;
});
afterAll(() => front.stop());

async function answer(request: AnyRequest, anyResponse: AnyResponse): Promise<void> {
  // HTTP/2's response is written to alike.
  const response = anyResponse as ServerResponse;
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const told: Echo = {
    method: request.method ?? "",
    url: request.url ?? "",
    rawHeaders: request.rawHeaders,
    body: Buffer.concat(chunks).toString("base64"),
  };
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify(told));
}

describe("before the stack is ready", () => {
  it("answers 503", async () => {
    const response = await fetch(`${origin}/health`);
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ message: "Service Unavailable" });
    front.open(answer);
  });
});

describe("over HTTP/1.1", () => {
  it("hands method, path, raw headers and body on unchanged", async () => {
    const echo = await http1(
      { "X-Amz-Target": "Firehose_20150804.PutRecord" },
      Buffer.from('{"ü":1}'),
    );
    expect(echo).toMatchObject({ method: "POST", url: "/a//b?c=%20d" });
    expect(header(echo, "X-Amz-Target")).toBe("Firehose_20150804.PutRecord");
    expect(header(echo, "Host")).toBe(`127.0.0.1:${front.port}`);
    expect(Buffer.from(echo.body, "base64").toString()).toBe('{"ü":1}');
  });

  it.each([
    ["http://127.0.0.1:4566/a//b?c", "/a//b?c"],
    ["HTTP://other.example", "/"],
    ["https://other.example:8443?c=/", "/?c=/"],
    ["//other.example/a", "//other.example/a"],
    ["/http://other.example/a", "/http://other.example/a"],
  ])("takes %s for %s", async (path, url) => {
    const outgoing = httpRequest({ host: "127.0.0.1", port: front.port, path, agent: false }).end();
    const [response] = (await once(outgoing, "response")) as [IncomingMessage];
    expect(await readEcho(response)).toMatchObject({ url });
  });

  it("keeps every byte of bodies small and large", async () => {
    const bodies = fc
      .uint8Array({ maxLength: 64 })
      .chain((seed) =>
        fc
          .constantFrom(1, 20_000)
          .map((times) => Buffer.concat(Array.from({ length: times }, () => seed))),
      );
    await fc.assert(
      fc.asyncProperty(bodies, async (body) => {
        const echo = await http1({ "Content-Type": "application/x-amz-cbor-1.1" }, body);
        expect(echo.body === body.toString("base64")).toBe(true);
      }),
      { numRuns: 40 },
    );
  });
});

describe("over HTTP/2 with prior knowledge", () => {
  it("hands method, path, headers and body on unchanged", async () => {
    const echo = await http2({ "x-amz-target": "Kinesis_20131202.ListStreams" }, Buffer.from("{}"));
    expect(echo).toMatchObject({ method: "POST", url: "/a//b?c=%20d" });
    expect(header(echo, ":authority")).toBe(`127.0.0.1:${front.port}`);
    expect(header(echo, "x-amz-target")).toBe("Kinesis_20131202.ListStreams");
    expect(Buffer.from(echo.body, "base64").toString()).toBe("{}");
  });
});

describe("web pages", () => {
  const call = (method: string, headers: Record<string, string>) =>
    sendRaw(origin, { method, headers, body: method === "POST" ? "{}" : "" });
  const foreign = { origin: "https://evil.example" };

  it.each([
    ["a call", "POST", { "content-type": "application/x-amz-json-1.1" }],
    ["a call disguised as a form's", "POST", { "content-type": "text/plain" }],
    ["a preflight", "OPTIONS", { "access-control-request-method": "POST" }],
    ["a read", "GET", {}],
  ])("of other origins are refused: %s", async (_, method, headers) => {
    const { status, text, headers: told } = await call(method, { ...headers, ...foreign });
    expect([status, JSON.parse(text)]).toEqual([
      403,
      { __type: "AccessDeniedException", message: expect.stringContaining("HYDRANT_ORIGINS") },
    ]);
    // Nothing that lets a page read even this.
    expect(told["access-control-allow-origin"]).toBeUndefined();
  });

  it("of other origins are refused over HTTP/2, too", async () => {
    const session = connect(origin);
    try {
      const stream = session.request({ ":method": "POST", ...foreign });
      stream.end("{}");
      const [headers] = (await once(stream, "response")) as [Record<string, unknown>];
      expect(headers[":status"]).toBe(403);
    } finally {
      session.destroy();
    }
  });

  it("of this machine are served, their preflights too", async () => {
    const page = { origin: "http://localhost:3000" };
    expect((await call("POST", page)).status).toBe(200);
    expect((await call("OPTIONS", page)).status).toBe(200);
  });
});

it("serves 500 connections at once", async () => {
  const echoes = await Promise.all(
    Array.from({ length: 500 }, (_, n) => http1({ n: String(n) }, Buffer.from("x"))),
  );
  expect(echoes.map((echo) => header(echo, "n"))).toEqual(
    Array.from({ length: 500 }, (_, n) => String(n)),
  );
});

function header({ rawHeaders }: Echo, name: string): string | undefined {
  const index = rawHeaders.indexOf(name);
  return index === -1 ? undefined : rawHeaders[index + 1];
}

function http1(headers: Record<string, string>, body: Buffer): Promise<Echo> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      `${origin}/a//b?c=%20d`,
      { method: "POST", headers: { ...headers, "content-length": body.length }, agent: false },
      (response: IncomingMessage) => resolve(readEcho(response)),
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

async function http2(headers: Record<string, string>, body: Buffer): Promise<Echo> {
  const session = connect(origin);
  try {
    const stream = session.request({ ":method": "POST", ":path": "/a//b?c=%20d", ...headers });
    stream.end(body);
    return await readEcho(stream);
  } finally {
    session.close();
  }
}

async function readEcho(source: AsyncIterable<Buffer>): Promise<Echo> {
  const chunks: Buffer[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString()) as Echo;
}
