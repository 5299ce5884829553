/** Splunk as a receiver, by itself: requests as it documents them, and what each of its answers comes to. */
import { describe, expect, test } from "vitest";
import type {
  BatchOutcome,
  SettleRun,
} from "../../../../../src/delivery/destinations/receivers/port.ts";
import type {
  ReceiverAnswer,
  ReceiverPorts,
  SecretResult,
} from "../../../../../src/delivery/destinations/receivers/ports.ts";
import { cookieOf } from "../../../../../src/delivery/destinations/splunk/request.ts";
import { splunkSender } from "../../../../../src/delivery/destinations/splunk/sender.ts";
import type { SplunkSettings } from "../../../../../src/delivery/destinations/splunk/settings.ts";
import { enter } from "../../../../../src/delivery/stages/outcome.ts";
import { receiverHttp } from "../../../../../src/storage/http/receiver-http.ts";
import { systemClock } from "../../../../../src/clock.ts";
import {
  HEC_TOKEN,
  type HecOptions,
  splunkReceiver,
} from "../../../../helpers/receivers/splunk.ts";
import { START_MS } from "../../deliver-world.ts";

const SECRET_ARN = "arn:aws:secretsmanager:us-east-1:000000000000:secret:hec-AbC123";
const SECOND_MS = 1000;

const HTTP = receiverHttp({
  reach: { mayReachLoopback: true },
  clock: systemClock,
  credentialsOf: () => Promise.reject(new Error("nothing is signed")),
});

interface Given {
  readonly hec?: HecOptions;
  readonly settings?: Partial<SplunkSettings>;
  /** One for each time that the secret is asked for, the last one again and again. */
  readonly secrets?: readonly SecretResult[];
  readonly http?: ReceiverPorts["http"];
}

async function world({ hec, settings: over, secrets = [], http = HTTP }: Given = {}) {
  const splunk = await splunkReceiver(hec);
  const asked: unknown[] = [];
  const settings: SplunkSettings = {
    kind: "splunk",
    place: splunk.endpoint,
    roleArn: "arn:aws:iam::000000000000:role/hydrant",
    retrySeconds: 300,
    endpoint: splunk.endpoint,
    endpointType: "Raw",
    ackTimeoutSeconds: 180,
    ...(secrets.length > 0 && { secret: { arn: SECRET_ARN } }),
    ...over,
  };
  const ports: ReceiverPorts = {
    http,
    secrets: {
      async read(_secret, options) {
        asked.push(options);
        return secrets[Math.min(asked.length, secrets.length) - 1]!;
      },
    },
  };
  const sender = splunkSender({ settings, secrets: { HECToken: HEC_TOKEN }, ports });
  const measured: (readonly [string, number])[] = [];
  let nowMs = START_MS;
  const runOf = (attempts: number) =>
    ({
      flush: {
        stream: { name: "access-logs", generation: "0123456789abcdef" },
        readerId: "delivery",
        shardIndex: 3,
      },
      clock: { now: () => nowMs },
      attempts,
      measure: (name: string, value: number) => void measured.push([name, value]),
    }) as unknown as SettleRun;
  const send = (texts: readonly string[], memo?: unknown, attempts = 0) =>
    sender.send(
      {
        id: "id",
        index: 0,
        records: texts.map((text) =>
          enter({ recordId: text, arrivedAtMs: START_MS, data: Buffer.from(text) }),
        ),
        ...(memo !== undefined && { memo }),
      },
      runOf(attempts),
    );
  return {
    splunk,
    sender,
    asked,
    measured,
    send,
    /** Later, on what was noted. */
    later: (outcome: BatchOutcome, seconds = 0) => {
      nowMs += seconds * SECOND_MS;
      return send(["a"], memoOf(outcome));
    },
  };
}

function memoOf(outcome: BatchOutcome): unknown {
  if (outcome.kind !== "awaited") throw new Error(`not awaited: ${JSON.stringify(outcome)}`);
  // As it is kept.
  return JSON.parse(JSON.stringify(outcome.memo));
}

const codeOf = (outcome: BatchOutcome) =>
  "error" in outcome ? [outcome.kind, outcome.error.errorCode] : [outcome.kind];

