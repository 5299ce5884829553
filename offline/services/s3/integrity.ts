/**
 * What arrives must be what was sent: chunked uploads are decoded, every checksum a client gave is recomputed,
 * and `Content-Encoding` keeps what is left of it once `aws-chunked` is taken off.
 */
import { createHash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { crc32 } from "node:zlib";
import { crc32c, crc64nvme } from "./crc.ts";
import { refusal } from "./errors.ts";

const uint32 = (value: number): string => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes.toString("base64");
};
const digest = (algorithm: string) => (body: Uint8Array) =>
  createHash(algorithm).update(body).digest("base64");

/** How the value is computed, in base64. The header is `x-amz-checksum-` and the name in lower case. */
const ALGORITHMS = {
  CRC32: (body: Uint8Array) => uint32(crc32(body)),
  CRC32C: (body: Uint8Array) => uint32(crc32c(body)),
  CRC64NVME: (body: Uint8Array) => crc64nvme(body).toString("base64"),
  SHA1: digest("sha1"),
  SHA256: digest("sha256"),
};

export type ChecksumAlgorithm = keyof typeof ALGORITHMS;

const NAMES = Object.keys(ALGORITHMS) as readonly ChecksumAlgorithm[];

export const checksumHeader = (algorithm: ChecksumAlgorithm) =>
  `x-amz-checksum-${algorithm.toLowerCase()}` as const;

export const checksumOf = (algorithm: ChecksumAlgorithm, body: Uint8Array): string =>
  ALGORITHMS[algorithm](body);

export interface Checksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly value: string;
}

/** The checksum that came with a body, if one did. */
export function claimedChecksum(headers: IncomingHttpHeaders): Checksum | undefined {
  for (const algorithm of NAMES) {
    const value = headers[checksumHeader(algorithm)];
    if (typeof value === "string") return { algorithm, value };
  }
  return undefined;
}

/** The algorithm that a client names without a value. */
export function namedAlgorithm(headers: IncomingHttpHeaders): ChecksumAlgorithm | undefined {
  const text = headers["x-amz-checksum-algorithm"] ?? headers["x-amz-sdk-checksum-algorithm"];
  if (typeof text !== "string") return undefined;
  const name = NAMES.find((each) => each === text.toUpperCase());
  if (name !== undefined) return name;
  throw refusal("InvalidRequest", {}, "Checksum algorithm provided is unsupported.");
}

/** Takes `aws-chunked` off a body and off its headers; trailing checksums become headers. */
export function unwrapBody(headers: IncomingHttpHeaders, body: Buffer): Buffer {
  const encodings = (headers["content-encoding"] ?? "").split(",").map((name) => name.trim());
  // Some clients say it by the hash alone.
  const isStreamed = String(headers["x-amz-content-sha256"]).startsWith("STREAMING-");
  if (!encodings.includes("aws-chunked") && !isStreamed) return body;
  const rest = encodings.filter((name) => name !== "aws-chunked" && name !== "");
  if (rest.length > 0) headers["content-encoding"] = rest.join(",");
  else delete headers["content-encoding"];
  const decoded = decodeChunks(body);
  const expected = headers["x-amz-decoded-content-length"];
  if (
    decoded === undefined ||
    (expected !== undefined && Number(expected) !== decoded.body.length)
  ) {
    throw refusal("IncompleteBody");
  }
  for (const [name, value] of decoded.trailers) {
    if (name.startsWith("x-amz-checksum-")) headers[name] = value;
  }
  return decoded.body;
}

/** @param checksumIsOfObject the checksum in a header is of what the request makes, not of its body */
export function checkIntegrity(
  headers: IncomingHttpHeaders,
  body: Buffer,
  checksumIsOfObject: boolean,
): void {
  const md5 = headers["content-md5"];
  if (typeof md5 === "string") {
    if (Buffer.from(md5, "base64").length !== 16) throw refusal("InvalidDigest");
    if (md5 !== digest("md5")(body)) throw refusal("BadDigest");
  }
  for (const algorithm of checksumIsOfObject ? [] : NAMES) {
    const claimed = headers[checksumHeader(algorithm)];
    if (typeof claimed === "string" && claimed !== checksumOf(algorithm, body)) {
      throw refusal("BadDigest");
    }
  }
  const claimedHash = headers["x-amz-content-sha256"];
  // Other values say that the payload is unsigned, or signed chunk by chunk.
  if (typeof claimedHash === "string" && /^[0-9a-f]{64}$/.test(claimedHash)) {
    const hash = createHash("sha256").update(body).digest("hex");
    if (hash !== claimedHash) throw refusal("XAmzContentSHA256Mismatch");
  }
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
