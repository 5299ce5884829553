/** A request as S3 sees it: which bucket, which key, and what is asked of them. */
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { refusal } from "./errors.ts";
import type { S3Store } from "./store.ts";

export interface S3Request {
  readonly method: string;
  /** As sent, for signatures. */
  readonly path: string;
  readonly queryText: string;
  readonly rawHeaders: readonly string[];
  readonly headers: IncomingHttpHeaders;
  /** "" where none is named. */
  readonly bucket: string;
  readonly key: string;
  /** A name without a value, such as `?tagging`, has "". */
  readonly query: ReadonlyMap<string, string>;
  body: Buffer;
}

export interface S3Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | number>>;
  readonly body?: string | Uint8Array | Generator<Uint8Array>;
}

export interface Call {
  readonly request: S3Request;
  readonly store: S3Store;
  readonly nowMs: number;
}

export const KEY_MAX_BYTES = 1024;

export function readRequest(incoming: IncomingMessage): S3Request {
  const { method = "", headers, rawHeaders } = incoming;
  // A proxy is asked with the whole address.
  const url = (incoming.url ?? "/").replace(/^https?:\/\/[^/?]*/, "");
  const mark = url.indexOf("?");
  const path = mark === -1 ? url : url.slice(0, mark);
  const queryText = mark === -1 ? "" : url.slice(mark + 1);
  const host = virtualBucket(headers.host ?? "");
  const whole = host === undefined ? path : `/${host}${path.startsWith("/") ? path : `/${path}`}`;
  const [, bucket = "", key = ""] = /^\/*([^/]*)\/?(.*)$/s.exec(whole) ?? [];
  const names = { bucket: decode(bucket), key: decode(key) };
  if (Buffer.byteLength(names.key) > KEY_MAX_BYTES) throw refusal("KeyTooLongError");
  if (names.key.includes("\0")) throw refusal("InvalidURI");
  const query = new Map(parseQuery(queryText).toReversed());
  for (const [name, value] of query) {
    const header = name.toLowerCase();
    if (IN_URL.test(header) && !NO_HEADER.test(header)) headers[header] ??= headerValue(value);
  }
  const body = Buffer.alloc(0);
  return { method, path, queryText, rawHeaders, headers, ...names, query, body };
}

/** Who signs a URL puts headers into it, which then count as such. */
const IN_URL = /^x-amz-/;
/** The signature itself; and checksums, for those are of a body that was not there when the URL was signed. */
const NO_HEADER =
  /^x-amz-(algorithm|credential|date|expires|signedheaders|signature|security-token|content-sha256|checksum-.*|sdk-checksum-.*)$/;

/** What a client gives here is given back in a header, whose characters are few. */
export function headerValue(value: string): string {
  if (/^[\t\u0020-\u007e\u0080-\u00ff]*$/.test(value)) return value;
  throw refusal("InvalidArgument", {}, "Header value cannot be represented using ISO-8859-1.");
}

/** `bucket.localhost` and `bucket.s3.localhost` name a bucket; all other names are this server's own. */
function virtualBucket(host: string): string | undefined {
  return /^(.+?)(?:\.s3)?\.localhost(?::\d+)?$/i.exec(host)?.[1];
}

/** Name and value, decoded, in the order that they stand. A plus sign is a space, as in forms. */
export function parseQuery(text: string): [string, string][] {
  return text
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair) => {
      const equals = pair.indexOf("=");
      const [name, value] =
        equals === -1 ? [pair, ""] : [pair.slice(0, equals), pair.slice(equals + 1)];
      return [decode(name.replaceAll("+", " ")), decode(value.replaceAll("+", " "))];
    });
}

export function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw refusal("InvalidURI");
  }
}

export const xmlAnswer = (body: string, status = 200): S3Answer => ({
  status,
  headers: { "content-type": "application/xml" },
  body,
});

export const EMPTY: S3Answer = { status: 200 };
export const NO_CONTENT: S3Answer = { status: 204 };
