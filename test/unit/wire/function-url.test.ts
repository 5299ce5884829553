import { PassThrough, Writable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { expect, it } from "vitest";
import { fromFunctionUrl, type UrlEvent, writeResponse } from "../../../src/wire/function-url.ts";

const EVENT: UrlEvent = {
  rawPath: "/a",
  rawQueryString: "b=%20c&b=d",
  headers: { host: "h", "X-Amz-Target": "S.O" },
  requestContext: { requestId: "r", http: { method: "POST" } },
  body: Buffer.from("grüße").toString("base64"),
  isBase64Encoded: true,
};
const signal = new AbortController().signal;

it("reads a function URL's event", () => {
  expect(fromFunctionUrl(EVENT, signal)).toEqual({
    method: "POST",
    paths: ["/a"],
    query: [
      ["b", " c"],
      ["b", "d"],
    ],
    headers: new Map([
      ["host", ["h"]],
      ["x-amz-target", ["S.O"]],
    ]),
    body: Buffer.from("grüße"),
    requestId: "r",
    signal,
  });
});

it("takes text as it is, and no body for an empty one", () => {
  const { body: _, ...bodiless } = { ...EVENT, isBase64Encoded: false };
  expect(fromFunctionUrl({ ...bodiless, body: "{}" }, signal).body).toBe("{}");
  expect(fromFunctionUrl(bodiless, signal).body).toBe("");
});

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

it("writes a body whole", async () => {
  const stream = new PassThrough();
  await writeResponse({ ...answer, body: "{}" }, stream, signal);
  expect(String(Buffer.concat(await stream.toArray()))).toBe("{}");
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
  expect(state.isOver).toBe(true);
});
