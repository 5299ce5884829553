import { beforeAll, describe, expect, test } from "vitest";
import { signedHeaders } from "../../../bin/hydrant/sign.ts";
import type { Policy } from "../../../src/auth/policy.ts";
import type { NewAccessKey } from "../../../src/auth/store.ts";
import type { Clock } from "../../../src/clock.ts";
import { serviceError } from "../../../src/errors.ts";
import { LAMBDA_PAYLOAD_MAX_BYTES } from "../../../src/limits.ts";
import { CBOR_1_1, JSON_1_1 } from "../../../src/wire/codec.ts";
import { parseCbor } from "../../../src/wire/cbor-parse.ts";
import { printCbor } from "../../../src/wire/cbor-print.ts";
import type { RequestReport } from "../../../src/wire/dispatch.ts";
import { createDispatch } from "../../../src/wire/dispatch.ts";
import type { HttpRequest, HttpResponse } from "../../../src/wire/http.ts";
import { defineService, notOffered, operation } from "../../../src/wire/operation.ts";
import { blob, required, string, structure } from "../../../src/wire/shape.ts";
import {
  ACCESS_KEY,
  REGION,
  signedAtMs,
  signedBySdk,
  withHeader,
} from "../../helpers/signed-by-sdk.ts";
import { memoryAccessKeys } from "../../../src/storage/memory/access-keys.ts";

interface Context {
  readonly handled: unknown[];
  readonly behave: () => object | undefined | Promise<object>;
}

const putRecord = operation({
  input: {
    DeliveryStreamName: required(string({ maxLength: 64 })),
    Record: required(structure({ Data: required(blob()) })),
  },
  resource: ({ DeliveryStreamName }) => `arn:${DeliveryStreamName}`,
  implies: ({ DeliveryStreamName }) =>
    DeliveryStreamName === "copies"
      ? [{ action: "kinesis:GetRecords", resource: "arn:source" }]
      : [],
  async handle(input, { handled, behave }: Context) {
    handled.push(input);
    return behave();
  },
});

interface Methods {
  putRecord(): void;
  tagDeliveryStream(): void;
}

const firehose = defineService<Methods, Context>({
  title: "Firehose",
  targetPrefix: "Firehose_20150804",
  signingName: "firehose",
  emptyOutput: "object",
  violationValue: "omitted",
  operations: { PutRecord: putRecord, TagDeliveryStream: notOffered("nobody asked.") },
});
const quiet = defineService<Methods, Context>({
  ...firehose,
  targetPrefix: "Quiet",
  emptyOutput: "nothing",
  operations: { PutRecord: putRecord, TagDeliveryStream: notOffered("") },
});

let signed: HttpRequest;
beforeAll(async () => {
  signed = await signedBySdk();
});

/** Sends one request through a door of its own and answers all that can be seen of it. */
async function send(
  request: HttpRequest,
  options: {
    readonly policy?: Policy;
    readonly behave?: Context["behave"];
    readonly key?: NewAccessKey;
    readonly callMaxMs?: number;
    readonly sleep?: Clock["sleep"];
  } = {},
) {
  const handled: unknown[] = [];
  const reports: RequestReport[] = [];
  const key = options.key ?? {
    ...ACCESS_KEY,
    ...(options.policy && { policy: options.policy }),
  };
  const dispatch = createDispatch<Context>({
    services: [firehose, quiet],
    keys: memoryAccessKeys(key),
    accountId: "000000000000",
    region: REGION,
    clock: { now: () => signedAtMs(signed), sleep: options.sleep ?? (() => Promise.resolve()) },
    random: { bytes: (count) => new Uint8Array(count).fill(7), fraction: () => 0 },
    contextFor: () => ({ handled, behave: options.behave ?? (() => ({ RecordId: "1" })) }),
    report: (report) => reports.push(report),
    ...(options.callMaxMs !== undefined && { callMaxMs: options.callMaxMs }),
  });
  const response = await dispatch(request);
  return { response, json: () => JSON.parse(String(response.body)) as unknown, handled, reports };
}

