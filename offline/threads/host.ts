/**
 * Functions of Hydrant's own in threads of their own. The others run in the thread that also serves HTTP, where each
 * waits for what any other computes; on AWS they are different machines. A function that has a thread keeps its
 * environment to itself, and when its thread ends, only its own invocations fail: the next one starts another.
 */
import { Worker } from "node:worker_threads";
import type { Context } from "aws-lambda";

export type AnyHandler = (event: unknown, context: Context) => Promise<unknown>;

/** What the thread is started with. */
export interface ThreadData {
  readonly module: string;
  readonly name: string;
}

export interface Call {
  readonly id: number;
  readonly event: unknown;
  /** What of it can be sent. */
  readonly context: object;
  readonly deadlineMs: number;
}

export type Answer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: Pick<Error, "name" | "message" | "stack"> };

/** `environment` is the thread's own; the others see nothing of it. */
export function threaded(module: string, name: string, environment: NodeJS.ProcessEnv): AnyHandler {
  let thread: Thread | undefined;
  return (event, context) => {
    thread ??= new Thread({ module, name }, environment, () => (thread = undefined));
    return thread.call(event, context);
  };
}

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

class Thread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #callCount = 0;

  constructor(workerData: ThreadData, env: NodeJS.ProcessEnv, onEnd: () => void) {
    this.#worker = new Worker(new URL("main.ts", import.meta.url), { workerData, env });
    this.#worker.unref();
    let problem: Error | undefined;
    this.#worker.on("message", (answer: Answer) => this.#settle(answer));
    this.#worker.on("error", (error) => (problem = error as Error));
    this.#worker.on("exit", (code) => {
      onEnd();
      const error = problem ?? new Error(`the function's thread ended with exit code ${code}`);
      for (const { reject } of this.#waiting.values()) reject(error);
    });
  }

  call(event: unknown, context: Context): Promise<unknown> {
    const id = ++this.#callCount;
    const deadlineMs = Date.now() + context.getRemainingTimeInMillis();
    const facts = Object.entries(context).filter(([, value]) => typeof value !== "function");
    const call: Call = { id, event, context: Object.fromEntries(facts), deadlineMs };
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage(call);
    });
  }

  #settle(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if ("error" in answer) waiting?.reject(Object.assign(new Error(), answer.error));
    else waiting?.resolve(answer.result);
  }
}
