/** Lambda's endpoint on this machine: invocations, and a refusal by name of everything else. */
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AllowedOrigins } from "../origins.ts";
import { guardPages } from "../services/pages.ts";
import { LambdaException } from "./errors.ts";
import type { Invoker } from "./invoker.ts";
import {
  CLIENT_CONTEXT_MAX_BYTES,
  EVENT_MAX_BYTES,
  LOG_TAIL_BYTES,
  REQUEST_MAX_BYTES,
} from "./limits.ts";
import { readReference } from "./names.ts";
import type { InvocationRequest, Outcome } from "./outcome.ts";
import type { LocalFunction } from "./user-function.ts";

export interface LambdaApiOptions {
  readonly invoker: Invoker;
  readonly origins: AllowedOrigins;
  readonly report: (error: unknown) => void;
}

export function createLambdaApi({ invoker, origins, report }: LambdaApiOptions): Server {
  const server = createServer((request, response) => {
    const requestId = randomUUID();
    response.setHeader("x-amzn-requestid", requestId);
    serve(invoker, requestId, request, response).catch((error: unknown) => {
      if (!(error instanceof LambdaException)) report(error);
      refuse(response, error);
    });
  });
  // Left to itself the server ends an idle connection after five seconds, now and then under a request on its way; a
  // message of the work queues is then hidden for as long as a function may run.
  server.keepAliveTimeout = 0;
  guardPages(server, origins, {
    contentType: "application/json",
    body: new LambdaException(
      "AccessDeniedException",
      "Requests of web pages from other origins are refused; HYDRANT_ORIGINS names those that are served.",
    ).body,
  });
  return server;
}

/** Beyond it even the patience for what is refused ends. */
const READ_MAX_BYTES = 64 * 1024 * 1024;

const INVOCATION = /^\/2015-03-31\/functions\/([^/]+)\/invocations\/?$/;
const INVOKE_ASYNC = /^\/2014-11-13\/functions\/([^/]+)\/invoke-async\/?$/;

type InvocationType = (typeof INVOCATION_TYPES)[number];
const INVOCATION_TYPES = ["Event", "RequestResponse", "DryRun"] as const;

async function serve(
  invoker: Invoker,
  requestId: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method, headers } = request;
  const url = new URL(request.url ?? "/", "http://localhost");
  // Before anything is refused, for a client that is cut off while it sends does not see why.
  const body = await readBody(request);
  const isAsync = INVOKE_ASYNC.test(url.pathname);
  const given = (INVOCATION.exec(url.pathname) ?? INVOKE_ASYNC.exec(url.pathname))?.[1];
  if (method !== "POST" || given === undefined) {
    throw new LambdaException(
      "UnknownOperationException",
      `Hydrant's local Lambda endpoint invokes functions and does nothing else: ${method} ${url.pathname} is not served.`,
    );
  }
  const { called, invokedFunctionArn } = findFunction(invoker, given, url.searchParams);
  const type = isAsync ? "Event" : invocationType(headers["x-amz-invocation-type"]);
  const clientContext = readClientContext(headers["x-amz-client-context"]);
  const payload = checkLength(body, type);
  const invocation: InvocationRequest = {
    requestId,
    payload,
    invokedFunctionArn,
    ...(clientContext !== undefined && type === "RequestResponse" && { clientContext }),
  };
  switch (type) {
    case "DryRun":
      response.writeHead(204).end();
      return;
    case "Event":
      checkJson(payload);
      invoker.invokeLater(called, invocation);
      response.writeHead(202, { "content-type": "application/json" });
      response.end(isAsync ? '{"Status":202}' : "");
      return;
    case "RequestResponse": {
      const startedAtMs = performance.now();
      const outcome = await invoker.invoke(called, invocation);
      const log =
        headers["x-amz-log-type"] === "Tail"
          ? logTail(called, requestId, outcome, performance.now() - startedAtMs)
          : undefined;
      answer(response, outcome, log);
    }
  }
}

