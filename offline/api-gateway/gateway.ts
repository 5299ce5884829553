/**
 * API Gateway in front of the functions: hands each request, unchanged, to the framework's in this same process.
 * Calls whose answers are streamed go to their function instead, as if sent to its URL; in AWS that is another
 * endpoint.
 */
import type { IncomingMessage, Server } from "node:http";
import { refuse, type AnyRequest, type AnyResponse, type Serve } from "../front/exchange.ts";
import { EVENT_MAX_BYTES, REQUEST_MAX_BYTES, SURELY_FITS_BYTES, eventBytes } from "./limits.ts";
import { replay } from "./replay.ts";
import { functionUrlEvent, type StreamingFunction } from "./streaming.ts";

/** Functions with streamed answers by the value of X-Amz-Target. */
export type Streaming = ReadonlyMap<string, StreamingFunction>;

export function createGateway(framework: Server, streaming: Streaming = new Map()): Serve {
  return async (request, response) => {
    const streamed = streaming.get(String(request.headers["x-amz-target"]));
    if (streamed !== undefined && request.method === "POST") {
      await passStreamed(request, response, streamed);
    } else {
      await pass(request, response, framework);
    }
  };
}

async function pass(request: AnyRequest, response: AnyResponse, framework: Server): Promise<void> {
  const declaredBytes = Number(request.headers["content-length"] ?? Number.NaN);
  if (declaredBytes > REQUEST_MAX_BYTES) return refuse(response, 413, "Request Too Long");
  const isBinary = isBinaryType(request.headers["content-type"]);
  const isHttp1 = request.httpVersionMajor === 1;
  const hasNoBody =
    Number.isNaN(declaredBytes) && request.headers["transfer-encoding"] === undefined;
  if (isHttp1 && (hasNoBody || declaredBytes <= SURELY_FITS_BYTES)) {
    return hand(request as IncomingMessage, response, framework, isBinary);
  }
  const body = await readBody(request);
  if (body === undefined || eventBytes(body, isBinary, request.rawHeaders) > EVENT_MAX_BYTES) {
    return refuse(response, 413, "Request Too Long");
  }
  hand(replay(request, body), response, framework, isBinary);
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
  framework: Server,
  isBinary: boolean,
): void {
  request.headers["content-type"] = isBinary ? "application/octet-stream" : "text/plain";
  // API Gateway compresses nothing unless told to; the framework would.
  delete request.headers["accept-encoding"];
  framework.emit("request", request, response);
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
