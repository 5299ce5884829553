/**
 * API Gateway's REST proxy event to and from our request and response. Types listed in the API's binary media
 * types arrive as base64, everything else as text; names and values of the query arrive decoded.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
 */
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from "aws-lambda";
import type { HttpRequest, HttpResponse } from "./http.ts";
import { originOf } from "./origin.ts";

/** `signal`, of the client's going, where the answer is streamed. */
export function fromApiGateway(event: APIGatewayProxyEvent, signal?: AbortSignal): HttpRequest {
  const body = event.body ?? "";
  const headers = headersOf(event);
  return {
    method: event.httpMethod,
    // The context's path is the one that was sent, stage included; the event's is what the route saw.
    paths: [...new Set([event.requestContext.path, event.path])],
    query: Object.entries(event.multiValueQueryStringParameters ?? {}).flatMap(([name, values]) =>
      (values ?? []).map((value) => [name, value] as const),
    ),
    headers,
    body: event.isBase64Encoded ? Buffer.from(body, "base64") : body,
    // The gateway shows the client this id as x-amzn-RequestId, whatever we answer.
    origin: originOf(event.requestContext.identity.sourceIp, headers),
    requestId: event.requestContext.requestId,
    ...(signal && { signal }),
  };
}

function headersOf({
  multiValueHeaders,
}: APIGatewayProxyEvent): ReadonlyMap<string, readonly string[]> {
  const headers = new Map<string, string[]>();
  for (const [name, values = []] of Object.entries(multiValueHeaders)) {
    const key = name.toLowerCase();
    const known = headers.get(key);
    // In place: a name comes as often as its letters can be written large and small.
    if (known) known.push(...values);
    else headers.set(key, [...values]);
  }
  return headers;
}

/** For an answer that is gathered: a streamed one is bytes as they are. */
export function toApiGateway({ status, headers, body }: HttpResponse): APIGatewayProxyResult {
  const isBinary = body instanceof Uint8Array;
  return {
    statusCode: status,
    headers: { ...headers },
    body: isBinary ? Buffer.from(body).toString("base64") : textOf(body),
    isBase64Encoded: isBinary,
  };
}

function textOf(body: string | readonly Uint8Array[]): string {
  return typeof body === "string" ? body : Buffer.concat(body).toString();
}
