/**
 * The twin of Lambda's invoke: functions are plain functions of their event, under their ARNs. JSON goes in
 * and comes out, and Lambda's limits on both hold.
 */
import type { FunctionInvoker } from "../../delivery/ports.ts";
import { LAMBDA_PAYLOAD_MAX_BYTES } from "../../limits.ts";

/** What it throws is the function's error; a `TimedOut` is Lambda ending it. */
export type MemoryFunction = (event: unknown) => unknown;

/** Thrown by a memory function to stand for one that ran into its time limit. */
export class TimedOut extends Error {
  override readonly name = "TimedOut";
}

export function memoryInvoker(
  functions: Readonly<Record<string, MemoryFunction>>,
): FunctionInvoker {
  return {
    async invoke(functionArn, payload) {
      const fn = functions[functionArn];
      if (fn === undefined) {
        const message = `Function not found: ${functionArn}`;
        return { kind: "refused", code: "Lambda.ResourceNotFound", message };
      }
      if (Buffer.byteLength(payload) > LAMBDA_PAYLOAD_MAX_BYTES) {
        const message = `the request exceeds ${LAMBDA_PAYLOAD_MAX_BYTES} bytes`;
        return { kind: "refused", code: "Lambda.RequestTooLargeException", message };
      }
      try {
        const returned = JSON.stringify(await fn(JSON.parse(payload))) ?? "null";
        if (Buffer.byteLength(returned) > LAMBDA_PAYLOAD_MAX_BYTES) {
          const message = `the response exceeds ${LAMBDA_PAYLOAD_MAX_BYTES} bytes`;
          return { kind: "failed", timedOut: false, message };
        }
        return { kind: "returned", payload: returned };
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        return { kind: "failed", timedOut: error instanceof TimedOut, message };
      }
    },
  };
}
