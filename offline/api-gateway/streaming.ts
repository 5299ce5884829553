/**
 * Functions whose answers are streamed. The framework has no function URLs, so the module that it would run is
 * loaded here, in the same process and with the same environment, and the one piece of Lambda's runtime that such
 * functions are written against stands in for the real one.
 */
import type { ServerResponse } from "node:http";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { AnyRequest, AnyResponse } from "../front/exchange.ts";

interface Head {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
}

export type StreamingFunction = (event: unknown, stream: AnyResponse) => Promise<void>;

/** As the runtime has it, but that the stream is the client's own: it closes when the client goes. */
const AWSLAMBDA = {
  streamifyResponse: (handler: StreamingFunction) => handler,
  HttpResponseStream: {
    from(stream: AnyResponse, { statusCode, headers }: Head): AnyResponse {
      stream.statusCode = statusCode;
      for (const [name, value] of Object.entries(headers)) stream.setHeader(name, value);
      (stream as ServerResponse).flushHeaders();
      return stream;
    },
  },
};

export interface StreamingDefinition {
  /** Of the service, or of where it was built. */
  readonly codeDir: string;
  /** `handlers/subscribe.handler` */
  readonly handler: string;
  readonly environment: Readonly<Record<string, unknown>>;
}

export async function loadStreamingFunction({
  codeDir,
  handler,
  environment,
}: StreamingDefinition): Promise<StreamingFunction> {
  for (const [name, value] of Object.entries(environment)) process.env[name] = String(value);
  const dot = handler.lastIndexOf(".");
  const file = join(codeDir, `${handler.slice(0, dot)}.mjs`);
  // The framework has one of its own for what is invoked through it, where nothing arrives before the end.
  const runtime = globalThis as { awslambda?: unknown };
  const standing = runtime.awslambda;
  runtime.awslambda = AWSLAMBDA;
  try {
    const module = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
    return module[handler.slice(dot + 1)] as StreamingFunction;
  } finally {
    runtime.awslambda = standing;
  }
}

/** What a function URL makes of a request, payload format 2.0. */
export function functionUrlEvent(request: AnyRequest, body: Buffer): unknown {
  const [rawPath = "/", rawQueryString = ""] = (request.url ?? "/").split("?");
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (!name.startsWith(":") && value !== undefined) headers[name] = [value].flat().join(",");
  }
  headers["host"] ??= String(request.headers[":authority"] ?? "");
  return {
    version: "2.0",
    rawPath,
    rawQueryString,
    headers,
    requestContext: {
      requestId: randomUUID(),
      http: { method: request.method, path: rawPath, protocol: "HTTP/1.1" },
    },
    body: body.toString("base64"),
    isBase64Encoded: true,
  };
}
