import { openReceiver } from "../../../../../src/delivery/destinations/receivers/registry.ts";
import { describe, expect, test } from "vitest";
import { httpEndpointSender } from "../../../../../src/delivery/destinations/http-endpoint/sender.ts";
import type { HttpEndpointSettings } from "../../../../../src/delivery/destinations/http-endpoint/settings.ts";
import type {
  BatchOutcome,
  SettleRun,
} from "../../../../../src/delivery/destinations/receivers/port.ts";
import type {
  ReceiverPorts,
  ReceiverRequest,
  SecretResult,
} from "../../../../../src/delivery/destinations/receivers/ports.ts";
import { systemClock } from "../../../../../src/clock.ts";
import { receiverHttp } from "../../../../../src/storage/http/receiver-http.ts";
import {
  type EndpointAnswer,
  type EndpointBehaviour,
  httpEndpointReceiver,
} from "../../../../helpers/receivers/http-endpoint.ts";
import { memoryErrorLog } from "../../../../../src/storage/memory/error-log.ts";
import { deliverWorld, START_MS } from "../../deliver-world.ts";

const ARN = "arn:aws:firehose:us-east-1:000000000000:deliverystream/access-logs";
const ID = "43b8e724-dbac-4510-adb7-ef211c6044b9";
const SECRET_ARN = "arn:aws:secretsmanager:us-east-1:000000000000:secret:intake-AbC123";

const settingsOf = (url: string, over: Partial<HttpEndpointSettings> = {}) =>
  ({
    kind: "http-endpoint",
    place: url,
    roleArn: "arn:aws:iam::000000000000:role/hydrant",
    retrySeconds: 10,
    url,
    contentEncoding: "NONE",
    commonAttributes: [],
    ...over,
  }) satisfies HttpEndpointSettings;

const HTTP = receiverHttp({
  reach: { mayReachLoopback: true },
  clock: systemClock,
  credentialsOf: () => Promise.reject(new Error("nothing is signed")),
});

/** Waits for answers half a second instead of three minutes. */
const HASTY = {
  send: (request: ReceiverRequest) => HTTP.send({ ...request, timeoutMs: 500 }),
};

function portsOf(secret?: SecretResult, http: ReceiverPorts["http"] = HTTP) {
  const asked: unknown[] = [];
  const ports: ReceiverPorts = {
    http,
    secrets: {
      read(of, options) {
        asked.push([of, options]);
        return secret === undefined ? Promise.reject(new Error("none")) : Promise.resolve(secret);
      },
    },
  };
  return { ports, asked };
}

interface Options {
  readonly settings?: Partial<HttpEndpointSettings>;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly secret?: SecretResult;
  readonly behaviour?: EndpointBehaviour;
  readonly texts?: readonly string[];
  readonly attempts?: number;
  readonly http?: ReceiverPorts["http"];
}

/** One batch, sent once. */
async function sent({ settings = {}, secrets = {}, ...options }: Options = {}) {
  const receiver = await httpEndpointReceiver(options.behaviour);
  const { ports, asked } = portsOf(options.secret, options.http);
  const sender = httpEndpointSender({
    settings: settingsOf(receiver.url, settings),
    secrets,
    ports,
  });
  const measured: (readonly [string, number])[] = [];
  const run = {
    flush: { deliveryStreamArn: ARN },
    clock: { ...systemClock, now: () => START_MS },
    attempts: options.attempts ?? 0,
    measure: (metric: string, value: number) => void measured.push([metric, value]),
  } as unknown as SettleRun;
  const records = (options.texts ?? ["a", "é"]).map((text) => ({
    kind: "delivered" as const,
    record: { data: Buffer.from(text) } as never,
    data: Buffer.from(text),
  }));
  const outcome = await sender.send({ id: ID, index: 0, records }, run);
  return { outcome, ...receiver, measured, asked };
}

const codeOf = (outcome: BatchOutcome) =>
  "error" in outcome ? outcome.error.errorCode : undefined;

