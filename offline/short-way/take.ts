/**
 * The stack's own calls of the embedded DynamoDB, past Node's HTTP client, which costs a call as much as the database
 * takes to answer it. The SDK's requests to that one address are sent by `pipeline.ts`, those of one turn of the event
 * loop together, and the puts among them as one (`combined.ts`).
 *
 * What the door of the database refuses is refused here as well: see `late-calls.ts`.
 */
import { Readable } from "node:stream";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { signatureTrouble } from "../services/signed-at.ts";
import type { Answer } from "./answers.ts";
import { canCombine, combined, COMBINED_OPERATION, inParts, PUT_ANSWER } from "./combined.ts";
import { type Pipeline, pipelineTo, type Sent } from "./pipeline.ts";

type Handle = NodeHttpHandler["handle"];
type SdkRequest = Parameters<Handle>[0];
type HandlerOptions = NonNullable<Parameters<Handle>[1]>;

/** Where the handler has none. */
const TIMEOUT_MS = 5000;
const TARGET = /^(DynamoDB_\d+\.)(\w+)$/;

/** For the thread that asks, as long as it lives. @param endpoint absent: nothing is changed */
export function takeShortWay(endpoint: string | undefined): void {
  if (endpoint === undefined) return;
  const { hostname, port } = new URL(endpoint);
  const call = shortWay(pipelineTo(hostname, Number(port)));
  const usual = Reflect.get(NodeHttpHandler.prototype, "handle");
  NodeHttpHandler.prototype.handle = function handle(request, options = {}) {
    const isThere = request.hostname === hostname && String(request.port) === port;
    if (!isThere || !TARGET.test(targetOf(request))) return usual.call(this, request, options);
    const timeoutMs = options.requestTimeout ?? this.httpHandlerConfigs().requestTimeout;
    return call(request, { ...options, requestTimeout: timeoutMs ?? TIMEOUT_MS });
  };
}

const targetOf = ({ headers }: SdkRequest) => headers["x-amz-target"] ?? "";

/** A request whose caller waits for an answer of its own, however it is sent. */
interface Call {
  readonly request: SdkRequest;
  readonly body: string;
  isOver: boolean;
  sent?: Sent;
  answered(answer: Answer): void;
  failed(error: Error): void;
}

function shortWay(
  pipeline: Pipeline,
): (request: SdkRequest, options: HandlerOptions) => ReturnType<Handle> {
  let due: Call[] = [];

  function sendDue(): void {
    const calls = due.filter(isInTime);
    due = [];
    const puts = calls.filter(({ request, body }) => canCombine(operationOf(request), body));
    for (const part of inParts(puts)) {
      if (part.length > 1) sendAsOne(part);
      else part.forEach(send);
    }
    const others = new Set(puts);
    for (const call of calls) if (!others.has(call)) send(call);
    pipeline.flush();
  }

  function send(call: Call): void {
    const isOver = () => call.isOver;
    call.sent = pipeline.send(textOf(call.request, targetOf(call.request), call.body), {
      isOver,
      answered: (answer) => call.answered(answer),
      failed: (error) => call.failed(error),
    });
  }

  function sendAsOne(calls: readonly Call[]): void {
    const { request } = calls[0]!;
    const target = targetOf(request).replace(TARGET, `$1${COMBINED_OPERATION}`);
    const sent = pipeline.send(textOf(request, target, combined(calls)), {
      isOver: () => calls.every((call) => call.isOver),
      answered(answer) {
        if (answer.statusCode === 400) {
          // Nothing of it was done.
          for (const call of calls) if (!call.isOver) send(call);
          pipeline.flush();
          return;
        }
        const own = answer.statusCode === 200 ? { ...answer, body: PUT_ANSWER } : answer;
        for (const call of calls) call.answered(own);
      },
      failed(error) {
        for (const call of calls) call.failed(error);
      },
    });
    for (const call of calls) call.sent = sent;
  }

  return (request, { requestTimeout = TIMEOUT_MS, abortSignal }) =>
    new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        if (call.isOver) return;
        call.isOver = true;
        clearTimeout(timer);
        settle();
      };
      const leave = (name: string, message: string) =>
        end(() => {
          reject(named(name, message));
          call.sent?.retire();
        });
      const call: Call = {
        request,
        body: bodyOf(request),
        isOver: false,
        answered: ({ statusCode, headers, body }) =>
          end(() => {
            const stream = new Readable({ read() {} });
            stream.push(body);
            stream.push(null);
            resolve({ response: { statusCode, headers, body: stream } });
          }),
        failed: (error) => end(() => reject(error)),
      };
      const timer = setTimeout(
        () => leave("TimeoutError", `no answer of the embedded DynamoDB in ${requestTimeout} ms`),
        requestTimeout,
      );
      if (abortSignal) {
        const abort = () => leave("AbortError", "the request was aborted");
        if (abortSignal.aborted) return abort();
        (abortSignal as AbortSignal).addEventListener("abort", abort, { once: true });
      }
      if (due.length === 0) setImmediate(sendDue);
      due.push(call);
    });
}

const operationOf = (request: SdkRequest) => TARGET.exec(targetOf(request))?.[2] ?? "";

/** False for one that is refused here. */
function isInTime(call: Call): boolean {
  const trouble = signatureTrouble(call.request.headers["x-amz-date"], Date.now());
  if (trouble !== undefined) call.failed(named("InvalidSignatureException", trouble));
  return !call.isOver;
}

function bodyOf({ body = "" }: { readonly body?: string | Uint8Array }): string {
  if (typeof body === "string") return body;
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString();
}

/** What the database reads; the rest of what an SDK tells is for AWS. */
const HEADERS = ["host", "content-type", "x-amz-date", "authorization"];

function textOf({ headers, path }: SdkRequest, target: string, body: string): string {
  let text = `POST ${path} HTTP/1.1\r\nx-amz-target: ${target}\r\n`;
  for (const name of HEADERS) {
    if (headers[name] !== undefined) text += `${name}: ${headers[name]}\r\n`;
  }
  return `${text}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

function named(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}
