import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Context } from "aws-lambda";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type AnyHandler, threaded } from "../../../offline/threads/host.ts";

const SOURCE = `
import { threadId } from "node:worker_threads";
let count = 0;
let release;
export async function handler(event, context) {
  switch (event.act) {
    case "look": {
      const remainingMs = context.getRemainingTimeInMillis();
      return { event, requestId: context.awsRequestId, remainingMs, threadId, count: ++count };
    }
    case "environment": return process.env.HYDRANT_TEST_ONLY;
    case "wait": return await new Promise((resolve) => (release = resolve));
    case "release": return release("released");
    case "stray": void Promise.reject(new Error("stray")); return "fine";
    case "exit": return process.exit(7);
    case "answer a function": return () => {};
    case "throw": throw Object.assign(new TypeError("thrown"), { socket: () => {} });
  }
}
`;

const directory = mkdtempSync(join(tmpdir(), "hydrant-threads-"));
/** The thread's, as it is when the thread starts. */
const environment: NodeJS.ProcessEnv = {};
let handler: AnyHandler;

function load(name: string, source: string): AnyHandler {
  const file = join(directory, `${name}.mjs`);
  writeFileSync(file, source);
  return threaded(pathToFileURL(file).href, "handler", environment);
}

beforeAll(() => {
  handler = load("work", SOURCE);
});

afterAll(async () => {
  await act("exit").catch(() => {});
  rmSync(directory, { recursive: true, force: true });
});

const CONTEXT = {
  awsRequestId: "r-1",
  getRemainingTimeInMillis: () => 60_000,
  done() {},
} as unknown as Context;

function act(name: string): Promise<unknown> {
  return handler({ act: name }, CONTEXT);
}

it("runs the function in a thread, with its event, its context and its module's state", async () => {
  const first = await act("look");
  expect(first).toMatchObject({ event: { act: "look" }, requestId: "r-1" });
  const { threadId, count, remainingMs } = first as Record<string, number>;
  expect(threadId).not.toBe(0);
  expect(remainingMs).toBeGreaterThan(0);
  expect(remainingMs).toBeLessThanOrEqual(60_000);
  expect(await act("look")).toMatchObject({ threadId, count: count! + 1 });
});

it("runs invocations at the same time", async () => {
  const waiting = act("wait");
  await act("release");
  expect(await waiting).toBe("released");
});

it("answers what the function throws, whatever hangs on it", async () => {
  const error = await act("throw").catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ name: "TypeError", message: "thrown" });
  expect((error as Error).stack).toContain("work.mjs");
});

it("fails an invocation whose answer cannot be sent", async () => {
  await expect(act("answer a function")).rejects.toThrow("could not be cloned");
});

it("fails every invocation of a module that cannot be loaded", async () => {
  const broken = load("broken", `throw new Error("no such table");`);
  await expect(broken({}, CONTEXT)).rejects.toThrow("no such table");
  await expect(broken({}, CONTEXT)).rejects.toThrow("no such table");
});

it("survives a stray rejection", async () => {
  const { threadId } = (await act("look")) as { threadId: number };
  expect(await act("stray")).toBe("fine");
  expect(await act("look")).toMatchObject({ threadId });
});

it("fails what was under way when the thread ends, and starts another with the environment of then", async () => {
  const waiting = act("wait").catch((error: unknown) => error);
  environment["HYDRANT_TEST_ONLY"] = "new";
  await expect(act("exit")).rejects.toThrow("the function's thread ended with exit code 7");
  expect(await waiting).toMatchObject({ message: expect.stringContaining("exit code 7") });
  expect(await act("environment")).toBe("new");
});
