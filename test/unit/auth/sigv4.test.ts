import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { canonicalPath } from "../../../src/auth/canonical-request.ts";
import type { SignedRequest } from "../../../src/auth/sigv4.ts";
import { createVerifier } from "../../../src/auth/sigv4.ts";
import type { NewAccessKey } from "../../../src/auth/store.ts";
import {
  ACCESS_KEY,
  REGION,
  signedAtMs,
  signedBySdk,
  withHeader,
} from "../../helpers/signed-by-sdk.ts";
import { memoryAccessKeys } from "../../../src/storage/memory/access-keys.ts";

const MISMATCH = /^The request signature we calculated does not match/;

/** Verifies as if the request had arrived `lateMs` after it was signed. */
function verify(
  request: SignedRequest,
  {
    lateMs = 0,
    service = "firehose",
    keys = [ACCESS_KEY],
  }: { lateMs?: number; service?: string; keys?: readonly NewAccessKey[] } = {},
) {
  const verifier = createVerifier({
    keys: memoryAccessKeys(...keys),
    region: REGION,
    clock: { now: () => signedAtMs(original) + lateMs, sleep: () => Promise.resolve() },
  });
  return verifier.verify(request, service);
}

let original: SignedRequest;
beforeAll(async () => {
  original = await signedBySdk();
});

function authorization(): string {
  return original.headers.get("authorization")?.[0] ?? "";
}

describe("a request signed by the SDK", () => {
  test("is its key holder's", async () => {
    const { accessKey, payloadHash } = await verify(original);
    expect(accessKey).toBe(ACCESS_KEY);
    expect(payloadHash).toMatch(/^[0-9a-f]{64}$/);
  });

  test("passes whether its body comes as text or as bytes", async () => {
    const bytes = Buffer.from(original.body);
    await expect(verify({ ...original, body: bytes })).resolves.toBeDefined();
    await expect(verify({ ...original, body: bytes.toString() })).resolves.toBeDefined();
  });

  test("passes through a gateway that strips the stage's name", async () => {
    const request = await signedBySdk({ endpoint: "https://abc.example.com/dev" });
    const [signed = ""] = request.paths;
    expect(signed).toMatch(/^\/dev\/?$/);
    await expect(verify({ ...request, paths: ["/dev"] })).resolves.toBeDefined();
    await expect(verify({ ...request, paths: ["/", "/dev/"] })).resolves.toBeDefined();
    await expect(verify({ ...request, paths: ["/"] })).rejects.toThrow(MISMATCH);
    await expect(verify({ ...request, paths: ["/prod"] })).rejects.toThrow(MISMATCH);
  });

  test("passes with white space added around a signed header, and with unsigned headers added", async () => {
    const [target = ""] = original.headers.get("x-amz-target") ?? [];
    await verify(withHeader(original, "x-amz-target", `  ${target} `));
    await verify(withHeader(original, "via", "1.1 proxy"));
  });

  test("is refused when any signed header changes", async () => {
    const names = /SignedHeaders=([^,]+)/.exec(authorization())?.[1]?.split(";") ?? [];
    expect(names).toEqual(expect.arrayContaining(["host", "x-amz-date", "x-amz-target"]));
    for (const name of names.filter((header) => header !== "x-amz-date")) {
      await expect(verify(withHeader(original, name, "changed")), name).rejects.toThrow(MISMATCH);
      const [value = ""] = original.headers.get(name) ?? [];
      await expect(verify(withHeader(original, name, value, value)), name).rejects.toThrow(
        MISMATCH,
      );
    }
  });

  test("is refused when any byte of the body changes", async () => {
    const body = Buffer.from(original.body);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(body.length - 1),
        fc.integer({ min: 1, max: 255 }),
        async (at, by) => {
          const changed = Buffer.from(body);
          changed[at] = (changed[at] ?? 0) ^ by;
          await expect(verify({ ...original, body: changed })).rejects.toThrow(MISMATCH);
        },
      ),
    );
  });

  test("is refused when any character of the signature changes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(63), fc.constantFrom(..."0123456789abcdefG"), async (at, digit) => {
        const start = authorization().indexOf("Signature=") + "Signature=".length + at;
        const forged = authorization().slice(0, start) + digit + authorization().slice(start + 1);
        fc.pre(forged !== authorization());
        await expect(verify(withHeader(original, "authorization", forged))).rejects.toThrow(
          MISMATCH,
        );
      }),
    );
  });

  test("is refused with another method or a query", async () => {
    await expect(verify({ ...original, method: "PUT" })).rejects.toThrow(MISMATCH);
    await expect(verify({ ...original, query: [["a", "b"]] })).rejects.toThrow(MISMATCH);
  });
});

