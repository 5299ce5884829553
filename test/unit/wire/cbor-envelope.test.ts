/** What a CBOR request gets from the front door, errors included. */
import { describe, expect, test } from "vitest";
import { serviceError } from "../../../src/errors.ts";
import { parseCbor } from "../../../src/wire/cbor-parse.ts";
import { printCbor } from "../../../src/wire/cbor-print.ts";
import { createDispatch } from "../../../src/wire/dispatch.ts";
import { fromApiGateway, toApiGateway } from "../../../src/wire/api-gateway.ts";
import type { HttpRequest } from "../../../src/wire/http.ts";
import { defineService, operation } from "../../../src/wire/operation.ts";
import { blob, required, string } from "../../../src/wire/shape.ts";
import { ACCESS_KEY, REGION, signedAtMs, signedBySdk } from "../../helpers/signed-by-sdk.ts";
import { memoryAccessKeys } from "../../../src/storage/memory/access-keys.ts";

const CBOR = "application/x-amz-cbor-1.1";
const JSON_1_1 = "application/x-amz-json-1.1";

interface Context {
  readonly behave: () => object | undefined;
}

interface Methods {
  putRecord(): void;
}

const traits = {
  title: "Streams",
  signingName: "firehose",
  emptyOutput: "nothing",
  violationValue: "printed",
  operations: {
    PutRecord: operation({
      input: { StreamName: required(string()), Data: required(blob()) },
      handle: async (_, { behave }: Context) => behave(),
    }),
  },
} as const;
const services = [
  defineService<Methods, Context>({
    ...traits,
    targetPrefix: "Streams",
    emptyBodyEncoding: "cbor",
  }),
  defineService<Methods, Context>({ ...traits, targetPrefix: "Plain" }),
];

async function send(request: HttpRequest, behave: Context["behave"] = () => ({})) {
  const dispatch = createDispatch<Context>({
    services,
    keys: memoryAccessKeys(ACCESS_KEY),
    accountId: "000000000000",
    region: REGION,
    clock: {
      now: () => (request.headers.has("x-amz-date") ? signedAtMs(request) : 0),
      sleep: () => Promise.resolve(),
    },
    random: { bytes: (count) => new Uint8Array(count), fraction: () => 0 },
    contextFor: () => ({ behave }),
    report: () => undefined,
  });
  const { status, headers, body } = await dispatch(request);
  const members =
    body instanceof Uint8Array && body.length > 0 ? { ...(parseCbor(body) as object) } : body;
  return { status, type: headers["Content-Type"], members };
}

function signed(members: object, target = "Streams.PutRecord") {
  return signedBySdk({ body: printCbor(members), contentType: CBOR, target });
}

function unsigned(body: Uint8Array | string, headers: Readonly<Record<string, string>>) {
  return {
    method: "POST",
    paths: ["/"],
    query: [],
    headers: new Map(Object.entries(headers).map(([name, value]) => [name, [value]])),
    body,
  } satisfies HttpRequest;
}

const GOOD = { StreamName: "clicks", Data: Buffer.of(1, 2, 3) };

describe("a signed CBOR call", () => {
  test("is answered in CBOR: bytes as bytes, times as milliseconds", async () => {
    const output = { At: new Date(1_700_000_000_000), Data: Buffer.of(0, 255), Missing: undefined };
    expect(await send(await signed(GOOD), () => output)).toEqual({
      status: 200,
      type: CBOR,
      members: { At: new Date(1_700_000_000_000), Data: Buffer.of(0, 255) },
    });
  });

  test("without an output is answered with no body, of the type all the same", async () => {
    const answer = await send(await signed(GOOD), () => undefined);
    expect(answer).toEqual({ status: 200, type: CBOR, members: "" });
  });

  test("that fails is told so in CBOR, under the keys of JSON", async () => {
    const request = await signed(GOOD);
    const refusal = await send(request, () => {
      throw serviceError("ResourceNotFoundException", "Stream clicks not found.");
    });
    expect(refusal).toEqual({
      status: 400,
      type: CBOR,
      members: { __type: "ResourceNotFoundException", message: "Stream clicks not found." },
    });
  });

  test("of a wrong type is refused under the deserializer's own key", async () => {
    expect(await send(await signed({ ...GOOD, Data: "text" }))).toEqual({
      status: 400,
      type: CBOR,
      members: {
        __type: "SerializationException",
        Message: "class java.lang.String can not be converted to a Blob",
      },
    });
  });

  test("that misses a member is refused as in JSON", async () => {
    expect((await send(await signed({ StreamName: "clicks" }))).members).toEqual({
      __type: "ValidationException",
      message:
        "1 validation error detected: Value null at 'data' failed to satisfy constraint: Member must not be null",
    });
  });
});

