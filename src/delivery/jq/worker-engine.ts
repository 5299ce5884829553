/**
 * jq 1.6 as WebAssembly, in a worker thread that can be ended at any time.
 *
 * Inputs go to jq together, for to compile a program takes longer than to run it on hundreds. Each line that comes back
 * settles an input. When none comes for too long the thread is ended; when jq itself ends too early (it has no
 * memory left, the program called `halt`, an input is nested too deeply) the same holds: the input it was at is the
 * culprit, and what stands behind it goes to jq anew.
 */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";
import type { Clock } from "../../clock.ts";
import { JQ_INPUT_MAX_MS, JQ_INPUT_MIN_MS, JQ_MEMORY_MAX_BYTES } from "../../limits.ts";
import type { JqEngine, JqResult, JqRun } from "./engine.ts";
import { prelude } from "./prelude.ts";
import {
  WORKER_SOURCE,
  type WorkerCall,
  type WorkerData,
  type WorkerMessage,
} from "./worker-source.ts";

export interface WorkerJqOptions {
  readonly clock: Clock;
  /** Of the thread's CPU time. Smaller ones are for tests. */
  readonly inputMaxMs?: number;
}

export function workerJq({ clock, inputMaxMs = JQ_INPUT_MAX_MS }: WorkerJqOptions): JqEngine {
  let thread: Thread | undefined;
  /** The calls so far; the next one waits for them. */
  let turn: Promise<unknown> = Promise.resolve();

  function inTurn<T>(task: () => Promise<T>): Promise<T> {
    const result = turn.then(task);
    turn = result.catch(() => {});
    return result;
  }

  async function endThread(): Promise<void> {
    const ended = thread;
    thread = undefined;
    await ended?.end();
  }

  /** One run of jq. `end` is absent when it had to be stopped. */
  async function call(request: WorkerCall, maxMs: number) {
    if (thread === undefined || thread.hasEnded) thread = new Thread(await jqFiles(), clock);
    thread.send(request);
    const lines: string[] = [];
    let hasBegun = false;
    for (;;) {
      // Loading jq is not the program's fault.
      const message = await thread.receive(hasBegun ? maxMs : inputMaxMs);
      if (message === undefined) {
        await endThread();
        return { lines };
      }
      hasBegun = true;
      if (message.kind === "lines") lines.push(...message.text.split("\n").slice(0, -1));
      if (message.kind !== "end") continue;
      return { lines, end: message };
    }
  }

  async function run({ program, inputs, nowMs }: JqRun): Promise<readonly JqResult[]> {
    const wrapped = prelude(program, nowMs) + wrap(program);
    const results: JqResult[] = [];
    let maxMs = inputMaxMs;
    while (results.length < inputs.length) {
      const rest = inputs.slice(results.length);
      const input = rest.map((text) => `${text}\n`).join("");
      const { lines, end } = await call({ program: wrapped, input, nowMs }, maxMs);
      const settled = readLines(lines);
      results.push(...settled);
      if (settled.length >= rest.length) continue;
      if (end === undefined) {
        results.push({ kind: "stopped", reason: "time" });
        // Should it never come back from any, a batch must end all the same.
        maxMs = Math.max(maxMs / 2, Math.min(JQ_INPUT_MIN_MS, inputMaxMs));
      } else if (!end.outOfMemory) {
        results.push({ kind: "ended", message: end.stderr.trim() });
      } else if (settled.length === 0) {
        results.push({ kind: "stopped", reason: "memory" });
      }
      // Else it shared the memory with those before; what it takes alone shows when it is the first.
    }
    return results;
  }

  return {
    check: (program) =>
      inTurn(async () => {
        // Without an input a program is compiled, and does nothing.
        const { end } = await call({ program, input: "", nowMs: 0 }, inputMaxMs);
        return end === undefined
          ? "the program takes too long to compile"
          : end.stderr.trim() || undefined;
      }),
    run: (request) => inTurn(() => run(request)),
    close: () => inTurn(endThread),
  };
}

/** The newline ends a comment that the program may end with. */
function wrap(program: string): string {
  return `[input_line_number, try [(${program}\n)] catch {error: .}]`;
}

