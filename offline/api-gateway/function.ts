/**
 * The function behind the API, in the thread that loads it: the module that Lambda would run, with the same environment, and with
 * or without the piece of Lambda's runtime that functions which stream their answers are written against.
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { ResponseStream } from "./response-stream.ts";

export type StreamingFunction = (
  event: unknown,
  stream: ResponseStream,
  context: unknown,
) => Promise<void>;
export type GatheringFunction = (event: unknown, context: unknown) => Promise<unknown>;

export type ApiFunction = { readonly isElsewhere?: boolean } & (
  | { readonly transferMode: "STREAM"; readonly run: Called<StreamingFunction> }
  | { readonly transferMode: "BUFFERED"; readonly run: Called<GatheringFunction> }
);

/** What the gateway asks of the function. */
export interface GatewayCall {
  readonly event: unknown;
  readonly context: unknown;
  readonly requestId: string;
  /** In place of the event's. */
  readonly body?: Uint8Array<ArrayBuffer>;
}

/**
 * A function that is in another thread (`isElsewhere`) may be given the event's body as bytes, which are its own from then
 * on. And what it answers is nobody's but the answer's.
 */
type Called<F extends (...args: never) => unknown> = (
  ...args: [...Parameters<F>, body?: Uint8Array<ArrayBuffer>]
) => ReturnType<F>;

export type ApiRun<Mode extends ApiFunction["transferMode"]> = Extract<
  ApiFunction,
  { readonly transferMode: Mode }
>["run"];

export interface FunctionSource {
  /** Of the service, or of where it was built. */
  readonly codeDir: string;
  /** `handlers/api.handler` */
  readonly handler: string;
  readonly environment: Readonly<Record<string, unknown>>;
  readonly transferMode: ApiFunction["transferMode"];
}

const AWSLAMBDA = {
  streamifyResponse: (handler: StreamingFunction) => handler,
  HttpResponseStream: {
    from(stream: ResponseStream, prelude: object): ResponseStream {
      stream.setContentType("application/vnd.awslambda.http-integration-response");
      stream.setPrelude(prelude);
      return stream;
    },
  },
};

export async function loadFunction({
  codeDir,
  handler,
  environment,
  transferMode,
}: FunctionSource): Promise<ApiFunction> {
  for (const [name, value] of Object.entries(environment)) process.env[name] = String(value);
  const dot = handler.lastIndexOf(".");
  const file = join(codeDir, `${handler.slice(0, dot)}.mjs`);
  // The framework has one of its own for what is invoked through it, where nothing arrives before the end.
  const runtime = globalThis as { awslambda?: unknown };
  const standing = runtime.awslambda;
  runtime.awslambda = transferMode === "STREAM" ? AWSLAMBDA : undefined;
  try {
    const module = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
    return { transferMode, run: module[handler.slice(dot + 1)] } as ApiFunction;
  } finally {
    runtime.awslambda = standing;
  }
}