/** Signed anew by the SDK is not needed where the check comes before authentication. */
function unsigned(headers: Readonly<Record<string, string>>, body: string, method = "POST") {
  return {
    method,
    paths: ["/"],
    query: [],
    headers: new Map(Object.entries(headers).map(([name, value]) => [name, [value]])),
    body,
  } satisfies HttpRequest;
}

const JSON_TYPE = { "content-type": "application/x-amz-json-1.1" };
const PUT = { "x-amz-target": "Firehose_20150804.PutRecord" };

describe("a call that takes too long", () => {
  /** A clock whose sleeps end when the test says so. */
  function stoppedClock() {
    const sleeps: { readonly durationMs: number; end(): void; readonly signal?: AbortSignal }[] =
      [];
    const sleep: Clock["sleep"] = (durationMs, signal) =>
      new Promise((end) => sleeps.push({ durationMs, end, ...(signal && { signal }) }));
    return { sleep, sleeps };
  }

  test("is answered in time, and told in the log", async () => {
    const { sleep, sleeps } = stoppedClock();
    let finish: (output: object) => void = () => {};
    const behave = () => {
      // The time is over while the operation is not.
      sleeps[0]!.end();
      return new Promise<object>((resolve) => (finish = resolve));
    };
    const { response, json, reports } = await send(signed, { callMaxMs: 10_000, sleep, behave });
    expect(response.status).toBe(500);
    expect(json()).toEqual({
      __type: "InternalFailure",
      message: "The operation did not end within 10 s.",
    });
    expect(sleeps[0]!.durationMs).toBe(10_000);
    expect(reports).toMatchObject([
      {
        operation: "firehose:PutRecord",
        resource: "arn:logs",
        accessKeyId: ACCESS_KEY.id,
        error: "InternalFailure",
        failure: expect.any(Error),
      },
    ]);
    // Who runs the function learns when it may be frozen.
    finish({ RecordId: "1" });
    await response.rest;
    expect(sleeps.every(({ signal }) => signal?.aborted)).toBe(true);
  });

  test("is not waited for without end", async () => {
    const { sleep, sleeps } = stoppedClock();
    const behave = () => {
      sleeps[0]!.end();
      return new Promise<object>(() => {});
    };
    const { response } = await send(signed, { callMaxMs: 10_000, sleep, behave });
    sleeps[1]!.end();
    await response.rest;
  });

  test("keeps no timer when it is over in time", async () => {
    const { sleep, sleeps } = stoppedClock();
    const { response } = await send(signed, { callMaxMs: 10_000, sleep });
    expect(response.status).toBe(200);
    expect(response.rest).toBeUndefined();
    expect(sleeps).toMatchObject([{ signal: { aborted: true } }]);
  });
});

describe("a good call", () => {
  test("reaches its handler decoded, and its output comes back", async () => {
    const { response, json, handled } = await send(signed);
    expect(response.status).toBe(200);
    expect(json()).toEqual({ RecordId: "1" });
    expect(handled).toMatchObject([{ DeliveryStreamName: "logs" }]);
  });

  test("is answered with AWS's headers", async () => {
    const { response } = await send(signed);
    expect(response.headers).toEqual({
      "Content-Type": "application/x-amz-json-1.1",
      Date: new Date(signedAtMs(signed)).toUTCString(),
      "x-amzn-RequestId": "07070707-0707-4707-8707-070707070707",
      "x-amz-id-2": expect.stringMatching(/^[A-Za-z0-9+/=]{96}$/),
    });
  });

  test("keeps the id that the gateway gave it", async () => {
    const { response, reports } = await send({ ...signed, requestId: "from-gateway" });
    expect(response.headers["x-amzn-RequestId"]).toBe("from-gateway");
    expect(reports[0]?.requestId).toBe("from-gateway");
  });

  test("without an output answers an empty object", async () => {
    const { response } = await send(signed, { behave: () => undefined });
    expect(response.body).toBe("{}");
  });

  test("from a page may be read by its script", async () => {
    const { response } = await send(withHeader(signed, "origin", "https://a.example"));
    expect(response.headers["Access-Control-Allow-Origin"]).toBe("*");
  });

  test("is reported once, with counts and ids and nothing of its content", async () => {
    const { reports } = await send(signed);
    expect(reports).toEqual([
      {
        requestId: "07070707-0707-4707-8707-070707070707",
        status: 200,
        bytesIn: Buffer.byteLength(signed.body),
        durationMs: 0,
        operation: "firehose:PutRecord",
        resource: "arn:logs",
        accessKeyId: ACCESS_KEY.id,
        caller: `arn:aws:iam::000000000000:user/${ACCESS_KEY.id}`,
      },
    ]);
  });

  test("is reported under the name that its key has", async () => {
    const { reports } = await send(signed, { key: { ...ACCESS_KEY, name: "producers" } });
    expect(reports).toMatchObject([
      { accessKeyId: ACCESS_KEY.id, caller: "arn:aws:iam::000000000000:user/producers" },
    ]);
  });
});

