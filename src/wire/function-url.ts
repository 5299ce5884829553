/**
 * A Lambda function URL's event to our request, and our answer into its stream. Names of headers come in lower
 * case, repeated ones joined by commas.
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
 */
import { once } from "node:events";
import type { Writable } from "node:stream";
import type { LambdaFunctionURLEvent } from "aws-lambda";
import type { HttpRequest, HttpResponse } from "./http.ts";

export function fromFunctionUrl(
  { body = "", headers, isBase64Encoded, rawPath, rawQueryString, requestContext }: UrlEvent,
  signal: AbortSignal,
): HttpRequest {
  return {
    method: requestContext.http.method,
    paths: [rawPath],
    query: [...new URLSearchParams(rawQueryString)],
    headers: new Map(
      Object.entries(headers).flatMap(([name, value]) =>
        value === undefined ? [] : [[name.toLowerCase(), [value]] as const],
      ),
    ),
    body: isBase64Encoded ? Buffer.from(body, "base64") : body,
    requestId: requestContext.requestId,
    signal,
  };
}

export type UrlEvent = Pick<
  LambdaFunctionURLEvent,
  "body" | "headers" | "isBase64Encoded" | "rawPath" | "rawQueryString"
> & {
  readonly requestContext: Pick<LambdaFunctionURLEvent["requestContext"], "requestId"> & {
    readonly http: { readonly method: string };
  };
};

/** Writes no faster than the client reads, and stops when it goes. */
export async function writeResponse(
  { body, frames }: HttpResponse,
  stream: Writable,
  signal: AbortSignal,
): Promise<void> {
  if (frames === undefined) {
    stream.end(body);
    return;
  }
  for await (const frame of frames) {
    if (signal.aborted) return;
    if (!stream.write(frame)) await drained(stream, signal);
  }
  if (!signal.aborted) stream.end();
}

async function drained(stream: Writable, signal: AbortSignal): Promise<void> {
  try {
    await once(stream, "drain", { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
