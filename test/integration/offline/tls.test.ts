/** The front with a certificate of its own, as clients of all ages meet it. */
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { type IncomingMessage, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { connect, type Socket } from "node:net";
import { checkServerIdentity, connect as connectTls, type ConnectionOptions } from "node:tls";
import { afterEach, describe, expect, it } from "vitest";
import { proxyEvent } from "../../../offline/api-gateway/proxy-event.ts";
import { startFront, type Front, type FrontOptions } from "../../../offline/front/front.ts";
import { selfSigned } from "../../../offline/front/x509.ts";

const identity = selfSigned({
  names: ["localhost", "127.0.0.1"],
  fromMs: Date.now() - 86_400_000,
  untilMs: Date.now() + 86_400_000,
});

let front: Front;
const opened: Socket[] = [];
afterEach(() => {
  for (const socket of opened.splice(0)) socket.destroy();
  front.stop();
});

/** Answers what came. */
async function open(options: Partial<FrontOptions> = { identity }): Promise<void> {
  front = await startFront({ port: 0, ...options });
  front.open(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    response.end(`got ${Buffer.concat(chunks).toString()}`);
  });
}

const POST = "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello";

async function exchange(socket: Socket, text: string): Promise<string> {
  let answer = "";
  socket.on("data", (chunk: Buffer) => (answer += chunk.toString("latin1")));
  socket.write(text);
  await closed(socket);
  return answer;
}

function secure(options: ConnectionOptions): Socket & { alpnProtocol: string | false | null } {
  const socket = connectTls({ port: front.port, host: "127.0.0.1", ca: identity.cert, ...options });
  opened.push(socket);
  return socket;
}