describe("a batch", () => {
  test("goes to the Raw endpoint as it is, with the token, on the lane's channel", async () => {
    const { send, splunk } = await world();
    const outcome = await send(["a", "b\n", "c"]);
    await send(["d"]);
    expect(outcome).toMatchObject({ kind: "awaited", afterMs: 1000 });
    const [first, second] = splunk.calls;
    expect(first).toMatchObject({
      path: "raw",
      text: "ab\nc",
      headers: { authorization: `Splunk ${HEC_TOKEN}`, "content-type": "text/plain" },
    });
    expect(first!.headers["x-splunk-request-channel"]).toBe(first!.channel);
    expect(second!.channel).toBe(first!.channel);
  });

  test("goes to the Event endpoint as HEC's JSON", async () => {
    const { send, splunk } = await world({ settings: { endpointType: "Event" } });
    expect(await send(['{"event":"a"}\n', '{"event":{"b":1}}\n'])).toMatchObject({
      kind: "awaited",
    });
    expect(splunk.calls).toMatchObject([
      { path: "event", headers: { "content-type": "application/json" } },
    ]);
  });

  test("of nothing but empty records is not sent", async () => {
    const { send, splunk } = await world();
    expect(await send(["", ""])).toEqual({ kind: "delivered" });
    expect(splunk.calls).toEqual([]);
  });
});

describe("an acknowledgement", () => {
  test("is asked for until it comes, more and more seldom, and is measured", async () => {
    const { send, later, splunk, measured } = await world();
    let outcome = await send(["a"]);
    const waits: number[] = [];
    for (let count = 0; count < 6; count += 1) {
      waits.push(outcome.kind === "awaited" ? outcome.afterMs : -1);
      outcome = await later(outcome, 2);
    }
    splunk.index();
    expect(await later(outcome, 1.5)).toEqual({ kind: "delivered" });
    expect(waits).toEqual([1000, 2000, 4000, 8000, 10_000, 10_000]);
    expect(measured).toEqual([["DeliveryToSplunk.DataAckLatency", 13.5]]);
    expect(splunk.taken).toEqual(["a"]);
  });

  test("that does not come in time has the batch sent anew, with a time of its own", async () => {
    const { send, later, splunk } = await world();
    const first = await send(["a"]);
    expect(await later(first, 179)).toMatchObject({ kind: "awaited", afterMs: 1000 });
    expect(codeOf(await later(first, 1))).toEqual(["retry", "Splunk.AckTimeout"]);
    const second = await send(["a"], undefined, 1);
    expect(await later(second, 179)).toMatchObject({ kind: "awaited" });
    splunk.index();
    expect(await later(second, 1)).toEqual({ kind: "delivered" });
    expect(splunk.taken).toEqual(["a", "a"]);
  });

  test("is told once: who did not hear of it sends again", async () => {
    const { send, later, splunk } = await world({
      hec: {
        isPrompt: true,
        fault: ({ path }, before) =>
          path === "ack" && before === 0 ? { cut: "after" } : undefined,
      },
    });
    const sent = await send(["a"]);
    expect(await later(sent, 1)).toMatchObject({ kind: "awaited" });
    expect(codeOf(await later(sent, 180))).toEqual(["retry", "Splunk.AckTimeout"]);
    expect(splunk.pathsCalled()).toEqual(["raw", "ack", "ack"]);
  });

  test("is asked for again when Splunk is busy, away, or says something else", async () => {
    const answers = [
      { status: 503, body: { text: "Server is busy", code: 9 } },
      { cut: "before" },
      { status: 200, body: "<html>" },
      { status: 200, body: { acks: {} } },
    ] as const;
    const { send, later } = await world({
      hec: { isPrompt: true, fault: ({ path }, before) => (path === "ack" ? answers[before] : {}) },
    });
    let outcome = await send(["a"]);
    for (const _answer of answers) {
      outcome = await later(outcome, 1);
      expect(outcome.kind).toBe("awaited");
    }
    expect(await later(outcome, 1)).toEqual({ kind: "delivered" });
  });

  test("is asked for where the batch went, by the balancer's cookies", async () => {
    const { send, later, splunk } = await world({ hec: { isBalanced: true, isPrompt: true } });
    const sent = await send(["a"]);
    expect(await later(sent)).toEqual({ kind: "delivered" });
    expect(splunk.calls[1]?.headers.cookie).toBe("node=1; zone=b");
  });

  test("that another machine is asked for is none", async () => {
    const { send, later } = await world({ hec: { isBalanced: true, isPrompt: true } });
    const { cookie: _cookie, ...memo } = memoOf(await send(["a"])) as { cookie: string };
    const outcome = await later({ kind: "awaited", memo, afterMs: 0 });
    expect(codeOf(outcome)).toEqual(["retry", "Splunk.ProxyWithoutStickySessions"]);
  });

  test("that is switched off fails the batch at once: it would be indexed again and again", async () => {
    const { send, splunk } = await world({ hec: { hasAcks: false } });
    expect(codeOf(await send(["a"]))).toEqual(["failed", "Splunk.DisabledAck"]);
    expect(splunk.taken).toEqual(["a"]);
  });

  test("that is switched off meanwhile fails it, too", async () => {
    const { send, later } = await world({
      hec: {
        fault: ({ path }) =>
          path === "ack" ? { status: 400, body: { text: "ACK is disabled", code: 14 } } : undefined,
      },
    });
    expect(codeOf(await later(await send(["a"])))).toEqual(["failed", "Splunk.DisabledAck"]);
  });
});

