/**
 * Calls of the embedded DynamoDB, sent by `pipeline.ts`: those of one turn of the event loop together, and the puts among
 * them as one (`combined.ts`). Each is answered as one of its own, however it was sent.
 *
 * The database does one write after the other, each down to the disk. So puts that come while writes are on their way wait
 * for an answer here rather than there, for here those of that time become one.
 */
import { signatureTrouble } from "../services/signed-at.ts";
import type { Answer } from "./answers.ts";
import { canCombine, combined, COMBINED_OPERATION, inParts, PUT_ANSWER } from "./combined.ts";
import type { Pipeline, Sent, Waiting } from "./pipeline.ts";

export interface Request {
  readonly path: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Caller {
  answered(answer: Answer): void;
  failed(error: Error): void;
}

/** Once, unless it was answered before. */
export type Leave = (error: Error) => void;

/** One that the database is busy with, and the next one, so that it need not wait for us. */
const WRITES_AT_ONCE = 2;
const READS: ReadonlySet<string> = new Set(["GetItem", "Query", "BatchGetItem", "Scan"]);

const TARGET = /^(DynamoDB_\d+\.)(\w+)$/;

export const isCall = ({ headers }: Pick<Request, "headers">) => TARGET.test(targetOf({ headers }));

interface Call {
  readonly request: Request;
  readonly caller: Caller;
  /** With others, into one write. */
  readonly canGather: boolean;
  isOver: boolean;
  sent?: Sent;
}

export function shortWay(
  pipeline: Pipeline,
): (request: Request, timeoutMs: number, caller: Caller) => Leave {
  let due: Call[] = [];
  let isPlanned = false;
  let writesUnderWay = 0;

  function plan(): void {
    if (isPlanned) return;
    isPlanned = true;
    setImmediate(sendDue);
  }

  function sendDue(): void {
    isPlanned = false;
    const waits = (call: Call) => call.canGather && writesUnderWay >= WRITES_AT_ONCE;
    const calls = due.filter((call) => !waits(call) && isInTime(call));
    due = due.filter((call) => waits(call) && !call.isOver);
    const puts = calls.filter(({ canGather }) => canGather);
    for (const part of inParts(puts.map((call) => ({ call, body: call.request.body })))) {
      if (part.length > 1) sendAsOne(part.map(({ call }) => call));
      else for (const { call } of part) send(call);
    }
    for (const call of calls) if (!call.canGather) send(call);
    pipeline.flush();
  }

  /** `pipeline.send`, counted where it writes. */
  function transmit(request: Request, waiting: Waiting): Sent {
    const isWrite = !isRead(request);
    if (isWrite) writesUnderWay++;
    const settled = () => {
      if (!isWrite) return;
      writesUnderWay--;
      if (due.length > 0) plan();
    };
    return pipeline.send(textOf(request), {
      isOver: () => waiting.isOver(),
      answered(answer) {
        settled();
        waiting.answered(answer);
      },
      failed(error) {
        settled();
        waiting.failed(error);
      },
    });
  }

  function send(call: Call): void {
    call.sent = transmit(call.request, {
      isOver: () => call.isOver,
      answered: (answer) => end(call, () => call.caller.answered(answer)),
      failed: (error) => end(call, () => call.caller.failed(error)),
    });
  }

  function sendAsOne(calls: readonly Call[]): void {
    const { headers, path } = calls[0]!.request;
    const target = targetOf({ headers }).replace(TARGET, `$1${COMBINED_OPERATION}`);
    const body = combined(calls.map(({ request }) => request));
    const request = { path, headers: { ...headers, "x-amz-target": target }, body };
    const sent = transmit(request, {
      isOver: () => calls.every((call) => call.isOver),
      answered(answer) {
        if (answer.statusCode === 400) {
          // Nothing of it was done. The process may have stood still since.
          for (const call of calls.filter(isInTime)) send(call);
          pipeline.flush();
          return;
        }
        const own = answer.statusCode === 200 ? { ...answer, body: PUT_ANSWER } : answer;
        for (const call of calls) end(call, () => call.caller.answered(own));
      },
      failed(error) {
        for (const call of calls) end(call, () => call.caller.failed(error));
      },
    });
    for (const call of calls) call.sent = sent;
  }

  return (request, timeoutMs, caller) => {
    const leave: Leave = (error) =>
      end(call, () => {
        call.caller.failed(error);
        call.sent?.retire();
      });
    const timer = setTimeout(
      () => leave(named("TimeoutError", `no answer of the embedded DynamoDB in ${timeoutMs} ms`)),
      timeoutMs,
    );
    const clear = () => clearTimeout(timer);
    const call: Call = {
      request,
      canGather: canCombine(operationOf(request), request.body),
      isOver: false,
      caller: {
        answered(answer) {
          clear();
          caller.answered(answer);
        },
        failed(error) {
          clear();
          caller.failed(error);
        },
      },
    };
    due.push(call);
    plan();
    return leave;
  };
}

function end(call: Call, settle: () => void): void {
  if (call.isOver) return;
  call.isOver = true;
  settle();
}

const targetOf = ({ headers }: Pick<Request, "headers">) => headers["x-amz-target"] ?? "";
const operationOf = (request: Request) => TARGET.exec(targetOf(request))?.[2] ?? "";
const isRead = (request: Request) => READS.has(operationOf(request));

/** False for one that is refused here. */
function isInTime(call: Call): boolean {
  const trouble = signatureTrouble(call.request.headers["x-amz-date"], Date.now());
  if (trouble !== undefined) {
    end(call, () => call.caller.failed(named("InvalidSignatureException", trouble)));
  }
  return !call.isOver;
}

/** What the database reads; the rest of what an SDK tells is for AWS. */
const HEADERS = ["host", "content-type", "x-amz-target", "x-amz-date", "authorization"];

function textOf({ headers, path, body }: Request): string {
  let text = `POST ${path} HTTP/1.1\r\n`;
  for (const name of HEADERS) {
    if (headers[name] !== undefined) text += `${name}: ${headers[name]}\r\n`;
  }
  return `${text}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

export function named(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}
