/**
 * The local services and web pages. Pages of other origins are refused before anything is read of what they ask;
 * those of this machine, and those that the user named, are answered as their browsers demand before they let a
 * page see anything.
 */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { FOREIGN_REASON, isForeignPage, type AllowedOrigins } from "../origins.ts";

/** How a service words what it refuses: its clients parse nothing else. */
export interface ForeignRefusal {
  readonly contentType: string;
  readonly body: string;
}

export const JSON_REFUSAL: ForeignRefusal = {
  contentType: "application/x-amz-json-1.0",
  body: JSON.stringify({
    __type: "com.amazon.coral.service#AccessDeniedException",
    message: FOREIGN_REASON,
  }),
};

export const XML_REFUSAL: ForeignRefusal = {
  contentType: "application/xml",
  body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code><Message>${FOREIGN_REASON}</Message></Error>`,
};

const PREFLIGHT_SECONDS = "600";

type Serve = (request: IncomingMessage, response: ServerResponse) => void;

/** Puts itself in front of what `server` does with requests; nothing that listens already sees a foreign one. */
export function guardPages(
  server: Server,
  allowed: AllowedOrigins,
  { contentType, body }: ForeignRefusal,
): void {
  for (const event of ["request", "checkContinue", "checkExpectation"] as const) {
    const serving = server.listeners(event) as unknown as readonly Serve[];
    if (serving.length === 0) continue;
    server.removeAllListeners(event);
    server.on(event, (request, response) => {
      if (isForeignPage(request.headers, allowed)) {
        // What is still on its way is not read: the connection ends with the answer.
        response.writeHead(403, { "content-type": contentType, connection: "close" }).end(body);
        return;
      }
      if (!answerPage(request, response)) for (const serve of serving) serve(request, response);
    });
  }
}

/** Answers a preflight, and marks other answers as the page's to read. */
function answerPage({ method, headers }: IncomingMessage, response: ServerResponse): boolean {
  const { origin } = headers;
  if (origin === undefined) return false;
  response.setHeader("access-control-allow-origin", origin);
  response.setHeader("access-control-expose-headers", "*");
  response.setHeader("vary", "Origin");
  const wanted = headers["access-control-request-method"];
  if (method !== "OPTIONS" || wanted === undefined) return false;
  response.writeHead(204, {
    "access-control-allow-methods": wanted,
    "access-control-allow-headers": headers["access-control-request-headers"] ?? "",
    "access-control-max-age": PREFLIGHT_SECONDS,
  });
  response.end();
  return true;
}
