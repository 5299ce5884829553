/**
 * The stack's own calls of the embedded DynamoDB, past the HTTP clients that Hydrant has for AWS: they cost a call as
 * much as the database takes to answer it. Whoever asks that one address, by the SDK or by undici, goes the way of `calls.ts`.
 *
 * What the door of the database refuses is refused there as well: see `late-calls.ts`.
 */
import { Readable } from "node:stream";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import type { Dispatcher } from "undici";
import Pool from "undici/lib/dispatcher/pool.js";
import { isCall, named, type Request, shortWay } from "./calls.ts";
import { pipelineTo } from "./pipeline.ts";

/** Where a client has none. */
const TIMEOUT_MS = 5000;

type Call = ReturnType<typeof shortWay>;

/** For the thread that asks, as long as it lives. @param endpoint absent: nothing is changed */
export function takeShortWay(endpoint: string | undefined): void {
  if (endpoint === undefined) return;
  const { hostname, port, host } = new URL(endpoint);
  const call = shortWay(pipelineTo(hostname, Number(port)));
  const isThere = ({ headers }: Pick<Request, "headers">) =>
    headers["host"] === host && isCall({ headers });
  leadSdk(call, isThere);
  leadUndici(call, isThere);
}

type Test = (request: Pick<Request, "headers">) => boolean;
type Handle = NodeHttpHandler["handle"];

function leadSdk(call: Call, isThere: Test): void {
  const usual = Reflect.get(NodeHttpHandler.prototype, "handle");
  NodeHttpHandler.prototype.handle = function handle(request, options = {}) {
    if (!isThere(request)) return usual.call(this, request, options);
    const { requestTimeout = this.httpHandlerConfigs().requestTimeout ?? TIMEOUT_MS } = options;
    const { headers, path } = request;
    const asked = { headers, path, body: textOf(request.body as string | Uint8Array) };
    return new Promise<Awaited<ReturnType<Handle>>>((resolve, reject) => {
      const leave = call(asked, requestTimeout, {
        answered({ statusCode, headers: told, body }) {
          const stream = new Readable({ read() {} });
          stream.push(body);
          stream.push(null);
          resolve({ response: { statusCode, headers: told, body: stream } });
        },
        failed: reject,
      });
      const signal = options.abortSignal as AbortSignal | undefined;
      const abort = () => leave(named("AbortError", "the request was aborted"));
      if (signal?.aborted) abort();
      else signal?.addEventListener("abort", abort, { once: true });
    });
  };
}

/** For what it is used for here: bodies and answers in one piece, and nobody who changes their mind. */
function leadUndici(call: Call, isThere: Test): void {
  const usual = Reflect.get(Pool.prototype, "dispatch");
  Pool.prototype.dispatch = function dispatch(options, handler) {
    const headers = (options.headers ?? {}) as Readonly<Record<string, string>>;
    if (!isThere({ headers })) return usual.call(this, options, handler);
    const asked = { headers, path: options.path, body: textOf(options.body as string) };
    const nobody = undefined as unknown as Dispatcher.DispatchController;
    call(asked, options.headersTimeout ?? TIMEOUT_MS, {
      answered({ statusCode, headers: told, body }) {
        handler.onResponseStart?.(nobody, statusCode, told);
        handler.onResponseData?.(nobody, body);
        handler.onResponseEnd?.(nobody, {});
      },
      failed: (error) => handler.onResponseError?.(nobody, error),
    });
    return true;
  };
}

function textOf(body: string | Uint8Array = ""): string {
  if (typeof body === "string") return body;
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString();
}
