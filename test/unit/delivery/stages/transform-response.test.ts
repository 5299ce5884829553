import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readTransformResponse } from "../../../../src/delivery/stages/transform-response.ts";
import { record, START_MS } from "./transform-helpers.ts";

const BATCH = [record(0), record(1), record(2)];
const ATTEMPT = { attemptsMade: 2, attemptEndedAtMs: START_MS + 5 };
const ids = BATCH.map(({ recordId }) => recordId);

function ok(index: number, data = "new") {
  return { recordId: ids[index], result: "Ok", data: Buffer.from(data).toString("base64") };
}

/** A short form: the new data, `dropped`, or the error's code. */
function read(body: unknown): readonly string[] {
  const payload = typeof body === "string" ? body : JSON.stringify(body);
  return readTransformResponse(BATCH, payload, ATTEMPT).map((outcome, index) => {
    expect(outcome.record).toBe(BATCH[index]);
    switch (outcome.kind) {
      case "delivered":
        return Buffer.from(outcome.data).toString();
      case "dropped":
        return "dropped";
      case "failed":
        expect(outcome).toMatchObject(ATTEMPT);
        return outcome.errorCode;
    }
  });
}

describe("a record that came back", () => {
  test("as Ok is delivered with its new data, whatever the order of the answer", () => {
    expect(read({ records: [ok(2, "c"), ok(0, "a"), ok(1, "b")] })).toEqual(["a", "b", "c"]);
  });

  test("as Ok with empty data is delivered empty", () => {
    expect(read({ records: [ok(0, ""), ok(1), ok(2)] })).toEqual(["", "new", "new"]);
  });

  test("as Dropped is dropped, with or without data", () => {
    const records = [
      { ...ok(0), result: "Dropped" },
      { recordId: ids[1], result: "Dropped" },
      ok(2),
    ];
    expect(read({ records })).toEqual(["dropped", "dropped", "new"]);
  });

  test("as ProcessingFailed fails alone and keeps its original bytes", () => {
    const records = [ok(0), { ...ok(1), result: "ProcessingFailed" }, ok(2)];
    const outcome = readTransformResponse(BATCH, JSON.stringify({ records }), ATTEMPT)[1];
    expect(outcome).toEqual({
      kind: "failed",
      record: BATCH[1],
      errorCode: "Lambda.ProcessingFailedStatus",
      errorMessage: "ProcessingFailed status set for record",
      ...ATTEMPT,
    });
  });

  test.each([
    ["without data", { data: undefined }],
    ["with null for data", { data: null }],
    ["with data that is no text", { data: 7 }],
    ["with data outside base64", { data: "bm$3" }],
    ["with base64 for addresses", { data: "_-8=" }],
    ["with base64 broken into lines", { data: "bmV3\nbmV3" }],
    ["with base64 of impossible length", { data: "bmV3b" }],
    ["with base64 padded wrongly", { data: "bmV3=" }],
    ["with a result in other letters", { result: "OK" }],
    ["without a result", { result: undefined }],
  ])("%s fails alone", (_, change) => {
    expect(read({ records: [ok(0), { ...ok(1), ...change }, ok(2)] })).toEqual([
      "new",
      "Lambda.JsonProcessingException",
      "new",
    ]);
  });

  test("without padding is read", () => {
    expect(read({ records: [{ ...ok(0), data: "bmV3cw" }, ok(1), ok(2)] })[0]).toBe("news");
  });

  test("twice fails alone, even if both say the same", () => {
    expect(read({ records: [ok(0), ok(1), ok(1), ok(2)] })).toEqual([
      "new",
      "Lambda.DuplicatedRecordId",
      "new",
    ]);
  });
});

test("a record that did not come back fails alone", () => {
  expect(read({ records: [ok(0), ok(2)] })).toEqual(["new", "Lambda.MissingRecordId", "new"]);
});

test("records that were never sent are ignored", () => {
  const records = [
    ok(0),
    ok(1),
    ok(2),
    { recordId: "other", result: "Ok", data: "" },
    { result: "Ok" },
  ];
  expect(read({ records })).toEqual(["new", "new", "new"]);
});

test.each([
  ["nothing", ""],
  ["no JSON", "<html>"],
  ["null", "null"],
  ["a list", [ok(0)]],
  ["an object without records", {}],
  ["records that are no list", { records: { 0: ok(0) } }],
  ["a list with something else than objects", { records: [ok(0), ok(1), null] }],
  ["a list of lists", { records: [[ok(0)], [ok(1)], [ok(2)]] }],
])("a body that is %s fails the whole batch", (_, body) => {
  expect(read(body)).toEqual(Array(3).fill("Lambda.JsonProcessingException"));
});

test("gives every record exactly one outcome, in order, whatever JSON comes back", () => {
  const entry = fc.record(
    {
      recordId: fc.oneof(fc.constantFrom(...ids), fc.jsonValue()),
      result: fc.oneof(fc.constantFrom("Ok", "Dropped", "ProcessingFailed"), fc.jsonValue()),
      data: fc.oneof(fc.base64String(), fc.jsonValue()),
    },
    { requiredKeys: [] },
  );
  const body = fc.oneof(
    fc.jsonValue(),
    fc.record({ records: fc.array(fc.oneof({ weight: 9, arbitrary: entry }, fc.jsonValue())) }),
  );
  fc.assert(
    fc.property(body, (value) => {
      const outcomes = readTransformResponse(BATCH, JSON.stringify(value), ATTEMPT);
      expect(outcomes.map((outcome) => outcome.record)).toEqual(BATCH);
    }),
  );
});

test("delivers any bytes as the function encoded them", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const data = Buffer.from(bytes).toString("base64");
      const payload = JSON.stringify({ records: [{ ...ok(0), data }] });
      const [outcome] = readTransformResponse([record(0)], payload, ATTEMPT);
      expect(outcome).toEqual({ kind: "delivered", record: record(0), data: Buffer.from(bytes) });
    }),
  );
});
