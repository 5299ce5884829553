import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import { type Clock, systemClock } from "../../../src/clock.ts";
import { putAnswer } from "../../../src/storage/put-answer.ts";
import { steppingClock } from "../../helpers/stepping-clock.ts";

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

interface Received {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** `status` undefined: it never answers. */
async function receiver(status?: number) {
  const received: Received[] = [];
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method, url, headers } = request;
      received.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
      if (status !== undefined) response.writeHead(status).end("<Error/>");
    });
  });
  await new Promise<void>((resolve) => void server?.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { received, url: `http://127.0.0.1:${port}/answer?X-Amz-Signature=0%2F1` };
}

it("puts the text as the signature wants it: whole, and without a type", async () => {
  const { received, url } = await receiver(200);
  let limit: AbortSignal | undefined;
  const clock: Clock = {
    now: () => 0,
    sleep(_, signal) {
      limit = signal;
      return new Promise(() => {});
    },
  };
  await putAnswer(url, '{"Reason":"☃"}', clock);
  const [request] = received;
  expect(request).toMatchObject({
    method: "PUT",
    url: "/answer?X-Amz-Signature=0%2F1",
    body: '{"Reason":"☃"}',
  });
  expect(request?.headers).toMatchObject({ "content-length": "16" });
  expect(request?.headers["content-type"]).toBeUndefined();
  expect(limit?.aborted).toBe(true);
});

it("throws when the answer is not taken", async () => {
  const { url } = await receiver(403);
  await expect(putAnswer(url, "{}", systemClock)).rejects.toThrow(
    "the answer was not taken: 403 <Error/>",
  );
});

it("gives up on a receiver that does not answer", async () => {
  const { url } = await receiver();
  await expect(putAnswer(url, "{}", steppingClock(0))).rejects.toThrow("no answer in 10000 ms");
});
