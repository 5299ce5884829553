import { describe, expect, test } from "vitest";
import { checkTags } from "./check-tags.ts";
import type { HistoryEvent, Tags } from "./history.ts";
import type { Happening } from "./twins.ts";

const stands = (tags: Tags, versionId = 1): Happening => ({
  kind: "described",
  stream: "logs/1",
  versionId,
  tags,
});
const sets = (call: string, set: Tags): Happening => ({ kind: "tagging", call, name: "logs", set });
const removes = (call: string, ...unset: string[]): Happening => ({
  kind: "tagging",
  call,
  name: "logs",
  unset,
});
const lists = (call: string): Happening => ({ kind: "tagging", call, name: "logs" });
const done = (call: string): Happening => ({ kind: "tagged", call, answer: { kind: "done" } });
const listed = (call: string, tags: Tags): Happening => ({
  kind: "tagged",
  call,
  answer: { kind: "listed", tags },
});
const refused = (call: string, code = "LimitExceededException"): Happening => ({
  kind: "tagged",
  call,
  answer: { kind: "refused", code },
});
const numbered = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`key-${i}`, ""]));

function messages(...happenings: readonly Happening[]): string[] {
  const events: HistoryEvent[] = happenings.map((event, i) => ({ ...event, atMs: i * 1000 }));
  return checkTags(events).map(({ message }) => message);
}

describe("changes without fault", () => {
  test("come one behind the other, however their calls overlap", () => {
    const found = messages(
      stands({}),
      sets("a", { team: "one" }),
      sets("b", { cost: "two" }),
      lists("l"),
      stands({ cost: "two" }),
      stands({ cost: "two", team: "one" }),
      done("a"),
      done("b"),
      listed("l", { cost: "two" }),
      removes("c", "team", "other"),
      stands({ cost: "two" }),
      done("c"),
    );
    expect(found).toEqual([]);
  });

  test("one that changes nothing is done at once", () => {
    expect(messages(stands({}), removes("a", "team"), done("a"))).toEqual([]);
  });

  test("one that was never answered may be made or not", () => {
    const found = messages(
      stands({}),
      sets("a", { team: "" }),
      sets("b", { cost: "" }),
      stands({ team: "" }),
    );
    expect(found).toEqual([]);
  });

  test("one that has no answer yet may be made again", () => {
    const found = messages(
      stands({ team: "" }),
      removes("a", "team"),
      stands({}),
      sets("b", { team: "" }),
      stands({ team: "" }),
      done("b"),
      stands({}),
      done("a"),
    );
    expect(found).toEqual([]);
  });

  test("a stream that is gone keeps nothing", () => {
    const gone: Happening = { kind: "deleted", stream: "logs/1" };
    expect(messages(stands({ team: "" }, 7), gone, stands({}))).toEqual([]);
  });

  test("too many are refused", () => {
    expect(messages(stands(numbered(50)), sets("a", { more: "" }), refused("a"))).toEqual([]);
  });
});

describe("what must not be", () => {
  test("tags that are lost by another change", () => {
    expect(messages(stands({ team: "" }), stands({}, 2))).toEqual([
      "the tags of logs/1 became others than anybody had asked for",
    ]);
  });

  test("one of two changes that overlap is lost", () => {
    const found = messages(
      stands({}),
      sets("a", { team: "" }),
      sets("b", { cost: "" }),
      stands({ team: "" }),
      stands({ cost: "" }),
    );
    expect(found).toHaveLength(1);
  });

  test("a change that is answered and not made", () => {
    expect(messages(stands({}), sets("a", { team: "" }), done("a"))).toEqual([
      "a was said to be done, and was not",
    ]);
  });

  test("a list of what never stood, or stood before", () => {
    const found = messages(
      stands({}),
      sets("a", { team: "" }),
      stands({ team: "" }),
      done("a"),
      lists("l"),
      listed("l", {}),
    );
    expect(found).toEqual(["l was told of tags that never stood"]);
  });

  test("more than fifty", () => {
    const found = messages(stands({}), sets("a", numbered(51)), stands(numbered(51)), done("a"));
    expect(found).toEqual(["logs/1 has 51 tags"]);
  });

  test("a refusal of few", () => {
    expect(messages(stands({}), sets("a", { team: "" }), refused("a"))).toHaveLength(1);
  });

  test("a version that is gone back to", () => {
    expect(messages(stands({}, 3), stands({}, 2))).toEqual([
      "logs/1 went back from version 3 to 2",
    ]);
  });
});
