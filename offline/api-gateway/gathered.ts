/**
 * The integration that waits for the whole answer. A body in base64 becomes bytes only for a client whose first
 * accepted type is one of the API's binary ones; any other gets it as text.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings-workflow.html
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { AnyResponse } from "../front/exchange.ts";
import { answerHead } from "./answer.ts";
import type { ApiFunction, GatewayCall } from "./function.ts";
import { PAYLOAD_MAX_BYTES } from "./limits.ts";
import { isBinary } from "./media-types.ts";
import type { Prelude } from "./response-stream.ts";

interface ProxyResult extends Prelude {
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
}

export type GatheredOutcome =
  | { readonly kind: "answered" }
  | { readonly kind: "failed" | "timed-out"; readonly error: unknown };

export async function passGathered(
  { run }: Extract<ApiFunction, { readonly transferMode: "BUFFERED" }>,
  call: GatewayCall,
  response: AnyResponse,
  bounds: { readonly maxMs: number; readonly binaryMediaTypes: readonly string[] },
): Promise<GatheredOutcome> {
  const over = new AbortController();
  const late = sleep(bounds.maxMs, "late" as const, { signal: over.signal }).catch(() => undefined);
  let result: unknown;
  try {
    result = await Promise.race([run(call.event, call.context, call.body), late]);
  } catch (error) {
    return { kind: "failed", error };
  } finally {
    over.abort();
  }
  if (result === "late") return { kind: "timed-out", error: new Error("the function is late") };
  if (typeof result !== "object" || result === null) {
    return { kind: "failed", error: new Error("the function's answer is no object") };
  }
  const size = Buffer.byteLength(JSON.stringify(result));
  if (size > PAYLOAD_MAX_BYTES) {
    return { kind: "failed", error: new Error(`an answer of ${size} bytes is too large`) };
  }
  const { body = "", isBase64Encoded, ...head } = result as ProxyResult;
  const decodes =
    isBase64Encoded === true && isBinary(bounds.binaryMediaTypes, response.req.headers.accept);
  answerHead(response, head, call.requestId);
  response.end(decodes ? Buffer.from(body, "base64") : body);
  return { kind: "answered" };
}
