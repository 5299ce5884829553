import { expect, test } from "vitest";
import { checkMetadata } from "./check-metadata.ts";
import type { HistoryEvent, Known } from "./history.ts";
import type { Happening } from "./twins.ts";

const STREAM = "logs/1";
const AT = { stream: STREAM, shard: "firehose/logs/1/0000" };
const place = (block: number, position: number) => ({ ...AT, block, position });

const logged: Happening = {
  kind: "logged",
  ...AT,
  block: 3,
  records: ["a", "b"],
  arrivedAtMs: 1000,
};
const A: Known = { place: place(3, 0), arrivedAtMs: 1000 };
const B: Known = { place: place(3, 1), arrivedAtMs: 1000 };

function object(
  key: string,
  records: readonly string[],
  known: readonly (Known | undefined)[],
  from?: string,
): Happening {
  return {
    kind: "object",
    stream: STREAM,
    reader: "delivery",
    key,
    records,
    known,
    hasMetadata: true,
    ...(key.startsWith("failed") && { isOfFailed: true as const }),
    ...(from !== undefined && { from }),
  };
}

function messages(...happenings: readonly Happening[]): string[] {
  const events: HistoryEvent[] = happenings.map((event, i) => ({ ...event, atMs: i * 1000 }));
  return checkMetadata(events).map(({ message }) => message);
}

test("a record may be said to stand where it stands, and to have come when it came", () => {
  expect(messages(logged, object("one", ["a", "b"], [A, B]))).toEqual([]);
});

test("nothing else may be said of it", () => {
  expect(messages(logged, object("one", ["a"], [B]))).toEqual([
    "one has a stand in firehose/logs/1/0000, block 3, position 1",
  ]);
  expect(messages(logged, object("one", ["a"], [{ ...A, arrivedAtMs: 999 }]))).toEqual([
    "one has a arrive at 999, when it did not",
  ]);
});

test("nor may it be left out, unless it was not known when it failed", () => {
  const said = ["two does not say which record a is"];
  expect(messages(logged, object("two", ["a"], [undefined]))).toEqual(said);
  const redriven = object("two", ["a"], [{ arrivedAtMs: 1000 }], "failed");
  const failed = (known: Known): Happening => {
    const { hasMetadata: _none, ...event } = object("failed", ["a"], [known]) as Extract<
      Happening,
      { readonly kind: "object" }
    >;
    return event;
  };
  expect(messages(logged, failed(A), redriven)).toEqual(said);
  expect(messages(logged, failed({ arrivedAtMs: 1000 }), redriven)).toEqual([]);
});