/** In the order of the checks: each case passes all checks before its own. */
const REFUSALS: readonly [string, HttpRequest, number, string][] = [
  [
    "a body over the limit, before the method",
    unsigned({}, "x".repeat(LAMBDA_PAYLOAD_MAX_BYTES + 1), "PUT"),
    413,
    '{"__type":"RequestEntityTooLargeException","message":"The request is larger than the 6 MB that a function can be sent."}',
  ],
  [
    "another method",
    unsigned({ ...JSON_TYPE, ...PUT }, "{}", "GET"),
    403,
    "<AccessDeniedException>\n  <Message>Unable to determine service/operation name to be authorized</Message>\n</AccessDeniedException>\n",
  ],
  [
    "OPTIONS without an origin",
    unsigned({}, "", "OPTIONS"),
    403,
    "<AccessDeniedException>\n  <Message>Unable to determine service/operation name to be authorized</Message>\n</AccessDeniedException>\n",
  ],
  ["no body", unsigned(PUT, ""), 400, '{"__type":"SerializationException"}'],
  ["no body and no target", unsigned({}, ""), 400, '{"__type":"UnknownOperationException"}'],
  [
    "an unknown content type and no target",
    unsigned({ "content-type": "text/plain" }, "{}"),
    403,
    "<AccessDeniedException>\n  <Message>Unable to determine service/operation name to be authorized</Message>\n</AccessDeniedException>\n",
  ],
  [
    "an unknown content type",
    unsigned({ "content-type": "text/plain", ...PUT }, "{}"),
    404,
    "<UnknownOperationException/>\n",
  ],
  [
    "a broken body, before the target",
    unsigned(JSON_TYPE, "{"),
    400,
    '{"__type":"SerializationException"}',
  ],
  [
    "a body that is a list",
    unsigned({ ...JSON_TYPE, ...PUT }, "[]"),
    400,
    '{"__type":"SerializationException"}',
  ],
  [
    "no target, before the signature",
    unsigned(JSON_TYPE, "{}"),
    400,
    '{"__type":"UnknownOperationException"}',
  ],
  ...[
    "firehose_20150804.PutRecord",
    "Firehose_20150804.putRecord",
    "Firehose_20150804.constructor",
    "Kinesis.PutRecord",
  ].map((target): [string, HttpRequest, number, string] => [
    `the unknown target ${target}`,
    unsigned({ ...JSON_TYPE, "x-amz-target": target }, "{}"),
    400,
    '{"__type":"UnknownOperationException"}',
  ]),
  [
    "no signature, before types and bounds",
    unsigned({ ...JSON_TYPE, ...PUT }, '{"DeliveryStreamName":1}'),
    400,
    '{"__type":"MissingAuthenticationTokenException","message":"Missing Authentication Token"}',
  ],
  [
    "no signature, before what is not offered",
    unsigned({ ...JSON_TYPE, "x-amz-target": "Firehose_20150804.TagDeliveryStream" }, "{}"),
    400,
    '{"__type":"MissingAuthenticationTokenException","message":"Missing Authentication Token"}',
  ],
];