describe("keys", () => {
  test("must exist", async () => {
    await expect(verify(original, { keys: [] })).rejects.toMatchObject({
      name: "UnrecognizedClientException",
      message: "The security token included in the request is invalid.",
    });
  });

  test("of AWS, and session tokens, are told from Hydrant's", async () => {
    const invalid = "The security token included in the request is invalid.";
    const ofAws = authorization().replace(ACCESS_KEY.id, "AKIAIOSFODNN7EXAMPLE");
    await expect(
      verify(withHeader(original, "authorization", ofAws), { keys: [] }),
    ).rejects.toThrow(`${invalid} It is an access key of AWS; Hydrant has its own.`);
    await expect(verify(withHeader(original, "x-amz-security-token", "t"))).rejects.toThrow(
      `${invalid} It came with a session token, which Hydrant's access keys have none of: unset AWS_SESSION_TOKEN and AWS_PROFILE.`,
    );
  });

  test("must be asked for by a plausible name", async () => {
    const odd = authorization().replace(ACCESS_KEY.id, "state#HYDRANTKEY");
    await expect(
      verify(withHeader(original, "authorization", odd), {
        keys: [
          { ...ACCESS_KEY, id: "state#HYDRANTKEY" },
          { ...ACCESS_KEY, id: "-" },
        ],
      }),
    ).rejects.toMatchObject({ name: "UnrecognizedClientException" });
  });

  test("must not have expired, which only their holder is told", async () => {
    const expiresAtMs = signedAtMs(original);
    const keys = [{ ...ACCESS_KEY, expiresAtMs }];
    await expect(verify(original, { keys, lateMs: -1 })).resolves.toBeDefined();
    await expect(verify(original, { keys })).rejects.toMatchObject({
      name: "ExpiredTokenException",
      message: "The security token included in the request is expired",
    });
    await expect(verify({ ...original, body: "{}" }, { keys })).rejects.toThrow(MISMATCH);
  });

  test("must have the secret that signed", async () => {
    const keys = [{ ...ACCESS_KEY, secret: "other" }];
    await expect(verify(original, { keys })).rejects.toMatchObject({
      name: "InvalidSignatureException",
      message: expect.stringMatching(MISMATCH),
    });
  });

  test("do not come with session tokens", async () => {
    const request = await signedBySdk({ sessionToken: "token" });
    await expect(verify(request)).rejects.toMatchObject({ name: "UnrecognizedClientException" });
  });

  test("may be made anew with another secret", async () => {
    let secret = "first";
    const verifier = createVerifier({
      keys: { get: (id) => memoryAccessKeys({ ...ACCESS_KEY, secret }).get(id) },
      region: REGION,
      clock: { now: () => signedAtMs(original), sleep: () => Promise.resolve() },
    });
    await expect(verifier.verify(original, "firehose")).rejects.toThrow(MISMATCH);
    secret = ACCESS_KEY.secret;
    await expect(verifier.verify(original, "firehose")).resolves.toBeDefined();
  });
});

