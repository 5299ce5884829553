/**
 * An execution environment: a process that loads one function and then runs one invocation of it at a time. Events
 * come by the third pipe, everything else goes by the fourth, written at once, so that nothing is lost when the
 * function ends the process. Plain JavaScript, for each environment would hold a compiler of TypeScript otherwise.
 */
import { writeFileSync, writeSync } from "node:fs";
import { Socket } from "node:net";
import { describe, runtimeError, unhandledRejection } from "./errors.mjs";
import { frame, frameReader, KIND } from "./frames.mjs";
import { invoke } from "./invocation.mjs";
import { loadHandler } from "./load.mjs";

// The function may put clocks of its own in their place.
const { setTimeout } = globalThis;
const EVENTS_FD = 3;
const ANSWERS_FD = 4;
const [settings] = process.argv.splice(2);
const { answerMaxBytes, ...source } = JSON.parse(settings);

preferToBeEnded();
printByFrames();

/** The channel keeps the process alive between invocations; during one, only what the function waits for does. */
const channel = new Socket({ fd: EVENTS_FD, readable: true, writable: false });
/** Of the invocation under way: what to do when nothing is left to wait for. */
let whenEmpty;

process.on("beforeExit", () => whenEmpty?.());
process.on("uncaughtException", (error) => breakDown("Uncaught Exception", error, 129));
process.on("unhandledRejection", (reason) =>
  breakDown("Unhandled Promise Rejection", unhandledRejection(reason), 128),
);

let handler;
try {
  handler = await loadHandler(source);
} catch (error) {
  print("It cannot be loaded.", error);
  send(KIND.notReady, json(describe(error)));
  process.exit(1);
}
channel.on("data", frameReader(begin));
// The stack is gone.
channel.on("end", () => process.exit(0));
send(KIND.ready);

function begin(kind, body) {
  if (kind !== KIND.invoke) throw new Error(`unknown kind of frame ${kind}`);
  const end = body.indexOf("\n");
  const facts = JSON.parse(body.toString("utf8", 0, end));
  let event;
  try {
    event = JSON.parse(body.toString("utf8", end + 1));
  } catch (error) {
    send(KIND.notJson, Buffer.from(String(error.message)));
    return;
  }
  channel.unref();
  whenEmpty = invoke(handler, event, facts, (outcome) => {
    whenEmpty = undefined;
    channel.ref();
    if ("error" in outcome) {
      print("Invoke Error", outcome.error);
      send(KIND.failed, json(describe(outcome.error)));
      return;
    }
    const answer = answerOf(outcome.result);
    // Behind what the function has set going for this very moment: a stray rejection, or what a timer of no delay
    // throws, ends this invocation and not the next one.
    setTimeout(() => send(...answer), 1);
  });
}

function answerOf(result) {
  let body;
  try {
    body = Buffer.from(JSON.stringify(result ?? null) ?? "null");
  } catch {
    const error = runtimeError("JSONStringifyError", "Unable to stringify response body");
    print("Invoke Error", error);
    return [KIND.failed, json(describe(error))];
  }
  if (body.length > answerMaxBytes) {
    return [
      KIND.failed,
      json({
        errorType: "Function.ResponseSizeTooLarge",
        errorMessage: `Response payload size exceeded maximum allowed payload size (${answerMaxBytes} bytes).`,
      }),
    ];
  }
  return [KIND.returned, body];
}

function breakDown(what, error, exitCode) {
  print(what, error);
  send(KIND.broken, json(describe(error)));
  process.exit(exitCode);
}

function print(what, error) {
  const { errorType, errorMessage, trace } = describe(error);
  const text = trace?.length > 0 ? trace.join("\n") : `${errorType}: ${errorMessage}`;
  process.stderr.write(`${what} ${text}\n`);
}

function json(value) {
  return Buffer.from(JSON.stringify(value));
}

/** The pipe blocks: when this returns, the stack will see it, whatever becomes of the process. */
function send(kind, ...parts) {
  for (const part of frame(kind, ...parts)) {
    for (let sent = 0; sent < part.length;) sent += writeSync(ANSWERS_FD, part, sent);
  }
}

/** In one channel with the answers, so that what an invocation prints is there before its answer. */
function printByFrames() {
  for (const [fd, stream] of [
    [1, process.stdout],
    [2, process.stderr],
  ]) {
    stream.write = (chunk, encoding, callback) => {
      const bytes = typeof chunk === "string" ? Buffer.from(chunk, asEncoding(encoding)) : chunk;
      send(KIND.output, Buffer.of(fd), bytes);
      const done = typeof encoding === "function" ? encoding : callback;
      if (typeof done === "function") process.nextTick(done);
      return true;
    };
  }
}

function asEncoding(encoding) {
  return typeof encoding === "string" && Buffer.isEncoding(encoding) ? encoding : "utf8";
}

/** Should the machine run out of memory, it is not the stack that the kernel ends. */
function preferToBeEnded() {
  try {
    writeFileSync("/proc/self/oom_score_adj", "1000");
  } catch {
    // Another system: there is no such file.
  }
}
