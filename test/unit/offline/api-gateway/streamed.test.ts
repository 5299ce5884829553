/** Answers that the model of API Gateway passes on while they come. */
import { once } from "node:events";
import { type IncomingMessage, request as httpRequest } from "node:http";
import { connect } from "node:http2";
import { describe, expect, it, onTestFinished } from "vitest";
import type { StreamingFunction } from "../../../../offline/api-gateway/function.ts";
import type { ResponseStream } from "../../../../offline/api-gateway/response-stream.ts";
import { CBOR, startGateway, withHead } from "./gateways.ts";

const MIB = 1024 * 1024;

async function streaming(run: StreamingFunction, bounds = {}) {
  const gateway = await startGateway({ transferMode: "STREAM", run }, { bounds });
  onTestFinished(() => gateway.stop());
  return gateway;
}

/** A function that hands out the stream of each call, with its first piece written. */
async function handedOut() {
  const streams: ResponseStream[] = [];
  const gateway = await streaming(async (_, stream) => {
    streams.push(stream);
    withHead(stream);
    stream.write("first");
    await once(stream, "close").catch(() => undefined);
  });
  return { ...gateway, streams };
}

async function overHttp1(origin: string) {
  const outgoing = httpRequest(origin, { method: "POST" });
  outgoing.on("error", () => {});
  outgoing.end("{}");
  const [incoming] = (await once(outgoing, "response")) as [IncomingMessage];
  return { chunks: incoming, go: () => outgoing.destroy() };
}

async function overHttp2(origin: string) {
  const session = connect(origin);
  session.on("error", () => {});
  const stream = session.request({ ":method": "POST" });
  stream.on("error", () => {});
  stream.end("{}");
  await once(stream, "response");
  return { chunks: stream, go: () => session.destroy() };
}

describe.each([
  ["HTTP/1.1", overHttp1],
  ["HTTP/2", overHttp2],
])("over %s", (_, call) => {
  it("each piece comes when it is written, and the end", async () => {
    const { origin, streams } = await handedOut();
    const { chunks } = await call(origin);
    expect(String(await once(chunks, "data"))).toBe("first");
    streams[0]!.write("second");
    expect(String(await once(chunks, "data"))).toBe("second");
    streams[0]!.end();
    await once(chunks, "end");
  });

  it("the function learns when its client goes", async () => {
    const { origin, streams } = await handedOut();
    const { chunks, go } = await call(origin);
    await once(chunks, "data");
    const closed = once(streams[0]!, "close");
    go();
    await closed;
  });

  it("nothing is left behind by a client that goes without reading", async () => {
    const { origin, streams, allServed, problems } = await handedOut();
    const { chunks, go } = await call(origin);
    await once(chunks, "data");
    chunks.pause();
    streams[0]!.write(Buffer.alloc(8 * MIB));
    go();
    await allServed();
    expect(problems).toEqual([]);
  });

  it("the function waits for a client that does not read", async () => {
    const { origin, streams } = await handedOut();
    const { chunks, go } = await call(origin);
    const piece = Buffer.alloc(MIB);
    let written = 0;
    while (streams[0]!.write(piece) && written < 64) written++;
    expect(written).toBeLessThan(64);
    chunks.resume();
    await once(streams[0]!, "drain");
    go();
  });
});

it("a client that goes within its request over HTTP/2 leaves nothing behind", async () => {
  const { origin, streams, allServed } = await handedOut();
  const session = connect(origin);
  session.on("error", () => {});
  const stream = session.request({ ":method": "POST" });
  stream.on("error", () => {});
  stream.write("{");
  // Whatever came before has been seen when another request is answered.
  const other = session.request({ ":method": "POST" });
  other.end();
  await once(other, "response");
  streams[0]!.end();
  session.destroy();
  await allServed();
});

