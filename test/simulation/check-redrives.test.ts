import { describe, expect, test } from "vitest";
import { checkRedrives } from "./check-redrives.ts";
import type { Aside, HistoryEvent } from "./history.ts";
import type { Happening } from "./twins.ts";

const STREAM = "logs/1";

const object = (key: string, records: readonly string[], from?: string): Happening => ({
  kind: "object",
  stream: STREAM,
  reader: "delivery",
  key,
  records,
  bucket: 1,
  ...(key.startsWith("failed/") && { isOfFailed: true as const }),
  ...(from !== undefined && { from }),
});
const failed = (key: string, ...records: string[]) => object(`failed/${key}`, records);
const came = (key: string, from: string, ...records: string[]) =>
  object(key, records, `failed/${from}`);
const redriven = (from: string): Happening => ({
  kind: "redriven",
  stream: STREAM,
  from: `failed/${from}`,
});
const redrive = (
  id: string,
  more: { readonly bucket?: number; readonly after?: Aside } = {},
): Happening => ({
  kind: "redrive",
  stream: STREAM,
  redrive: id,
  bucket: 1,
  prefixes: ["failed/"],
  startedAtMs: Number.POSITIVE_INFINITY,
  ...more,
});
const ended = (id: string, state = "COMPLETED", doneCount?: number): Happening => ({
  kind: "redrive ended",
  stream: STREAM,
  redrive: id,
  state,
  ...(doneCount !== undefined && { doneCount }),
});
const aside = (from: string, how: Aside, ...records: string[]): Happening => ({
  kind: "put aside",
  stream: STREAM,
  from: `failed/${from}`,
  how,
  redrives: ["r"],
  records,
});
const dropped = (record: string, from: string): Happening => ({
  kind: "dropped",
  stream: STREAM,
  reader: "redrive",
  record,
  from: `failed/${from}`,
});

function guarantees(...happenings: readonly Happening[]): string[] {
  const events: HistoryEvent[] = happenings.map((event, i) => ({ ...event, atMs: i * 1000 }));
  return checkRedrives(events).map(({ guarantee }) => guarantee);
}

describe("a redrive without fault", () => {
  test("brings each record into an object, delivered or failed anew, or has it dropped", () => {
    const happened = guarantees(
      failed("f", "a", "b", "c"),
      redrive("r"),
      dropped("c", "f"),
      came("one", "f", "a"),
      came("failed/g", "f", "b"),
      redriven("f"),
      ended("r"),
    );
    expect(happened).toEqual([]);
  });

  test("what failed anew is redriven by the next", () => {
    const happened = guarantees(
      failed("f", "a"),
      redrive("r"),
      came("failed/g", "f", "a"),
      redriven("f"),
      ended("r"),
      redrive("s"),
      came("one", "g", "a"),
      redriven("g"),
      ended("s"),
    );
    expect(happened).toEqual([]);
  });

  test("a record that failed twice is redriven twice", () => {
    const happened = guarantees(
      failed("f", "a", "a"),
      came("one", "f", "a"),
      came("two", "f", "a"),
    );
    expect(happened).toEqual([]);
  });

  test("what is elsewhere, and what came later, is none of its business", () => {
    const later = failed("later", "b");
    const happened = guarantees(failed("f", "a"), redrive("r", { bucket: 2 }), later, ended("r"));
    expect(happened).toEqual([]);
  });

  test("one that is stopped owes nothing", () => {
    expect(guarantees(failed("f", "a"), redrive("r"), ended("r", "STOPPED"))).toEqual([]);
  });
});

describe("G5", () => {
  test("a record that comes twice of one object", () => {
    const happened = guarantees(failed("f", "a"), came("one", "f", "a"), came("two", "f", "a"));
    expect(happened).toEqual(["G5"]);
  });

  test("a record that comes of an object that does not hold it", () => {
    expect(guarantees(failed("f", "a"), came("one", "f", "b"))).toEqual(["G5"]);
  });

  test("what comes of an object that never was", () => {
    expect(guarantees(came("one", "f", "a"))).toEqual(["G5"]);
  });

  test("a redrive that is over before all is redriven", () => {
    expect(guarantees(failed("f", "a"), redrive("r"), ended("r"))).toEqual(["G5"]);
  });
});

test("G4: an object counts as redriven and a record of it is nowhere", () => {
  expect(guarantees(failed("f", "a", "b"), came("one", "f", "a"), redriven("f"))).toEqual(["G4"]);
});

test("G7: a redrive never ends", () => {
  expect(guarantees(redrive("r"), ended("r", "RUNNING"))).toEqual(["G7"]);
});

describe("objects that are put aside", () => {
  const redrivenOne = [failed("f", "a"), came("one", "f", "a"), redriven("f")];

  test("are so when a redrive is over that was asked to, whoever did it", () => {
    const [seen, done, counted] = redrivenOne as [Happening, Happening, Happening];
    const tagging = [redrive("r", { after: "TAG" }), done, counted] as const;
    expect(guarantees(seen, ...tagging, aside("f", "TAG", "a"), ended("r"))).toEqual([]);
    expect(guarantees(seen, ...tagging, aside("f", "MOVE", "a"), ended("r"))).toEqual([]);
    expect(guarantees(seen, ...tagging, ended("r"))).toEqual(["G5"]);
  });

  test("a tag does not do where they are to be moved", () => {
    const asked = redrive("r", { after: "MOVE" });
    expect(guarantees(...redrivenOne, asked, aside("f", "TAG", "a"), ended("r"))).toEqual(["G5"]);
  });

  test("not before they are redriven, nor with other records than they had", () => {
    expect(guarantees(failed("f", "a"), aside("f", "TAG", "a"))).toEqual(["G4"]);
    expect(guarantees(...redrivenOne, aside("f", "MOVE"))).toEqual(["G4"]);
    expect(guarantees(aside("f", "TAG", "a"))).toEqual(["G5"]);
  });

  test("are counted by the redrive that moved them, if by no other", () => {
    const moved = [redrive("r"), redrive("s"), aside("f", "MOVE", "a")] as const;
    const [seen, ...rest] = redrivenOne as [Happening, Happening, Happening];
    expect(guarantees(seen, moved[0], ...rest, moved[2], ended("r", "COMPLETED", 0))).toEqual([
      "G5",
    ]);
    expect(guarantees(seen, moved[1], ...rest, moved[2], ended("s", "COMPLETED", 0))).toEqual([]);
    expect(guarantees(seen, moved[1], ...rest, ended("s", "COMPLETED", 0))).toEqual(["G5"]);
  });
});
