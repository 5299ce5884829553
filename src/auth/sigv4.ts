/**
 * Verifies AWS Signature Version 4. A request passes only if its headers name a key that exists, were signed
 * with that key's secret for this region and service, cover this very body, and are at most 15 minutes off.
 * Unknown keys cost the same work as known ones, and signatures are compared in constant time.
 */
import { type KeyObject, timingSafeEqual } from "node:crypto";
import type { Clock } from "../clock.ts";
import { serviceError } from "../errors.ts";
import { SIGNATURE_SKEW_MAX_MS } from "../limits.ts";
import {
  type Authorization,
  checkScope,
  invalidSignature,
  mustBeSigned,
  parseAuthorization,
  soleHeader,
} from "./authorization.ts";
import { canonicalRequest, sha256Hex, type SignableRequest } from "./canonical-request.ts";
import { basicFormat, signatureOf } from "./signature.ts";
import { signingKeys } from "./signing-keys.ts";
import type { AccessKey, AccessKeyStore, StoredKey } from "./store.ts";

export interface SignedRequest extends SignableRequest {
  /** The paths the client may have signed, likeliest first: gateways may strip a stage's name. */
  readonly paths: readonly string[];
}

/** Who sent a verified request. */
export interface Caller {
  readonly accessKey: AccessKey;
  /** SHA-256 of the body, lower-case hexadecimal. */
  readonly payloadHash: string;
  /** Names of what the signature covers beside the body, in lower case. */
  readonly signedHeaders: readonly string[];
}

export interface Verifier {
  /** Throws the error AWS would answer; otherwise the request is the key holder's. */
  verify(request: SignedRequest, service: string): Promise<Caller>;
}

const MISMATCH =
  "The request signature we calculated does not match the signature you provided. " +
  "Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";

const SECURITY_TOKEN = "x-amz-security-token";

const EXPIRED = "The security token included in the request is expired";

/** Stands in for a key that does not exist; the answer is no whatever it signs. */
const NOBODY: StoredKey = {
  accessKey: { id: "", createdAtMs: 0 },
  secretVersion: "",
  openSecret: () => Promise.resolve(""),
};

export interface VerifierOptions {
  readonly keys: AccessKeyStore;
  /** Knows the keys that come with session tokens; absent: there are none. */
  readonly openSession?: ((token: string) => Promise<StoredKey | undefined>) | undefined;
  readonly region: string;
  readonly clock: Clock;
}

export function createVerifier(options: VerifierOptions): Verifier {
  const signingKeyOf = signingKeys(options.clock);
  return {
    async verify(request, service) {
      const authorization = parseAuthorization(request);
      checkScope(authorization, { region: options.region, service });
      checkSkew(authorization, options.clock.now());

      const known = await findKey(options, request, authorization);
      const payloadHash = sha256Hex(request.body);
      const ownKey = known && (await signingKeyOf(known, authorization));
      const signingKey = ownKey ?? (await signingKeyOf(NOBODY, authorization))!;
      const matches = request.paths
        .flatMap(withAndWithoutTrailingSlash)
        .map((path) => sign(signingKey, authorization, request, path, payloadHash))
        .filter((signature) => equalInConstantTime(signature, authorization.signature));

      if (known === undefined || ownKey === undefined) {
        throw serviceError("UnrecognizedClientException", unknownKey(request, authorization));
      }
      const declaredHash = soleHeader(request, "x-amz-content-sha256") ?? payloadHash;
      if (matches.length === 0 || declaredHash !== payloadHash) throw invalidSignature(MISMATCH);
      const { accessKey } = known;
      // Nobody but who holds the secret learns that the key was one.
      if ((accessKey.expiresAtMs ?? Infinity) <= options.clock.now()) {
        throw serviceError("ExpiredTokenException", EXPIRED);
      }
      return { accessKey, payloadHash, signedHeaders: authorization.signedHeaders };
    },
  };
}

/** A key that comes with a session token is what the token says; it stands in no store. */
async function findKey(
  { keys, openSession }: Pick<VerifierOptions, "keys" | "openSession">,
  request: SignedRequest,
  { accessKeyId, signedHeaders }: Authorization,
): Promise<StoredKey | undefined> {
  const token = soleHeader(request, SECURITY_TOKEN);
  if (token !== undefined) {
    const session = await openSession?.(token);
    if (session?.accessKey.id !== accessKeyId) return undefined;
    if (!signedHeaders.includes(SECURITY_TOKEN)) throw mustBeSigned(SECURITY_TOKEN);
    return session;
  }
  const wellFormed = /^[A-Za-z0-9_-]{1,128}$/.test(accessKeyId);
  const key = await keys.get(wellFormed ? accessKeyId : "-");
  return wellFormed && !key?.accessKey.isDisabled ? key : undefined;
}

/** AWS's sentence, and what misleads those who come from AWS; none of it tells whether a key exists. */
function unknownKey({ headers }: SignedRequest, { accessKeyId }: Authorization): string {
  const sentence = "The security token included in the request is invalid.";
  if (headers.has(SECURITY_TOKEN)) {
    return `${sentence} It came with a session token, which Hydrant's access keys have none of: unset AWS_SESSION_TOKEN and AWS_PROFILE.`;
  }
  const isOfAws = /^(AKIA|ASIA)[A-Z0-9]{16}$/.test(accessKeyId);
  return isOfAws ? `${sentence} It is an access key of AWS; Hydrant has its own.` : sentence;
}

/** An endpoint given as `…/dev` is signed as `/dev` by some clients and as `/dev/` by others. */
function withAndWithoutTrailingSlash(path: string): readonly string[] {
  if (path === "/" || path === "") return ["/"];
  return path.endsWith("/") ? [path, path.slice(0, -1)] : [path, `${path}/`];
}

function sign(
  signingKey: KeyObject,
  authorization: Authorization,
  request: SignedRequest,
  path: string,
  payloadHash: string,
): string {
  const { signedHeaders: headerNames, timestamp } = authorization;
  const canonical = canonicalRequest(request, { path, headerNames, payloadHash });
  return signatureOf(signingKey, authorization, timestamp, canonical);
}

function checkSkew({ signedAtMs, timestamp }: Authorization, nowMs: number): void {
  const minutes = SIGNATURE_SKEW_MAX_MS / 60_000;
  if (Math.abs(signedAtMs - nowMs) <= SIGNATURE_SKEW_MAX_MS) return;
  const now = basicFormat(nowMs);
  if (signedAtMs < nowMs - SIGNATURE_SKEW_MAX_MS) {
    const earliest = basicFormat(nowMs - SIGNATURE_SKEW_MAX_MS);
    throw invalidSignature(
      `Signature expired: ${timestamp} is now earlier than ${earliest} (${now} - ${minutes} min.)`,
    );
  }
  const latest = basicFormat(nowMs + SIGNATURE_SKEW_MAX_MS);
  throw invalidSignature(
    `Signature not yet current: ${timestamp} is still later than ${latest} (${now} + ${minutes} min.)`,
  );
}

function equalInConstantTime(expected: string, given: string): boolean {
  const wanted = Buffer.from(expected);
  const found = Buffer.from(given);
  return wanted.length === found.length && timingSafeEqual(wanted, found);
}