describe("what an HTTP endpoint is sent", () => {
  test("is the records in base64, under the request's id", async () => {
    const { outcome, calls, measured } = await sent();
    expect(outcome).toEqual({ kind: "delivered" });
    const [call] = calls;
    expect(call).toMatchObject({ method: "POST", url: "/intake", requestId: ID });
    expect(call?.headers).toMatchObject({
      "content-type": "application/json",
      "user-agent": "Amazon Kinesis Data Firehose Agent/1.0",
      "x-amz-firehose-protocol-version": "1.0",
      "x-amz-firehose-request-id": ID,
      "x-amz-firehose-source-arn": ARN,
      "content-length": String(call?.body.length),
    });
    expect(JSON.parse(call!.body.toString())).toEqual({
      requestId: ID,
      timestamp: START_MS,
      records: [{ data: "YQ==" }, { data: "w6k=" }],
    });
    const absent = ["access-key", "common-attributes"].map((name) => `x-amz-firehose-${name}`);
    expect(Object.keys(call!.headers)).not.toEqual(expect.arrayContaining(absent));
    expect(call?.headers).not.toHaveProperty("content-encoding");
    expect(measured).toEqual([
      ["DeliveryToHttpEndpoint.ProcessedRecords", 2],
      ["DeliveryToHttpEndpoint.ProcessedBytes", 3],
    ]);
  });

  test("is packed where that is asked for", async () => {
    const { calls, texts } = await sent({
      settings: { contentEncoding: "GZIP" },
      texts: ["a".repeat(10_000)],
    });
    expect(calls[0]?.headers["content-encoding"]).toBe("gzip");
    expect(calls[0]!.body.length).toBeLessThan(200);
    expect(texts()).toEqual(["a".repeat(10_000)]);
  });

  test("says common attributes in ASCII, and the key as it is", async () => {
    const { calls } = await sent({
      settings: { commonAttributes: [{ name: "quelle", value: 'Grüße 😀 "1"' }] },
      secrets: { AccessKey: "sésame" },
    });
    const { headers } = calls[0]!;
    const attributes = String(headers["x-amz-firehose-common-attributes"]);
    expect(attributes).toMatch(/^[\u0020-\u007e]+$/);
    expect(JSON.parse(attributes)).toEqual({
      commonAttributes: { quelle: 'Grüße 😀 "1"' },
    });
    const key = Buffer.from(String(headers["x-amz-firehose-access-key"]), "latin1").toString();
    expect(key).toBe("sésame");
  });

  test("has the key of a secret, which is read anew once it was tried in vain", async () => {
    const secret = { arn: SECRET_ARN, roleArn: "arn:aws:iam::000000000000:role/secrets" };
    const found = { kind: "secret", text: '{"api_key":"open"}' } as const;
    const first = await sent({
      settings: { secret },
      secret: found,
      secrets: { AccessKey: "old" },
    });
    expect(first.calls[0]?.headers["x-amz-firehose-access-key"]).toBe("open");
    expect(first.asked).toEqual([[secret, { isAnew: false }]]);
    const later = await sent({ settings: { secret }, secret: found, attempts: 1 });
    expect(later.asked).toEqual([[secret, { isAnew: true }]]);
  });

  test.each([["{}"], ["open"], ['{"api_key":7}'], ['{"api_key":"a\\nb"}'], ["null"]])(
    "is not sent with a secret that holds %s",
    async (text) => {
      const { outcome, calls } = await sent({
        settings: { secret: { arn: SECRET_ARN } },
        secret: { kind: "secret", text },
      });
      expect(outcome).toMatchObject({
        kind: "retry",
        isAway: true,
        error: { errorCode: "SecretsManager.InvalidSecret" },
      });
      expect(JSON.stringify(outcome)).not.toContain("open");
      expect(calls).toEqual([]);
    },
  );

  test("is not sent while its secret is not there", async () => {
    const error = { errorCode: "SecretsManager.ResourceNotFound", errorMessage: "no" };
    const { outcome, calls } = await sent({
      settings: { secret: { arn: SECRET_ARN } },
      secret: { kind: "refused", error },
    });
    expect(outcome).toEqual({ kind: "retry", isAway: true, error });
    expect(calls).toEqual([]);
  });
});

