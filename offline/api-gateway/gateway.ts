/**
 * A model of API Gateway: one REST API with the routes `/` and `/{proxy+}` before one function, within API Gateway's
 * and Lambda's bounds, with API Gateway's own answers where these are met.
 */
import type { AnyRequest, Serve } from "../front/exchange.ts";
import type { ApiFunction } from "./function.ts";
import { passGathered } from "./gathered.ts";
import type { GatewayResponses } from "./gateway-responses.ts";
import {
  DISCARDED_MAX_BYTES,
  HANDED_OVER_LEAST_BYTES,
  PAYLOAD_MAX_BYTES,
  REQUEST_MAX_BYTES,
  SURELY_FITS_BYTES,
} from "./limits.ts";
import { proxyEvent } from "./proxy-event.ts";
import { giveBack } from "./spent.ts";
import { passStreamed, type StreamBounds } from "./streamed.ts";

export interface GatewayOptions {
  readonly api: ApiFunction;
  readonly accountId: string;
  readonly binaryMediaTypes: readonly string[];
  readonly responses: GatewayResponses;
  readonly bounds: StreamBounds;
  /** What went wrong behind an answer of the gateway's own. */
  report(error: unknown): void;
}

export function createGateway(options: GatewayOptions): Serve {
  const { api, accountId, binaryMediaTypes, responses, bounds } = options;
  return async (request, response) => {
    const client = new AbortController();
    const gone = client.signal;
    response.once("close", () => client.abort(GONE));
    const body = await readBody(request);
    // Answered already, for it did not come in time.
    if (response.headersSent || gone.aborted) return;
    const path = (request.url ?? "").split("?")[0] ?? "";
    const handedOver = api.isElsewhere === true && body !== undefined && canHandOver(body);
    const inEvent = handedOver || body === undefined ? EMPTY : body;
    const event = proxyEvent({ request, body: inEvent, path, accountId }, binaryMediaTypes);
    const { requestId } = event.requestContext;
    const refuse = responses.answer.bind(undefined, response);
    if (body === undefined) return refuse("REQUEST_TOO_LARGE", requestId);
    // Slashes alone are neither the root nor a segment below it.
    if (!path.startsWith("/") || /^\/{2,}$/.test(path)) {
      return refuse("MISSING_AUTHENTICATION_TOKEN", requestId);
    }
    if (body.length > SURELY_FITS_BYTES && jsonBytes(event) > PAYLOAD_MAX_BYTES) {
      return refuse("REQUEST_TOO_LARGE", requestId);
    }
    const context = { awsRequestId: requestId };
    const call = { event, context, requestId, ...(handedOver && { body }) };
    const outcome =
      api.transferMode === "STREAM"
        ? await passStreamed(api, call, response, gone, bounds)
        : await passGathered(api, call, response, {
            maxMs: bounds.maxMs,
            binaryMediaTypes,
          });
    if (outcome.kind === "answered") return;
    options.report(outcome.error);
    refuse(
      outcome.kind === "timed-out" ? "INTEGRATION_TIMEOUT" : "API_CONFIGURATION_ERROR",
      requestId,
    );
  };
}

/** Every call ends with it; a reason made for each would be an error with a stack. */
const GONE = "the client is gone";

const EMPTY = Buffer.alloc(0);

/** A body that surely fits, so that nobody must count the bytes of its text. */
function canHandOver({ buffer, length }: Buffer): boolean {
  const isWhole = length === buffer.byteLength;
  return isWhole && length >= HANDED_OVER_LEAST_BYTES && length <= SURELY_FITS_BYTES;
}

const jsonBytes = (value: object) => Buffer.byteLength(JSON.stringify(value));

/**
 * Undefined when there is more than may come. The rest is read, too, and thrown away: a client that is still sending
 * would not see the answer, only that its connection broke.
 */
async function readBody(request: AnyRequest): Promise<Buffer<ArrayBuffer> | undefined> {
  const chunks: Buffer[] = [];
  let byteCount = 0;
  // Leaving the loop must not close the connection under the answer.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    byteCount += chunk.length;
    if (byteCount > DISCARDED_MAX_BYTES) return undefined;
    if (byteCount > REQUEST_MAX_BYTES) chunks.length = 0;
    else chunks.push(chunk);
  }
  if (byteCount > REQUEST_MAX_BYTES) return undefined;
  const body = Buffer.concat(chunks);
  for (const chunk of chunks) giveBack(chunk);
  return body;
}
