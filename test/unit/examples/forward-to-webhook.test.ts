/** The example as its user would deploy it: bundled by esbuild, what takes aggregates apart included. */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { KinesisStreamBatchResponse, KinesisStreamEvent } from "aws-lambda";
import { build } from "esbuild";
import { afterAll, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { aggregate } from "../../helpers/aggregate.ts";

type Handler = (event: KinesisStreamEvent) => Promise<KinesisStreamBatchResponse>;

const EXAMPLE = fileURLToPath(new URL("../../../examples/forward-to-webhook.ts", import.meta.url));
const directory = mkdtempSync(join(tmpdir(), "hydrant-example-"));
let server: Server;
let handler: Handler;
let posted: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const text = Buffer.concat(chunks).toString();
      const { "idempotency-key": place, "partition-key": key } = request.headers;
      posted.push(`${String(place)} ${String(key)} ${text}`);
      response.writeHead(text === "refused" ? 503 : 200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  vi.stubEnv("WEBHOOK_URL", `http://127.0.0.1:${port}/`);

  const outfile = join(directory, "function.mjs");
  await build({
    entryPoints: [EXAMPLE],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    logLevel: "silent",
  });
  ({ handler } = (await import(outfile)) as { handler: Handler });
});
beforeEach(() => {
  posted = [];
});
afterAll(async () => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(directory, { recursive: true, force: true });
});

function eventOf(...records: readonly (readonly [string, Uint8Array])[]): KinesisStreamEvent {
  const Records = records.map(([sequenceNumber, data]) => ({
    kinesis: { sequenceNumber, partitionKey: "a", data: Buffer.from(data).toString("base64") },
  }));
  return { Records } as KinesisStreamEvent;
}

const clicks = (...texts: readonly string[]) =>
  aggregate(texts.map((text) => ({ partitionKey: "é", data: Buffer.from(text) })));

it("posts lone records and those of aggregates in order, each under its own place", async () => {
  const answer = await handler(eventOf(["10", Buffer.from("one")], ["11", clicks("two", "three")]));
  expect(answer).toEqual({ batchItemFailures: [] });
  expect(posted).toEqual(["10/0 a one", "11/0 %C3%A9 two", "11/1 %C3%A9 three"]);
});

it("stops at a refusal and names the record that carried it", async () => {
  const answer = await handler(
    eventOf(
      ["10", clicks("one")],
      ["11", clicks("two", "refused", "three")],
      ["12", clicks("four")],
    ),
  );
  expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: "11" }] });
  expect(posted.map((line) => line.split(" ")[2])).toEqual(["one", "two", "refused"]);
});