describe("what Splunk refuses", () => {
  const ALL = { isAway: true };
  test.each([
    [403, 1, "retry", "DisabledToken", ALL],
    [401, 2, "retry", "InvalidToken", ALL],
    [401, 3, "retry", "InvalidToken", ALL],
    [403, 4, "retry", "InvalidToken", ALL],
    [400, 5, "failed", "InvalidDataFormat", {}],
    [400, 6, "failed", "InvalidDataFormat", {}],
    [400, 7, "retry", "InvalidIndex", { isAway: false }],
    [500, 8, "retry", "ServerError", ALL],
    [503, 9, "retry", "IndexerBusy", ALL],
    [400, 10, "retry", "ProxyWithoutStickySessions", ALL],
    [400, 11, "retry", "ProxyWithoutStickySessions", ALL],
    [400, 12, "failed", "InvalidDataFormat", {}],
    [400, 13, "failed", "InvalidDataFormat", {}],
    [400, 14, "failed", "DisabledAck", {}],
    [400, 15, "failed", "InvalidDataFormat", {}],
    [400, 16, "retry", "InvalidToken", ALL],
    [503, 18, "retry", "IndexerBusy", ALL],
    [503, 23, "retry", "IndexerBusy", ALL],
    [429, 26, "retry", "IndexerBusy", ALL],
    [500, 99, "retry", "ServerError", ALL],
  ] as const)("%i with code %i", async (status, code, kind, name, over) => {
    const { send } = await world({
      hec: { fault: () => ({ status, body: { text: "no", code } }) },
    });
    const outcome = await send(["a"]);
    expect(outcome).toMatchObject({ kind, error: { errorCode: `Splunk.${name}` }, ...over });
    const { error } = outcome as Extract<BatchOutcome, { kind: "failed" }>;
    expect(error.errorMessage).toMatch(new RegExp(` It answered ${status}, code ${code}\\.$`));
  });

  test.each([
    [401, "retry", "InvalidToken"],
    [404, "retry", "InvalidEndpoint"],
    [302, "retry", "InvalidEndpoint"],
    [200, "retry", "InvalidEndpoint"],
    [413, "failed", "ServerError"],
    [429, "retry", "IndexerBusy"],
    [502, "retry", "ServerError"],
  ] as const)("%i without a code, which is not its own", async (status, kind, name) => {
    const { send } = await world({
      hec: { fault: () => ({ status, body: "<html>record</html>" }) },
    });
    const outcome = await send(["record"]);
    expect(codeOf(outcome)).toEqual([kind, `Splunk.${name}`]);
    expect(JSON.stringify(outcome)).not.toContain("record");
  });

  test("for a while, as it says", async () => {
    const { send } = await world({
      hec: { fault: () => ({ status: 503, headers: { "retry-after": "30" }, body: { code: 9 } }) },
    });
    expect(await send(["a"])).toMatchObject({ kind: "retry", afterMs: 30_000 });
  });

  test("as no event", async () => {
    const { send } = await world({ settings: { endpointType: "Event" } });
    for (const text of ["plain", '{"evnt":1}', '{"event":""}']) {
      expect(codeOf(await send([text]))).toEqual(["failed", "Splunk.InvalidDataFormat"]);
    }
  });
});

