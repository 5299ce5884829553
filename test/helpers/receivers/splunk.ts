/**
 * Splunk's HTTP Event Collector after its documentation: tokens, channels, the Raw and the Event endpoint, acknowledgements that
 * are told once. It indexes when it is told to, and fails as it is told to.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import type { ReceiverHttp } from "../../../src/delivery/destinations/receivers/ports.ts";

export const HEC_TOKEN = "5e9d3c1a-0f5b-4a3c-9d2e-6b1f0c7a8e44";

export interface HecCall {
  readonly path: string;
  readonly channel: string | null;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
}

/** How one call is answered; `undefined`: as Splunk does. */
export interface HecFault {
  readonly status?: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** The connection is cut: before anything is taken, or behind. */
  readonly cut?: "before" | "after";
  /** It never answers, and has taken it. */
  readonly isSilent?: boolean;
}

export interface HecOptions {
  readonly token?: string;
  /** Of the token. */
  readonly hasAcks?: boolean;
  readonly isDisabled?: boolean;
  /** A balancer in front of two indexers, which go by a cookie. */
  readonly isBalanced?: boolean;
  /** Everything is indexed at once. */
  readonly isPrompt?: boolean;
  /** @param before calls of the same path */
  readonly fault?: (call: HecCall, before: number) => HecFault | undefined;
}

interface Answer {
  readonly status: number;
  readonly body: object;
}

const refusal = (status: number, code: number, text: string, more: object = {}): Answer => ({
  status,
  body: { text, code, ...more },
});

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Of one machine: a channel is known where it was used. */
class Indexer {
  readonly #options: HecOptions;
  readonly #channels = new Map<string, { next: number; indexed: Set<number> }>();
  readonly taken: string[];
  readonly waiting: (() => void)[] = [];

  constructor(options: HecOptions, taken: string[]) {
    this.#options = options;
    this.taken = taken;
  }

