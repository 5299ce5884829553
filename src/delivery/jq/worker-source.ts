/**
 * The code of the worker thread that jq runs in, as text: a function is deployed as one file, so there is no other
 * file to start a thread from.
 *
 * jq comes as a glue script and a WebAssembly module (`jq-web`). Each call makes both anew, so no call sees what one
 * before left behind, and a program that broke its instance broke nothing else. Around the module stand: a memory with
 * a maximum; input and output of our own, which hand on each line as it is printed, so that it is known which input a
 * program does not come back from; a clock that stands still at the given time, in UTC; and `strftime`, of which the
 * module's own lacks some conversions. The glue sees neither Node's `process` nor `require`.
 */
import { strftime } from "./strftime.ts";

export interface WorkerData {
  /** Of `jq-web/jq.wasm.js`. */
  readonly glue: string;
  /** Of `jq-web/jq.wasm.wasm`. */
  readonly wasm: Uint8Array;
  readonly memoryMaxPages: number;
}

export interface WorkerCall {
  readonly program: string;
  /** One JSON text a line. */
  readonly input: string;
  readonly nowMs: number;
}

export type WorkerMessage =
  /** jq is loaded, and the program's own time begins. */
  | { readonly kind: "begin" }
  /** Whole lines, each with its newline. */
  | { readonly kind: "lines"; readonly text: string }
  | { readonly kind: "end"; readonly stderr: string; readonly outOfMemory: boolean };

/** Evaluated as a CommonJS script. */
export const WORKER_SOURCE = `"use strict";
const { parentPort, workerData } = require("node:worker_threads");
const strftime = ${strftime.toString()};
const { glue, memoryMaxPages } = workerData;
const wasm = new WebAssembly.Module(workerData.wasm);
const load = new Function("jq", "Date", "process", "require", "module", "exports", "fetch", glue);
const FIELDS = ["FullYear", "Month", "Date", "Hours", "Minutes", "Seconds", "Milliseconds", "Day"];

function clockAt(nowMs) {
  class Fixed extends Date {
    constructor(...parts) {
      if (parts.length === 0) super(nowMs);
      else if (parts.length === 1) super(parts[0]);
      else super(Date.UTC(...parts));
    }
    getTimezoneOffset() { return 0; }
    static now() { return nowMs; }
  }
  for (const field of FIELDS) {
    Fixed.prototype["get" + field] = Date.prototype["getUTC" + field];
    if (field !== "Day") Fixed.prototype["set" + field] = Date.prototype["setUTC" + field];
  }
  return Fixed;
}

parentPort.on("message", ({ program, input, nowMs }) => {
  const memory = new WebAssembly.Memory({ initial: 256, maximum: memoryMaxPages });
  const bytes = Buffer.from(input);
  let readBytes = 0;
  let line = [];
  let stderr = "";

  function eachPiece(vector, count, totalAt, take) {
    const view = new DataView(memory.buffer);
    let total = 0;
    for (let i = 0; i < count; i++) {
      const start = view.getUint32(vector + 8 * i, true);
      total += take(Buffer.from(memory.buffer, start, view.getUint32(vector + 8 * i + 4, true)));
    }
    view.setUint32(totalAt, total, true);
    return 0;
  }

  const OURS = {
    _fd_read: (fd, vector, count, totalAt) =>
      eachPiece(vector, count, totalAt, (piece) => {
        const taken = bytes.copy(piece, 0, readBytes);
        readBytes += taken;
        return taken;
      }),
    _fd_write: (fd, vector, count, totalAt) =>
      eachPiece(vector, count, totalAt, (piece) => {
        if (fd === 2) {
          if (stderr.length < 4096) stderr += piece.toString();
        } else if (piece.length > 0) {
          line.push(Buffer.from(piece));
          if (piece[piece.length - 1] === 10) {
            parentPort.postMessage({ kind: "lines", text: Buffer.concat(line).toString() });
            line = [];
          }
        }
        return piece.length;
      }),
    _strftime: (to, maxBytes, formatAt, timeAt) => {
      const all = Buffer.from(memory.buffer);
      const format = all.toString("utf8", formatAt, all.indexOf(0, formatAt));
      const time = Array.from(new Int32Array(memory.buffer, timeAt, 8));
      const text = Buffer.from(strftime(format, time));
      if (text.length >= maxBytes) return 0;
      text.copy(all, to);
      all[to + text.length] = 0;
      return text.length;
    },
  };

  const jq = {
    wasmMemory: memory,
    print() {},
    printErr() {},
    instantiateWasm(imports, done) {
      const missing = new Set(Object.keys(OURS));
      for (const [key, value] of Object.entries(imports.env)) {
        if (typeof value !== "function" || !missing.delete(value.name)) continue;
        imports.env[key] = OURS[value.name];
      }
      if (missing.size > 0) throw new Error("the module does not ask for " + [...missing].join());
      const instance = new WebAssembly.Instance(wasm, imports);
      done(instance, wasm);
      return instance.exports;
    },
  };
  load(jq, clockAt(nowMs));
  parentPort.postMessage({ kind: "begin" });
  try {
    jq.raw("", program, ["-c", "--unbuffered"]);
  } catch (error) {
    if (stderr === "") stderr = String(error);
  }
  const outOfMemory = stderr.includes("error: cannot allocate memory");
  parentPort.postMessage({ kind: "end", stderr, outOfMemory });
});
`;
