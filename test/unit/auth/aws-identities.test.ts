/** Proofs that are exchanged for keys, and the keys that come of it, before an STS that says what the test wants. */
import { beforeEach, describe, expect, test } from "vitest";
import { awsIdentities, type IdentityService } from "../../../src/auth/aws-identities.ts";
import { proveIdentity } from "../../../src/auth/identity-proof.ts";
import type { ListedRole } from "../../../src/auth/roles.ts";
import { issueToken, replaced, rotated, type SessionKeys } from "../../../src/auth/sessions.ts";
import { createVerifier } from "../../../src/auth/sigv4.ts";
import {
  IDENTITY_EXCHANGES_PER_MINUTE_MAX_COUNT,
  SESSION_KEY_FORMER_MS,
  SESSION_KEY_SETTLES_MS,
  SESSION_MAX_MS,
} from "../../../src/limits.ts";
import { memoryAccessKeys } from "../../../src/storage/memory/access-keys.ts";
import { seededRandom } from "../../helpers/seeded-random.ts";
import { REGION, signedAtMs, signedBySdk, withHeader } from "../../helpers/signed-by-sdk.ts";

const ARN = "arn:aws:sts::123456789012:assumed-role/producer/i-0abc";
const POLICY = {
  statements: [{ effect: "allow", actions: ["firehose:Put*"], resources: ["*"] }],
} as const;
const AUDIENCE = "api.example";
const HOST = "sts.us-east-1.amazonaws.com";
const CREDENTIALS = { accessKeyId: "ASIAEXAMPLE", secretAccessKey: "s", sessionToken: "token/+=" };

let nowMs: number;
let listed: readonly ListedRole[];
let keys: SessionKeys | undefined;
let answer: Awaited<ReturnType<IdentityService["identify"]>>;
let asked: unknown[];
beforeEach(() => {
  nowMs = Date.UTC(2026, 10, 30, 12);
  listed = [{ pattern: "arn:aws:iam::123456789012:role/producer", policy: POLICY, createdAtMs: 1 }];
  keys = { current: Buffer.alloc(32, 7) };
  answer = { kind: "identity", arn: ARN };
  asked = [];
});

function setUp(region = REGION) {
  const identities = awsIdentities({
    roles: {
      list: () => Promise.resolve(listed),
      sessionKeys: () => Promise.resolve(keys),
    },
    sts: {
      identify(request) {
        asked.push(request);
        return Promise.resolve(answer);
      },
    },
    stsHost: HOST,
    region,
    clock: { now: () => nowMs },
    random: seededRandom(1),
  });
  return identities;
}

function proof(
  extra: Readonly<Record<string, unknown>> = {},
  { region = REGION, hasToken = true, atMs = nowMs } = {},
) {
  const credentials = { ...CREDENTIALS, ...(!hasToken && { sessionToken: undefined }) };
  const made = proveIdentity(credentials, { host: HOST, audience: AUDIENCE, region }, atMs);
  return {
    Authorization: made.authorization,
    Date: made.date,
    SecurityToken: made.securityToken,
    ...extra,
  };
}