describe("before a caller is known", () => {
  test.each(REFUSALS)("refuses %s", async (_, request, status, body) => {
    const { response, handled, reports } = await send(request);
    expect({ status: response.status, body: response.body }).toEqual({ status, body });
    expect(response.headers["x-amzn-RequestId"]).toBeDefined();
    expect(handled).toEqual([]);
    expect(reports).toMatchObject([{ status }]);
    expect(reports[0]?.error).toBe(response.headers["x-amzn-ErrorType"]);
    expect(reports[0]?.accessKeyId).toBeUndefined();
  });

  test("answers a browser's preflight without asking for a signature", async () => {
    const request = unsigned(
      {
        origin: "https://a.example",
        "access-control-request-headers": "x-amz-target",
        "access-control-request-method": "POST",
      },
      "",
      "OPTIONS",
    );
    const { response } = await send(request);
    expect(response.status).toBe(200);
    expect(response.headers).toMatchObject({
      "Access-Control-Allow-Origin": "*",
      "Access-Control-Allow-Headers": "x-amz-target",
      "Access-Control-Allow-Methods": "POST",
      "Access-Control-Max-Age": "172800",
    });
    expect(response.headers).not.toHaveProperty("x-amz-id-2");
  });

  test("takes the JSON types with parameters and in any case", async () => {
    for (const type of ["application/JSON; charset=utf-8", "application/x-amz-json-1.1;a=b"]) {
      const { response } = await send(unsigned({ "content-type": type, ...PUT }, "{}"));
      expect(response.headers["x-amzn-ErrorType"]).toBe("MissingAuthenticationTokenException");
      expect(response.headers["Content-Type"]).toBe(type.split(";")[0]?.toLowerCase());
    }
  });
});

/** The SDK signs what it is given, so a signed body of any content is made by signing it here. */
async function sendSigned(
  body: string,
  options: Parameters<typeof send>[1] & { readonly target?: string } = {},
) {
  const request = await signedBySdk({ body, ...(options.target && { target: options.target }) });
  return send(request, options);
}

const RECORD = '"Record":{"Data":"aGVsbG8="}';

describe("a body whose content type is not signed", () => {
  const input = { DeliveryStreamName: "logs", Record: { Data: new TextEncoder().encode("hi") } };

  /** @param isTypeSigned otherwise the type is added to what was signed without one */
  function signedByHand(type: string, body: Uint8Array | string, isTypeSigned: boolean) {
    const connection = {
      endpoint: new URL("http://127.0.0.1:4566/"),
      region: REGION,
      accessKeyId: ACCESS_KEY.id,
      secretAccessKey: ACCESS_KEY.secret,
    };
    const headers = { ...PUT, ...(isTypeSigned && { "content-type": type }) };
    const atMs = signedAtMs(signed);
    const sent = signedHeaders(connection, "firehose", headers, body, atMs);
    const all = { host: connection.endpoint.host, ...sent, "content-type": type };
    return { ...unsigned(all, ""), body };
  }

  test("is taken as JSON", async () => {
    const json = JSON.stringify({ ...input, Record: { Data: "aGk=" } });
    const { response, handled } = await send(signedByHand(JSON_1_1, json, false));
    expect(response.status).toBe(200);
    expect(handled).toEqual([{ ...input, Record: { Data: Buffer.from("hi") } }]);
  });

  test("is not taken as CBOR", async () => {
    const request = signedByHand(CBOR_1_1, printCbor(input), false);
    const { response, handled } = await send(request);
    expect(response.headers["x-amzn-ErrorType"]).toBe("InvalidSignatureException");
    expect(parseCbor(response.body as Uint8Array)).toMatchObject({
      message: "'content-type' must be a 'SignedHeader' in the AWS Authorization.",
    });
    expect(handled).toEqual([]);
    const { handled: once } = await send(signedByHand(CBOR_1_1, printCbor(input), true));
    expect(once).toHaveLength(1);
  });
});

