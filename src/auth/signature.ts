/**
 * The arithmetic of Signature Version 4: a secret's signing key for one day, region and service, and what it makes of a
 * canonical request. Who verifies and who signs both use it.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import { createHmac, createSecretKey, type KeyObject } from "node:crypto";
import { sha256Hex } from "./canonical-request.ts";

export const ALGORITHM = "AWS4-HMAC-SHA256";
export const SCOPE_END = "aws4_request";

/** What a signing key is good for. */
export interface SigningScope {
  /** `20260501` */
  readonly scopeDate: string;
  readonly region: string;
  readonly service: string;
}

/** `20260501/us-east-1/kinesis/aws4_request` */
export function scopeText({ scopeDate, region, service }: SigningScope): string {
  return `${scopeDate}/${region}/${service}/${SCOPE_END}`;
}

/** As a key object: from bytes, Node makes one for every HMAC, which costs several times the HMAC. */
export function deriveSigningKey(secret: string, scope: SigningScope): KeyObject {
  const parts = [scope.scopeDate, scope.region, scope.service, SCOPE_END];
  return createSecretKey(parts.reduce<Uint8Array>(hmac, Buffer.from(`AWS4${secret}`)));
}

/**
 * @param timestamp `20260501T120000Z`
 * @returns 64 hexadecimal digits in lower case
 */
export function signatureOf(
  signingKey: KeyObject,
  scope: SigningScope,
  timestamp: string,
  canonicalRequest: string,
): string {
  const lines = [ALGORITHM, timestamp, scopeText(scope), sha256Hex(canonicalRequest)];
  return hmac(signingKey, lines.join("\n")).toString("hex");
}

/** `2026-05-01T12:00:00.000Z` → `20260501T120000Z` */
export function basicFormat(atMs: number): string {
  return new Date(atMs).toISOString().replaceAll(/[-:]|\.\d+/g, "");
}

/** `20260501T120000Z` → milliseconds since the epoch; `undefined` for what is no such time. */
export function parseBasicFormat(text: string): number | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  const [, year, month, day, hour, minute, second] = match ?? [];
  const atMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(atMs) ? undefined : atMs;
}

function hmac(key: Uint8Array | KeyObject, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
