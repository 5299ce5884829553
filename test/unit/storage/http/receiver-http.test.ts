import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTcpServer, type AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, test } from "vitest";
import { systemClock } from "../../../../src/clock.ts";
import type { ReceiverRequest } from "../../../../src/delivery/destinations/receivers/ports.ts";
import { receiverHttp } from "../../../../src/storage/http/receiver-http.ts";

const servers: { close(): unknown; closeAllConnections?(): void }[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections?.();
    server.close();
  }
});

async function serving(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const server: Server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const CREDENTIALS = { accessKeyId: "AKID", secretAccessKey: "secret" };

function client(mayReachLoopback = true) {
  const roles: (string | undefined)[] = [];
  const http = receiverHttp({
    reach: { mayReachLoopback },
    clock: { ...systemClock, now: () => Date.parse("2026-11-23T10:11:12Z") },
    async credentialsOf(roleArn) {
      roles.push(roleArn);
      return { ...CREDENTIALS, sessionToken: "token" };
    },
  });
  const send = (url: string, over: Partial<ReceiverRequest> = {}) =>
    http.send({
      method: "POST",
      url,
      headers: { "content-type": "text/plain" },
      body: Buffer.from("body"),
      timeoutMs: 5000,
      maxBytes: 10_000,
      ...over,
    });
  return { send, roles };
}

describe("what a receiver answers", () => {
  test("comes as it is: status, headers, and a body that nobody unpacks", async () => {
    const seen: {
      readonly method: string | undefined;
      readonly body: string;
      readonly headers: object;
    }[] = [];
    const url = await serving((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const { method, headers } = request;
        seen.push({ method, headers, body: Buffer.concat(chunks).toString() });
        response.setHeader("content-encoding", "gzip").setHeader("x-a", ["1", "2"]);
        response.writeHead(202).end(gzipSync("packed"));
      });
    });
    const answer = await client().send(`${url}/intake?x=1`);
    expect(answer).toMatchObject({ kind: "answer", status: 202, headers: { "x-a": "1, 2" } });
    expect(answer.kind === "answer" && Buffer.from(answer.body)).toEqual(gzipSync("packed"));
    expect(seen).toMatchObject([
      {
        method: "POST",
        body: "body",
        headers: { "content-length": "4", "content-type": "text/plain" },
      },
    ]);
  });

  test("is no reason to go elsewhere", async () => {
    let count = 0;
    const url = await serving((_request, response) => {
      count += 1;
      response.writeHead(302, { location: "/other" }).end();
    });
    expect(await client().send(url)).toMatchObject({ kind: "answer", status: 302 });
    expect(count).toBe(1);
  });

  test("is too large with its headers", async () => {
    const url = await serving((_request, response) => void response.end("x".repeat(200)));
    expect(await client().send(url, { maxBytes: 250 })).toEqual({ kind: "too large", status: 200 });
    expect(await client().send(url, { maxBytes: 1000 })).toMatchObject({ kind: "answer" });
  });

  test("comes in time, all of it, or not at all", async () => {
    const never = await serving(() => {});
    const half = await serving((_request, response) => void response.write("half"));
    for (const url of [never, half]) {
      const answer = await client().send(url, { timeoutMs: 50 });
      expect(answer).toMatchObject({ kind: "none", reason: "timeout" });
    }
  });

  test("is missing where the connection breaks, before it or amid it", async () => {
    const before = await serving((request) => void request.socket.destroy());
    const amid = await serving((_request, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("half", () => response.destroy());
    });
    for (const url of [before, amid]) {
      expect(await client().send(url)).toMatchObject({ kind: "none", reason: "cut" });
    }
  });

  test("is missing where nobody listens", async () => {
    const answer = await client().send("http://127.0.0.1:1");
    expect(answer).toMatchObject({ kind: "none", reason: "connection" });
  });

  test("is missing where no certificate can be trusted", async () => {
    const server = createTcpServer((socket) => void socket.end("not TLS"));
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const answer = await client().send(`https://127.0.0.1:${port}/`);
    expect(answer).toMatchObject({ kind: "none", reason: "tls" });
  });
});

describe("a connection that was kept", () => {
  test("and closed at its other end costs nothing: what was sent on it is sent once more", async () => {
    const bodies: string[] = [];
    const sockets = new Set<object>();
    const url = await serving((request, response) => {
      const isFirstOfSocket = !sockets.has(request.socket);
      sockets.add(request.socket);
      if (!isFirstOfSocket) return void request.socket.destroy();
      bodies.push(request.url ?? "");
      request.resume().on("end", () => response.end("ok"));
    });
    const { send } = client();
    expect(await send(`${url}/1`)).toMatchObject({ kind: "answer" });
    expect(await send(`${url}/2`)).toMatchObject({ kind: "answer", status: 200 });
    expect(bodies).toEqual(["/1", "/2"]);
  });
});

describe("nothing is sent", () => {
  test.each(["http://127.0.0.1:9/", "http://169.254.169.254/latest/meta-data/"])(
    "to %s where that is not allowed",
    async (url) => {
      expect(await client(false).send(url)).toMatchObject({ kind: "none", reason: "not allowed" });
    },
  );

  test("by another protocol", async () => {
    expect(await client().send("ftp://example.com/")).toMatchObject({ reason: "not allowed" });
  });
});

test("a request is signed under its role, query and path included", async () => {
  const seen: Record<string, string | string[] | undefined>[] = [];
  const url = await serving((request, response) => {
    seen.push(request.headers);
    request.resume().on("end", () => response.end());
  });
  const { send, roles } = client();
  const signing = { service: "es", region: "eu-west-1", roleArn: "arn:aws:iam::1:role/x" };
  await send(`${url}/a%1Fb/_bulk?b=2&a=1%2F`, { signing });
  expect(roles).toEqual([signing.roleArn]);
  expect(seen[0]).toMatchObject({
    "x-amz-date": "20261123T101112Z",
    "x-amz-security-token": "token",
    authorization: expect.stringMatching(
      /^AWS4-HMAC-SHA256 Credential=AKID\/20261123\/eu-west-1\/es\/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, Signature=[0-9a-f]{64}$/,
    ),
  });
});
