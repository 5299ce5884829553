/** The api function in workers: its answers as they come, who is asked, and what becomes of a worker's calls. */
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, expect, it, onTestFinished } from "vitest";
import type {
  ApiRun,
  GatheringFunction,
  StreamingFunction,
} from "../../../../offline/api-gateway/function.ts";
import { readPrelude, ResponseStream } from "../../../../offline/api-gateway/response-stream.ts";
import { createApiPool } from "../../../../offline/api-gateway/workers/pool.ts";

const SOURCE = `
import { once } from "node:events";
import { threadId } from "node:worker_threads";
const { streamifyResponse, HttpResponseStream } = globalThis.awslambda ?? { streamifyResponse: (run) => run };
const held = new Map();
export const handler = streamifyResponse(async (event, stream) => {
  const { act, name } = event;
  if (act === "exit") process.exit(7);
  if (act === "throw") throw new TypeError("thrown");
  if (act === "stray") void Promise.reject(new Error("stray"));
  const answer = HttpResponseStream.from(stream, { statusCode: 201, headers: { a: "b" } });
  const give = (body) => { answer.write(body); answer.end(); };
  if (act === "hold") {
    held.set(name, answer);
    answer.write(String(threadId));
    await once(answer, "close");
    held.set(name, "left");
  }
  else if (act === "write") { held.get(name).write(event.text); give("."); }
  else if (act === "flood") {
    let count = 0;
    while (answer.write(Buffer.alloc(65536)) || count < 16) { count++; await new Promise(setImmediate); if (count > 1000) break; }
    held.set(name, count);
  }
  else if (act === "body") give(event.body);
  else if (act === "look") give(String(held.get(name)));
  else give(String(threadId));
});
export const gathering = async (event) => ({ statusCode: 200, body: event.name + (event.act === "throw" ? event.nothing.at : "") });
`;

const directory = mkdtempSync(join(tmpdir(), "hydrant-workers-"));
writeFileSync(join(directory, "api.mjs"), SOURCE);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function open(maxCount: number) {
  const source = { codeDir: directory, handler: "api.handler", environment: {} };
  const pool = createApiPool({ source: { ...source, transferMode: "STREAM" }, maxCount });
  onTestFinished(() => pool.stop());
  const run = pool.api.run as StreamingFunction;
  /** A call with its answer's stream; `target` as a client sends it. */
  const begin = (event: object, target = "Kinesis_20131202.PutRecord") => {
    const stream = new ResponseStream();
    stream.on("error", () => {});
    const running = run({ ...event, headers: { "X-Amz-Target": target } }, stream, {});
    running.catch((error: unknown) => stream.destroy(error as Error));
    return { stream, running };
  };
  const whole = async (event: object, target?: string) => {
    const { stream } = begin(event, target);
    return body(await text(stream));
  };
  /** Answers when its first piece has come: the thread that it is in. */
  const hold = async (name: string, body = "", target?: string) => {
    const { stream, running } = begin({ act: "hold", name, body }, target);
    const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    const head = await readPrelude(chunks);
    return { stream, running, chunks, thread: String(head?.body), prelude: head?.prelude };
  };
  return { ...pool, begin, whole, hold };
}

const body = (answer: string) => answer.slice(answer.indexOf("\0".repeat(8)) + 8);

it("passes on status, headers and each piece when it is written", async () => {
  const { hold, whole } = open(1);
  const { prelude, chunks, running, stream } = await hold("a");
  expect(prelude).toEqual({ statusCode: 201, headers: { a: "b" } });
  await whole({ act: "write", name: "a", text: "second" });
  expect(String((await chunks.next()).value)).toBe("second");
  stream.destroy();
  await running;
  while ((await whole({ act: "look", name: "a" })) !== "left");
});

it("holds back a function whose client does not read", async () => {
  const { begin, whole } = open(1);
  const { stream } = begin({ act: "flood", name: "f" });
  await once(stream, "readable");
  let count = "undefined";
  while (count === "undefined") count = await whole({ act: "look", name: "f" });
  expect(Number(count)).toBeLessThan(100);
  stream.destroy();
});