describe("the clock", () => {
  const MINUTE_MS = 60_000;

  test("may be fifteen minutes off either way", async () => {
    await expect(verify(original, { lateMs: 15 * MINUTE_MS })).resolves.toBeDefined();
    await expect(verify(original, { lateMs: -15 * MINUTE_MS })).resolves.toBeDefined();
  });

  test("may not be further behind", async () => {
    await expect(verify(original, { lateMs: 15 * MINUTE_MS + 1000 })).rejects.toThrow(
      /^Signature expired: \d{8}T\d{6}Z is now earlier than \d{8}T\d{6}Z \(\d{8}T\d{6}Z - 15 min\.\)$/,
    );
  });

  test("may not be further ahead", async () => {
    await expect(verify(original, { lateMs: -15 * MINUTE_MS - 1000 })).rejects.toThrow(
      /^Signature not yet current: \d{8}T\d{6}Z is still later than \d{8}T\d{6}Z \(\d{8}T\d{6}Z \+ 15 min\.\)$/,
    );
  });
});

describe("the scope", () => {
  test("must name our region", async () => {
    const request = await signedBySdk({ region: "eu-west-1" });
    await expect(verify(request)).rejects.toMatchObject({
      name: "InvalidSignatureException",
      message: "Credential should be scoped to a valid region, not 'eu-west-1'. ",
    });
  });

  test("must name the service that is called", async () => {
    await expect(verify(original, { service: "kinesis" })).rejects.toMatchObject({
      name: "InvalidSignatureException",
      message: "Credential should be scoped to correct service: 'kinesis'. ",
    });
  });

  test.each(["20200101", "2026", "202607"])(
    "must name the day of the signature, not %s",
    async (date) => {
      const forged = authorization().replace(/\/\d{8}\//, `/${date}/`);
      await expect(verify(withHeader(original, "authorization", forged))).rejects.toThrow(
        /^Date in Credential scope does not match/,
      );
    },
  );
});

/** What it is, how a request is made one, and the error's name and sentence. */
type Refused = [string, (request: SignedRequest) => SignedRequest, string, RegExp];

describe("a request signed in another way", () => {
  const ONCE_EACH =
    /^Authorization header must have Credential, SignedHeaders, Signature once each and nothing else\. /;

  test.each<Refused>([
    [
      "not at all",
      (request) => withHeader(request, "authorization"),
      "MissingAuthenticationTokenException",
      /^Missing Authentication Token$/,
    ],
    [
      "in the query",
      (request) => ({
        ...withHeader(request, "authorization"),
        query: [["X-Amz-Algorithm", "AWS4-HMAC-SHA256"]],
      }),
      "InvalidSignatureException",
      /^Signatures in the query string are not accepted/,
    ],
    [
      "in query and header",
      (request) => ({ ...request, query: [["X-Amz-Algorithm", "AWS4-HMAC-SHA256"]] }),
      "InvalidSignatureException",
      /^Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header\.$/,
    ],
    [
      "not at all, with a parameter in the query that only begins like one of a signature",
      (request) => ({ ...withHeader(request, "authorization"), query: [["x-amz-foo", "1"]] }),
      "MissingAuthenticationTokenException",
      /^Missing Authentication Token$/,
    ],
    [
      "in the header, with such a parameter added",
      (request) => ({ ...request, query: [["x-amz-foo", "1"]] }),
      "InvalidSignatureException",
      MISMATCH,
    ],
    ...["AWS4-HMAC-SHA256 Credential=a, SignedHeaders=b, Signature=c", "Bearer abc", ""].flatMap(
      (second): readonly Refused[] => [
        [
          `with a second header, ${JSON.stringify(second)}`,
          (request) => withHeader(request, "authorization", authorization(), second),
          "IncompleteSignatureException",
          ONCE_EACH,
        ],
        [
          `with a second header that was joined to the first, ${JSON.stringify(second)}`,
          (request) => withHeader(request, "authorization", `${authorization()},${second}`),
          "IncompleteSignatureException",
          ONCE_EACH,
        ],
      ],
    ),
    ...["Credential=a", "SignedHeaders=host", "Signature=0"].map((part): Refused => [
      `with ${part} repeated before the right one`,
      (request) =>
        withHeader(
          request,
          "authorization",
          authorization().replace(" Credential=", ` ${part}, Credential=`),
        ),
      "IncompleteSignatureException",
      ONCE_EACH,
    ]),
    ...[
      ["in upper case", "host;", "Host;"],
      ["partly in upper case", ";x-amz-target", ";x-amz-target;User-Agent"],
      ["repeated", "host;", "host;host;"],
      ["empty", "host;", "host;;"],
    ].map(([how, from, to]): Refused => [
      `with names of signed headers ${how}`,
      (request) => withHeader(request, "authorization", authorization().replace(from!, to!)),
      "IncompleteSignatureException",
      /^SignedHeaders must be names of headers in lower case, each once, got '/,
    ]),
    [
      "with half a header",
      (request) => withHeader(request, "authorization", "AWS4-HMAC-SHA256 Signature=ab"),
      "IncompleteSignatureException",
      /^Authorization header requires 'Credential' parameter\. Authorization header requires 'SignedHeaders' parameter\. Authorization=AWS4-HMAC-SHA256 Signature=ab$/,
    ],
    [
      "without a date",
      (request) => withHeader(request, "x-amz-date"),
      "IncompleteSignatureException",
      /^Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header\. Authorization=/,
    ],
    [
      "with a date in another form",
      (request) => withHeader(request, "x-amz-date", "2026-05-01"),
      "IncompleteSignatureException",
      /^Date must be in ISO-8601 'basic format'\. Got '2026-05-01'/,
    ],
    [
      "by SigV4A",
      (request) =>
        withHeader(
          request,
          "authorization",
          authorization().replace("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"),
        ),
      "IncompleteSignatureException",
      /^Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256'/,
    ],
    [
      "with a scope of four parts",
      (request) =>
        withHeader(request, "authorization", authorization().replace("/aws4_request", "")),
      "IncompleteSignatureException",
      /^Credential must have exactly 5 slash-delimited elements/,
    ],
    [
      "with another terminator",
      (request) =>
        withHeader(request, "authorization", authorization().replace("aws4_request", "aws5")),
      "InvalidSignatureException",
      /^Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5'/,
    ],
    [
      "without its target",
      (request) =>
        withHeader(request, "authorization", authorization().replace(";x-amz-target", "")),
      "InvalidSignatureException",
      /^'x-amz-target' must be a 'SignedHeader'/,
    ],
    [
      "without its host",
      (request) => withHeader(request, "authorization", authorization().replace("host;", "")),
      "InvalidSignatureException",
      /^'host' must be a 'SignedHeader'/,
    ],
    [
      "over an unsigned payload",
      (request) => withHeader(request, "x-amz-content-sha256", "UNSIGNED-PAYLOAD"),
      "InvalidSignatureException",
      MISMATCH,
    ],
    [
      "over a payload in chunks",
      (request) =>
        withHeader(request, "x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),
      "InvalidSignatureException",
      MISMATCH,
    ],
  ])("is refused: %s", async (_, change, name, message) => {
    await expect(verify(change(original))).rejects.toMatchObject({
      name,
      message: expect.stringMatching(message),
    });
  });
});

describe("the canonical path", () => {
  test.each([
    ["/", "/"],
    ["", "/"],
    ["/dev", "/dev"],
    ["/dev/", "/dev/"],
    ["//dev//a/./b/../c", "/dev/a/c"],
    ["/a/..", "/"],
    ["/%20a", "/%2520a"],
  ])("of %s is %s", (path, expected) => {
    expect(canonicalPath(path)).toBe(expected);
  });
});
