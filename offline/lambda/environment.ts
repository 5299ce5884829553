/**
 * The stack's side of one execution environment: a process in which one function runs, one invocation at a time. What
 * the function does to it, exiting, blocking, eating memory, ends this process and the invocation under way, and nobody else's.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { BuiltCode } from "./code.ts";
import { ANSWER_MAX_BYTES, INIT_MAX_MS, LOG_TAIL_BYTES, MEMORY_WATCH_MS } from "./limits.ts";
import {
  exitError,
  timeoutError,
  type FunctionError,
  type InvocationRequest,
  type Outcome,
} from "./outcome.ts";
import { frame, frameReader, KIND } from "./runtime/frames.mjs";

export interface EnvironmentOptions {
  readonly code: BuiltCode;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly variables: NodeJS.ProcessEnv;
  /** What the function sees as its working directory. */
  readonly taskRoot: string;
  /** Hears what is printed, in whole lines. */
  print(text: string): void;
  /** Hears once, when the process is gone. */
  onEnd(environment: Environment): void;
  /** Told of the process, for it to be ended should the stack be killed; and when it has ended. */
  guard(pid: number): () => void;
}

/** Some of Lambda's errors name the invocation. */
export type Failure = (requestId: string) => FunctionError;

const MAIN = fileURLToPath(new URL("runtime/main.mjs", import.meta.url));
const MIB = 1024 * 1024;

export class Environment {
  readonly code: BuiltCode;
  readonly #options: EnvironmentOptions;
  readonly #process: ChildProcess;
  readonly #events: Writable;
  /** Resolves when the function is loaded, or with why it cannot be. */
  readonly ready: Promise<Failure | undefined>;
  #ready: ((problem: Failure | undefined) => void) | undefined;
  #settle: ((outcome: Outcome) => void) | undefined;
  #requestId = "";
  /** Why the stack ended it. */
  #killedFor: Failure | undefined;
  #isKilled = false;
  #line = "";
  #log = "";
  idleSinceMs = 0;

