import {
  createServer,
  type IncomingHttpHeaders,
  type Server,
  type ServerResponse,
} from "node:http";
import { createHash } from "node:crypto";
import type { AddressInfo } from "node:net";
import { S3Client } from "@aws-sdk/client-s3";
import { afterEach, expect, test } from "vitest";
import { eagerBodies, promptBodyPut } from "../../../../src/storage/s3/bodies.ts";
import { seededRandom } from "../../../helpers/seeded-random.ts";

const NOW_MS = Date.parse("2026-11-30T07:15:42.500Z");
const DAY_MS = 86_400_000;

const opened: Server[] = [];
afterEach(() => {
  for (const server of opened.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** An S3 that gives the answers in their order. */
async function s3(answers: readonly ((response: ServerResponse) => void)[]) {
  const received: { line: string; headers: IncomingHttpHeaders; body: Buffer }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method, url, headers } = request;
      received.push({ line: `${method} ${url}`, headers, body: Buffer.concat(chunks) });
      const answer = answers[received.length - 1];
      if (answer === undefined) response.end();
      else answer(response);
    });
  });
  opened.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const client = new S3Client({
    endpoint: `http://127.0.0.1:${port}`,
    region: "eu-central-1",
    credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" },
    forcePathStyle: true,
  });
  const put = promptBodyPut(client, "log-bucket", seededRandom(1), { now: () => NOW_MS });
  const { get } = eagerBodies(client, "log-bucket", seededRandom(1), { now: () => NOW_MS });
  return { put, get, received };
}

const refuse = (status: number, code: string) => (response: ServerResponse) => {
  response.statusCode = status;
  response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message></Error>`);
};

const body = Buffer.from([0, 1, 250, 255]);

test("puts the bytes under a key of their own, signed for what they are", async () => {
  const { put, received } = await s3([]);
  const key = await put(body, DAY_MS);
  expect(key).toMatch(/^day\/[0-9a-f]{32}$/);
  const [{ line, headers, body: sent }] = received as [(typeof received)[0]];
  expect(line).toBe(`PUT /log-bucket/${key}`);
  expect(sent.equals(body)).toBe(true);
  expect(headers).toMatchObject({
    "x-amz-content-sha256": createHash("sha256").update(body).digest("hex"),
    "x-amz-date": "20261130T071542Z",
    authorization: expect.stringContaining("/20261130/eu-central-1/s3/aws4_request"),
  });
});

test.each([
  [503, "SlowDown"],
  [503, "ServiceUnavailable"],
])("answers %i %s with nothing kept, after one try", async (status, code) => {
  const { put, received } = await s3([refuse(status, code)]);
  expect(await put(body, DAY_MS)).toBeUndefined();
  expect(received).toHaveLength(1);
});

test("says of other failures what they are", async () => {
  const { put, received } = await s3([
    refuse(403, "AccessDenied"),
    refuse(500, "InternalError"),
    (response) => response.writeHead(502).end("<html>"),
  ]);
  await expect(put(body, DAY_MS)).rejects.toMatchObject({ name: "AccessDenied", message: "no" });
  await expect(put(body, DAY_MS)).rejects.toMatchObject({ name: "InternalError" });
  await expect(put(body, DAY_MS)).rejects.toThrow("S3 answered 502");
  expect(received).toHaveLength(3);
});

test("goes once more, the same, when the connection that waited is dead", async () => {
  const cutOff = (response: ServerResponse) => void response.socket?.destroy();
  const { put, received } = await s3([(response) => response.end(), cutOff]);
  await put(body, DAY_MS);
  const key = await put(body, DAY_MS);
  expect(received.map(({ line }) => line).slice(1)).toEqual([
    `PUT /log-bucket/${key}`,
    `PUT /log-bucket/${key}`,
  ]);
});

test("gets the bytes with a request that is signed like the puts", async () => {
  const { get, received } = await s3([(response) => response.end(body)]);
  expect(body.equals(await get("day/00"))).toBe(true);
  const [{ line, headers }] = received as [(typeof received)[0]];
  expect(line).toBe("GET /log-bucket/day/00");
  expect(headers).toMatchObject({
    "x-amz-date": "20261130T071542Z",
    authorization: expect.stringContaining("/20261130/eu-central-1/s3/aws4_request"),
  });
});

test("gets the SDK's way what does not come at once, and fails as it does", async () => {
  const cutOff = (response: ServerResponse) => void response.socket?.destroy();
  const inPart = (response: ServerResponse) => {
    response.writeHead(200, { "content-length": 4 }).write(body.subarray(0, 2), () => {
      response.socket?.destroy();
    });
  };
  for (const first of [cutOff, inPart, refuse(503, "SlowDown")]) {
    const { get, received } = await s3([first, (response) => response.end(body)]);
    expect(body.equals(await get("day/00"))).toBe(true);
    expect(received.map(({ line }) => line)).toEqual([
      "GET /log-bucket/day/00",
      "GET /log-bucket/day/00?x-id=GetObject",
    ]);
  }
  const { get } = await s3([refuse(404, "NoSuchKey"), refuse(404, "NoSuchKey")]);
  await expect(get("day/00")).rejects.toMatchObject({ name: "NoSuchKey" });
});
