import { describe, expect, test } from "vitest";
import type { AwsIdentities } from "../../../src/auth/aws-identities.ts";
import { serviceError } from "../../../src/errors.ts";
import { IDENTITY_EXCHANGE_MAX_BYTES } from "../../../src/limits.ts";
import type { HttpRequest } from "../../../src/wire/http.ts";
import { exchangeIdentity, isExchange } from "../../../src/wire/identity-exchange.ts";

const GIVEN = {
  accessKeyId: "HYS1",
  secretAccessKey: "s",
  sessionToken: "t",
  expiresAtMs: Date.UTC(2026, 10, 30, 13),
};

function post(body: HttpRequest["body"], extra: Partial<HttpRequest> = {}): HttpRequest {
  const headers = new Map([["host", ["Api.Example:4566"]]]);
  return { method: "POST", paths: ["/dev/credentials"], query: [], headers, body, ...extra };
}

const answering = (exchange: AwsIdentities["exchange"]): AwsIdentities => ({
  exchange,
  openSession: () => Promise.resolve(undefined),
});

describe("the path of an exchange", () => {
  test.each<[boolean, string, Partial<HttpRequest>]>([
    [true, "with a stage before it", {}],
    [true, "alone", { paths: ["/credentials"] }],
    [false, "asked for by GET", { method: "GET" }],
    [false, "of another name", { paths: ["/credentials/x"] }],
    [
      false,
      "called with a target",
      { headers: new Map([["x-amz-target", ["Kinesis_20131202.ListStreams"]]]) },
    ],
  ])("is %s where it is %s", (expected, _, extra) => {
    expect(isExchange(post("{}", extra))).toBe(expected);
  });
});

test("an exchange is answered in the form of a credential_process, and is not to be stored", async () => {
  const asked: unknown[] = [];
  const identities = answering((...input) => {
    asked.push(input);
    return Promise.resolve(GIVEN);
  });
  const { response, ...outcome } = await exchangeIdentity(post('{"Date":"d"}'), identities);
  expect(asked).toEqual([[{ Date: "d" }, "api.example:4566"]]);
  expect(response).toMatchObject({ status: 200, headers: { "Cache-Control": "no-store" } });
  expect(JSON.parse(String(response.body))).toEqual({
    Version: 1,
    AccessKeyId: "HYS1",
    SecretAccessKey: "s",
    SessionToken: "t",
    Expiration: "2026-11-30T13:00:00.000Z",
  });
  expect(outcome).toEqual({ accessKeyId: "HYS1" });
});

test.each<[string, HttpRequest, string]>([
  ["no JSON", post("{"), "SerializationException"],
  [
    "a body that is too large",
    post(`"${"x".repeat(IDENTITY_EXCHANGE_MAX_BYTES)}"`),
    "ValidationException",
  ],
  ["no host", post("{}", { headers: new Map() }), "ValidationException"],
  ["two hosts", post("{}", { headers: new Map([["host", ["a", "b"]]]) }), "ValidationException"],
])("refuses %s before anything is asked", async (_, request, name) => {
  const identities = answering(() => Promise.reject(new Error("asked")));
  const { response, error } = await exchangeIdentity(request, identities);
  expect([response.status, error]).toEqual([400, name]);
});

test("a refusal has its name and sentence, and a failure neither detail nor secret", async () => {
  const refused = answering(() => Promise.reject(serviceError("AccessDeniedException", "no")));
  const { response } = await exchangeIdentity(post("{}"), refused);
  expect(JSON.parse(String(response.body))).toEqual({
    __type: "AccessDeniedException",
    message: "no",
  });
  const failure = new Error("STS answered 503");
  const failed = await exchangeIdentity(
    post("{}"),
    answering(() => Promise.reject(failure)),
  );
  expect(failed).toMatchObject({ response: { status: 500 }, error: "InternalFailure", failure });
  expect(String(failed.response.body)).not.toContain("503");
});