  constructor(options: EnvironmentOptions) {
    this.#options = options;
    this.code = options.code;
    const { code, memoryMb, variables: env, taskRoot: cwd } = options;
    const settings = {
      bundle: code.bundle,
      sourceFile: code.sourceFile,
      handler: code.handler,
      exported: code.exported,
      answerMaxBytes: ANSWER_MAX_BYTES,
    };
    const nodeOptions = ["--enable-source-maps", `--max-old-space-size=${memoryMb}`];
    this.#process = spawn(process.execPath, [...nodeOptions, MAIN, JSON.stringify(settings)], {
      cwd,
      env,
      stdio: ["ignore", "pipe", "pipe", "pipe", "pipe"],
    });
    const [, stdout, stderr, events, answers] = this.#process.stdio as unknown as [
      null,
      Readable,
      Readable,
      Writable,
      Readable,
    ];
    this.#events = events;
    // It may end while an event is on its way; its end says more.
    events.on("error", () => {});
    // Written past the runtime: by what it started itself, or by Node when it dies.
    for (const stream of [stdout, stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => this.#take(text));
    }
    answers.on(
      "data",
      frameReader((kind, body) => this.#hear(kind, body)),
    );
    this.ready = new Promise((resolve) => (this.#ready = resolve));
    const limit = setTimeout(
      () => this.#kill((requestId) => timeoutError(requestId, options.timeoutSeconds)),
      INIT_MAX_MS + options.timeoutSeconds * 1000,
    );
    void this.ready.then(() => clearTimeout(limit));
    const forget = this.#process.pid === undefined ? () => {} : options.guard(this.#process.pid);
    const drained = new Promise((resolve) => answers.once("close", resolve));
    this.#process.once("error", (error) => this.#end(error.message, forget));
    this.#process.once("exit", (exitCode, signal) => {
      const how = signal === null ? exitStatus(exitCode) : `signal: ${SIGNALS[signal] ?? signal}`;
      // What it said last may still be in the pipe.
      void drained.then(() => this.#end(how, forget));
    });
  }

  async invoke(request: InvocationRequest): Promise<Outcome> {
    const { timeoutSeconds } = this.#options;
    const { payload, requestId, invokedFunctionArn, clientContext } = request;
    this.#requestId = requestId;
    this.#log = "";
    const facts = {
      ...contextOf(this.#options.variables),
      awsRequestId: requestId,
      invokedFunctionArn,
      ...(clientContext !== undefined && { clientContext }),
      deadlineMs: Date.now() + timeoutSeconds * 1000,
    };
    const timer = setTimeout(
      () => this.#kill(() => timeoutError(requestId, timeoutSeconds)),
      timeoutSeconds * 1000,
    );
    const watch = setInterval(() => this.#watchMemory(), MEMORY_WATCH_MS);
    try {
      return await new Promise<Outcome>((resolve) => {
        this.#settle = resolve;
        const head = Buffer.from(`${JSON.stringify(facts)}\n`);
        const event = payload.length === 0 ? Buffer.from("{}") : payload;
        for (const part of frame(KIND.invoke, head, event)) this.#events.write(part);
      });
    } finally {
      clearTimeout(timer);
      clearInterval(watch);
    }
  }

  /** Whatever it is doing. */
  kill(): void {
    this.#kill(undefined);
  }

  get isKilled(): boolean {
    return this.#isKilled;
  }

  #kill(reason: Failure | undefined): void {
    this.#killedFor ??= reason;
    this.#isKilled = true;
    this.#process.kill("SIGKILL");
  }

  #hear(kind: number, body: Buffer): void {
    switch (kind) {
      case KIND.output:
        return this.#take(body.toString("utf8", 1));
      case KIND.ready:
        return this.#isReady(undefined);
      case KIND.notReady:
        return this.#isReady(asTold(body));
      case KIND.returned:
        return this.#finish({ kind: "returned", payload: body, log: this.#endLog() });
      case KIND.notJson:
        return this.#finish({ kind: "notJson", message: body.toString() });
      case KIND.broken:
        // It is on its way out, and must not be given anything more.
        this.#isKilled = true;
        return this.#fail(asTold(body));
      case KIND.failed:
        return this.#fail(asTold(body));
    }
  }

  #fail(failure: Failure): void {
    this.#isReady(failure);
    this.#finish({ kind: "failed", error: failure(this.#requestId), log: this.#endLog() });
  }

  #isReady(problem: Failure | undefined): void {
    this.#ready?.(problem);
    this.#ready = undefined;
  }

  #finish(outcome: Outcome): void {
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.(outcome);
  }

  #end(how: string | undefined, forget: () => void): void {
    const isWanted = !this.#isKilled || this.#killedFor !== undefined;
    this.#isKilled = true;
    forget();
    const isMissed = this.#settle !== undefined || this.#ready !== undefined;
    const failure = this.#killedFor ?? ((requestId: string) => exitError(requestId, how));
    if (isMissed && isWanted) this.#take(`${failure(this.#requestId).errorMessage}\n`);
    this.#fail(failure);
    this.#options.onEnd(this);
  }

  #take(text: string): void {
    this.#log = (this.#log + text).slice(-LOG_TAIL_BYTES);
    const end = text.lastIndexOf("\n") + 1;
    if (end > 0) this.#options.print(this.#line + text.slice(0, end));
    this.#line = end > 0 ? text.slice(end) : this.#line + text;
  }

  /** What an invocation began to print is a line when it ends. */
  #endLog(): string {
    if (this.#line !== "") this.#take("\n");
    return this.#log;
  }

  /** Node bounds its own heap; buffers and what native code takes are seen from outside only. */
  #watchMemory(): void {
    const { memoryMb } = this.#options;
    const residentMb = residentBytes(this.#process.pid) / MIB;
    if (residentMb <= memoryMb) return;
    this.#take(
      `The function's ${memoryMb} MB of memory are not enough: it took ${Math.ceil(residentMb)} MB.\n`,
    );
    this.#kill((requestId) => exitError(requestId, "signal: killed"));
  }
}

function asTold(body: Buffer): Failure {
  const error = JSON.parse(body.toString()) as FunctionError;
  return () => error;
}

function contextOf(variables: NodeJS.ProcessEnv) {
  return {
    functionName: variables["AWS_LAMBDA_FUNCTION_NAME"],
    functionVersion: variables["AWS_LAMBDA_FUNCTION_VERSION"],
    memoryLimitInMB: variables["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"],
    logGroupName: variables["AWS_LAMBDA_LOG_GROUP_NAME"],
    logStreamName: variables["AWS_LAMBDA_LOG_STREAM_NAME"],
  };
}

const SIGNALS: Readonly<Partial<Record<NodeJS.Signals, string>>> = {
  SIGKILL: "killed",
  SIGABRT: "aborted",
  SIGSEGV: "segmentation fault",
  SIGTERM: "terminated",
};

function exitStatus(code: number | null): string | undefined {
  return code === 0 || code === null ? undefined : `exit status ${code}`;
}

const PAGE_BYTES = 4096;

/** 0 where it cannot be known. */
function residentBytes(pid: number | undefined): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, "latin1").split(" ")[1]) * PAGE_BYTES;
  } catch {
    return 0;
  }
}