describe("a Splunk that is not reached", () => {
  const none = (reason: "timeout" | "connection" | "cut" | "tls" | "not allowed", detail: string) =>
    ({ kind: "none", reason, detail }) satisfies ReceiverAnswer;
  test.each([
    [none("timeout", ""), "ConnectionTimeout"],
    [none("cut", "read ECONNRESET"), "ConnectionClosed"],
    [none("connection", "connect ECONNREFUSED 127.0.0.1:1"), "InvalidEndpoint"],
    [none("tls", "self-signed certificate"), "SSLUnverified"],
    [none("tls", "write EPROTO"), "SSLHandshake"],
    [none("not allowed", "10.0.0.1 is no place"), "InvalidEndpoint"],
    [{ kind: "too large", status: 200 } satisfies ReceiverAnswer, "InvalidEndpoint"],
  ] as const)("%j", async (answer, name) => {
    const { send } = await world({ http: { send: async () => answer } });
    expect(await send(["a"])).toMatchObject({
      kind: "retry",
      isAway: true,
      error: { errorCode: `Splunk.${name}` },
    });
  });

  test("in earnest", async () => {
    const { send } = await world({ hec: { fault: () => ({ cut: "before" }) } });
    expect(codeOf(await send(["a"]))).toEqual(["retry", "Splunk.ConnectionClosed"]);
  });
});

describe("the token", () => {
  const secret = (text: string): SecretResult => ({ kind: "secret", text });
  const RIGHT = secret(JSON.stringify({ hec_token: HEC_TOKEN }));

  test("comes out of the secret, and is read anew after a failure", async () => {
    const { send, asked } = await world({
      secrets: [secret('{"hec_token":"old"}'), RIGHT],
    });
    expect(codeOf(await send(["a"]))).toEqual(["retry", "Splunk.InvalidToken"]);
    expect(await send(["a"], undefined, 1)).toMatchObject({ kind: "awaited" });
    expect(asked).toEqual([{ isAnew: false }, { isAnew: true }]);
  });

  test("is read anew when a question is refused for it", async () => {
    const { send, later, asked } = await world({
      hec: { isPrompt: true },
      secrets: [RIGHT, secret('{"hec_token":"old"}'), RIGHT],
    });
    const refused = await later(await send(["a"]), 1);
    expect(refused).toMatchObject({ kind: "awaited" });
    expect(await later(refused, 1)).toEqual({ kind: "delivered" });
    expect(asked).toEqual([{ isAnew: false }, { isAnew: false }, { isAnew: true }]);
  });

  test.each([
    ['{"token":"x"}', "SecretsManager.InvalidSecret"],
    ['{"hec_token":"a b"}', "SecretsManager.InvalidSecret"],
    ["not JSON", "SecretsManager.InvalidSecret"],
  ])("is not in %s", async (text, errorCode) => {
    const { send, splunk } = await world({ secrets: [secret(text)] });
    expect(await send(["a"])).toMatchObject({ kind: "retry", isAway: true, error: { errorCode } });
    expect(splunk.calls).toEqual([]);
  });

  test("cannot be read, and the batch that was sent waits", async () => {
    const error = { errorCode: "SecretsManager.AccessDenied", errorMessage: "no" };
    const { send, later } = await world({ secrets: [RIGHT, { kind: "refused", error }] });
    const sent = await send(["a"]);
    expect(await later(sent, 1)).toMatchObject({ kind: "awaited" });
    expect(codeOf(await later(sent, 180))).toEqual(["retry", "Splunk.AckTimeout"]);
  });
});

test.each([
  [undefined, undefined],
  ["", undefined],
  ["a=1", "a=1"],
  ["a=1; Path=/, b=2; Expires=Wed, 01 Dec 2027 10:00:00 GMT; Secure, c=3", "a=1; b=2; c=3"],
])("cookies of %s", (setCookie, cookie) => {
  expect(cookieOf(setCookie)).toBe(cookie);
});
