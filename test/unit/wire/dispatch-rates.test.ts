/** Keys that may send so much in a second, before the front door. */
import { memoryAccessKeys } from "../../../src/storage/memory/access-keys.ts";
import { describe, expect, test } from "vitest";
import type { KeyRate, KeyRates } from "../../../src/auth/rates.ts";
import { serviceError } from "../../../src/errors.ts";
import { createDispatch } from "../../../src/wire/dispatch.ts";
import { defineService, operation } from "../../../src/wire/operation.ts";
import { ACCESS_KEY, REGION, signedAtMs, signedBySdk } from "../../helpers/signed-by-sdk.ts";

const RATE = { callsPerSecond: 1 };
const SPENT: KeyRates = { isSpent: () => true, admit: () => Promise.resolve(false) };
const FULL: KeyRates = { isSpent: () => false, admit: () => Promise.resolve(false) };
const EMPTY: KeyRates = { isSpent: () => false, admit: () => Promise.resolve(true) };

interface Methods {
  putRecord(): void;
}
const putRecord = operation({ input: {}, handle: () => Promise.resolve({ RecordId: "1" }) });
const SERVICE = {
  title: "Firehose",
  targetPrefix: "Firehose_20150804",
  signingName: "firehose",
  emptyOutput: "object",
  violationValue: "omitted",
  operations: { PutRecord: putRecord },
  differences: [],
} as const;

async function send(options: {
  readonly rates: KeyRates;
  readonly rate?: KeyRate;
  readonly body?: string;
  readonly secret?: string;
  readonly hasOwnError?: true;
}) {
  const { rates, rate, body, secret = ACCESS_KEY.secret, hasOwnError } = options;
  const request = await signedBySdk({ ...(body !== undefined && { body }) });
  const key = { ...ACCESS_KEY, secret, ...(rate && { rate }) };
  const service = defineService<Methods, unknown>({
    ...SERVICE,
    ...(hasOwnError && {
      rateExceeded: () => serviceError("ServiceUnavailableException", "Slow down."),
    }),
  });
  const dispatch = createDispatch<unknown>({
    services: [service],
    keys: memoryAccessKeys(key),
    rates,
    accountId: "000000000000",
    region: REGION,
    clock: { now: () => signedAtMs(request), sleep: () => Promise.resolve() },
    random: { bytes: (count) => new Uint8Array(count), fraction: () => 0 },
    contextFor: () => ({}),
    report: () => {},
  });
  const response = await dispatch({ ...request, method: "POST" });
  const { __type: name, message } = JSON.parse(String(response.body)) as Record<string, string>;
  return { status: response.status, name, message };
}

const THROTTLED = { status: 400, name: "ThrottlingException", message: "Rate exceeded" };

describe("a key that has sent what it may", () => {
  test("is told so by what SDKs repeat", async () => {
    expect(await send({ rates: FULL, rate: RATE })).toEqual(THROTTLED);
  });

  test("is told so in the service's own words, where it has some", async () => {
    expect(await send({ rates: FULL, rate: RATE, hasOwnError: true })).toEqual({
      status: 500,
      name: "ServiceUnavailableException",
      message: "Slow down.",
    });
  });

  test("is not asked for a body that can be parsed", async () => {
    expect(await send({ rates: SPENT, rate: RATE, body: "{" })).toEqual(THROTTLED);
  });

  test("is nobody's to be told of who only names it", async () => {
    const stranger = { rates: SPENT, rate: RATE, secret: "another" };
    expect(await send({ ...stranger, body: "{" })).toMatchObject({
      name: "SerializationException",
    });
    expect(await send(stranger)).toMatchObject({ name: "InvalidSignatureException" });
  });
});

test.each([
  ["that may send more", { rates: EMPTY, rate: RATE }],
  ["without a rate", { rates: FULL }],
])("a key %s is served", async (_, options) => {
  expect(await send(options)).toMatchObject({ status: 200 });
});
