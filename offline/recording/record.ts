/**
 * Which calls of AWS each of Hydrant's own functions makes, one line of JSON for each kind of call, into the file that
 * `HYDRANT_RECORD_CALLS` names: what the functions' policies are held against. Names that a user chose are left out.
 *
 * It looks where all of them pass, the handlers of the SDK's HTTP client and of undici's pools, and so before the short way.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { appendFileSync } from "node:fs";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import Pool from "undici/lib/dispatcher/pool.js";
import { describeCall, type RawCall } from "./describe.ts";

const running = new AsyncLocalStorage<string>();

/** `run` makes its calls as that function. */
export function asFunction<T>(name: string, run: () => T): T {
  return running.run(name, run);
}

/**
 * For the thread that asks, as long as it lives.
 *
 * @param file absent: nothing is changed
 * @param name of the thread's one function; absent: of whoever runs `asFunction`
 */
export function recordCalls(file: string | undefined, name?: string): void {
  if (file === undefined || file === "") return;
  const written = new Set<string>();
  const note = (call: RawCall) => {
    const caller = name ?? running.getStore();
    if (caller === undefined) return;
    for (const described of describeCall(call)) {
      const line = `${JSON.stringify({ function: caller, ...described })}\n`;
      if (written.has(line)) continue;
      written.add(line);
      appendFileSync(file, line);
    }
  };
  const handle = Reflect.get(NodeHttpHandler.prototype, "handle");
  NodeHttpHandler.prototype.handle = function noted(request, options) {
    note(request);
    return handle.call(this, request, options);
  };
  const dispatch = Reflect.get(Pool.prototype, "dispatch");
  Pool.prototype.dispatch = function noted(options, handler) {
    const { method, path, headers, body } = options;
    note({
      method,
      path,
      headers: headers as Readonly<Record<string, string>>,
      body,
    });
    return dispatch.call(this, options, handler);
  };
}