it.each([
  ["text", false, "grüße ".repeat(20_000)],
  ["base64", true, Buffer.from("grüße ".repeat(20_000)).toString("base64")],
])("hands a body over, which the function sees as %s", async (_, isBase64Encoded, expected) => {
  const source = { codeDir: directory, handler: "api.handler", environment: {} };
  const pool = createApiPool({ source: { ...source, transferMode: "STREAM" }, maxCount: 1 });
  onTestFinished(() => pool.stop());
  const bytes = Uint8Array.from(Buffer.from("grüße ".repeat(20_000)));
  const stream = new ResponseStream();
  const run = pool.api.run as ApiRun<"STREAM">;
  const running = run({ act: "body", body: null, isBase64Encoded }, stream, {}, bytes);
  expect(body(await text(stream))).toBe(expected);
  await running;
  expect(bytes.byteLength).toBe(0);
});

it("answers in one piece where answers are gathered", async () => {
  const source = { codeDir: directory, handler: "api.gathering", environment: {} };
  const pool = createApiPool({ source: { ...source, transferMode: "BUFFERED" }, maxCount: 1 });
  onTestFinished(() => pool.stop());
  const run = pool.api.run as GatheringFunction;
  expect(await run({ name: "a" }, {})).toEqual({ statusCode: 200, body: "a" });
  await expect(run({ act: "throw" }, {})).rejects.toMatchObject({ name: "TypeError" });
});

it("fails a call that throws, and no other", async () => {
  const { begin, whole, hold } = open(1);
  const { thread } = await hold("a");
  await expect(begin({ act: "throw" }).running).rejects.toMatchObject({
    name: "TypeError",
    message: "thrown",
  });
  await whole({ act: "stray" });
  expect(await whole({})).toBe(thread);
});

it("replaces a worker that ends, and fails the calls that were under way in it", async () => {
  const { begin, whole, hold } = open(1);
  const { running, thread } = await hold("a");
  await expect(begin({ act: "exit" }).running).rejects.toThrow("ended with exit code 7");
  await expect(running).rejects.toThrow("ended with exit code 7");
  expect(await whole({})).not.toBe(thread);
});

const BATCH = "x".repeat(100_000);

it("starts another worker when home has its hands full, up to its bound", async () => {
  const { hold, whole } = open(2);
  const home = await whole({}, "Kinesis_20131202.ListStreams");
  const threads = [];
  for (const name of ["a", "b", "c", "d", "e"]) threads.push((await hold(name, BATCH)).thread);
  const [, , other] = threads;
  expect(other).not.toBe(home);
  expect(threads).toEqual([home, home, other, other, home]);
  expect(await whole({}, "Kinesis_20131202.DescribeStream")).toBe(home);
  expect((await hold("f", "", "Kinesis_20131202.SubscribeToShard")).thread).toBe(home);
});

it("keeps a few lone records together", async () => {
  const { hold } = open(2);
  const threads = [];
  for (let i = 0; i < 9; i++) threads.push((await hold(`lone-${i}`)).thread);
  expect(new Set(threads.slice(0, 8)).size).toBe(1);
  expect(threads[8]).not.toBe(threads[0]);
});

it("asks nobody again who may remember what was changed", async () => {
  const { hold, whole } = open(2);
  const home = await whole({}, "Kinesis_20131202.ListStreams");
  await hold("a", BATCH);
  await hold("b", BATCH);
  const other = await hold("c", BATCH);
  expect(other.thread).not.toBe(home);
  await whole({}, "Kinesis_20131202.DeleteStream");
  expect((await hold("d", BATCH)).thread).toBe(home);
  expect((await hold("e", BATCH)).thread).toBe(home);
  // What it had begun it ends.
  await whole({ act: "write", name: "a", text: "still there" });
  other.stream.destroy();
  await other.running;
});

it("says why the code cannot be loaded", async () => {
  const source = { codeDir: directory, handler: "missing.handler", environment: {} };
  const pool = createApiPool({ source: { ...source, transferMode: "STREAM" } });
  await expect(pool.load()).rejects.toThrow("missing.mjs");
});
