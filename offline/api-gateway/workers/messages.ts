/** What a worker of the api function and its host tell each other. */
import type { FunctionSource } from "../function.ts";

export type WorkerData = FunctionSource;

export type ToWorker =
  | {
      readonly kind: "call";
      readonly id: number;
      readonly event: unknown;
      readonly context: unknown;
      /** In place of the event's. */
      readonly body?: Uint8Array<ArrayBuffer>;
    }
  /** So much of what it sent is on its way to the client. */
  | { readonly kind: "taken"; readonly id: number; readonly byteCount: number }
  /** Nobody waits for the answer any more. */
  | { readonly kind: "gone"; readonly id: number };

export type FromWorker =
  | { readonly kind: "loaded" }
  | {
      readonly kind: "bytes";
      readonly id: number;
      readonly bytes: Uint8Array;
      readonly isEnd: boolean;
    }
  | { readonly kind: "result"; readonly id: number; readonly result: unknown }
  | {
      readonly kind: "failed";
      readonly id: number;
      readonly error: Pick<Error, "name" | "message" | "stack">;
    }
  /** What the function wrote to its standard output, or to the standard error. */
  | { readonly kind: "wrote"; readonly text: string; readonly isError: boolean };
