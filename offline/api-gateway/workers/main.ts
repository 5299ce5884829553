/**
 * The thread of a worker: the api function as Lambda would have loaded it, and as many calls of it at once as the host
 * sends. What it streams is sent as it is written; what is written together, status and headers above all, goes
 * together, for a message costs more than its bytes.
 */
import { parentPort, workerData } from "node:worker_threads";
import { refuseLateCalls } from "../../late-calls.ts";
import { recordCalls } from "../../recording/record.ts";
import { takeShortWay } from "../../short-way/take.ts";
import { type GatheringFunction, loadFunction, type StreamingFunction } from "../function.ts";
import { HANDED_OVER_LEAST_BYTES } from "../limits.ts";
import { bodyText } from "../proxy-event.ts";
import { ResponseStream } from "../response-stream.ts";
import { giveBack } from "../spent.ts";
import type { FromWorker, ToWorker, WorkerData } from "./messages.ts";

/** Sent and not yet taken; beyond, the function waits as it would for a slow client. */
const UNTAKEN_MAX_BYTES = 1024 * 1024;

/** A line of the log may be so late. */
const LINES_WAIT_MS = 10;

const post = (message: FromWorker, transfer: readonly ArrayBuffer[] = []) =>
  parentPort?.postMessage(message, transfer);

tellOutput();
refuseLateCalls(process.env["AWS_ENDPOINT_URL_DYNAMODB"]);
takeShortWay(process.env["HYDRANT_SHORT_WAY"]);
recordCalls(process.env["HYDRANT_RECORD_CALLS"], "api");
const api = await loadFunction(workerData as WorkerData);
// From here on: a stray rejection of one call must not end the others.
for (const event of ["unhandledRejection", "uncaughtException"]) {
  process.on(event, (error: unknown) => console.error(error));
}

post({ kind: "loaded" });

interface Answer {
  taken(byteCount: number): void;
  leave(): void;
}

const answers = new Map<number, Answer>();

parentPort?.on("message", (message: ToWorker) => {
  switch (message.kind) {
    case "call":
      if (api.transferMode === "STREAM") runStreaming(api.run, message);
      else void runGathering(api.run, message);
      return;
    case "taken":
      return answers.get(message.id)?.taken(message.byteCount);
    case "gone":
      return answers.get(message.id)?.leave();
  }
});

type Call = Extract<ToWorker, { readonly kind: "call" }>;

/** With its body as the function knows it. */
function eventOf({ event, body }: Call): unknown {
  if (body === undefined) return event;
  const { isBase64Encoded } = event as { readonly isBase64Encoded: boolean };
  const text = bodyText(Buffer.from(body.buffer), isBase64Encoded);
  giveBack(body);
  return { ...(event as object), body: text };
}

function runStreaming(run: StreamingFunction, call: Call): void {
  const { id, context } = call;
  const stream = new ResponseStream();
  let pending: Buffer[] = [];
  let untakenBytes = 0;
  let isDue = false;
  let isEnd = false;

  const flush = () => {
    isDue = false;
    if (!answers.has(id)) return;
    const bytes = joined(pending);
    pending = [];
    untakenBytes += bytes.length;
    if (untakenBytes > UNTAKEN_MAX_BYTES) stream.pause();
    if (isEnd) answers.delete(id);
    const isLarge = bytes.length >= HANDED_OVER_LEAST_BYTES;
    post({ kind: "bytes", id, bytes, isEnd }, isLarge ? [bytes.buffer] : []);
  };
  const soon = () => {
    if (!isDue) setImmediate(flush);
    isDue = true;
  };
  answers.set(id, {
    taken(byteCount) {
      untakenBytes -= byteCount;
      if (untakenBytes <= UNTAKEN_MAX_BYTES) stream.resume();
    },
    leave() {
      answers.delete(id);
      stream.destroy();
    },
  });
  stream.on("data", (chunk: Buffer) => {
    pending.push(chunk);
    soon();
  });
  stream.once("end", () => {
    isEnd = true;
    soon();
  });
  const fail = (thrown: unknown) => {
    if (answers.delete(id)) post({ kind: "failed", id, error: described(thrown) });
  };
  stream.on("error", fail);
  run(eventOf(call), stream, context).catch((thrown: unknown) => {
    fail(thrown);
    stream.destroy();
  });
}

async function runGathering(run: GatheringFunction, call: Call): Promise<void> {
  const { id, context } = call;
  try {
    post({ kind: "result", id, result: await run(eventOf(call), context) });
  } catch (thrown) {
    post({ kind: "failed", id, error: described(thrown) });
  }
}

/** In memory of their own, which can be handed over. */
function joined(chunks: readonly Buffer[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

function described(thrown: unknown): Pick<Error, "name" | "message" | "stack"> {
  const { name, message, stack } = thrown instanceof Error ? thrown : new Error(String(thrown));
  return { name, message, ...(stack !== undefined && { stack }) };
}

/** Lines that come together are told together; Node's own way asks the host back for each. */
function tellOutput(): void {
  for (const [stream, isError] of [
    [process.stdout, false],
    [process.stderr, true],
  ] as const) {
    let text = "";
    const tell = () => {
      if (text !== "") post({ kind: "wrote", text, isError });
      text = "";
    };
    process.on("exit", tell);
    stream.write = (chunk: unknown, encoding?: unknown, done?: unknown): boolean => {
      if (text === "") setTimeout(tell, LINES_WAIT_MS);
      text += typeof chunk === "string" ? chunk : Buffer.from(chunk as Uint8Array).toString();
      const callback = typeof encoding === "function" ? encoding : done;
      if (typeof callback === "function") callback();
      return true;
    };
  }
}
