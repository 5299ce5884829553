/** Status and headers of a function's answer, with what API Gateway does to them. */
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import type { AnyResponse } from "../front/exchange.ts";
import type { Prelude } from "./response-stream.ts";

/**
 * The gateway has values of its own for these, and shows the function's under another name.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
 */
const REMAPPED = new Set(["connection", "content-length", "date", "server", "x-amzn-requestid"]);

export function answerHead(
  response: AnyResponse,
  { statusCode = 200, headers = {}, multiValueHeaders = {} }: Prelude,
  requestId: string,
): void {
  const all: Record<string, string | readonly string[]> = {};
  for (const [name, value] of [...Object.entries(headers), ...Object.entries(multiValueHeaders)]) {
    const lower = name.toLowerCase();
    all[REMAPPED.has(lower) ? `x-amzn-remapped-${lower}` : lower] = value;
  }
  all["x-amzn-requestid"] = requestId;
  all["content-type"] ??= "application/json";
  (response as ServerResponse).writeHead(statusCode, all as Record<string, string>);
  (response as ServerResponse).flushHeaders();
}

/** Settles also when the client goes, or has gone: HTTP/2's responses do not tell that afterwards. */
export async function drained(response: AnyResponse, gone: AbortSignal): Promise<void> {
  try {
    await once(response, "drain", { signal: gone });
  } catch (error) {
    if (!gone.aborted) throw error;
  }
}
