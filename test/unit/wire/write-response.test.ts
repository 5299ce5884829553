import { PassThrough, Writable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { expect, it, vi } from "vitest";
import { writeResponse } from "../../../src/wire/write-response.ts";

const signal = new AbortController().signal;

async function* frames(state: { count: number; isOver: boolean }) {
  try {
    for (;;) {
      state.count++;
      yield Buffer.from("frame");
    }
  } finally {
    state.isOver = true;
  }
}

const answer = { status: 200, headers: {}, body: "" };

it.each(["{}", ""])("writes a body whole: %o", async (body) => {
  const stream = new PassThrough();
  const write = vi.spyOn(stream, "write");
  await writeResponse({ ...answer, body }, stream, signal);
  expect(String(Buffer.concat(await stream.toArray()))).toBe(body);
  // What is only ended would reach the client without its status.
  expect(write).toHaveBeenCalledWith(body);
});

it("writes frames one after the other, and the end", async () => {
  const stream = new PassThrough();
  async function* two() {
    yield Buffer.from("a");
    yield Buffer.from("b");
  }
  await writeResponse({ ...answer, frames: two() }, stream, signal);
  expect(String(Buffer.concat(await stream.toArray()))).toBe("ab");
});

it("waits for a slow client, and stops when it goes", async () => {
  const gone = new AbortController();
  const state = { count: 0, isOver: false };
  // It takes two frames and never asks for another.
  const stream = new Writable({ highWaterMark: 10, write: () => {} });
  const writing = writeResponse({ ...answer, frames: frames(state) }, stream, gone.signal);
  // Everything that could go on without the client has done so.
  await setImmediate();
  expect(state).toEqual({ count: 2, isOver: false });
  gone.abort();
  await writing;
  expect(stream.writableEnded).toBe(true);
  expect(state.isOver).toBe(true);
});
