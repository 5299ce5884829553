import { expect, test } from "vitest";
import { createLog, failureFields } from "../../../src/observe/log.ts";

function logger() {
  const lines: string[] = [];
  const log = createLog({
    clock: { now: () => Date.UTC(2026, 4, 1, 12), sleep: () => Promise.resolve() },
    write: (line) => lines.push(line),
  });
  return { log, lines };
}

test("writes one line of JSON per event, leaving out what is undefined", () => {
  const { log, lines } = logger();
  log.info("request", { status: 200, error: undefined });
  log.error("flush", { failure: "a\nb" });
  expect(lines).toEqual([
    '{"at":"2026-05-01T12:00:00.000Z","level":"info","event":"request","status":200}',
    '{"at":"2026-05-01T12:00:00.000Z","level":"error","event":"flush","failure":"a\\nb"}',
  ]);
});

test("does not let a field pass for the line's own", () => {
  const { log, lines } = logger();
  log.warn("request", { event: "other", level: "info" });
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({ event: "request", level: "warn" });
});

test("tells an unexpected error with all its causes, and of what is no error only its type", () => {
  const failure = new Error("outer", { cause: new Error("inner", { cause: "root" }) });
  expect(failureFields(failure)).toEqual({
    failure: expect.stringMatching(/^Error: outer\n/),
    causes: "Error: inner; string",
  });
  expect(failureFields("thrown text")).toEqual({ failure: "thrown: string" });
});
