/** Streamed answers of the front door by itself, before a function that never ends by its own will. */
import { once } from "node:events";
import {
  createServer,
  type IncomingMessage,
  request as httpRequest,
  type ServerResponse,
} from "node:http";
import { connect } from "node:http2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createGateway } from "../../../offline/api-gateway/gateway.ts";
import { startFront, type Front } from "../../../offline/front/front.ts";

const TARGET = { "x-amz-target": "Service.Stream" };

let front: Front;
let origin: string;
/** Events and responses as the function got them, in the order of their arrival. */
const calls: { event: unknown; response: ServerResponse; closed: Promise<unknown> }[] = [];

beforeAll(async () => {
  front = await startFront({ port: 0 });
  origin = `http://127.0.0.1:${front.port}`;
  const gateway = createServer((_, response) => void response.end("gateway"));
  const stream = async (event: unknown, answer: unknown) => {
    // HTTP/2's response is written to alike.
    const response = answer as ServerResponse;
    calls.push({ event, response, closed: once(response, "close") });
    response.write("first");
  };
  front.open(createGateway(gateway, new Map([[TARGET["x-amz-target"], stream]])));
});
afterAll(() => front.stop());

async function overHttp1() {
  const outgoing = httpRequest(`${origin}/?a=b`, { method: "POST", headers: TARGET });
  outgoing.on("error", () => {});
  outgoing.end("körper");
  const [incoming] = (await once(outgoing, "response")) as [IncomingMessage];
  return { chunks: incoming, go: () => outgoing.destroy() };
}

async function overHttp2() {
  const session = connect(origin);
  session.on("error", () => {});
  const stream = session.request({ ":method": "POST", ":path": "/?a=b", ...TARGET });
  stream.on("error", () => {});
  stream.end("körper");
  await once(stream, "response");
  return { chunks: stream, go: () => session.destroy() };
}

describe.each([
  ["HTTP/1.1", overHttp1],
  ["HTTP/2", overHttp2],
])("a call for a function with streamed answers, over %s", (_, call) => {
  it("gets each piece when it is written, and the end", async () => {
    const { chunks } = await call();
    expect(String(await once(chunks, "data"))).toBe("first");
    const { response, event } = calls.at(-1)!;
    response.write("second");
    expect(String(await once(chunks, "data"))).toBe("second");
    response.end();
    await once(chunks, "end");
    expect(event).toMatchObject({
      rawPath: "/",
      rawQueryString: "a=b",
      headers: { host: `127.0.0.1:${front.port}`, ...TARGET },
      requestContext: { http: { method: "POST" } },
      body: Buffer.from("körper").toString("base64"),
      isBase64Encoded: true,
    });
  });

  it("tells the function when its client goes", async () => {
    const { chunks, go } = await call();
    await once(chunks, "data");
    go();
    await calls.at(-1)!.closed;
  });
});

it("leaves every other call to the gateway", async () => {
  const answer = await fetch(origin, {
    method: "POST",
    headers: { "x-amz-target": "Service.Put" },
  });
  expect(await answer.text()).toBe("gateway");
});