function findFunction(invoker: Invoker, given: string, query: URLSearchParams) {
  const reference = decode(given);
  const read = readReference(reference, query.get("Qualifier") ?? undefined);
  if (read === "malformed") {
    throw new LambdaException(
      "ValidationException",
      `1 validation error detected: Value '${reference.slice(0, 256)}' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}(-gov)?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?`,
    );
  }
  const called = read === "elsewhere" ? undefined : invoker.find(read.name);
  if (read === "elsewhere" || called === undefined) {
    const arn = read === "elsewhere" ? reference : read.arn;
    throw new LambdaException("ResourceNotFoundException", `Function not found: ${arn}`);
  }
  return { called, invokedFunctionArn: read.arn };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function invocationType(given: string | string[] | undefined): InvocationType {
  const type = given ?? "RequestResponse";
  const known = INVOCATION_TYPES.find((each) => each === type);
  if (known === undefined) {
    throw new LambdaException(
      "ValidationException",
      `1 validation error detected: Value '${String(type).slice(0, 256)}' at 'invocationType' failed to satisfy constraint: Member must satisfy enum value set: [${INVOCATION_TYPES.join(", ")}]`,
    );
  }
  return known;
}

function readClientContext(given: string | string[] | undefined): unknown {
  if (given === undefined) return undefined;
  const bytes = Buffer.from(String(given), "base64");
  try {
    if (bytes.length > CLIENT_CONTEXT_MAX_BYTES) throw new RangeError();
    return JSON.parse(bytes.toString()) as unknown;
  } catch {
    throw new LambdaException(
      "InvalidRequestContentException",
      "Client context must be a valid Base64-encoded JSON object.",
    );
  }
}

/** What is too long is read and not kept. */
async function readBody(request: IncomingMessage): Promise<Body> {
  let chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    chunks.push(chunk);
    if (length > REQUEST_MAX_BYTES) chunks = [];
    if (length > READ_MAX_BYTES) throw tooLarge();
  }
  return { bytes: Buffer.concat(chunks), length };
}

interface Body {
  readonly bytes: Buffer;
  readonly length: number;
}

function checkLength({ bytes, length }: Body, type: InvocationType): Buffer {
  if (length > REQUEST_MAX_BYTES) throw tooLarge();
  if (type === "Event" && length > EVENT_MAX_BYTES) {
    throw new LambdaException(
      "RequestEntityTooLargeException",
      `${length} byte payload is too large for the Event invocation type (limit ${EVENT_MAX_BYTES} bytes)`,
    );
  }
  return bytes;
}

function tooLarge(): LambdaException {
  return new LambdaException(
    "RequestEntityTooLargeException",
    `Request must be smaller than ${REQUEST_MAX_BYTES} bytes for the InvokeFunction operation`,
  );
}

/** Synchronous ones are parsed where they run. */
function checkJson(payload: Buffer): void {
  if (payload.length === 0) return;
  try {
    JSON.parse(payload.toString());
  } catch (error) {
    throw notJson((error as Error).message);
  }
}

function notJson(reason: string): LambdaException {
  return new LambdaException(
    "InvalidRequestContentException",
    `Could not parse request body into json: Could not parse payload into json: ${reason}`,
  );
}

function answer(response: ServerResponse, outcome: Outcome, log: string | undefined): void {
  switch (outcome.kind) {
    case "notJson":
      throw notJson(outcome.message);
    case "throttled":
      response.setHeader("retry-after", "1");
      throw new LambdaException("TooManyRequestsException", "Rate Exceeded.", {
        Reason: outcome.reason,
      });
    case "returned":
    case "failed": {
      const payload =
        outcome.kind === "returned" ? outcome.payload : Buffer.from(JSON.stringify(outcome.error));
      response.writeHead(200, {
        "content-type": "application/json",
        "content-length": payload.length,
        "x-amz-executed-version": "$LATEST",
        ...(outcome.kind === "failed" && { "x-amz-function-error": "Unhandled" }),
        ...(log !== undefined && { "x-amz-log-result": Buffer.from(log).toString("base64") }),
      });
      response.end(payload);
    }
  }
}

function logTail(
  { memoryMb }: LocalFunction,
  requestId: string,
  outcome: Outcome,
  tookMs: number,
): string {
  const printed = "log" in outcome ? outcome.log : "";
  const text = [
    `START RequestId: ${requestId} Version: $LATEST\n`,
    printed,
    `END RequestId: ${requestId}\n`,
    `REPORT RequestId: ${requestId}\tDuration: ${tookMs.toFixed(2)} ms\tBilled Duration: ${Math.ceil(tookMs)} ms\tMemory Size: ${memoryMb} MB\n`,
  ].join("");
  return Buffer.from(text).subarray(-LOG_TAIL_BYTES).toString();
}

function refuse(response: ServerResponse, error: unknown): void {
  const exception =
    error instanceof LambdaException
      ? error
      : new LambdaException(
          "ServiceException",
          "The local Lambda endpoint failed; its log says why.",
        );
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  response.writeHead(exception.status, {
    "content-type": "application/json",
    "x-amzn-errortype": exception.name,
  });
  response.end(exception.body);
}
