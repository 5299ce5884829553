import { expect, it } from "vitest";
import { appendDelimiter } from "../../../../src/delivery/stages/append-delimiter.ts";
import { passing, texts } from "./passing.ts";

it("ends each record, also an empty one, and keeps it as it came", () => {
  const [outcome] = appendDelimiter("\n")(passing("a"));
  expect(texts([outcome!])).toEqual(["a\n"]);
  expect(outcome?.record.data).toEqual(Buffer.from("a"));
  expect(texts(appendDelimiter("|é|")(passing("")))).toEqual(["|é|"]);
});
