/** Each case writes out what a client signs, by the letter of the specification, and signs that. */
import { createHash, createHmac } from "node:crypto";
import { expect, test } from "vitest";
import type { SignedRequest } from "../../../src/auth/sigv4.ts";
import { createVerifier } from "../../../src/auth/sigv4.ts";
import { memoryAccessKeys } from "../../../src/storage/memory/access-keys.ts";

const KEY = {
  id: "AKIDEXAMPLE",
  secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  createdAtMs: 0,
};
const DATE = "20260501T120000Z";
const BODY = '{"Limit":1}';

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const hmac = (key: string | Buffer, text: string) =>
  createHmac("sha256", key).update(text).digest();

function verify(
  canonical: readonly string[],
  signedHeaders: string,
  request: {
    readonly headers: Readonly<Record<string, readonly string[]>>;
    readonly path?: string;
    readonly query?: SignedRequest["query"];
  },
) {
  const scope = "20260501/us-east-1/firehose/aws4_request";
  const toSign = ["AWS4-HMAC-SHA256", DATE, scope, sha256(canonical.join("\n"))].join("\n");
  const signingKey = scope.split("/").reduce<string | Buffer>(hmac, `AWS4${KEY.secret}`);
  const signature = hmac(signingKey, toSign).toString("hex");
  const verifier = createVerifier({
    keys: memoryAccessKeys(KEY),
    region: "us-east-1",
    clock: { now: () => Date.UTC(2026, 4, 1, 12), sleep: () => Promise.resolve() },
  });
  const authorization = `AWS4-HMAC-SHA256 Credential=${KEY.id}/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`;
  return verifier.verify(
    {
      method: "POST",
      paths: [request.path ?? "/"],
      query: request.query ?? [],
      headers: new Map([
        ["x-amz-date", [DATE]],
        ["host", ["api.example:4566"]],
        ["x-amz-target", ["Firehose_20150804.ListDeliveryStreams"]],
        ...Object.entries(request.headers),
        ["authorization", [authorization]],
      ]),
      body: BODY,
    },
    "firehose",
  );
}

const HOST = "host:api.example:4566";
const REST = [`x-amz-date:${DATE}`, "x-amz-target:Firehose_20150804.ListDeliveryStreams", ""];
const NAMES = "host;x-amz-date;x-amz-target";

test("a plain request", async () => {
  const canonical = ["POST", "/", "", HOST, ...REST, NAMES, sha256(BODY)];
  await expect(verify(canonical, NAMES, { headers: {} })).resolves.toMatchObject({
    accessKey: KEY,
    payloadHash: sha256(BODY),
  });
});

test("white space inside a header's value counts once, and repeated headers are joined", async () => {
  const names = `a;${NAMES}`;
  const canonical = ["POST", "/", "", "a:b c,d", HOST, ...REST, names, sha256(BODY)];
  await verify(canonical, names, { headers: { a: ["  b \t  c ", " d"] } });
});

test("names and values of the query are encoded and sorted by name", async () => {
  const canonical = ["POST", "/", "a=%2F&b=1%202&b=2&b%2A=", HOST, ...REST, NAMES, sha256(BODY)];
  const query = [
    ["b*", ""],
    ["b", "2"],
    ["b", "1 2"],
    ["a", "/"],
  ] as const;
  await verify(canonical, NAMES, { headers: {}, query });
});

test("a path that was encoded once is encoded again", async () => {
  const canonical = ["POST", "/a%2520b/c", "", HOST, ...REST, NAMES, sha256(BODY)];
  await verify(canonical, NAMES, { headers: {}, path: "/a%20b//x/../c" });
});

test("a content length that the gateway kept for itself is the body's", async () => {
  const names = `content-length;${NAMES}`;
  const canonical = ["POST", "/", "", "content-length:11", HOST, ...REST, names, sha256(BODY)];
  await verify(canonical, names, { headers: {} });
});

test("the body is hashed again, whatever hash the client signed", async () => {
  const canonical = ["POST", "/", "", HOST, ...REST, NAMES, "UNSIGNED-PAYLOAD"];
  const headers = { "x-amz-content-sha256": ["UNSIGNED-PAYLOAD"] };
  await expect(verify(canonical, NAMES, { headers })).rejects.toMatchObject({
    name: "InvalidSignatureException",
  });
});

test("a declared hash must be the body's, although the signature is right", async () => {
  const canonical = ["POST", "/", "", HOST, ...REST, NAMES, sha256(BODY)];
  const declare = (hash: string) =>
    verify(canonical, NAMES, { headers: { "x-amz-content-sha256": [hash] } });
  await declare(sha256(BODY));
  for (const hash of [sha256("{}"), "UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"]) {
    await expect(declare(hash)).rejects.toMatchObject({ name: "InvalidSignatureException" });
  }
});

test("a date that the signature does not cover as a header is refused", async () => {
  const names = "host;x-amz-target";
  const canonical = ["POST", "/", "", HOST, ...REST.slice(1), names, sha256(BODY)];
  await expect(verify(canonical, names, { headers: {} })).rejects.toThrow(
    /^'x-amz-date' must be a 'SignedHeader'/,
  );
});

test("HTTP/2's name of the host is that header, and no other of its own", async () => {
  const names = `:authority;${NAMES.replace("host;", "")}`;
  const authority = HOST.replace("host:", ":authority:");
  const canonical = ["POST", "/", "", authority, ...REST, names, sha256(BODY)];
  await verify(canonical, names, { headers: {} });
  await verify(canonical, names, { headers: { ":authority": ["elsewhere"] } });
  const elsewhere = ["POST", "/", "", ":authority:elsewhere", ...REST, names, sha256(BODY)];
  await expect(
    verify(elsewhere, names, { headers: { ":authority": ["elsewhere"] } }),
  ).rejects.toMatchObject({ name: "InvalidSignatureException" });
});