  answer(call: HecCall): Answer {
    const { token = HEC_TOKEN, isDisabled = false, hasAcks = true } = this.#options;
    const { authorization } = call.headers;
    if (authorization === undefined) return refusal(401, 2, "Token is required");
    if (!authorization.startsWith("Splunk ")) return refusal(401, 3, "Invalid authorization");
    if (authorization !== `Splunk ${token}`) return refusal(403, 4, "Invalid token");
    if (isDisabled) return refusal(403, 1, "Token disabled");
    const channel = call.channel ?? String(call.headers["x-splunk-request-channel"] ?? "");
    if (channel === "") return refusal(400, 10, "Data channel is missing");
    if (!GUID.test(channel)) return refusal(400, 11, "Invalid data channel");
    if (call.path === "ack") {
      return hasAcks ? this.#acks(channel, call) : refusal(400, 14, "ACK is disabled");
    }
    const problem = call.path === "event" ? eventProblem(call.text) : undefined;
    if (call.text === "") return refusal(400, 5, "No data");
    if (problem !== undefined) return problem;
    this.taken.push(call.text);
    if (!hasAcks) return { status: 200, body: { text: "Success", code: 0 } };
    return { status: 200, body: { text: "Success", code: 0, ackId: this.#queue(channel) } };
  }

  #queue(channel: string): number {
    const known = this.#channels.get(channel) ?? { next: 0, indexed: new Set<number>() };
    this.#channels.set(channel, known);
    const ackId = known.next;
    known.next += 1;
    const index = () => void known.indexed.add(ackId);
    if (this.#options.isPrompt) index();
    else this.waiting.push(index);
    return ackId;
  }

  #acks(channel: string, { text }: HecCall): Answer {
    const known = this.#channels.get(channel);
    if (known === undefined) return refusal(400, 11, "Invalid data channel");
    const { acks } = JSON.parse(text) as { acks: readonly number[] };
    // What was told is forgotten.
    const told = acks.map((ackId) => [ackId, known.indexed.delete(ackId)]);
    return { status: 200, body: { acks: Object.fromEntries(told) as object } };
  }
}

/** Of JSON documents one behind the other, each in a line in these tests. */
function eventProblem(text: string): Answer | undefined {
  for (const [number, line] of text.trim().split("\n").entries()) {
    const more = { "invalid-event-number": number };
    let document: Readonly<Record<string, unknown>>;
    try {
      document = JSON.parse(line) as Readonly<Record<string, unknown>>;
    } catch {
      return refusal(400, 6, "Invalid data format", more);
    }
    if (document["event"] === undefined) return refusal(400, 12, "Event field is required", more);
    if (document["event"] === "") return refusal(400, 13, "Event field cannot be blank", more);
  }
  return undefined;
}

interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

function callOf(url: string, headers: HecCall["headers"], body: Uint8Array): HecCall {
  const { pathname, searchParams } = new URL(url, "http://localhost");
  return {
    path: pathname.replace("/services/collector/", ""),
    channel: searchParams.get("channel"),
    headers,
    text: Buffer.from(body).toString(),
  };
}

export async function splunkReceiver(options: HecOptions = {}) {
  const calls: HecCall[] = [];
  const taken: string[] = [];
  const indexers = [new Indexer(options, taken), new Indexer(options, taken)] as const;
  let nextIndexer = 0;

  function indexerOf(call: HecCall): number {
    if (!options.isBalanced) return 0;
    const [, known] = /\bnode=(\d)/.exec(call.headers.cookie ?? "") ?? [];
    if (known !== undefined) return Number(known);
    nextIndexer = 1 - nextIndexer;
    return nextIndexer;
  }

  /** `undefined`: nothing is, and the connection is cut; `silent`: nothing is. */
  function answerOf(call: HecCall): Answered | "silent" | undefined {
    const before = calls.filter(({ path }) => path === call.path).length;
    calls.push(call);
    const fault = options.fault?.(call, before);
    if (fault?.cut === "before") return undefined;
    const node = indexerOf(call);
    const given: { status: number; body: unknown } =
      fault?.status === undefined
        ? indexers[node as 0 | 1].answer(call)
        : { status: fault.status, body: fault.body };
    if (fault?.isSilent) return "silent";
    if (fault?.cut === "after") return undefined;
    return {
      status: given.status,
      headers: {
        "content-type": "application/json",
        ...(options.isBalanced && {
          "set-cookie": `node=${node}; Expires=Wed, 01 Dec 2027 10:00:00 GMT; Path=/, zone=b; HttpOnly`,
        }),
        ...fault?.headers,
      },
      text: typeof given.body === "string" ? given.body : JSON.stringify(given.body ?? {}),
    };
  }

  function serve(call: HecCall, response: ServerResponse): void {
    const answer = answerOf(call);
    if (answer === "silent") return;
    if (answer === undefined) return void response.destroy();
    // Each call by a connection of its own: on one that was kept a cut one is sent again.
    response.writeHead(answer.status, { ...answer.headers, connection: "close" });
    response.end(answer.text);
  }

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      serve(callOf(request.url ?? "/", request.headers, Buffer.concat(chunks)), response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    endpoint: `http://127.0.0.1:${port}`,
    /** The same without a network, for clocks that run while one is waited for. */
    http: {
      async send({ url, headers, body = new Uint8Array() }) {
        const answer = answerOf(callOf(url, headers, body));
        if (answer === "silent") return { kind: "none", reason: "timeout", detail: "" };
        if (answer === undefined) {
          return { kind: "none", reason: "cut", detail: "socket hang up" };
        }
        const { status, headers: answered, text } = answer;
        return { kind: "answer", status, headers: answered, body: Buffer.from(text) };
      },
    } satisfies ReceiverHttp,
    calls,
    pathsCalled: () => calls.map(({ path }) => path),
    /** What it took, as often as it did. */
    taken,
    /** Everything that it has taken is indexed, and will be acknowledged. */
    index: () => {
      for (const { waiting } of indexers) for (const one of waiting.splice(0)) one();
    },
  };
}
