/**
 * Signatures, so that a client which signs wrongly learns it here and not in AWS. What is signed with the local key
 * `test` is verified, by header or in a URL, Signature Version 4. What is signed with a key that is not known here,
 * or not signed at all, is served: this is no protection. The signatures of single chunks are not looked at.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html
 */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { refusal } from "./errors.ts";
import { parseQuery, type S3Request } from "./request.ts";

const KNOWN_SECRETS: ReadonlyMap<string, string> = new Map([["test", "test"]]);
const MAX_SKEW_MS = 15 * 60 * 1000;
const ALGORITHM = "AWS4-HMAC-SHA256";

interface Claim {
  readonly credential: readonly string[];
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  /** `20261122T010203Z`. */
  readonly date: string;
  readonly payloadHash: string;
  readonly isInUrl: boolean;
}

/** Throws what S3 answers to a wrong signature. */
export function checkSignature(request: S3Request, nowMs: number): void {
  refuseExpired(request, nowMs);
  const claim = claimInHeader(request) ?? claimInUrl(request);
  if (claim === undefined) return;
  const [accessKeyId = "", day = "", region = "", service = "", end = ""] = claim.credential;
  const secret = KNOWN_SECRETS.get(accessKeyId);
  if (secret === undefined) return;
  const signedAtMs = parseDate(claim.date);
  if (!claim.isInUrl && !(Math.abs(nowMs - signedAtMs) <= MAX_SKEW_MS)) {
    throw refusal("RequestTimeTooSkewed");
  }
  const scope = [day, region, service, end].join("/");
  const stringToSign = [ALGORITHM, claim.date, scope, sha256(canonical(request, claim))].join("\n");
  const key = [day, region, service, end].reduce<string | Buffer>(hmac, `AWS4${secret}`);
  const expected = hmac(key, stringToSign).toString("hex");
  const given = Buffer.from(claim.signature);
  if (given.length !== expected.length || !timingSafeEqual(given, Buffer.from(expected))) {
    throw refusal("SignatureDoesNotMatch", { AWSAccessKeyId: accessKeyId });
  }
}

function claimInHeader({ headers }: S3Request): Claim | undefined {
  const { authorization } = headers;
  if (authorization === undefined || !authorization.startsWith(`${ALGORITHM} `)) return undefined;
  const part = (name: string) => new RegExp(`${name}=([^,\\s]+)`).exec(authorization)?.[1] ?? "";
  return {
    credential: splitCredential(part("Credential")),
    signedHeaders: part("SignedHeaders").split(";"),
    signature: part("Signature"),
    date: String(headers["x-amz-date"] ?? ""),
    payloadHash: String(headers["x-amz-content-sha256"] ?? ""),
    isInUrl: false,
  };
}

function claimInUrl({ query, headers }: S3Request): Claim | undefined {
  if (query.get("X-Amz-Algorithm") !== ALGORITHM) return undefined;
  return {
    credential: splitCredential(query.get("X-Amz-Credential") ?? ""),
    signedHeaders: (query.get("X-Amz-SignedHeaders") ?? "").split(";"),
    signature: query.get("X-Amz-Signature") ?? "",
    date: query.get("X-Amz-Date") ?? "",
    payloadHash: String(
      headers["x-amz-content-sha256"] ?? query.get("X-Amz-Content-Sha256") ?? "UNSIGNED-PAYLOAD",
    ),
    isInUrl: true,
  };
}

/** A URL is good for a time, whoever signed it, in the older way of signing, too. */
function refuseExpired({ query }: S3Request, nowMs: number): void {
  const seconds = query.get("X-Amz-Expires");
  const endsAtMs =
    seconds === undefined
      ? Number(query.has("Signature") ? (query.get("Expires") ?? Infinity) : Infinity) * 1000
      : parseDate(query.get("X-Amz-Date") ?? "") + Number(seconds) * 1000;
  if (nowMs > endsAtMs) throw refusal("AccessDenied", {}, "Request has expired");
}

/** The last four parts are the scope; a key's id may have slashes. */
function splitCredential(text: string): readonly string[] {
  const parts = text.split("/");
  return [parts.slice(0, -4).join("/"), ...parts.slice(-4)];
}

function parseDate(text: string): number {
  return Date.parse(
    text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"),
  );
}

function canonical(request: S3Request, { signedHeaders, payloadHash }: Claim): string {
  const values = new Map<string, string[]>();
  for (let index = 0; index + 1 < request.rawHeaders.length; index += 2) {
    const name = request.rawHeaders[index]!.toLowerCase();
    const value = request.rawHeaders[index + 1]!.trim().replaceAll(/\s+/g, " ");
    values.set(name, [...(values.get(name) ?? []), value]);
  }
  const query = parseQuery(request.queryText.replaceAll("+", "%2B"))
    .filter(([name]) => name !== "X-Amz-Signature")
    .map((pair) => pair.map(encode).join("\0"))
    .toSorted()
    .map((pair) => pair.replace("\0", "="));
  return [
    request.method,
    request.path
      .split("/")
      .map((part) => encode(decodeURIComponent(part)))
      .join("/"),
    query.join("&"),
    ...signedHeaders.map((name) => `${name}:${(values.get(name) ?? []).join(",")}`),
    "",
    signedHeaders.join(";"),
    payloadHash || sha256(request.body),
  ].join("\n");
}

/** All but letters, digits and `-._~`. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

const sha256 = (text: string | Uint8Array) => createHash("sha256").update(text).digest("hex");
const hmac = (key: string | Buffer, text: string) =>
  createHmac("sha256", key).update(text).digest();