const INVALID = "HttpEndpoint.InvalidResponseFromDestination";
const REFUSED = "HttpEndpoint.DestinationException";

describe("an endpoint's answer", () => {
  test.each<[string, EndpointAnswer]>([
    ["as it should be", {}],
    ["with an errorMessage", { members: { errorMessage: "none, really" } }],
    ["with a charset", { headers: { "content-type": "application/json; charset=utf-8" } }],
  ])("that is a 200 %s is a success", async (_, answer) => {
    const { outcome } = await sent({ behaviour: () => answer });
    expect(outcome).toEqual({ kind: "delivered" });
  });

  test.each<[string, EndpointAnswer, string, boolean]>([
    ["a 200 for another request", { members: { requestId: "x" } }, INVALID, true],
    ["a 200 without a time", { members: { timestamp: undefined } }, INVALID, true],
    ["a 200 whose time is a text", { members: { timestamp: "1" } }, INVALID, true],
    ["a 200 with other members", { members: { ok: true } }, INVALID, true],
    ["a 200 with a long error", { members: { errorMessage: "x".repeat(8193) } }, INVALID, true],
    ["a 200 that is no JSON", { text: "OK" }, INVALID, true],
    ["a 200 that is a list", { text: "[]" }, INVALID, true],
    ["a 200 that is encoded", { headers: { "content-encoding": "br" } }, INVALID, true],
    ["a 200 of text", { headers: { "content-type": "text/plain" } }, REFUSED, true],
    ["a 202", { status: 202 }, REFUSED, true],
    ["a redirection", { status: 307, headers: { location: "/else" } }, REFUSED, true],
    ["a 400", { status: 400 }, REFUSED, false],
    ["a 401", { status: 401 }, REFUSED, true],
    ["a 503", { status: 503 }, REFUSED, true],
    ["more than a MiB", { text: "x".repeat(2 ** 20) }, "HttpEndpoint.ResponseTooLarge", true],
    ["a connection that is cut", { cut: "before" }, "HttpEndpoint.ConnectionReset", true],
    ["a lost answer", { cut: "after" }, "HttpEndpoint.ConnectionReset", true],
    ["no answer", { isSilent: true }, "HttpEndpoint.RequestTimeout", true],
  ])("that is %s has the batch sent again", async (_, answer, code, isAway) => {
    const { outcome, calls } = await sent({ behaviour: () => answer, http: HASTY });
    expect(outcome).toMatchObject({ kind: "retry", isAway });
    expect(codeOf(outcome)).toBe(code);
    expect(calls).toHaveLength(1);
  });

  test("that is a 413 fails the batch for good, with what was said", async () => {
    const { outcome } = await sent({
      behaviour: () => ({ status: 413, text: `{"errorMessage":"${"x".repeat(5000)}"}` }),
    });
    expect(outcome).toMatchObject({ kind: "failed", error: { errorCode: REFUSED } });
    const { errorMessage } = (outcome as Extract<BatchOutcome, { kind: "failed" }>).error;
    expect(errorMessage).toMatch(/^The following .* destination\. 413: \{"errorMessage":"x+$/);
    expect(errorMessage.length).toBeLessThan(1200);
  });

  test("says when to come again", async () => {
    const after = async (value: string) => {
      const behaviour = () => ({ status: 429, headers: { "retry-after": value } });
      const { outcome } = await sent({ behaviour });
      return (outcome as Extract<BatchOutcome, { kind: "retry" }>).afterMs;
    };
    expect(await after("7")).toBe(7000);
    expect(await after("99999")).toBe(120_000);
    expect(await after("Wed, 21 Oct 2026 07:28:00 GMT")).toBeUndefined();
  });

  test("is any 2xx where that is asked for, and nothing else", async () => {
    const settings = { isLenient: true } as const;
    const outcomeOf = async (answer: EndpointAnswer) =>
      (await sent({ settings, behaviour: () => answer })).outcome.kind;
    expect(await outcomeOf({ status: 204, text: "" })).toBe("delivered");
    expect(await outcomeOf({ text: "ok", headers: { "content-type": "text/plain" } })).toBe(
      "delivered",
    );
    expect(await outcomeOf({ text: "x".repeat(2 ** 20) })).toBe("delivered");
    expect(await outcomeOf({ status: 302 })).toBe("retry");
    expect(await outcomeOf({ status: 413 })).toBe("failed");
  });

  test("of a place where nobody listens is that there is none", async () => {
    const { close, url } = await httpEndpointReceiver();
    await close();
    const outcomeOf = async (settings: Partial<HttpEndpointSettings>) =>
      codeOf((await sent({ settings })).outcome);
    expect(await outcomeOf({ url })).toBe("HttpEndpoint.ConnectionFailed");
    expect(await outcomeOf({ url: url.replace("http:", "https:") })).toBe(
      "HttpEndpoint.ConnectionFailed",
    );
    const { url: plain } = await httpEndpointReceiver();
    expect(await outcomeOf({ url: plain.replace("http:", "https:") })).toBe(
      "HttpEndpoint.SSLHandshakeFailure",
    );
  });
});

describe("a flush for an HTTP endpoint", () => {
  async function world(behaviour: EndpointBehaviour, over: Partial<HttpEndpointSettings> = {}) {
    const receiver = await httpEndpointReceiver(behaviour);
    const settings = settingsOf(receiver.url, { requestMaxBytes: 3, ...over });
    const { ports: receivers } = portsOf();
    const logged = { isEnabled: true, groupName: "/aws/kinesisfirehose/logs", streamName: "a" };
    const made = await deliverWorld({ receiver: settings, errorLog: logged });
    const errorLog = memoryErrorLog();
    return {
      ...made,
      receiver,
      told: () =>
        errorLog.events.map(({ text }) => {
          const { errorCode, message } = JSON.parse(text) as Readonly<Record<string, string>>;
          return `${errorCode} ${message}`;
        }),
      run: (isRepeated: boolean) =>
        made.run({ receivers: { ...receivers, open: openReceiver }, errorLog }, { isRepeated }),
    };
  }

  test("whose answers are lost is sent again under the same ids, and is there once", async () => {
    const { put, run, clock, receiver } = await world((_, before) =>
      before < 2 ? { cut: "after" } : {},
    );
    await put("a", "b", "c", "d", "e");
    await run(false);
    for (const waitMs of [2000, 4000]) {
      await clock.sleep(waitMs);
      await run(true);
    }
    const { calls, texts } = receiver;
    expect(calls.map(({ texts: of }) => of.join(""))).toEqual(["abc", "abc", "abc", "de"]);
    expect(new Set(calls.map(({ requestId }) => requestId)).size).toBe(2);
    expect(texts().join("")).toBe("abcde");
  });

  test("that is given up lies in the bucket as it came, with the last answer", async () => {
    const { put, run, contents, receiver, told } = await world(
      () => ({ status: 500, text: '{"errorMessage":"secret of the record"}' }),
      { retrySeconds: 0 },
    );
    await put("a", "b");
    expect(await run(false)).toEqual({ kind: "done" });
    expect(receiver.texts()).toEqual([]);
    const [object] = contents();
    expect(object?.key).toMatch(/http-endpoint-failed/);
    const lines = object!.text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as object);
    expect(lines).toEqual(
      ["YQ==", "Yg=="].map((rawData) =>
        expect.objectContaining({
          rawData,
          attemptsMade: 1,
          errorCode: REFUSED,
          errorMessage:
            'The following response was received from the endpoint destination. 500: {"errorMessage":"secret of the record"}',
        }),
      ),
    );
    // The bucket may hold what was answered, the owner's log may not: it may quote the record.
    const statusAlone = "The following response was received from the endpoint destination. 500";
    expect(new Set(told())).toEqual(new Set([`${REFUSED} ${statusAlone}`]));
  });
});