describe("once the caller is known", () => {
  test("refuses types before bounds", async () => {
    const { response, json, handled } = await sendSigned('{"Record":{"Data":1}}');
    expect(response.status).toBe(400);
    expect(json()).toEqual({
      __type: "SerializationException",
      Message:
        "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to a Blob",
    });
    expect(response.headers["x-amzn-ErrorType"]).toBe("SerializationException");
    expect(handled).toEqual([]);
  });

  test("refuses bounds before the policy, all in one message", async () => {
    const { json, handled } = await sendSigned('{"Record":{}}', { policy: { statements: [] } });
    expect(json()).toEqual({
      __type: "ValidationException",
      message:
        "2 validation errors detected: Value at 'deliveryStreamName' failed to satisfy constraint: Member must not be null; " +
        "Value at 'record.data' failed to satisfy constraint: Member must not be null",
    });
    expect(handled).toEqual([]);
  });

  test("refuses what the policy does not allow, naming caller, action and resource", async () => {
    const { json, handled, reports } = await sendSigned(`{"DeliveryStreamName":"logs",${RECORD}}`, {
      policy: {
        statements: [{ effect: "allow", actions: ["firehose:Put*"], resources: ["arn:other"] }],
      },
    });
    expect(json()).toEqual({
      __type: "AccessDeniedException",
      message: `User: arn:aws:iam::000000000000:user/${ACCESS_KEY.id} is not authorized to perform: firehose:PutRecord on resource: arn:logs because no identity-based policy allows the firehose:PutRecord action`,
    });
    expect(handled).toEqual([]);
    expect(reports).toMatchObject([
      {
        error: "AccessDeniedException",
        accessKeyId: ACCESS_KEY.id,
        operation: "firehose:PutRecord",
      },
    ]);
  });

  test("refuses what the policy does not allow of what the call implies", async () => {
    const statement = { effect: "allow", actions: ["firehose:*"], resources: ["*"] } as const;
    const body = `{"DeliveryStreamName":"copies",${RECORD}}`;
    const refused = await sendSigned(body, { policy: { statements: [statement] } });
    expect(refused.json()).toEqual({
      __type: "AccessDeniedException",
      message: `User: arn:aws:iam::000000000000:user/${ACCESS_KEY.id} is not authorized to perform: kinesis:GetRecords on resource: arn:source because no identity-based policy allows the kinesis:GetRecords action`,
    });
    expect(refused.handled).toEqual([]);
    const further = { ...statement, actions: ["kinesis:Get*"], resources: ["arn:source"] };
    const done = await sendSigned(body, { policy: { statements: [statement, further] } });
    expect(done.handled).toHaveLength(1);
  });

  test("performs what the policy allows", async () => {
    const { response } = await sendSigned(`{"DeliveryStreamName":"logs",${RECORD}}`, {
      policy: {
        statements: [{ effect: "allow", actions: ["firehose:Put*"], resources: ["arn:logs"] }],
      },
    });
    expect(response.status).toBe(200);
  });

  test("says of an operation that it is not offered, and why", async () => {
    const { json } = await sendSigned("{}", { target: "Firehose_20150804.TagDeliveryStream" });
    expect(json()).toEqual({
      __type: "UnsupportedOperationException",
      message: "TagDeliveryStream is not offered by Hydrant: nobody asked.",
    });
  });

  test("answers no body at all where the service has none to give", async () => {
    const { response } = await sendSigned(`{"DeliveryStreamName":"logs",${RECORD}}`, {
      target: "Quiet.PutRecord",
      behave: () => undefined,
    });
    expect({ status: response.status, body: response.body }).toEqual({ status: 200, body: "" });
  });
});

describe("a handler that throws", () => {
  test("a service error is answered by its name, with its further members", async () => {
    const { response, json, reports } = await send(signed, {
      behave: () => {
        throw serviceError("InvalidKMSResourceException", "no", { code: "KMS.Disabled" });
      },
    });
    expect(response.status).toBe(400);
    expect(json()).toEqual({
      __type: "InvalidKMSResourceException",
      message: "no",
      code: "KMS.Disabled",
    });
    expect(reports[0]).not.toHaveProperty("failure");
  });

  test("anything else is an InternalFailure whose cause only the report has", async () => {
    const cause = new Error("table state: password=hunter2");
    const { response, reports } = await send(signed, {
      behave: () => {
        throw cause;
      },
    });
    expect(response.status).toBe(500);
    expect(response.body).toMatch(/^\{"__type":"InternalFailure","message":/);
    expect(responseText(response)).not.toContain("hunter2");
    expect(reports).toMatchObject([{ error: "InternalFailure", status: 500, failure: cause }]);
  });
});

function responseText({ headers, body }: HttpResponse): string {
  return JSON.stringify([headers, String(body)]);
}
