/**
 * A receiver of HTTP endpoint deliveries after AWS's specification: it keeps what it takes, by request id, and answers as it is
 * told to: wrongly, late, too much, or not at all.
 */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { onTestFinished } from "vitest";

export interface EndpointCall {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly requestId: string;
  readonly timestamp: number;
  readonly texts: readonly string[];
  /** As it came. */
  readonly body: Buffer;
}

/** How one call is answered; what it leaves out is as it should be. */
export interface EndpointAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Replaces members of the answer. */
  readonly members?: object;
  /** Replaces the answer. */
  readonly text?: string;
  /** The connection is cut: before the records are taken, or behind. */
  readonly cut?: "before" | "after";
  /** It never answers, the records being taken. */
  readonly isSilent?: boolean;
}

export type EndpointBehaviour = (call: EndpointCall, before: number) => EndpointAnswer;

const AS_ASKED: EndpointBehaviour = () => ({});

export async function httpEndpointReceiver(behaviour = AS_ASKED) {
  const calls: EndpointCall[] = [];
  /** By request id. */
  const taken = new Map<string, readonly string[]>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks);
      const isPacked = request.headers["content-encoding"] === "gzip";
      const { requestId, timestamp, records } = JSON.parse(
        (isPacked ? gunzipSync(body) : body).toString(),
      ) as { requestId: string; timestamp: number; records: readonly { data: string }[] };
      const texts = records.map(({ data }) => Buffer.from(data, "base64").toString());
      const { method, url, headers } = request;
      const call = { method, url, headers, requestId, timestamp, texts, body };
      calls.push(call);
      answer(call, behaviour(call, calls.length - 1), response);
    });
  });

  function answer(call: EndpointCall, given: EndpointAnswer, response: ServerResponse): void {
    const { requestId, texts } = call;
    const { status = 200, cut, isSilent = false } = given;
    if (cut === "before") return void response.destroy();
    if (status < 300) taken.set(requestId, texts);
    if (isSilent) return;
    if (cut === "after") return void response.destroy();
    const members = { requestId, timestamp: call.timestamp + 1, ...given.members };
    const text = given.text ?? JSON.stringify(members);
    response.writeHead(status, {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(text),
      ...given.headers,
    });
    response.end(text);
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${port}/intake`,
    calls,
    /** Each record once, as a receiver has it that remembers ids. */
    texts: () => [...taken.values()].flat(),
    close: () => new Promise<void>((resolve) => void server.close(() => resolve())),
  };
}