describe("by TLS", () => {
  it.each(["http/1.1", "h2"])("a request of %s is told from one without", async (protocol) => {
    const seen: (readonly string[] | undefined)[] = [];
    front = await startFront({ port: 0, identity });
    front.open(async (request, response) => {
      const event = proxyEvent(
        { request, body: Buffer.alloc(0), path: "/", accountId: "000000000000" },
        [],
      );
      seen.push(event.multiValueHeaders["X-Forwarded-Proto"]);
      response.end();
    });
    for (const scheme of ["https", "http"]) {
      const url = `${scheme}://127.0.0.1:${front.port}`;
      if (protocol === "h2") {
        const session = connectHttp2(url, { ca: identity.cert });
        const stream = session.request({ "x-forwarded-proto": "https" });
        stream.resume();
        await once(stream, "close");
        session.close();
      } else {
        const send = scheme === "https" ? httpsRequest : httpRequest;
        const sent = send(url, { ca: identity.cert, headers: { "X-Forwarded-Proto": "https" } });
        const [response] = (await once(sent.end(), "response")) as [IncomingMessage];
        await once(response.resume(), "close");
      }
    }
    expect(seen).toEqual([["https"], ["http"]]);
  });

  it.each<[string, ConnectionOptions]>([
    // An address is no name for SNI, so that none is sent.
    ["neither SNI nor ALPN", {}],
    ["SNI", { servername: "localhost" }],
    ["ALPN for HTTP/1.1", { ALPNProtocols: ["http/1.1"] }],
    ["TLS 1.2", { maxVersion: "TLSv1.2" }],
  ])("a client of HTTP/1.1 with %s is served, and sees a name it asked for", async (_, options) => {
    await open();
    const seen: (Error | undefined)[] = [];
    const socket = secure({
      ...options,
      checkServerIdentity: (name, certificate) => {
        seen.push(checkServerIdentity(name, certificate));
        return undefined;
      },
    });
    expect(await exchange(socket, POST)).toMatch(/^HTTP\/1\.1 200 OK[^]*got hello/);
    expect(seen).toEqual([undefined]);
  });

  it("a client that offers both is served by HTTP/2", async () => {
    await open();
    const session = connectHttp2(`https://localhost:${front.port}`, { ca: identity.cert });
    try {
      const stream = session.request({ ":method": "POST", ":path": "/" });
      stream.end("hello");
      const chunks: Buffer[] = [];
      for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
      expect(Buffer.concat(chunks).toString()).toBe("got hello");
      expect(session.alpnProtocol).toBe("h2");
    } finally {
      session.destroy();
    }
  });

  it("a client that wants to be asked for its body is asked", async () => {
    await open();
    const outgoing = httpsRequest({
      host: "127.0.0.1",
      port: front.port,
      method: "POST",
      ca: identity.cert,
      agent: false,
      headers: { expect: "100-continue", "content-length": 5 },
    });
    outgoing.flushHeaders();
    await once(outgoing, "continue");
    outgoing.end("hello");
    const [response] = (await once(outgoing, "response")) as [AsyncIterable<Buffer>];
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk);
    expect(Buffer.concat(chunks).toString()).toBe("got hello");
  });

  it("a client on the same port that speaks plain HTTP is served as ever", async () => {
    await open();
    const socket = connect(front.port, "127.0.0.1");
    opened.push(socket);
    expect(await exchange(socket, POST)).toContain("got hello");
  });

  it.each<[string, (socket: Socket) => void]>([
    ["at the first byte of the handshake", (socket) => void socket.write(Buffer.of(0x16))],
    ["within the handshake", (socket) => void socket.write(Buffer.of(0x16, 3, 1, 0, 200, 1, 0))],
  ])("a client that stops %s is let go", async (_, begin) => {
    await open({ identity, bounds: { headMs: 50 } });
    const socket = connect(front.port, "127.0.0.1");
    opened.push(socket);
    begin(socket.on("error", () => {}).resume());
    await closed(socket);
  });

  it.each<[string, ConnectionOptions, string, object]>([
    ["behind the handshake", {}, "", { idleMs: 50 }],
    ["within the method", {}, "P", { headMs: 500 }],
    ["within its headers", {}, "POST / HTTP/1.1\r\nHost", { headMs: 500 }],
    ["in a session of HTTP/2", { ALPNProtocols: ["h2"] }, "", { stallMs: 50 }],
    ["in a body", {}, POST.slice(0, -1), { bodyMs: 50 }],
  ])("a client that stops %s is let go", async (_, options, text, bounds) => {
    await open({ identity, bounds });
    const socket = secure(options).on("error", () => {});
    socket.write(text);
    await closed(socket.resume());
  });
});

describe("without a certificate", () => {
  it("a client that tries TLS is let go, and somebody told", async () => {
    let told = 0;
    await open({ onUnservedTls: () => (told += 1) });
    const socket = secure({}).on("error", () => {});
    await closed(socket.resume());
    expect(told).toBe(1);
  });
});

describe("beyond the loopback", () => {
  const answers = async (host: string): Promise<boolean> => {
    const socket = connect(front.port, host);
    opened.push(socket);
    return exchange(
      socket.on("error", () => {}),
      POST,
    ).then((text) => text.includes("got hello"));
  };

  it("the front is where it was asked to be, and on the loopback", async () => {
    await open({ host: "127.0.0.2" });
    expect(await answers("127.0.0.2")).toBe(true);
    expect(await answers("127.0.0.1")).toBe(true);
    expect(await answers("127.0.0.3")).toBe(false);
  });

  it("the front is everywhere for 0.0.0.0", async () => {
    await open({ host: "0.0.0.0" });
    expect(await answers("127.0.0.3")).toBe(true);
  });

  it("an address that is not of this machine is refused by name", async () => {
    await expect(startFront({ port: 0, host: "192.0.2.1" })).rejects.toThrow(
      /^cannot listen on 192\.0\.2\.1, which HYDRANT_HOST names: /,
    );
    await open({});
  });
});

/** However it comes to its end: being let go may show as an error. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.on("error", () => {}).once("close", () => resolve()));
}
