/**
 * Signs requests to AWS with Signature Version 4, for calls that must say themselves which time they are signed with.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import { createHmac, createSecretKey, hash, type KeyObject } from "node:crypto";

export interface RequestToSign {
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
  readonly region: string;
  readonly atMs: number;
  readonly method: string;
  /** As it is sent: encoded, without a query. */
  readonly path: string;
  /** As it is sent, without the question mark; absent: there is none. */
  readonly query?: string;
  /** By lower-case name; all of them are signed, the host among them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** The headers of the request, signed. */
export function requestSigner(service: string) {
  const signingKey = signingKeys(service);
  return ({ credentials, region, atMs, method, path, query, headers, body }: RequestToSign) => {
    const { accessKeyId, sessionToken } = credentials;
    const payloadHash = sha256Hex(body);
    const time = basicFormat(atMs);
    const day = time.slice(0, 8);
    const signed: Record<string, string> = {
      ...headers,
      // These want it said, too; S3 checks what it keeps by it.
      ...(SAYING_HASH.has(service) && { "x-amz-content-sha256": payloadHash }),
      "x-amz-date": time,
      ...(sessionToken !== undefined && { "x-amz-security-token": sessionToken }),
    };
    const names = Object.keys(signed).toSorted();
    const list = names.join(";");
    const lines = names.map((name) => `${name}:${signed[name]}\n`).join("");
    const canonical = `${method}\n${pathOf(path, service)}\n${queryOf(query)}\n${lines}\n${list}\n${payloadHash}`;
    const scope = `${day}/${region}/${service}/aws4_request`;
    const toSign = `AWS4-HMAC-SHA256\n${time}\n${scope}\n${sha256Hex(canonical)}`;
    const signature = hmac(signingKey(credentials, day, region), toSign).toString("hex");
    signed["authorization"] =
      `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${list}, Signature=${signature}`;
    return signed;
  };
}

const SAYING_HASH = new Set(["s3", "aoss"]);

/** All services but S3 have it encoded once more. */
function pathOf(path: string, service: string): string {
  return service === "s3" ? path : path.split("/").map(encoded).join("/");
}

function queryOf(query = ""): string {
  if (query === "") return "";
  const pairs = query.split("&").map((pair) => {
    const [name = "", ...value] = pair.split("=");
    return [name, value.join("=")].map((text) => encoded(decodeURIComponent(text)));
  });
  return pairs
    .map((pair) => pair.join("="))
    .toSorted()
    .join("&");
}

function encoded(text: string): string {
  const hex = (character: string) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, hex);
}

/** A signing key holds for one secret, day and region; deriving it costs four of a request's five HMACs. */
function signingKeys(service: string) {
  let last: { readonly scope: string; readonly key: KeyObject } | undefined;
  return (
    { secretAccessKey }: RequestToSign["credentials"],
    day: string,
    region: string,
  ): KeyObject => {
    const scope = `${day} ${region} ${secretAccessKey}`;
    if (last?.scope !== scope) {
      const parts = [day, region, service, "aws4_request"];
      const bytes = parts.reduce<Uint8Array>(hmac, Buffer.from(`AWS4${secretAccessKey}`));
      // As a key object: from bytes, Node makes one for every HMAC, which costs several times the HMAC.
      last = { scope, key: createSecretKey(bytes) };
    }
    return last.key;
  };
}

/** `2026-05-01T12:00:00.000Z` → `20260501T120000Z` */
function basicFormat(atMs: number): string {
  const text = new Date(atMs).toISOString();
  const day = text.slice(0, 4) + text.slice(5, 7) + text.slice(8, 10);
  return `${day}T${text.slice(11, 13)}${text.slice(14, 16)}${text.slice(17, 19)}Z`;
}

function hmac(key: Uint8Array | KeyObject, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

function sha256Hex(content: string | Uint8Array): string {
  return hash("sha256", content, "hex");
}
