/**
 * S3 on this machine: bodies, checksums, conditions, listings and refusals as S3 has them, on a store of our own.
 * Once a body is read, a request is handled without a pause: between the check of a condition and the write nothing
 * else runs, which is what makes a conditional put atomic.
 */
import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { listen } from "../../listen.ts";
import { NO_ORIGINS, type AllowedOrigins } from "../../origins.ts";
import { guardPages, XML_REFUSAL } from "../pages.ts";
import { refuseUnservedHeaders } from "./described.ts";
import { refusal, S3Refusal } from "./errors.ts";
import { checkIntegrity, unwrapBody } from "./integrity.ts";
import { findOperation } from "./operations.ts";
import { readRequest, type S3Answer, type S3Request } from "./request.ts";
import { checkSignature } from "./signature.ts";
import { openStore, type S3Store } from "./store.ts";
import { printXml } from "./xml.ts";

/** S3 takes 5 GiB per request; what a laptop holds in memory is less. Larger ones come in parts. */
const MAX_BODY_BYTES = 1024 ** 3;
/** What is answered at once; the rest of a longer object is read as it is sent. */
const AT_ONCE_BYTES = 1024 ** 2;
const KEEP_ALIVE_MS = 65_000;
/** For a gibibyte over a slow line; who only holds a connection is not held for ever. */
const REQUEST_MS = 15 * 60_000;

export interface RunningS3 {
  readonly endpoint: string;
  /** Refuses and drops every connection, as an outage does, until `resume`. */
  pause(): void;
  resume(): Promise<void>;
  stop(): void;
}

export interface S3Options {
  readonly port: number;
  /** Beside the loopback. */
  readonly host?: string;
  /** Absent: only those of this machine. */
  readonly origins?: AllowedOrigins;
  /** Absent: everything stays in memory. */
  readonly directory?: string;
}

export async function startS3(options: S3Options): Promise<RunningS3> {
  const store = openStore(options.directory);
  const server = createServer((incoming, response) => {
    void serve(store, incoming, response);
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.requestTimeout = REQUEST_MS;
  guardPages(server, options.origins ?? NO_ORIGINS, XML_REFUSAL);
  const listenAt = (port: number) => listen(server, port, "HYDRANT_S3_PORT", options.host);
  const port = await listenAt(options.port);
  const pause = () => {
    server.close();
    server.closeAllConnections();
  };
  return {
    endpoint: `http://127.0.0.1:${port}`,
    pause,
    async resume() {
      await listenAt(port);
    },
    stop() {
      pause();
      store.close();
    },
  };
}

async function serve(
  store: S3Store,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const requestId = randomBytes(8).toString("hex").toUpperCase();
  let answer: S3Answer;
  try {
    const request = readRequest(incoming);
    request.body = await readBody(incoming);
    answer = handle(store, request);
  } catch (error) {
    if (incoming.destroyed && !incoming.complete) return;
    answer = refuse(error, incoming, requestId);
  }
  try {
    await send(answer, incoming, response, requestId);
  } catch {
    // Its reader went away, or what it reads is gone: it sees an answer that ends too early.
    response.destroy();
  }
}

function handle(store: S3Store, request: S3Request): S3Answer {
  const nowMs = Date.now();
  checkSignature(request, nowMs);
  const operation = findOperation(request);
  refuseUnservedHeaders(request.headers);
  if (operation.level !== "service" && !operation.makesBucket && !store.hasBucket(request.bucket)) {
    throw refusal("NoSuchBucket", { BucketName: request.bucket });
  }
  request.body = unwrapBody(request.headers, request.body);
  checkIntegrity(request.headers, request.body, operation.checksumIsOfObject === true);
  return operation.handle({ request, store, nowMs });
}

async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) {
      throw refusal("EntityTooLarge", { MaxSizeAllowed: String(MAX_BODY_BYTES) });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function refuse(error: unknown, { url = "" }: IncomingMessage, requestId: string): S3Answer {
  if (!(error instanceof S3Refusal)) console.error(error);
  const { status, code, message, details } =
    error instanceof S3Refusal ? error : refusal("InternalError");
  const resource = url.split("?")[0] ?? "";
  const content = {
    Code: code,
    Message: message,
    ...details,
    Resource: resource,
    RequestId: requestId,
  };
  return {
    status,
    headers: {
      "content-type": "application/xml",
      // What is left of a refused body is not read.
      ...(code === "EntityTooLarge" && { connection: "close" }),
      ...(code === "InvalidRange" && { "content-range": `bytes */${details["ActualObjectSize"]}` }),
    },
    body: printXml("Error", content, ""),
  };
}

async function send(
  { status, headers, body = "" }: S3Answer,
  { method }: IncomingMessage,
  response: ServerResponse,
  requestId: string,
): Promise<void> {
  const isBare = method === "HEAD" || status === 204 || status === 304;
  const known = { ...headers, "x-amz-request-id": requestId, "x-amz-id-2": requestId };
  if (typeof body === "string" || body instanceof Uint8Array) {
    // The head of an object says how long its body would be; of a refusal it says nothing.
    const length = headers?.["content-length"] ?? Buffer.byteLength(body);
    response.writeHead(
      status,
      status === 204 || status === 304 ? known : { ...known, "content-length": length },
    );
    response.end(isBare ? undefined : body);
    return;
  }
  response.writeHead(status, known);
  // The first piece is read now, so that what is read is held while it is sent.
  const first = body.next();
  if (first.done === true || Number(headers?.["content-length"]) <= AT_ONCE_BYTES) {
    response.end(Buffer.concat([first.value ?? Buffer.alloc(0), ...body]));
    return;
  }
  await pipeline(Readable.from(withFirst(first.value, body), { objectMode: false }), response);
}

function* withFirst(first: Uint8Array, rest: Generator<Uint8Array>): Generator<Uint8Array> {
  try {
    yield first;
    yield* rest;
  } finally {
    rest.return(undefined);
  }
}
