/**
 * A Lambda function URL's event to our request. Names of headers come in lower case, repeated ones joined by commas;
 * every body that is not said to be text or plain JSON comes as base64, `application/x-amz-json-1.1` among them.
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
 */
import type { LambdaFunctionURLEvent } from "aws-lambda";
import type { HttpRequest } from "./http.ts";
import { originOf } from "./origin.ts";

/** `signal`, of the client's going, where the answer is streamed. */
export function fromFunctionUrl(
  { body = "", headers, isBase64Encoded, rawPath, rawQueryString, requestContext }: UrlEvent,
  signal?: AbortSignal,
): HttpRequest {
  const named = new Map(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name.toLowerCase(), [value]] as const],
    ),
  );
  return {
    method: requestContext.http.method,
    paths: [rawPath],
    query: [...new URLSearchParams(rawQueryString)],
    headers: named,
    body: isBase64Encoded ? Buffer.from(body, "base64") : body,
    origin: originOf(requestContext.http.sourceIp, named),
    requestId: requestContext.requestId,
    ...(signal && { signal }),
  };
}

export type UrlEvent = Pick<
  LambdaFunctionURLEvent,
  "body" | "headers" | "isBase64Encoded" | "rawPath" | "rawQueryString"
> & {
  readonly requestContext: Pick<LambdaFunctionURLEvent["requestContext"], "requestId"> & {
    readonly http: { readonly method: string; readonly sourceIp?: string };
  };
};
