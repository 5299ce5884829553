/**
 * Signs a call as SigV4 wants it.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import { canonicalRequest, sha256Hex } from "../../src/auth/canonical-request.ts";
import {
  ALGORITHM,
  basicFormat,
  deriveSigningKey,
  scopeText,
  signatureOf,
} from "../../src/auth/signature.ts";
import type { Connection } from "./connection.ts";

/** @returns the headers, `Authorization` among them; `host` is the sender's to add */
export function signedHeaders(
  { endpoint, region, accessKeyId, secretAccessKey }: Connection,
  service: string,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array | string,
  nowMs: number,
): Readonly<Record<string, string>> {
  const timestamp = basicFormat(nowMs);
  const sent = { ...headers, "x-amz-date": timestamp };
  const all = new Map(
    Object.entries({ ...sent, host: endpoint.host }).map(([name, value]) => [name, [value]]),
  );
  const headerNames = [...all.keys()].toSorted();
  const canonical = canonicalRequest(
    { method: "POST", query: [], headers: all, body },
    { path: endpoint.pathname, headerNames, payloadHash: sha256Hex(body) },
  );
  const scope = { scopeDate: timestamp.slice(0, 8), region, service };
  const signingKey = deriveSigningKey(secretAccessKey, scope);
  const signature = signatureOf(signingKey, scope, timestamp, canonical);
  return {
    ...sent,
    authorization: `${ALGORITHM} Credential=${accessKeyId}/${scopeText(scope)}, SignedHeaders=${headerNames.join(";")}, Signature=${signature}`,
  };
}
