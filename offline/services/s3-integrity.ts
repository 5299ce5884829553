/**
 * What arrives must be what was sent: chunked uploads are decoded, every checksum a client gave is recomputed,
 * and `Content-Encoding` keeps what is left of it once `aws-chunked` is taken off.
 */
import { createHash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { crc32 } from "node:zlib";
import { crc32c } from "./crc32c.ts";
import { BAD_DIGEST, CONTENT_HASH_MISMATCH, INCOMPLETE_BODY, type Refusal } from "./s3-errors.ts";

const uint32 = (value: number): string => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes.toString("base64");
};
const digest = (algorithm: string) => (body: Buffer) =>
  createHash(algorithm).update(body).digest("base64");

/** Header → how its value is computed. CRC64NVME is taken on trust. */
const CHECKSUMS: Readonly<Record<string, (body: Buffer) => string>> = {
  "content-md5": digest("md5"),
  "x-amz-checksum-crc32": (body) => uint32(crc32(body)),
  "x-amz-checksum-crc32c": (body) => uint32(crc32c(body)),
  "x-amz-checksum-sha1": digest("sha1"),
  "x-amz-checksum-sha256": digest("sha256"),
};

/** Takes `aws-chunked` off a body and off its headers; trailing checksums become headers. */
export function unwrapBody(headers: IncomingHttpHeaders, body: Buffer): Buffer | Refusal {
  const encodings = (headers["content-encoding"] ?? "").split(",").map((name) => name.trim());
  if (!encodings.includes("aws-chunked")) return body;
  const rest = encodings.filter((name) => name !== "aws-chunked" && name !== "");
  if (rest.length > 0) headers["content-encoding"] = rest.join(",");
  else delete headers["content-encoding"];
  const decoded = decodeChunks(body);
  const expected = headers["x-amz-decoded-content-length"];
  if (
    decoded === undefined ||
    (expected !== undefined && Number(expected) !== decoded.body.length)
  ) {
    return INCOMPLETE_BODY;
  }
  for (const [name, value] of decoded.trailers) {
    if (name.startsWith("x-amz-checksum-")) headers[name] = value;
  }
  return decoded.body;
}

export function checkIntegrity(headers: IncomingHttpHeaders, body: Buffer): Refusal | undefined {
  for (const [name, compute] of Object.entries(CHECKSUMS)) {
    const claimed = headers[name];
    if (typeof claimed === "string" && claimed !== compute(body)) return BAD_DIGEST;
  }
  const claimedHash = headers["x-amz-content-sha256"];
  // Other values say that the payload is unsigned, or signed chunk by chunk.
  if (typeof claimedHash === "string" && /^[0-9a-f]{64}$/.test(claimedHash)) {
    const hash = createHash("sha256").update(body).digest("hex");
    if (hash !== claimedHash) return CONTENT_HASH_MISMATCH;
  }
  return undefined;
}

/** `<hex size>[;extension]\r\n<bytes>\r\n … 0\r\n<trailer: value>\r\n … \r\n`; undefined when it is torn. */
function decodeChunks(
  source: Buffer,
):
  | { readonly body: Buffer; readonly trailers: readonly (readonly [string, string])[] }
  | undefined {
  const chunks: Buffer[] = [];
  let offset = 0;
  for (;;) {
    const lineEnd = source.indexOf("\r\n", offset);
    if (lineEnd === -1) return undefined;
    const size = Number.parseInt(source.toString("latin1", offset, lineEnd), 16);
    const start = lineEnd + 2;
    if (Number.isNaN(size) || start + size > source.length) return undefined;
    if (size === 0) {
      return {
        body: Buffer.concat(chunks),
        trailers: parseTrailers(source.toString("latin1", start)),
      };
    }
    chunks.push(source.subarray(start, start + size));
    offset = start + size + 2;
  }
}

function parseTrailers(text: string): readonly (readonly [string, string])[] {
  return text.split("\r\n").flatMap((line) => {
    const colon = line.indexOf(":");
    if (colon === -1) return [];
    return [[line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()] as const];
  });
}