/** Each line says which input it is of; an input that was passed over made jq go on without a line. */
function readLines(lines: readonly string[]): readonly JqResult[] {
  const results: JqResult[] = [];
  for (const line of lines) {
    const lineNumber = Number(/^\[(\d+),/.exec(line)?.[1]);
    while (results.length < lineNumber - 1) results.push({ kind: "ended", message: "" });
    const answer = answerIn(line);
    if (answer === undefined) {
      results.push({ kind: "ended", message: "its result is nested too deeply" });
      continue;
    }
    results.push(
      Array.isArray(answer)
        ? { kind: "outputs", values: answer }
        : { kind: "error", error: answer.error },
    );
  }
  return results;
}

/** `undefined` for what is no JSON: jq leaves out what lies deeper than 256 levels, and says so in its place. */
function answerIn(line: string): unknown[] | { readonly error: unknown } | undefined {
  try {
    const [, answer] = JSON.parse(line) as [number, unknown[] | { readonly error: unknown }];
    return answer;
  } catch {
    return undefined;
  }
}

/** How long nothing is heard before the thread's time is looked at. */
const SILENCE_MS = 200;
/** A thread that gets no CPU is given up as well, though far later. */
const WAITING_FACTOR = 20;

class Thread {
  readonly #worker: Worker;
  readonly #clock: Clock;
  readonly #received: WorkerMessage[] = [];
  #heard = new AbortController();
  /** By itself. */
  hasEnded = false;

  constructor(workerData: WorkerData, clock: Clock) {
    this.#clock = clock;
    // Its standard output goes nowhere; jq's is handed on as messages.
    this.#worker = new Worker(WORKER_SOURCE, {
      eval: true,
      workerData,
      env: {},
      stdout: true,
      stderr: true,
    });
    this.#worker.on("message", (message: WorkerMessage) => this.#hear(message));
    this.#worker.on("error", (error) => this.#hearEnd(String(error)));
    this.#worker.on("exit", (code) => this.#hearEnd(`the thread ended with ${code}`));
    this.#worker.unref();
  }

  send(request: WorkerCall): void {
    this.#received.length = 0;
    this.#worker.ref();
    this.#worker.postMessage(request);
  }

  /**
   * The next message; `undefined` when the thread has been at work for so long without one. Its own CPU time counts,
   * for the machine may be busy with other things, and so may this thread, with messages lying here unread.
   */
  async receive(maxMs: number): Promise<WorkerMessage | undefined> {
    await this.#listen(SILENCE_MS);
    if (this.#received.length === 0) {
      const startedMs = await this.#busyMs();
      const giveUpAtMs = this.#clock.now() + maxMs * WAITING_FACTOR;
      for (let leftMs = maxMs; leftMs > 0 && this.#clock.now() < giveUpAtMs;) {
        await this.#listen(leftMs);
        if (this.#received.length > 0) break;
        leftMs = maxMs - ((await this.#busyMs()) - startedMs);
      }
    }
    const message = this.#received.shift();
    if (message?.kind === "end") this.#worker.unref();
    return message;
  }

  async #listen(waitMs: number): Promise<void> {
    if (this.#received.length > 0) return;
    this.#heard = new AbortController();
    await this.#clock.sleep(waitMs, this.#heard.signal);
  }

  async #busyMs(): Promise<number> {
    // Node has it since 24.6.
    if (typeof this.#worker.cpuUsage !== "function") return this.#clock.now();
    try {
      const { user, system } = await this.#worker.cpuUsage();
      return (user + system) / 1000;
    } catch {
      // It has not started yet, or has just ended, and will say so.
      return 0;
    }
  }

  async end(): Promise<void> {
    this.#worker.removeAllListeners();
    await this.#worker.terminate();
  }

  #hear(message: WorkerMessage): void {
    this.#received.push(message);
    this.#heard.abort();
  }

  #hearEnd(stderr: string): void {
    this.hasEnded = true;
    this.#hear({ kind: "end", stderr, outOfMemory: false });
  }
}

const WASM_PAGE_BYTES = 65_536;
let files: Promise<WorkerData> | undefined;

/** Read once in a process. They stand in the package's folder, also where this file is part of a bundle. */
function jqFiles(): Promise<WorkerData> {
  files ??= readFiles().catch((error: unknown) => {
    files = undefined;
    throw error;
  });
  return files;
}

async function readFiles(): Promise<WorkerData> {
  const { resolve } = createRequire(import.meta.url);
  const [glue, wasm] = await Promise.all([
    readFile(resolve("jq-web/jq.wasm.js"), "utf8"),
    readFile(resolve("jq-web/jq.wasm.wasm")),
  ]);
  return {
    glue,
    wasm,
    memoryMaxPages: JQ_MEMORY_MAX_BYTES / WASM_PAGE_BYTES,
  };
}
