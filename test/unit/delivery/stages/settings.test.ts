import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { appendDelimiter } from "../../../../src/delivery/stages/append-delimiter.ts";
import { chain, stagesBeforeLambda } from "../../../../src/delivery/stages/settings.ts";
import { passing, texts } from "./passing.ts";

const logs = gzipSync(
  JSON.stringify({
    messageType: "DATA_MESSAGE",
    logEvents: [{ message: '{"a":1}' }, { message: '{"a":2}{"a":3}' }],
  }),
);

it("decompression, messages and de-aggregation follow each other", () => {
  const all = {
    decompression: "GZIP",
    messageExtraction: true,
    subRecords: { kind: "JSON" },
  } as const;
  expect(texts(stagesBeforeLambda(all)(passing(logs)))).toEqual(['{"a":1}', '{"a":2}', '{"a":3}']);
  const { subRecords: _, ...whole } = all;
  const [outcome] = stagesBeforeLambda(whole)(passing(logs));
  expect(texts([outcome!])).toEqual(['{"a":1}\n{"a":2}{"a":3}']);
  expect(outcome?.record.data).toEqual(logs);
});

it("a record that fails in one does not reach the next", () => {
  const stage = stagesBeforeLambda({ decompression: "GZIP", messageExtraction: true });
  expect(stage(passing("text"))).toMatchObject([{ errorOutputType: "decompression-failed" }]);
  expect(stage(passing(gzipSync("text")))).toMatchObject([
    { errorOutputType: "processing-failed" },
  ]);
});

it("each part of a record goes on by itself", () => {
  const subRecords = { kind: "DELIMITED", delimiter: "IyMjIw==" } as const;
  const stage = chain([stagesBeforeLambda({ subRecords }), appendDelimiter("\n")]);
  expect(texts(stage(passing("a####b")))).toEqual(["a\n", "b\n"]);
});

it("without settings a record goes on as it is", () => {
  expect(stagesBeforeLambda({})(passing("a"))).toEqual([passing("a")]);
});
