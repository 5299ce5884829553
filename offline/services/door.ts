/**
 * A door in front of a service that listens by itself and serves whoever finds it: bodies pass as they come, in
 * both directions, over connections that are kept. The stack's own calls do not come through here.
 */
import { Agent, createServer, request, type IncomingMessage, type Server } from "node:http";
import { pipeline } from "node:stream";

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

export function doorTo(endpoint: string): Server {
  const { hostname, port } = new URL(endpoint);
  const agent = new Agent({ keepAlive: true, timeout: IDLE_MS, scheduling: "lifo" });
  const server = createServer((incoming, response) => {
    const onward = request({
      host: hostname,
      port,
      agent,
      method: incoming.method,
      path: incoming.url,
      headers: passedOn(incoming, () => true),
    });
    onward.once("response", (answer) => {
      const isOwn = (name: string) => !name.startsWith("access-control-");
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
  });
  server.once("close", () => agent.destroy());
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
