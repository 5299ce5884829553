/**
 * The front door: one port of the loopback that takes HTTP/1.1 and HTTP/2 with prior knowledge, and hands each
 * request, unchanged, to the framework's API Gateway in this same process. A client's first bytes tell which
 * protocol it speaks: HTTP/2 opens with "PRI * HTTP/2.0". Calls whose answers are streamed go to their function
 * instead, as if sent to its URL; in AWS that is another endpoint.
 */
import {
  createServer as createHttp1,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createHttp2 } from "node:http2";
import { createServer as createTcp, type Socket } from "node:net";
import { listen } from "../listen.ts";
import { EVENT_MAX_BYTES, REQUEST_MAX_BYTES, SURELY_FITS_BYTES, eventBytes } from "./limits.ts";
import { replay, type AnyRequest } from "./replay.ts";
import { functionUrlEvent, type AnyResponse, type StreamingFunction } from "./streaming.ts";

export interface Front {
  readonly port: number;
  /** From now on requests go to `gateway`, or by their target to `streaming`; before, they are answered 503. */
  open(gateway: Server, streaming?: Streaming): void;
  stop(): void;
}

/** Functions with streamed answers by the value of X-Amz-Target. */
export type Streaming = ReadonlyMap<string, StreamingFunction>;

const HTTP2_PREFACE = "PRI ";
/** Longer than clients keep idle connections, so that they close first and never meet a closed one. */
const KEEP_ALIVE_MS = 75_000;

export async function startFront(
  port: number,
  report: (error: unknown) => void = () => {},
): Promise<Front> {
  let gateway: Server | undefined;
  let streaming: Streaming = new Map();
  const onRequest = (request: AnyRequest, response: AnyResponse) => {
    if (gateway === undefined) return refuse(response, 503, "Service Unavailable");
    const streamed = streaming.get(String(request.headers["x-amz-target"]));
    if (streamed !== undefined && request.method === "POST") {
      passStreamed(request, response, streamed).catch((error: unknown) => {
        report(error);
        response.destroy();
      });
      return;
    }
    pass(request, response, gateway).catch(() => response.destroy());
  };
  const http1 = createHttp1(
    { keepAliveTimeout: KEEP_ALIVE_MS, headersTimeout: KEEP_ALIVE_MS + 5000, requestTimeout: 0 },
    onRequest,
  );
  const http2 = createHttp2({}, onRequest);
  http2.on("sessionError", () => {});
  const sockets = new Set<Socket>();
  const listener = createTcp({ noDelay: true, keepAlive: true }, (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    // Clients may go at any moment; that is their right.
    socket.on("error", () => socket.destroy());
    route(socket, http1, http2);
  });
  const actualPort = await listen(listener, port, "HYDRANT_PORT");
  return {
    port: actualPort,
    open(server, functions = new Map()) {
      gateway = server;
      streaming = functions;
    },
    stop() {
      listener.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function route(
  socket: Socket,
  http1: { emit(event: "connection", socket: Socket): boolean },
  http2: { emit(event: "connection", socket: Socket): boolean },
): void {
  const onReadable = () => {
    const head = socket.read() as Buffer | null;
    if (head === null) return;
    const start = head.toString("latin1", 0, HTTP2_PREFACE.length);
    socket.unshift(head);
    if (start.length < HTTP2_PREFACE.length && HTTP2_PREFACE.startsWith(start)) return;
    socket.off("readable", onReadable);
    (start === HTTP2_PREFACE ? http2 : http1).emit("connection", socket);
  };
  socket.on("readable", onReadable);
}

async function pass(request: AnyRequest, response: AnyResponse, gateway: Server): Promise<void> {
  const declaredBytes = Number(request.headers["content-length"] ?? Number.NaN);
  if (declaredBytes > REQUEST_MAX_BYTES) return refuse(response, 413, "Request Too Long");
  const isBinary = isBinaryType(request.headers["content-type"]);
  const isHttp1 = request.httpVersionMajor === 1;
  const hasNoBody =
    Number.isNaN(declaredBytes) && request.headers["transfer-encoding"] === undefined;
  if (isHttp1 && (hasNoBody || declaredBytes <= SURELY_FITS_BYTES)) {
    return hand(request as IncomingMessage, response, gateway, isBinary);
  }
  const body = await readBody(request);
  if (body === undefined || eventBytes(body, isBinary, request.rawHeaders) > EVENT_MAX_BYTES) {
    return refuse(response, 413, "Request Too Long");
  }
  hand(replay(request, body), response, gateway, isBinary);
}

async function passStreamed(
  request: AnyRequest,
  response: AnyResponse,
  streamed: StreamingFunction,
): Promise<void> {
  const body = await readBody(request);
  if (body === undefined) return refuse(response, 413, "Request Too Long");
  await streamed(functionUrlEvent(request, body), response);
}

/**
 * The framework decides by content type whether a body is text or binary, and knows other types than we declare.
 * The event's own headers are taken from the raw ones, which stay as they came.
 */
function hand(
  request: IncomingMessage,
  response: AnyResponse,
  gateway: Server,
  isBinary: boolean,
): void {
  request.headers["content-type"] = isBinary ? "application/octet-stream" : "text/plain";
  // API Gateway compresses nothing unless told to; the framework would.
  delete request.headers["accept-encoding"];
  gateway.emit("request", request, response);
}

function isBinaryType(contentType: string | undefined): boolean {
  return contentType?.split(";")[0]?.trim().toLowerCase() === "application/x-amz-cbor-1.1";
}

/** Undefined when there is more than may come. */
async function readBody(request: AnyRequest): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let byteCount = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    byteCount += chunk.length;
    if (byteCount > REQUEST_MAX_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function refuse(response: AnyResponse, status: number, message: string): void {
  const body = JSON.stringify({ message });
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
  // What was not read stands in the way of the next request.
  if (response.req.httpVersionMajor === 1) response.setHeader("connection", "close");
  (response as ServerResponse).writeHead(status, headers).end(body);
  response.req.resume();
}
