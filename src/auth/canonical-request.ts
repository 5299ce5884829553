/**
 * What a client signed, as SigV4 spells it. The client's own list of signed headers decides which headers
 * count; `authorization.ts` has made sure that the list names those that matter.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import { hash } from "node:crypto";

/** What HTTP/2 calls the host; whatever stands between turned it into that header. */
export const AUTHORITY = ":authority";

/** The part of a request that a signature covers. */
export interface SignableRequest {
  readonly method: string;
  /** Decoded names and values, in the order of arrival. */
  readonly query: readonly (readonly [name: string, value: string])[];
  /** By lower-case name; a repeated header has several values. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly body: Uint8Array | string;
}

export function canonicalRequest(
  request: SignableRequest,
  signed: {
    readonly path: string;
    readonly headerNames: readonly string[];
    readonly payloadHash: string;
  },
): string {
  const headers = signed.headerNames.map((name) => `${name}:${canonicalHeader(request, name)}\n`);
  return [
    request.method,
    canonicalPath(signed.path),
    canonicalQuery(request.query),
    headers.join(""),
    signed.headerNames.join(";"),
    signed.payloadHash,
  ].join("\n");
}

function canonicalHeader({ headers, body }: SignableRequest, name: string): string {
  const values = headers.get(name === AUTHORITY ? "host" : name);
  if (values !== undefined) {
    return values.map((value) => value.trim().replaceAll(/\s+/g, " ")).join(",");
  }
  // API Gateway does not pass this one on, and some clients sign it. Its value is no secret, and the body's
  // length is settled by the body's hash anyway.
  return name === "content-length" ? String(Buffer.byteLength(body)) : "";
}

/** Every service but S3 encodes the path, as it was sent, once more, after folding `.`, `..` and empty segments. */
export function canonicalPath(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") segments.pop();
    else if (segment !== "" && segment !== ".") segments.push(encodeRfc3986(segment));
  }
  if (segments.length === 0) return "/";
  return `/${segments.join("/")}${/\/\.{0,2}$/.test(path) ? "/" : ""}`;
}

/** Sorted by encoded name, then by encoded value. */
function canonicalQuery(query: SignableRequest["query"]): string {
  return query
    .map(([name, value]) => [encodeRfc3986(name), encodeRfc3986(value)] as const)
    .toSorted(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

/** By code unit; everything compared is ASCII. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** `encodeURIComponent` leaves five characters that SigV4 encodes. */
function encodeRfc3986(text: string): string {
  // What is no Unicode has no encoding; nobody signed it either.
  return encodeURIComponent(text.toWellFormed()).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Lower-case hexadecimal. */
export function sha256Hex(content: Uint8Array | string): string {
  return hash("sha256", content, "hex");
}
