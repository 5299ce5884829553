/** The front under clients that stop half-way, each kind on a front whose patience is short. */
import { EventEmitter, once } from "node:events";
import { request as httpRequest, type ServerResponse } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import { connect, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { Bounds } from "../../../offline/front/door.ts";
import { startFront, type Front } from "../../../offline/front/front.ts";

const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/** Of a session: its settings, none. */
const SETTINGS_FRAME = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);

let front: Front;
const requests = new EventEmitter();
const opened: Socket[] = [];
afterEach(() => {
  for (const socket of opened.splice(0)) socket.destroy();
  front.stop();
});

/** Answers `whole` when all of a request has come, and never what is asked for at `/never`. */
async function open(bounds: Partial<Bounds>): Promise<void> {
  front = await startFront({ port: 0, bounds });
  front.open(async (request, response) => {
    requests.emit("request", request, response);
    for await (const chunk of request) void chunk;
    if (request.url !== "/never") response.end(request.url === "/large" ? LARGE : "whole");
  });
}

/** More than the buffers of two sockets hold. */
const LARGE = Buffer.alloc(32 * 1024 * 1024);

function send(...parts: (string | Buffer)[]): Socket {
  const socket = connect(front.port, "127.0.0.1");
  opened.push(socket);
  // A client that is let go may see a reset.
  socket.on("error", () => {});
  for (const part of parts) socket.write(part);
  return socket;
}

async function textUntilClosed(socket: Socket): Promise<string> {
  let text = "";
  socket.on("data", (chunk: Buffer) => (text += chunk.toString("latin1")));
  await closed(socket);
  return text;
}

async function isServed(localAddress = "127.0.0.1"): Promise<boolean> {
  const outgoing = httpRequest({ port: front.port, host: "127.0.0.1", localAddress, agent: false });
  outgoing.end();
  const [response] = (await once(outgoing, "response")) as [AsyncIterable<Buffer>];
  for await (const chunk of response) if (chunk.toString() === "whole") return true;
  return false;
}

describe("a client that goes within the method", () => {
  it.each(["P", "PR", "PRI", "G", "\u0016"])("after %j leaves others served", async (text) => {
    await open({});
    const socket = send();
    socket.end(Buffer.from(text, "latin1"));
    await closed(socket.resume());
    expect(await isServed()).toBe(true);
  });
});

describe("a client that stops", () => {
  it.each<[string, (string | Buffer)[], Partial<Bounds>]>([
    ["before its first byte", [], { idleMs: 50 }],
    ["within the method", ["PRI"], { headMs: 50 }],
    ["within HTTP/1.1's headers", ["POST / HTTP/1.1\r\nHost: a\r\nA: "], { headMs: 50 }],
    ["within HTTP/2's preface", ["PRI * HTTP/2.0\r\n"], { stallMs: 50 }],
    ["after HTTP/2's settings", [PREFACE, SETTINGS_FRAME], { stallMs: 50 }],
    ["between two requests", ["GET / HTTP/1.1\r\nHost: a\r\n\r\n"], { idleMs: 50 }],
    [
      "before an answer that never comes",
      ["GET /never HTTP/1.1\r\nHost: a\r\n\r\n"],
      { stallMs: 50 },
    ],
  ])("%s is let go", async (_, parts, bounds) => {
    await open(bounds);
    await textUntilClosed(send(...parts));
    expect(await isServed()).toBe(true);
  });

  it("within a body of HTTP/1.1 is told so and let go", async () => {
    await open({ bodyMs: 50 });
    const text = await textUntilClosed(
      send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc"),
    );
    expect(text).toContain("HTTP/1.1 408 ");
    expect(text).toContain('"__type":"RequestTimeoutException"');
  });

  it("within a body of HTTP/2 is told so, and its session goes on", async () => {
    await open({ bodyMs: 50 });
    const session = connectHttp2(`http://127.0.0.1:${front.port}`);
    try {
      const stream = session.request({ ":method": "POST", ":path": "/" }, { endStream: false });
      stream.write("abc");
      const [headers] = (await once(stream, "response")) as [Record<string, unknown>];
      expect(headers[":status"]).toBe(408);
      await once(stream.resume(), "close");
      const other = session.request({ ":path": "/" });
      const [answered] = (await once(other, "response")) as [Record<string, unknown>];
      expect(answered[":status"]).toBe(200);
    } finally {
      session.destroy();
    }
  });

  it("reading its answer is let go", async () => {
    await open({ stallMs: 300 });
    send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n").pause();
    const [, response] = (await once(requests, "request")) as [unknown, ServerResponse];
    await once(response, "close");
    expect(response.writableFinished).toBe(false);
  });
});

describe("a front that is full", () => {
  it("lets go of those that wait the longest, of the address that has most of them", async () => {
    await open({ connectionMaxCount: 4 });
    const other = send();
    await once(other, "connect");
    const flood = Array.from({ length: 3 }, () => {
      const socket = connect({ port: front.port, host: "127.0.0.1", localAddress: "127.0.0.2" });
      opened.push(socket);
      return socket.on("error", () => {}).resume();
    });
    await Promise.all(flood.map((socket) => once(socket, "connect")));
    const [first] = flood;
    const gone = closed(first!);
    expect(await isServed("127.0.0.3")).toBe(true);
    await gone;
    other.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    expect(await textUntilClosed(other)).toContain("whole");
  });

  it("does not cut off what is being answered", async () => {
    await open({ connectionMaxCount: 2 });
    const answered = [await ask("/never"), await ask("/never")];
    await closed(send().resume());
    expect(answered.map((socket) => socket.destroyed)).toEqual([false, false]);
  });
});

/** A client whose request has come. */
async function ask(path: string): Promise<Socket> {
  const arrived = once(requests, "request");
  const socket = send(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
  await arrived;
  return socket;
}

/** However it comes to its end: being let go may show as an error. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.on("error", () => {}).once("close", () => resolve()));
}
