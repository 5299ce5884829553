/**
 * API Gateway, and the URLs of the functions `api` and `subscribe`: every Kinesis, Firehose and Hydrant call, and the
 * health check. Answers are streamed: bytes stay bytes whatever the client accepts, pages may be large, and
 * SubscribeToShard can push. Where the runtime cannot stream, or the deployment says that API Gateway gathers answers,
 * the same calls are answered in one piece.
 */
import type { Writable } from "node:stream";
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from "aws-lambda";
import { fromApiGateway, toApiGateway } from "../src/wire/api-gateway.ts";
import { fromFunctionUrl, type UrlEvent } from "../src/wire/function-url.ts";
import { writeResponse } from "../src/wire/write-response.ts";
import { serve } from "./front-door.ts";
import { config } from "./mapping-context.ts";

/** Of Lambda's Node runtime: https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html */
interface StreamingRuntime {
  streamifyResponse(
    this: void,
    handler: (event: ApiEvent, stream: Writable) => Promise<void>,
  ): (event: ApiEvent, context: unknown) => Promise<void>;
  readonly HttpResponseStream: {
    /** Sends status and headers before what is written. */
    from(
      stream: Writable,
      head: { readonly statusCode: number; readonly headers: Readonly<Record<string, string>> },
    ): Writable;
  };
}

type ApiEvent = APIGatewayProxyEvent | UrlEvent;

/** Where the runtime is not Lambda's, the SDK makes an empty object of this name for itself. */
const { awslambda: runtime } = globalThis as unknown as {
  readonly awslambda?: StreamingRuntime | Record<string, never>;
};
const isStreaming = config.responses === "STREAM";

export const handler =
  isStreaming && runtime !== undefined && canStream(runtime)
    ? runtime.streamifyResponse(streamed(runtime))
    : gathered;

function canStream(given: StreamingRuntime | Record<string, never>): given is StreamingRuntime {
  return typeof given["streamifyResponse"] === "function";
}

/** Every stream closes at last; a reason made for each would be an error with a stack. */
const GONE = "the client is gone";

async function gathered(event: ApiEvent): Promise<APIGatewayProxyResult> {
  return toApiGateway(await serve(toRequest(event)));
}

function streamed({ HttpResponseStream }: StreamingRuntime) {
  return async (event: ApiEvent, stream: Writable): Promise<void> => {
    const gone = new AbortController();
    stream.once("close", () => gone.abort(GONE));
    stream.once("error", () => gone.abort(GONE));
    const response = await serve(toRequest(event, gone.signal));
    const { status: statusCode, headers } = response;
    const answer = HttpResponseStream.from(stream, { statusCode, headers });
    await writeResponse(response, answer, gone.signal);
    // The client has its answer; what it did not wait for gets the time to end in order.
    await response.rest;
  };
}

function toRequest(event: ApiEvent, signal?: AbortSignal) {
  return "httpMethod" in event ? fromApiGateway(event, signal) : fromFunctionUrl(event, signal);
}
