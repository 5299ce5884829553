/**
 * The integration that passes an answer on while it comes: bytes as they are, whatever the client accepts; no faster
 * than the client reads; at an end when nothing comes for too long, or when the client goes.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html
 */
import { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { AnyResponse } from "../front/exchange.ts";
import { answerHead, drained } from "./answer.ts";
import type { ApiFunction, GatewayCall } from "./function.ts";
import { PACED_BYTES_PER_SECOND, UNPACED_BYTES } from "./limits.ts";
import { readPrelude, ResponseStream } from "./response-stream.ts";
import { giveBack } from "./spent.ts";

export interface StreamBounds {
  /** Of the whole answer. */
  readonly maxMs: number;
  readonly idleMaxMs: number;
  /** Whether what is beyond the first megabytes is slowed down to Lambda's pace. */
  readonly isPaced: boolean;
}

export type StreamedOutcome =
  | { readonly kind: "answered" }
  /** Nothing was sent yet. */
  | { readonly kind: "failed" | "timed-out"; readonly error: unknown };

export async function passStreamed(
  { run, isElsewhere = false }: Extract<ApiFunction, { readonly transferMode: "STREAM" }>,
  call: GatewayCall,
  response: AnyResponse,
  gone: AbortSignal,
  { maxMs, idleMaxMs, isPaced }: StreamBounds,
): Promise<StreamedOutcome> {
  const stream = new ResponseStream();
  let isOutOfTime = false;
  const timeOut = () => {
    isOutOfTime = true;
    stream.destroy(new Error("the function's answer took too long"));
  };
  const overall = setTimeout(timeOut, maxMs);
  let idle = setTimeout(timeOut, idleMaxMs);
  const leave = () => void stream.destroy();
  gone.addEventListener("abort", leave);
  // What the function throws ends its stream; before its first byte that is the answer.
  const running = run(call.event, stream, call.context, call.body).catch((error: unknown) => {
    stream.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  try {
    const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    const head = await readPrelude(chunks);
    if (head === undefined) {
      return { kind: "failed", error: new Error("the function's answer has no status") };
    }
    holdTogether(response);
    answerHead(response, head.prelude, call.requestId);
    const startedAt = performance.now();
    let byteCount = 0;
    let { body: chunk, memory } = head;
    for (;;) {
      byteCount += chunk.length;
      const sent = memory;
      // What was cut off may lie in the connection's own buffer still.
      const done = (error?: Error | null) => {
        if (isElsewhere && !error) giveBack(sent);
      };
      if (chunk.length > 0 && !(response as ServerResponse).write(chunk, done)) {
        await drained(response, gone);
      }
      if (isPaced && byteCount > UNPACED_BYTES) await inPace(byteCount, startedAt);
      clearTimeout(idle);
      idle = setTimeout(timeOut, idleMaxMs);
      const next = await chunks.next();
      if (next.done === true) break;
      chunk = memory = next.value;
    }
    response.end();
    return { kind: "answered" };
  } catch (error) {
    if (gone.aborted) return { kind: "answered" };
    if (!response.headersSent) return { kind: isOutOfTime ? "timed-out" : "failed", error };
    throw error;
  } finally {
    clearTimeout(overall);
    clearTimeout(idle);
    gone.removeEventListener("abort", leave);
    stream.destroy();
    void running;
  }
}

/** Head, body and end of a short answer leave in one packet; what comes later does not wait. */
function holdTogether(response: AnyResponse): void {
  // HTTP/2 gathers frames by itself.
  if (!(response instanceof ServerResponse)) return;
  const { socket } = response;
  socket?.cork();
  setImmediate(() => socket?.uncork());
}

async function inPace(byteCount: number, startedAt: number): Promise<void> {
  const dueMs = ((byteCount - UNPACED_BYTES) / PACED_BYTES_PER_SECOND) * 1000;
  const aheadMs = dueMs - (performance.now() - startedAt);
  if (aheadMs > 0) await sleep(aheadMs);
}
