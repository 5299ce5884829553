/**
 * A request that has been read already, told again to a server that expects to read it: the same method, path,
 * headers and bytes. HTTP/2 requests become the HTTP/1.1 requests that API Gateway would make of them.
 */
import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import type { AnyRequest } from "../front/exchange.ts";

export function replay(original: AnyRequest, body: Buffer): IncomingMessage {
  const rawHeaders = asHttp1(original.rawHeaders);
  const readable = new Readable({ read() {}, autoDestroy: false });
  if (body.length > 0) readable.push(body);
  readable.push(null);
  return Object.assign(readable, {
    method: original.method,
    url: original.url,
    headers: headersOf(original),
    rawHeaders,
    httpVersion: "1.1",
    httpVersionMajor: 1,
    httpVersionMinor: 1,
    socket: original.socket,
    connection: original.socket,
    complete: true,
    aborted: false,
  }) as unknown as IncomingMessage;
}

function headersOf(original: AnyRequest): Record<string, unknown> {
  const headers: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(original.headers)) {
    if (!name.startsWith(":")) headers[name] = value;
  }
  headers["host"] ??= original.headers[":authority"];
  return headers;
}

/** `:authority` is HTTP/2's Host; the other pseudo headers are method and path over again. */
function asHttp1(rawHeaders: readonly string[]): readonly string[] {
  const result: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? "";
    const value = rawHeaders[index + 1] ?? "";
    if (name === ":authority") result.push("Host", value);
    else if (!name.startsWith(":")) result.push(name, value);
  }
  return result;
}
