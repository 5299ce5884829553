import { describe, expect, test } from "vitest";
import { checkHistory, type CheckOptions } from "./checker.ts";
import type { HistoryEvent } from "./history.ts";
import type { Happening } from "./twins.ts";

const STREAM = "logs/1";
const SHARD = "0000";
const HOUR_MS = 3_600_000;

const at = (block: number) => ({ stream: STREAM, shard: SHARD, block });
const sent = (call: string): Happening => ({ kind: "sent", call, records: [`${call}.0`] });
const acknowledged = (call: string, block: number, position = 0): Happening => ({
  kind: "acknowledged",
  call,
  ...at(block),
  position,
});
const logged = (block: number, ...calls: string[]): Happening => ({
  kind: "logged",
  ...at(block),
  records: calls.map((call) => `${call}.0`),
});
const reserved = (block: number) =>
  ({ kind: "reserved", arrivedAtMs: 0, ...at(block) }) satisfies Happening;
const givenUp = (block: number): Happening => ({ kind: "given up", ...at(block) });
const tombstone = (block: number): Happening => ({ kind: "tombstone", ...at(block) });
const object = (key: string, ...calls: string[]): Happening => ({
  kind: "object",
  stream: STREAM,
  reader: "delivery",
  key,
  records: calls.map((call) => `${call}.0`),
});
const checkpoint = (block: number): Happening => ({
  kind: "checkpoint",
  reader: "delivery",
  ...at(block),
});
const settled = (block: number, head: number): Happening => ({
  kind: "settled",
  reader: "delivery",
  head,
  ...at(block),
});
const deleted: Happening = { kind: "deleted", stream: STREAM };
const dropped = (call: string): Happening => ({
  kind: "dropped",
  stream: STREAM,
  reader: "delivery",
  record: `${call}.0`,
});

/** One event a second. */
function history(...happenings: readonly Happening[]): HistoryEvent[] {
  return happenings.map((happening, i) => ({ ...happening, atMs: i * 1000 }));
}

function guarantees(events: readonly HistoryEvent[], options: CheckOptions = {}): string[] {
  return checkHistory(events, options).map(({ guarantee }) => guarantee);
}

const put = (call: string, block: number): Happening[] => [
  sent(call),
  logged(block, call),
  acknowledged(call, block),
];

describe("a history without fault", () => {
  test("passes when every record is sent, logged, acknowledged, delivered and passed in turn", () => {
    const events = history(
      ...put("a", 0),
      ...put("b", 1),
      tombstone(2),
      ...put("c", 3),
      object("first", "a", "b"),
      checkpoint(3),
      object("second", "c"),
      checkpoint(4),
      settled(4, 4),
    );
    expect(checkHistory(events, { promptMs: 20_000 })).toEqual([]);
  });

  test("may leave out what was never acknowledged, what was dropped, and what a deleted stream held", () => {
    expect(guarantees(history(sent("a"), settled(0, 0)))).toEqual([]);
    expect(guarantees(history(...put("a", 0), dropped("a"), checkpoint(1), settled(1, 1)))).toEqual(
      [],
    );
    expect(guarantees(history(...put("a", 0), deleted))).toEqual([]);
  });

  test("owes nothing for records whose retention is over", () => {
    const late = { ...checkpoint(1), atMs: 25 * HOUR_MS } as HistoryEvent;
    const events = [...history(...put("a", 0)), late];
    expect(guarantees(events, { retentionMs: 24 * HOUR_MS })).toEqual([]);
    expect(guarantees(events, { retentionMs: 48 * HOUR_MS })).toEqual(["G4"]);
  });

  test("can be told without the log's contents, as from S3 alone", () => {
    const events = history(sent("a"), acknowledged("a", 0), object("x", "a"), settled(0, 0));
    expect(guarantees(events)).toEqual([]);
  });
});

describe("G1", () => {
  test("is broken by an acknowledged record that is not in the log", () => {
    const events = history(...put("a", 0), sent("b"), acknowledged("b", 1));
    expect(guarantees(events)).toEqual(["G1"]);
  });

  test("is broken by an acknowledged record under a tombstone", () => {
    const events = history(...put("a", 0), sent("b"), tombstone(1), acknowledged("b", 1));
    expect(guarantees(events)).toEqual(["G1"]);
  });

  test("is broken by an acknowledgement from a stream that was deleted before", () => {
    expect(guarantees(history(deleted, ...put("a", 0)))).toEqual(["G1"]);
  });
});

describe("G2", () => {
  test("is broken by a record that was sent after an acknowledgement and stands before it", () => {
    expect(guarantees(history(...put("a", 1), ...put("b", 0)))).toEqual(["G2"]);
  });

  test("allows any order of calls that were under way at once", () => {
    const events = history(
      sent("a"),
      sent("b"),
      logged(1, "a"),
      acknowledged("a", 1),
      logged(0, "b"),
      acknowledged("b", 0),
    );
    expect(guarantees(events)).toEqual([]);
  });

  test("is broken by a place that is given twice", () => {
    const events = history(sent("a"), sent("b"), logged(0, "a"), acknowledged("a", 0));
    expect(guarantees([...events, ...history(acknowledged("b", 0))])).toContain("G2");
  });
});

