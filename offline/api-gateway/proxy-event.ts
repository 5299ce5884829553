/**
 * What a REST API makes of a request for its function. Headers keep the letters they came with; a body is text unless
 * its type is among the API's binary ones.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
 */
import { randomUUID } from "node:crypto";
import type { TLSSocket } from "node:tls";
import type { APIGatewayProxyEvent } from "aws-lambda";
import type { AnyRequest } from "../front/exchange.ts";
import { isBinary } from "./media-types.ts";

export interface ProxyRequest {
  readonly request: AnyRequest;
  readonly body: Buffer;
  readonly path: string;
  readonly accountId: string;
}

export type ProxyEvent = Pick<
  APIGatewayProxyEvent,
  | "resource"
  | "path"
  | "httpMethod"
  | "headers"
  | "multiValueHeaders"
  | "queryStringParameters"
  | "multiValueQueryStringParameters"
  | "pathParameters"
  | "stageVariables"
  | "body"
  | "isBase64Encoded"
> & {
  readonly requestContext: Pick<
    APIGatewayProxyEvent["requestContext"],
    "accountId" | "apiId" | "httpMethod" | "path" | "protocol" | "requestId" | "stage"
  > & {
    readonly domainName: string;
    readonly requestTimeEpoch: number;
    readonly resourcePath: string;
    readonly identity: { readonly sourceIp: string; readonly userAgent: string | null };
  };
};

export function proxyEvent(
  { request, body, path, accountId }: ProxyRequest,
  binaryMediaTypes: readonly string[],
): ProxyEvent {
  const headers = headersOf(request);
  const query = multiple(new URLSearchParams((request.url ?? "").split("?")[1] ?? ""));
  const asBase64 = isBinary(binaryMediaTypes, request.headers["content-type"]);
  const httpMethod = request.method ?? "";
  const resource = path === "/" ? "/" : "/{proxy+}";
  return {
    resource,
    path,
    httpMethod,
    headers: single(headers),
    multiValueHeaders: headers,
    queryStringParameters: orNull(single(query)),
    multiValueQueryStringParameters: orNull(query),
    pathParameters: path === "/" ? null : { proxy: path.slice(1) },
    stageVariables: null,
    body: body.length === 0 ? null : bodyText(body, asBase64),
    isBase64Encoded: asBase64,
    requestContext: {
      accountId,
      apiId: "local",
      domainName: String(request.headers[":authority"] ?? request.headers.host ?? ""),
      httpMethod,
      // The stage is no part of the path here.
      path,
      protocol: `HTTP/${request.httpVersion}`,
      requestId: randomUUID(),
      requestTimeEpoch: Date.now(),
      resourcePath: resource,
      stage: "local",
      identity: {
        sourceIp: request.socket.remoteAddress ?? "",
        userAgent: request.headers["user-agent"] ?? null,
      },
    },
  };
}

const PROTOCOL = "X-Forwarded-Proto";

/** As an event has it. */
export function bodyText(body: Buffer, asBase64: boolean): string {
  return body.toString(asBase64 ? "base64" : "utf8");
}

/**
 * `:authority` is HTTP/2's Host; the other pseudo headers are method and path over again. Whether the request came over
 * TLS the gateway says, in place of what the client says of it.
 */
function headersOf({ rawHeaders, socket }: AnyRequest): Record<string, string[]> {
  const isSecure = (socket as Partial<TLSSocket>).encrypted === true;
  const pairs: [string, string][] = [[PROTOCOL, isSecure ? "https" : "http"]];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? "";
    const value = rawHeaders[index + 1] ?? "";
    if (name === ":authority") pairs.push(["Host", value]);
    else if (!name.startsWith(":") && name.toLowerCase() !== PROTOCOL.toLowerCase()) {
      pairs.push([name, value]);
    }
  }
  return multiple(pairs);
}

function multiple(pairs: Iterable<readonly [string, string]>): Record<string, string[]> {
  // A header or parameter may have any name, `__proto__` included.
  const result = Object.create(null) as Record<string, string[]>;
  for (const [name, value] of pairs) (result[name] ??= []).push(value);
  return result;
}

/** Of several values the last one. */
function single(multi: Readonly<Record<string, readonly string[]>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(multi).map(([name, values]) => [name, values.at(-1) ?? ""]),
  );
}

function orNull<T extends object>(values: T): T | null {
  return Object.keys(values).length === 0 ? null : values;
}
