import { describe, expect, test } from "vitest";
import { checkRedrives } from "./check-redrives.ts";
import type { HistoryEvent } from "./history.ts";
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
const redrive = (id: string, more: { readonly bucket?: number } = {}): Happening => ({
  kind: "redrive",
  stream: STREAM,
  redrive: id,
  bucket: 1,
  prefixes: ["failed/"],
  startedAtMs: Number.POSITIVE_INFINITY,
  ...more,
});
const ended = (id: string, state = "COMPLETED"): Happening => ({
  kind: "redrive ended",
  stream: STREAM,
  redrive: id,
  state,
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
