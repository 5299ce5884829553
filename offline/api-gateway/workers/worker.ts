/** The host's side of one worker: its calls, how many are under way, and their end with it. */
import { Worker } from "node:worker_threads";
import type { ApiRun } from "../function.ts";
import type { FromWorker, ToWorker, WorkerData } from "./messages.ts";

interface Waiting {
  readonly bytes: (bytes: Uint8Array, isEnd: boolean) => void;
  readonly result: (result: unknown) => void;
  readonly fail: (error: Error) => void;
}

export class ApiWorker {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #onLoaded: () => void;
  #callCount = 0;
  /** What is under way, as its pool weighs it. */
  load = 0;
  /** Whether it was called since it was started. */
  isUsed = false;
  /** Settles when its code is loaded, or cannot be. */
  readonly loaded: Promise<void>;

  constructor(workerData: WorkerData, onEnd: () => void) {
    this.#worker = new Worker(new URL("main.ts", import.meta.url), {
      workerData,
      env: process.env,
    });
    this.#worker.unref();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.loaded = promise;
    // Its calls tell it, too.
    promise.catch(() => {});
    this.#onLoaded = resolve;
    let problem: Error | undefined;
    this.#worker.on("message", (message: FromWorker) => this.#hear(message));
    this.#worker.on("error", (error) => (problem = error as Error));
    this.#worker.on("exit", (code) => {
      onEnd();
      const error = problem ?? new Error(`the api function's worker ended with exit code ${code}`);
      reject(error);
      for (const { fail } of this.#waiting.values()) fail(error);
      this.#waiting.clear();
    });
  }

  get isIdle(): boolean {
    return this.#waiting.size === 0;
  }

  /** Calls that are under way fail. */
  end(): void {
    void this.#worker.terminate();
  }

  stream(
    ...[event, stream, context, body]: Parameters<ApiRun<"STREAM">>
  ): ReturnType<ApiRun<"STREAM">> {
    const id = this.#begin();
    let owedBytes = 0;
    const tellTaken = () => {
      this.#post({ kind: "taken", id, byteCount: owedBytes });
      owedBytes = 0;
    };
    return new Promise((resolve, reject) => {
      const leave = () => {
        if (this.#waiting.delete(id)) this.#post({ kind: "gone", id });
        resolve();
      };
      stream.once("close", leave);
      stream.on("drain", tellTaken);
      this.#waiting.set(id, {
        bytes: (bytes, isEnd) => {
          if (isEnd) {
            this.#waiting.delete(id);
            stream.end(bytes);
            resolve();
            return;
          }
          owedBytes += bytes.length;
          if (stream.destroyed || stream.write(bytes)) tellTaken();
        },
        result: () => {},
        fail: reject,
      });
      this.#call(id, event, context, body);
    });
  }

  gather(...[event, context, body]: Parameters<ApiRun<"BUFFERED">>): Promise<unknown> {
    const id = this.#begin();
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { bytes: () => {}, result: resolve, fail: reject });
      this.#call(id, event, context, body);
    });
  }

  #call(id: number, event: unknown, context: unknown, body?: Uint8Array<ArrayBuffer>): void {
    const call = { kind: "call", id, event, context } as const;
    this.#post(body === undefined ? call : { ...call, body }, body && [body.buffer]);
  }

  #begin(): number {
    this.isUsed = true;
    return ++this.#callCount;
  }

  #post(message: ToWorker, transfer: readonly ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  #hear(message: FromWorker): void {
    if (message.kind === "wrote") {
      (message.isError ? process.stderr : process.stdout).write(message.text);
      return;
    }
    if (message.kind === "loaded") return this.#onLoaded();
    const waiting = this.#waiting.get(message.id);
    switch (message.kind) {
      case "bytes":
        return waiting?.bytes(message.bytes, message.isEnd);
      case "result":
        this.#waiting.delete(message.id);
        return waiting?.result(message.result);
      case "failed":
        this.#waiting.delete(message.id);
        return waiting?.fail(Object.assign(new Error(), message.error));
    }
  }
}
