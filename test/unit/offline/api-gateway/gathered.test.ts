/** Answers that the model of API Gateway gathers before it passes them on. */
import { request as httpRequest, type IncomingMessage } from "node:http";
import { once } from "node:events";
import { buffer } from "node:stream/consumers";
import { expect, it, onTestFinished } from "vitest";
import type { GatheringFunction } from "../../../../offline/api-gateway/function.ts";
import { CBOR, startGateway } from "./gateways.ts";

async function gathering(run: GatheringFunction, bounds = {}) {
  const gateway = await startGateway({ transferMode: "BUFFERED", run }, { bounds });
  onTestFinished(() => gateway.stop());
  return gateway;
}

/** `fetch` always says what it accepts; Java's clients do not. */
async function call(origin: string, headers: Record<string, string> = {}) {
  const outgoing = httpRequest(origin, { method: "POST", headers }).end("{}");
  const [response] = (await once(outgoing, "response")) as [IncomingMessage];
  return { status: response.statusCode, body: await buffer(response) };
}

const BYTES = Buffer.of(0xbf, 0, 0xff);
const binary = async () => ({
  statusCode: 200,
  headers: { "Content-Type": CBOR },
  body: BYTES.toString("base64"),
  isBase64Encoded: true,
});

it("gives bytes to those only who accept them first of all", async () => {
  const { origin } = await gathering(binary);
  const base64 = Buffer.from(BYTES.toString("base64"));
  expect((await call(origin, { accept: CBOR })).body).toEqual(BYTES);
  expect((await call(origin, { accept: `${CBOR};q=1, */*` })).body).toEqual(BYTES);
  expect((await call(origin)).body).toEqual(base64);
  expect((await call(origin, { accept: "*/*" })).body).toEqual(base64);
  expect((await call(origin, { accept: `*/*, ${CBOR}` })).body).toEqual(base64);
});

it("passes text on", async () => {
  const { origin } = await gathering(async () => ({ statusCode: 400, body: "nö" }));
  expect(await call(origin)).toEqual({ status: 400, body: Buffer.from("nö") });
});

it.each<[string, GatheringFunction]>([
  ["throws", () => Promise.reject(new Error("thrown"))],
  ["answers more than 6 MB", async () => ({ body: "x".repeat(6 * 1024 * 1024) })],
  ["answers nothing", async () => undefined],
  ["answers text", async () => "text"],
])("tells in its own words when the function %s", async (_, run) => {
  const { origin, problems } = await gathering(run);
  expect((await call(origin)).status).toBe(500);
  expect(problems).toHaveLength(1);
});

it("waits no longer than it is told to", async () => {
  const { origin } = await gathering(() => new Promise<never>(() => {}), { maxMs: 20 });
  expect((await call(origin)).status).toBe(504);
});