describe("before a caller is known", () => {
  const TARGET = { "x-amz-target": "Streams.PutRecord" };

  test.each([
    ["is cut off", printCbor(GOOD).subarray(0, -1)],
    ["is a list", printCbor([GOOD])],
    ["is a date", printCbor(new Date(0))],
    ["is bytes", printCbor(Buffer.of(1))],
    ["is JSON", JSON.stringify({ StreamName: "clicks" })],
  ])("a body that %s is refused in CBOR, without a sentence", async (_, body) => {
    expect(await send(unsigned(body, { "content-type": CBOR, ...TARGET }))).toEqual({
      status: 400,
      type: CBOR,
      members: { __type: "SerializationException" },
    });
  });

  test("an unknown operation is refused in CBOR", async () => {
    const headers = { "content-type": CBOR, "x-amz-target": "Streams.Nothing" };
    expect(await send(unsigned(printCbor(GOOD), headers))).toMatchObject({
      type: CBOR,
      members: { __type: "UnknownOperationException" },
    });
  });

  test.each([
    ["Streams.PutRecord", undefined, CBOR, "SerializationException"],
    ["Streams.PutRecord", CBOR, CBOR, "SerializationException"],
    ["Streams.PutRecord", "application/json", CBOR, "SerializationException"],
    ["Streams.PutRecord", "text/plain", CBOR, "SerializationException"],
    ["Streams.Nothing", undefined, CBOR, "UnknownOperationException"],
    ["Plain.PutRecord", CBOR, CBOR, "SerializationException"],
  ])("an empty body of %s and type %s is refused in %s", async (target, type, answered, error) => {
    const headers = { "x-amz-target": target, ...(type && { "content-type": type }) };
    expect(await send(unsigned("", headers))).toEqual({
      status: 400,
      type: answered,
      members: { __type: error },
    });
  });

  test.each([
    ["Streams.PutRecord", JSON_1_1],
    ["Plain.PutRecord", undefined],
    ["Plain.PutRecord", JSON_1_1],
  ])("an empty body of %s and type %s is refused in JSON", async (target, type) => {
    const headers = { "x-amz-target": target, ...(type && { "content-type": type }) };
    expect(await send(unsigned("", headers))).toEqual({
      status: 400,
      type: JSON_1_1,
      members: '{"__type":"SerializationException"}',
    });
  });
});

test("API Gateway carries both ways in base64", () => {
  const body = printCbor(GOOD);
  const event = {
    httpMethod: "POST",
    path: "/",
    requestContext: { path: "/", requestId: "1", identity: { sourceIp: "127.0.0.1" } },
    multiValueHeaders: { "Content-Type": [CBOR] },
    body: Buffer.from(body).toString("base64"),
    isBase64Encoded: true,
  } as never;
  expect(Buffer.from(fromApiGateway(event).body)).toEqual(Buffer.from(body));
  const answer = toApiGateway({ status: 200, headers: { "Content-Type": CBOR }, body });
  expect(answer).toMatchObject({
    isBase64Encoded: true,
    body: Buffer.from(body).toString("base64"),
  });
});
