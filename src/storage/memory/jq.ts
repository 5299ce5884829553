/** jq's twin: takes every program, and does to inputs what it is told to, as only compiled queries do without jq. */
import type { JqEngine, JqResult } from "../../delivery/jq/engine.ts";

export function memoryJq(
  answer: (input: unknown, nowMs: number) => JqResult = () => ({
    kind: "error",
    error: "this jq knows no programs",
  }),
): JqEngine {
  return {
    check: () => Promise.resolve(undefined),
    run: ({ inputs, nowMs }) =>
      Promise.resolve(inputs.map((text) => answer(JSON.parse(text) as unknown, nowMs))),
    close: () => Promise.resolve(),
  };
}