describe("an answer", () => {
  it("is bytes as they are, whatever the client accepts", async () => {
    const { origin } = await streaming(async (_, stream) => {
      withHead(stream);
      stream.write(Buffer.of(0xbf, 0, 0xff));
      stream.end();
    });
    for (const accept of [CBOR, "*/*", "application/json"]) {
      const response = await fetch(origin, { headers: { accept } });
      expect(response.headers.get("content-type")).toBe(CBOR);
      expect(Buffer.from(await response.arrayBuffer())).toEqual(Buffer.of(0xbf, 0, 0xff));
    }
  });

  it("of 20 MiB comes whole", async () => {
    const { origin } = await streaming(async (_, stream) => {
      withHead(stream);
      stream.write(Buffer.alloc(20 * MIB, 7));
      stream.end();
    });
    expect((await (await fetch(origin)).arrayBuffer()).byteLength).toBe(20 * MIB);
  });

  it("has the gateway's own date and id, and the function's under other names", async () => {
    const { origin } = await streaming(async (_, stream) => {
      stream.setPrelude({ statusCode: 418, headers: { Date: "then", "x-amzn-RequestId": "mine" } });
      stream.write("");
      stream.end();
    });
    const { status, headers } = await fetch(origin);
    expect(status).toBe(418);
    expect(headers.get("x-amzn-remapped-date")).toBe("then");
    expect(headers.get("x-amzn-remapped-x-amzn-requestid")).toBe("mine");
    expect(headers.get("x-amzn-requestid")).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("beyond the first 6 MiB comes at 2 MiB a second where that is asked for", async () => {
    const { origin } = await streaming(
      async (_, stream) => {
        withHead(stream);
        for (let count = 0; count < 7; count++) stream.write(Buffer.alloc(MIB));
        stream.end();
      },
      { isPaced: true },
    );
    const startedAt = performance.now();
    await (await fetch(origin)).arrayBuffer();
    // Never earlier; a slow machine may well be later.
    expect(performance.now() - startedAt).toBeGreaterThan(490);
  });
});

describe("what fails", () => {
  const problem = async (origin: string) => {
    const response = await fetch(origin);
    return [response.status, await response.json()];
  };
  const failed = [500, { message: "Internal server error" }];

  it.each<[string, StreamingFunction]>([
    ["throws", () => Promise.reject(new Error("thrown"))],
    ["ends without a word", async (_, stream) => void stream.end()],
    [
      "only ends its stream, which sends no status",
      async (_, stream) => {
        withHead(stream);
        stream.end("body");
      },
    ],
    ["writes no status", async (_, stream) => void stream.end("x".repeat(20_000))],
    ["writes one that is no JSON", async (_, stream) => void stream.end(`{${"\0".repeat(8)}`)],
  ])("is told in the gateway's words when the function %s", async (_, run) => {
    const { origin, problems } = await streaming(run);
    expect(await problem(origin)).toEqual(failed);
    expect(problems).toHaveLength(1);
  });

  it("is a time-out when nothing comes for too long", async () => {
    const { origin } = await streaming(() => new Promise<never>(() => {}), { idleMaxMs: 20 });
    expect(await problem(origin)).toEqual([504, { message: "Endpoint request timed out" }]);
  });

  it.each([{ idleMaxMs: 50 }, { maxMs: 50 }])(
    "after the beginning breaks the answer off: %o",
    async (bounds) => {
      const { origin } = await streaming(async (_, stream) => {
        withHead(stream);
        stream.write("first");
      }, bounds);
      const response = await fetch(origin);
      await expect(response.text()).rejects.toThrow("terminated");
    },
  );
});

describe("the memory of an answer", () => {
  /** Each of them is taken before the next is written, for what waits together is copied. */
  const answering = (pieces: readonly Uint8Array[]): StreamingFunction => {
    return async (_, stream) => {
      withHead(stream);
      for (const piece of [Buffer.from("head"), ...pieces]) {
        stream.write(piece);
        while (stream.readableLength > 0) await new Promise(setImmediate);
      }
      stream.end();
    };
  };
  const large = () => new Uint8Array(MIB).fill(7);

  it("is given back once it is sent, where the function is elsewhere", async () => {
    const pieces = [large(), large(), large()];
    const run = answering(pieces);
    const gateway = await startGateway({ transferMode: "STREAM", isElsewhere: true, run });
    onTestFinished(() => gateway.stop());
    const answer = await fetch(gateway.origin, { method: "POST", body: "{}" });
    const bytes = Buffer.from(await answer.arrayBuffer());
    expect(bytes.equals(Buffer.concat([Buffer.from("head"), large(), large(), large()]))).toBe(
      true,
    );
    while (pieces.some(({ byteLength }) => byteLength > 0)) await new Promise(setImmediate);
  });

  it("stays with a function that is here", async () => {
    const pieces = [large()];
    const { origin, allServed } = await streaming(answering(pieces));
    await (await fetch(origin, { method: "POST", body: "{}" })).arrayBuffer();
    await allServed();
    expect(pieces[0]!.byteLength).toBe(MIB);
  });
});