describe("G3", () => {
  test("is broken by a block that holds other records than before", () => {
    expect(guarantees(history(sent("a"), sent("b"), logged(0, "a"), logged(0, "b")))).toEqual([
      "G3",
    ]);
  });

  test("is broken by data under a tombstone, and by a tombstone over data", () => {
    expect(guarantees(history(sent("a"), tombstone(0), logged(0, "a")))).toEqual(["G3"]);
    expect(guarantees(history(sent("a"), logged(0, "a"), tombstone(0)))).toEqual(["G3"]);
  });

  test("is broken by an acknowledgement that names another record's place", () => {
    const events = history(sent("a"), sent("b"), logged(0, "a", "b"), acknowledged("a", 0, 1));
    expect(guarantees(events)).toEqual(["G3"]);
  });

  test("is broken by a reader that passes a missing block, and by the block that then appears", () => {
    expect(guarantees(history(checkpoint(1)))).toEqual(["G3"]);
    expect(guarantees(history(sent("a"), checkpoint(1), logged(0, "a")))).toEqual(["G3", "G3"]);
  });

  test("is broken by a reader that passes what may still be written, and not once it may not", () => {
    const passedAfter = (ms: number) => [
      { ...reserved(0), atMs: 0 },
      { ...checkpoint(1), atMs: ms } as HistoryEvent,
    ];
    expect(guarantees(passedAfter(HOUR_MS / 4))).toEqual(["G3"]);
    expect(guarantees(passedAfter(HOUR_MS / 4 + 1))).toEqual([]);
  });

  test("is broken by a reader that gives up a place before its time", () => {
    expect(guarantees(history(reserved(0), givenUp(0)))).toEqual(["G3"]);
    expect(guarantees(history(reserved(0), reserved(1), givenUp(0)))).toEqual([]);
  });
});

describe("G4", () => {
  test("is broken by a checkpoint that moves back", () => {
    const events = history(tombstone(0), tombstone(1), checkpoint(2), checkpoint(1));
    expect(guarantees(events)).toEqual(["G4"]);
  });

  test("is broken by a checkpoint that is there before its object", () => {
    expect(guarantees(history(...put("a", 0), checkpoint(1), object("x", "a")))).toEqual(["G4"]);
  });
});

describe("G5", () => {
  test("is broken by a record in two objects, or twice in one", () => {
    const before = put("a", 0);
    expect(guarantees(history(...before, object("x", "a"), object("y", "a")))).toEqual(["G5"]);
    expect(guarantees(history(...before, object("x", "a", "a")))).toEqual(["G5"]);
  });

  test("is broken by an object that is replaced", () => {
    const events = history(...put("a", 0), ...put("b", 1), object("x", "a"), object("x", "b"));
    expect(guarantees(events)).toEqual(["G5"]);
  });

  test("is broken by a record that is never delivered", () => {
    const events = history(...put("a", 0), settled(0, 0));
    expect(guarantees(events)).toEqual(["G5"]);
  });

  test("is broken by a record that was delivered and never logged", () => {
    expect(guarantees(history(...put("a", 0), sent("b"), object("x", "a", "b")))).toEqual(["G5"]);
  });

  test("is broken by two blocks for the attempts of one call", () => {
    expect(guarantees(history(...put("a", 0), logged(1, "a")))).toEqual(["G5"]);
  });
});

describe("G7", () => {
  test("is broken by a reader that never catches up", () => {
    const events = history(sent("a"), logged(0, "a"), settled(0, 1));
    expect(guarantees(events)).toEqual(["G7"]);
  });

  test("is broken by a record that waits longer than promised", () => {
    const events = history(...put("a", 0), object("x", "a"), checkpoint(1), settled(1, 1));
    expect(guarantees(events, { promptMs: 1000 })).toEqual([]);
    expect(guarantees(events, { promptMs: 999 })).toEqual(["G7"]);
  });
});

test("G12 is broken by what is sent when nothing is wrong any more and not taken, or late", () => {
  const probe: Happening = { kind: "sent", call: "a", records: ["a.0"], isProbe: true };
  expect(guarantees(history(probe))).toEqual(["G12"]);
  const taken = history(probe, logged(0, "a"), acknowledged("a", 0));
  expect(guarantees(taken, { takenMs: 2000 })).toEqual([]);
  expect(guarantees(taken, { takenMs: 1999 })).toEqual(["G12"]);
  expect(guarantees(history(sent("a")))).toEqual([]);
});

test("an error that no fault explains is a violation", () => {
  expect(checkHistory(history({ kind: "surprise", message: "reserved twice" }))).toEqual([
    { guarantee: "surprise", message: "reserved twice" },
  ]);
});

describe("pauses", () => {
  const paused: Happening = { kind: "paused", stream: STREAM };
  const resumed: Happening = { kind: "resumed", stream: STREAM };
  const before = [sent("a"), reserved(0), logged(0, "a"), acknowledged("a", 0)];
  const after = [object("k", "a"), checkpoint(1), settled(1, 1)];

  test("what a paused stream delivers is one violation, unless it was under way", () => {
    const events = history(...before, paused, sent("b"), ...after);
    expect(guarantees(events, { pausedMs: 1500 })).toEqual(["pause"]);
    expect(guarantees(events, { pausedMs: 2000 })).toEqual([]);
    expect(guarantees(history(...before, paused, resumed, ...after), { pausedMs: 500 })).toEqual(
      [],
    );
  });

  test("records wait from the end of a pause on", () => {
    const events = history(...before, paused, paused, resumed, ...after);
    expect(guarantees(events, { promptMs: 1000 })).toEqual([]);
    expect(guarantees(events, { promptMs: 500 })).toEqual(["G7"]);
    const other = events.filter(({ kind }) => kind !== "paused" && kind !== "resumed");
    expect(guarantees(other, { promptMs: 1000 })).toEqual(["G7"]);
  });
});