describe("an exchange", () => {
  test("gives a key of an hour to a role that is listed, and asks STS once, for this host", async () => {
    const given = await setUp().exchange(proof(), AUDIENCE);
    expect(given.accessKeyId).toMatch(/^HYS[0-9A-F]{24}$/);
    expect(given.expiresAtMs).toBe(nowMs + SESSION_MAX_MS);
    expect(asked).toEqual([
      {
        headers: {
          "content-type": "application/x-www-form-urlencoded; charset=utf-8",
          host: HOST,
          "x-amz-date": "20261130T120000Z",
          "x-amz-security-token": "token/+=",
          "x-hydrant-audience": AUDIENCE,
          authorization: expect.stringContaining(
            "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-hydrant-audience,",
          ),
          accept: "application/json",
        },
        body: "Action=GetCallerIdentity&Version=2011-06-15",
      },
    ]);
  });

  test("takes proofs of credentials that have no token", async () => {
    await expect(setUp().exchange(proof({}, { hasToken: false }), AUDIENCE)).resolves.toBeDefined();
  });

  test.each<[string, () => unknown, RegExp]>([
    ["no object", () => "x", /^The body must be a JSON object/],
    ["a list", () => [proof()], /^The body must be a JSON object/],
    ["a proof without its time", () => proof({ Date: undefined }), /^Authorization and Date must/],
    ["another time", () => proof({ Date: "20261129T120000Z" }), /^Authorization and Date must/],
    ["no time at all", () => proof({ Date: "20261130" }), /^Authorization and Date must/],
    [
      "another service's signature",
      () => proof({ Authorization: proof().Authorization.replace("/sts/", "/s3/") }),
      /^Authorization and Date must/,
    ],
    [
      "lines in the signature",
      () => proof({ Authorization: `${proof().Authorization}\r\nx: y` }),
      /^Authorization and Date must/,
    ],
    [
      "another region",
      () => proof({}, { region: "eu-west-1" }),
      /^The identity must be proved to STS in us-east-1, got eu-west-1$/,
    ],
    [
      "an old proof",
      () => proof({}, { atMs: nowMs - 15 * 60_000 - 1000 }),
      /^The proof must be of now/,
    ],
    [
      "a proof for no audience",
      () => proof({ Authorization: proof().Authorization.replace(";x-hydrant-audience", "") }),
      /^The proof must sign content-type;host;x-amz-date;x-amz-security-token;x-hydrant-audience, got/,
    ],
    [
      "a token that was not signed",
      () => proof({ SecurityToken: "t" }, { hasToken: false }),
      /^The proof must sign/,
    ],
    [
      "a token of two lines",
      () => proof({ SecurityToken: "a\r\nx-evil: 1" }),
      /^SecurityToken must be/,
    ],
    [
      "a token without end",
      () => proof({ SecurityToken: "a".repeat(9000) }),
      /^SecurityToken must be/,
    ],
    ["a token that is a number", () => proof({ SecurityToken: 1 }), /^SecurityToken must be/],
  ])("refuses %s without asking STS", async (_, input, message) => {
    await expect(setUp().exchange(input(), AUDIENCE)).rejects.toMatchObject({
      name: "ValidationException",
      message: expect.stringMatching(message),
    });
    expect(asked).toEqual([]);
  });

  test("asks STS nothing as long as no role is listed", async () => {
    listed = [];
    await expect(setUp().exchange(proof(), AUDIENCE)).rejects.toThrow("lists no AWS roles");
    expect(asked).toEqual([]);
  });

  test("says what STS says", async () => {
    answer = { kind: "refused", code: "SignatureDoesNotMatch" };
    await expect(setUp().exchange(proof(), AUDIENCE)).rejects.toMatchObject({
      name: "InvalidSignatureException",
      message: "STS does not confirm the identity for api.example: SignatureDoesNotMatch.",
    });
  });

  test.each([
    "arn:aws:sts::123456789012:assumed-role/consumer/i-0abc",
    "arn:aws:sts::210987654321:assumed-role/producer/i-0abc",
    "arn:aws:sts::123456789012:federated-user/producer",
    "arn:aws:iam::123456789012:user/producer",
    "arn:aws:iam::123456789012:role/producer",
    "arn:aws:iam::123456789012:root",
  ])("gives nothing to %s, which no role in the list is", async (arn) => {
    answer = { kind: "identity", arn };
    await expect(setUp().exchange(proof(), AUDIENCE)).rejects.toMatchObject({
      name: "AccessDeniedException",
      message: `User: ${arn} is not authorized to perform: hydrant:GetCredentials because this deployment does not list its role`,
    });
  });

  test("is one of so many a minute, for strangers may ask", async () => {
    const identities = setUp();
    answer = { kind: "refused", code: "SignatureDoesNotMatch" };
    for (let i = 0; i < IDENTITY_EXCHANGES_PER_MINUTE_MAX_COUNT; i++) {
      await expect(identities.exchange(proof(), AUDIENCE)).rejects.toThrow("STS does not");
    }
    await expect(identities.exchange(proof(), AUDIENCE)).rejects.toMatchObject({
      name: "ThrottlingException",
    });
    nowMs += 60_000 / IDENTITY_EXCHANGES_PER_MINUTE_MAX_COUNT;
    answer = { kind: "identity", arn: ARN };
    await expect(identities.exchange(proof(), AUDIENCE)).resolves.toBeDefined();
  });
});

