/**
 * Signs a call as SigV4 wants it.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import { createHmac } from "node:crypto";
import { canonicalRequest, sha256Hex } from "../../src/auth/canonical-request.ts";
import type { Connection } from "./connection.ts";

/** @returns the headers, `Authorization` among them; `host` is the sender's to add */
export function signedHeaders(
  { endpoint, region, accessKeyId, secretAccessKey }: Connection,
  service: string,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array | string,
  nowMs: number,
): Readonly<Record<string, string>> {
  const timestamp = new Date(nowMs).toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const sent = { ...headers, "x-amz-date": timestamp };
  const all = new Map(
    Object.entries({ ...sent, host: endpoint.host }).map(([name, value]) => [name, [value]]),
  );
  const headerNames = [...all.keys()].toSorted();
  const canonical = canonicalRequest(
    { method: "POST", query: [], headers: all, body },
    { path: endpoint.pathname, headerNames, payloadHash: sha256Hex(body) },
  );
  const date = timestamp.slice(0, 8);
  const scope = `${date}/${region}/${service}/aws4_request`;
  const toSign = ["AWS4-HMAC-SHA256", timestamp, scope, sha256Hex(canonical)].join("\n");
  const parts = [date, region, service, "aws4_request"];
  const key = parts.reduce<Uint8Array>(hmac, Buffer.from(`AWS4${secretAccessKey}`));
  const signature = hmac(key, toSign).toString("hex");
  return {
    ...sent,
    authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${headerNames.join(";")}, Signature=${signature}`,
  };
}

function hmac(key: Uint8Array, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
