import { expect, test } from "vitest";
import { printResults, recordsIn } from "../../../../bin/hydrant/test-pipeline.ts";

const base64 = (text: string) => Buffer.from(text).toString("base64");

test("each line of a file is a record", () => {
  const texts = (content: string) =>
    recordsIn(Buffer.from(content)).map(({ Data }) => Buffer.from(Data, "base64").toString());
  expect(texts("a\n\nb\n")).toEqual(["a", "", "b"]);
  expect(texts("a")).toEqual(["a"]);
  expect(texts("")).toEqual([]);
});

test("prints what became of each record, and how many fared so", () => {
  const delivered = { State: "DELIVERED", Data: base64("x\n"), PartitionKeys: { "q:a": "1" } };
  const failed = {
    State: "FAILED",
    ErrorCode: "Code",
    ErrorMessage: "no",
    ErrorOutputType: "processing-failed",
  };
  const results = [
    { Outcomes: [delivered, { State: "DELIVERED", DataBytes: 9, RowCount: 2 }] },
    { Outcomes: [failed] },
    { Outcomes: [{ State: "DROPPED" }] },
  ];
  expect(printResults(results)).toBe(
    [
      '1  delivered  q:a=1  "x\\n"',
      "1  delivered  rows: 2  9 bytes",
      "2  failed (processing-failed)  Code: no",
      "3  dropped",
      "2 delivered, 1 failed, 1 dropped",
    ].join("\n"),
  );
  expect(printResults([])).toBe("no records");
});