describe("a key that was given", () => {
  /** A call that an SDK signs with it. */
  async function setUpCall() {
    const identities = setUp();
    const given = await identities.exchange(proof(), AUDIENCE);
    const request = await signedBySdk({ ...given });
    nowMs = signedAtMs(request);
    const verifier = createVerifier({
      keys: memoryAccessKeys(),
      openSession: identities.openSession,
      region: REGION,
      clock: { now: () => nowMs, sleep: () => Promise.resolve() },
    });
    return { request, given, verify: (sent = request) => verifier.verify(sent, "firehose") };
  }
  const INVALID = { name: "UnrecognizedClientException" };

  // The SDK signs by the clock of this machine, which the exchange must agree with.
  beforeEach(() => (nowMs = Math.floor(Date.now() / 1000) * 1000));

  test("signs for its role, as AWS names it, under the role's policy", async () => {
    const { verify, given } = await setUpCall();
    const { accessKey } = await verify();
    expect(accessKey).toEqual({
      id: given.accessKeyId,
      name: ARN,
      arn: ARN,
      policy: POLICY,
      createdAtMs: 1,
      expiresAtMs: given.expiresAtMs,
    });
  });

  test("has the policy that the list says by now, and none once its role is gone", async () => {
    const { verify } = await setUpCall();
    listed = [{ ...listed[0]!, policy: { statements: [] } }];
    expect((await verify()).accessKey.policy).toEqual({ statements: [] });
    listed = [];
    await expect(verify()).rejects.toMatchObject(INVALID);
  });

  test("shares what its role may send in a second with all others of the role", async () => {
    const rate = { callsPerSecond: 5 };
    listed = [{ ...listed[0]!, pattern: "arn:aws:iam::123456789012:role/prod*", rate }];
    const { verify } = await setUpCall();
    const { rate: its, rateAccount } = (await verify()).accessKey;
    expect(its).toEqual(rate);
    expect(rateAccount).toBe("arn:aws:iam::123456789012:role/prod*");
  });

  test("outlives a rotation of what it was issued with, until its hour is over", async () => {
    const { given } = await setUpCall();
    const startMs = nowMs;
    keys = rotated(keys!, Buffer.alloc(32, 8), nowMs)!;
    const before = await setUp().exchange(proof(), AUDIENCE);
    const verifyAt = async (credentials: typeof given, atMs: number) => {
      const request = await signedBySdk({ ...credentials, clockOffsetMs: atMs - Date.now() });
      nowMs = signedAtMs(request);
      const { openSession } = setUp();
      const clock = { now: () => nowMs, sleep: () => Promise.resolve() };
      const keyStore = memoryAccessKeys();
      const verifier = createVerifier({ keys: keyStore, openSession, region: REGION, clock });
      return verifier.verify(request, "firehose");
    };
    await verifyAt(given, startMs + SESSION_MAX_MS - 60_000);
    // Another process may remember the former key alone for some seconds: what is issued then it must know.
    const former = { current: keys.former! };
    const standing = keys;
    keys = former;
    await verifyAt(before, startMs + 5000);
    keys = standing;
    nowMs = startMs + SESSION_KEY_SETTLES_MS;
    const after = await setUp().exchange(proof(), AUDIENCE);
    await verifyAt(after, startMs + SESSION_KEY_SETTLES_MS + 1000);
    keys = former;
    await expect(verifyAt(after, startMs + SESSION_KEY_SETTLES_MS + 1000)).rejects.toMatchObject(
      INVALID,
    );
  });

  test("whatever the former key makes is refused once none of its sessions can be alive", async () => {
    const { openSession } = setUp();
    const startMs = nowMs;
    const forged = issueToken(keys!.current, { id: "HYS0", arn: ARN, expiresAtMs: Infinity });
    const first = keys!;
    keys = rotated(first, Buffer.alloc(32, 8), startMs)!;
    expect(rotated(keys, Buffer.alloc(32, 9), startMs + SESSION_MAX_MS)).toBeUndefined();
    nowMs = startMs + SESSION_KEY_FORMER_MS - 1;
    expect(await openSession(forged)).toBeDefined();
    nowMs += 1;
    expect(await openSession(forged)).toBeUndefined();
    expect(rotated(keys, Buffer.alloc(32, 9), nowMs)?.former).toEqual(keys.current);
    keys = replaced(Buffer.alloc(32, 10), startMs);
    nowMs = startMs;
    expect(await openSession(forged)).toBeUndefined();
  });

  test("is over after its hour", async () => {
    const { verify, given } = await setUpCall();
    // The signature's time is another matter.
    const later = await signedBySdk({ ...given, clockOffsetMs: SESSION_MAX_MS });
    nowMs = given.expiresAtMs - 1;
    await verify(later);
    nowMs = given.expiresAtMs;
    await expect(verify(later)).rejects.toMatchObject({ name: "ExpiredTokenException" });
  });

  test("needs its own token, whole and signed", async () => {
    const { verify, request, given } = await setUpCall();
    const other = await setUp().exchange(proof({}, { hasToken: false }), AUDIENCE);
    const [content = "", check = ""] = given.sessionToken.split(".");
    const forged = Buffer.from(content, "base64url").toString().replace("producer", "admin");
    for (const token of [
      `${content}.${check.slice(0, -1)}`,
      `${Buffer.from(forged).toString("base64url")}.${check}`,
      `${given.sessionToken}.`,
      content,
      "",
      "a".repeat(5000),
    ]) {
      const changed = withHeader(request, "x-amz-security-token", token);
      await expect(verify(changed), token).rejects.toMatchObject(INVALID);
    }
    await expect(verify(withHeader(request, "x-amz-security-token"))).rejects.toMatchObject(
      INVALID,
    );
    // The seeded chance made the same id, so that the token is all that differs.
    expect(other.accessKeyId).toBe(given.accessKeyId);
    const [authorization = ""] = request.headers.get("authorization") ?? [];
    const unsigned = authorization.replace(";x-amz-security-token", "");
    await expect(verify(withHeader(request, "authorization", unsigned))).rejects.toThrow(
      "'x-amz-security-token' must be a 'SignedHeader' in the AWS Authorization.",
    );
    await expect(verify({ ...request, body: "{}" })).rejects.toMatchObject({
      name: "InvalidSignatureException",
    });
  });

  test("is nothing to a deployment without a session key", async () => {
    const { verify } = await setUpCall();
    keys = undefined;
    await expect(verify()).rejects.toMatchObject(INVALID);
  });
});
