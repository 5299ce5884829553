/**
 * Function URL with a streamed answer: SubscribeToShard, which API Gateway cannot carry. It is the same front door
 * behind the same checks, so every other call works here, too.
 */
import type { Writable } from "node:stream";
import { fromFunctionUrl, type UrlEvent, writeResponse } from "../src/wire/function-url.ts";
import { dispatch } from "./front-door.ts";

/** Of Lambda's Node runtime: https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html */
declare const awslambda: {
  streamifyResponse(
    this: void,
    handler: (event: UrlEvent, stream: Writable) => Promise<void>,
  ): (event: UrlEvent, context: unknown) => Promise<void>;
  readonly HttpResponseStream: {
    /** Sends status and headers before what is written. */
    from(
      stream: Writable,
      head: { readonly statusCode: number; readonly headers: Readonly<Record<string, string>> },
    ): Writable;
  };
};

const { HttpResponseStream, streamifyResponse } = awslambda;

export const handler = streamifyResponse(async (event, stream) => {
  const gone = new AbortController();
  stream.once("close", () => gone.abort());
  stream.once("error", () => gone.abort());
  const response = await dispatch(fromFunctionUrl(event, gone.signal));
  const { status: statusCode, headers } = response;
  const answer = HttpResponseStream.from(stream, { statusCode, headers });
  await writeResponse(response, answer, gone.signal);
});
