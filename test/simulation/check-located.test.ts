import { describe, expect, test } from "vitest";
import { checkLocated } from "./check-located.ts";
import type { HistoryEvent, Located } from "./history.ts";
import type { Happening } from "./twins.ts";

const STREAM = "logs/1";
const SHARD = "firehose/logs/1/0000";
const AT = { stream: STREAM, shard: SHARD };
const invocation = { name: "logs", id: "i" };

const sent = (call: string, id = "i"): Happening => ({
  kind: "sent",
  call,
  records: [`${call}.0`, `${call}.1`],
  invocation: { name: "logs", id },
});
const acknowledged = (call: string, block: number): Happening => ({
  kind: "acknowledged",
  call,
  ...AT,
  block,
  position: 0,
});
const logged = (call: string, block: number): Happening => ({
  kind: "logged",
  ...AT,
  block,
  records: [`${call}.0`, `${call}.1`],
});
const object = (key: string, ...records: string[]): Happening => ({
  kind: "object",
  stream: STREAM,
  reader: "delivery",
  key,
  records,
  ...(key.startsWith("failed") && { isOfFailed: true as const }),
});
const passed = (block: number): Happening => ({
  kind: "checkpoint",
  ...AT,
  block,
  reader: "delivery",
});
const asks: Happening = { kind: "locating", call: "asker", invocation };
const told = (...records: readonly Located[]): Happening => ({
  kind: "located",
  call: "asker",
  records,
});
const unknown: Happening = { kind: "located", call: "asker" };

function at(
  block: number,
  index: number,
  state: string,
  more: Partial<Located["readers"][number]> = {},
): Located {
  const none = { found: [], objects: [], unnamedCount: 0, mayWait: false };
  const reader = { reader: "delivery", state, ...none, ...more };
  return { index, place: { ...AT, block, position: index }, readers: [reader] };
}
const waiting = (block: number) => [at(block, 0, "WAITING"), at(block, 1, "WAITING")];

/** A minute each. */
function messages(...happenings: readonly Happening[]): string[] {
  const events: HistoryEvent[] = happenings.map((event, i) => ({ ...event, atMs: i * 60_000 }));
  const options = { retentionMs: 600_000, foundForMs: 300_000 };
  return checkLocated(events, options).map(({ message }) => message);
}

const BEFORE = [sent("c"), logged("c", 0), acknowledged("c", 0)];

describe("the records of a call", () => {
  test("are all told, and no others", () => {
    expect(messages(...BEFORE, asks, told(...waiting(0)))).toEqual([]);
    expect(messages(...BEFORE, asks, told(at(0, 0, "WAITING")))).toEqual([
      "asker was told 0 times of c.1",
    ]);
    expect(messages(...BEFORE, asks, unknown)).toHaveLength(2);
    const other = [sent("d", "j"), logged("d", 1)];
    expect(messages(...other, asks, told(at(1, 0, "WAITING")))).toEqual([
      "asker was told of d.0, which is of another call",
    ]);
  });

  test("are owed for an hour, from their answer on, as long as their stream stands", () => {
    expect(messages(sent("c"), logged("c", 0), asks, acknowledged("c", 0), unknown)).toEqual([]);
    const deleted: Happening = { kind: "deleted", stream: STREAM };
    expect(messages(...BEFORE, asks, deleted, unknown)).toEqual([]);
    expect(messages(...BEFORE, passed(0), passed(0), asks, unknown)).toEqual([]);
  });
});

describe("a record is where it is told to be:", () => {
  const one = object("one", "c.0");
  const tell = (first: Located, ...events: readonly Happening[]) =>
    messages(...BEFORE, ...events, asks, told(first, at(0, 1, "WAITING")));

  test("at the bytes that are named", () => {
    const objects = ["one"];
    expect(tell(at(0, 0, "DELIVERED", { found: ["c.0"], objects }), one)).toEqual([]);
    expect(tell(at(0, 0, "DELIVERED", { found: ["c.1"], objects }), one)).toHaveLength(1);
    expect(tell(at(0, 0, "FAILED", { found: ["c.0"], objects }), one)).toHaveLength(1);
  });

  test("in one of the objects that are named, dropped, or waiting if that is said", () => {
    const objects = ["one"];
    expect(tell(at(0, 0, "UNSURE", { objects }), one)).toEqual([]);
    expect(tell(at(0, 0, "UNSURE"), one)).toHaveLength(1);
    expect(tell(at(0, 0, "UNSURE", { mayWait: true }), one)).toEqual([]);
    expect(tell(at(0, 0, "DROPPED"), one)).toHaveLength(1);
    const dropped: Happening = {
      kind: "dropped",
      stream: STREAM,
      reader: "delivery",
      record: "c.0",
    };
    expect(tell(at(0, 0, "DROPPED"), dropped)).toEqual([]);
  });

  test("waiting only if its reader had not passed it", () => {
    expect(messages(...BEFORE, asks, passed(1), told(...waiting(0)))).toEqual([]);
    expect(messages(...BEFORE, passed(1), asks, told(...waiting(0)))).toHaveLength(2);
  });

  test("forgotten, expired and not stored only if it is", () => {
    expect(tell(at(0, 0, "FORGOTTEN"))).toHaveLength(1);
    expect(tell(at(0, 0, "EXPIRED"))).toHaveLength(1);
    expect(tell(at(0, 0, "NOT_STORED"))).toHaveLength(1);
    expect(messages(asks, told(at(7, 0, "NOT_STORED")))).toEqual([]);
    expect(messages(asks, told(at(7, 0, "WAITING")))).toHaveLength(1);
    // Of a place that was never filled nobody knows that once its record would have expired.
    const minutes = Array.from({ length: 10 }, () => passed(0));
    expect(messages(sent("c"), asks, told(at(7, 0, "EXPIRED")))).toHaveLength(1);
    expect(messages(sent("c"), ...minutes, asks, told(at(7, 0, "EXPIRED")))).toEqual([]);
  });
});
