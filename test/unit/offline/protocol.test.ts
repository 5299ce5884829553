import { createServer, connect, type AddressInfo, type Server, type Socket } from "node:net";
import { once } from "node:events";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { greet, protocolOf, type Protocol } from "../../../offline/front/protocol.ts";

const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

describe("what a client speaks", () => {
  it.each<[Protocol | undefined, string]>([
    [undefined, ""],
    [undefined, "P"],
    [undefined, "PR"],
    [undefined, "PRI"],
    ["http2", PREFACE],
    ["http1", "POST / HTTP/1.1\r\n"],
    ["http1", "PRINT / HTTP/1.1\r\n"],
    ["http1", "G"],
    ["http1", "\r\n"],
    ["tls", "\u0016"],
    ["tls", "\u0016\u0003\u0001"],
  ])("is %s for %j", (protocol, text) => {
    expect(protocolOf(Buffer.from(text, "latin1"))).toBe(protocol);
  });
});

describe("a greeting", () => {
  let server: Server;
  let arrival: Promise<[Socket]>;
  beforeEach(async () => {
    server = createServer();
    arrival = once(server, "connection") as Promise<[Socket]>;
    await once(server.listen(0, "127.0.0.1"), "listening");
  });
  afterEach(() => server.close());
  const client = () => connect((server.address() as AddressInfo).port, "127.0.0.1");

  it("leaves every byte to be read, however they came", async () => {
    server.close();
    const parts = fc.array(fc.uint8Array({ minLength: 1, maxLength: 3 }), {
      minLength: 1,
      maxLength: 5,
    });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom("POST", "PRI "), parts, async (start, rest) => {
        const each = createServer();
        await once(each.listen(0, "127.0.0.1"), "listening");
        const told = once(each, "connection") as Promise<[Socket]>;
        const outgoing = connect((each.address() as AddressInfo).port, "127.0.0.1");
        outgoing.setNoDelay(true);
        const [socket] = await told;
        const read = new Promise<Buffer>((resolve, reject) => {
          greet(socket, { idleMs: 5000, headMs: 5000 }, () => {
            const chunks: Buffer[] = [];
            socket.on("data", (chunk: Buffer) => chunks.push(chunk));
            socket.on("end", () => resolve(Buffer.concat(chunks)));
          });
          socket.once("error", reject);
        });
        const pieces = [...start]
          .map((letter) => Buffer.from(letter))
          .concat(rest.map(Buffer.from));
        for (const piece of pieces) {
          await new Promise<void>((done) => outgoing.write(piece, () => done()));
          await new Promise(setImmediate);
        }
        outgoing.end();
        expect((await read).equals(Buffer.concat(pieces))).toBe(true);
        each.close();
      }),
      { numRuns: 30 },
    );
  });

  it.each(["", "P", "PR", "PRI"])("ends with a client that goes after %j", async (text) => {
    const outgoing = client();
    const [socket] = await arrival;
    let served: Protocol | undefined;
    greet(socket, { idleMs: 60_000, headMs: 60_000 }, (protocol) => (served = protocol));
    outgoing.end(text);
    await closed(socket);
    expect(served).toBeUndefined();
  });

  it.each<[string, string, { idleMs: number; headMs: number }]>([
    ["sends nothing", "", { idleMs: 20, headMs: 60_000 }],
    ["stops after its first byte", "P", { idleMs: 60_000, headMs: 20 }],
  ])("ends with a client that %s", async (_, text, bounds) => {
    const outgoing = client();
    outgoing.write(text);
    outgoing.on("error", () => {});
    const [socket] = await arrival;
    greet(socket, bounds, () => {});
    await closed(outgoing.resume());
  });
});

/** However it comes to its end: being let go may show as an error. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.on("error", () => {}).once("close", () => resolve()));
}
