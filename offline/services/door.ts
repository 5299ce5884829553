/**
 * A door in front of a service that listens by itself and serves whoever finds it: bodies pass as they come, in
 * both directions, over connections that are kept. The stack's own calls do not come through here.
 */
import {
  Agent,
  createServer,
  request,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import { pipeline } from "node:stream";
import { buffer } from "node:stream/consumers";

/** What belongs to one connection, not to the message; and what is told to pages, which the door tells itself. */
const NOT_PASSED_ON: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
]);

/** Below the time after which services close what is idle. */
const IDLE_MS = 4000;

export interface Onward {
  /** The whole exchange, as it comes. */
  pass(incoming: IncomingMessage, response: ServerResponse): void;
  /** The same request with another body, to an answer in one piece. */
  exchange(incoming: IncomingMessage, body: Buffer): Promise<Answer>;
  close(): void;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: Buffer;
}

export function onwardTo(endpoint: string): Onward {
  const { hostname, port } = new URL(endpoint);
  const agent = new Agent({ keepAlive: true, timeout: IDLE_MS, scheduling: "lifo" });
  const isOwn = (name: string) => !name.startsWith("access-control-");
  const begin = (incoming: IncomingMessage, further: Readonly<Record<string, string>> = {}) =>
    request({
      host: hostname,
      port,
      agent,
      method: incoming.method,
      path: incoming.url,
      headers: { ...passedOn(incoming, () => true), ...further },
    });
  return {
    pass(incoming, response) {
      const onward = begin(incoming);
      onward.once("response", (answer) => {
        response.writeHead(answer.statusCode ?? 502, passedOn(answer, isOwn));
        pipeline(answer, response, () => {});
      });
      onward.once("error", () => {
        // Its client sees an answer that ends before it is whole, or none.
        response.destroy();
      });
      pipeline(incoming, onward, () => {});
      response.once("close", () => {
        if (!response.writableFinished) onward.destroy();
      });
    },
    exchange: (incoming, body) =>
      new Promise((resolve, reject) => {
        const onward = begin(incoming, { "content-length": String(body.length) });
        onward.once("error", reject);
        onward.once("response", (answer) => {
          buffer(answer).then(
            (bytes) =>
              resolve({
                status: answer.statusCode ?? 502,
                headers: passedOn(answer, isOwn),
                body: bytes,
              }),
            reject,
          );
        });
        onward.end(body);
      }),
    close: () => agent.destroy(),
  };
}

export function doorTo(endpoint: string): Server {
  const onward = onwardTo(endpoint);
  const server = createServer((incoming, response) => onward.pass(incoming, response));
  server.once("close", () => onward.close());
  return server;
}

function passedOn(
  { headers }: IncomingMessage,
  isWanted: (name: string) => boolean,
): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || NOT_PASSED_ON.has(name) || !isWanted(name) ? [] : [[name, value]],
    ),
  );
}
