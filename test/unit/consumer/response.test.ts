import { describe, expect, it } from "vitest";
import type { ConsumerRecord } from "../../../src/consumer/record.ts";
import { readBatchResponse } from "../../../src/consumer/response.ts";
import { WINDOW_STATE_MAX_BYTES } from "../../../src/limits.ts";

const RECORDS: readonly ConsumerRecord[] = ["100", "101", "102"].map((sequenceNumber, index) => ({
  position: { blockIndex: 1, position: index },
  arrivedAtMs: 0,
  sequenceNumber,
  partitionKey: "k",
  data: new Uint8Array(),
}));
const REPORTS = { reportsItemFailures: true, expectsState: false };
const WINDOW = { reportsItemFailures: true, expectsState: true };

const failed = (...identifiers: readonly unknown[]) =>
  JSON.stringify({ batchItemFailures: identifiers.map((itemIdentifier) => ({ itemIdentifier })) });

describe("with ReportBatchItemFailures", () => {
  it.each([
    ["nothing", ""],
    ["an empty text", '""'],
    ["null", "null"],
    ["an empty object", "{}"],
    ["an empty list", "[]"],
    ["an empty list of failures", '{"batchItemFailures":[]}'],
    ["null for the failures", '{"batchItemFailures":null}'],
    ["members of its own", '{"processed":3}'],
  ])("%s is a success", (_, payload) => {
    expect(readBatchResponse(payload, RECORDS, REPORTS)).toEqual({ kind: "success" });
  });

  it.each([
    ["an empty identifier", failed("")],
    ["null for an identifier", failed(null)],
    ["an identifier under another name", '{"batchItemFailures":[{"foo":"101"}]}'],
    ["null under another name", '{"batchItemFailures":[{"foo":null}]}'],
    ["null for a failure", '{"batchItemFailures":[null]}'],
    ["an identifier of no record of the batch", failed("999")],
    ["such an identifier beside a good one", failed("101", "999")],
    ["a number for an identifier", failed(101)],
    ["failures that are no list", '{"batchItemFailures":"101"}'],
    ["a sentence", '"all is well"'],
    ["a list of something", '[{"itemIdentifier":"101"}]'],
    ["no JSON", "all is well"],
  ])("%s is a failure of the whole batch", (_, payload) => {
    expect(readBatchResponse(payload, RECORDS, REPORTS)).toMatchObject({ kind: "failure" });
  });

  it("the lowest of the identifiers counts, wherever it stands", () => {
    expect(readBatchResponse(failed("102", "101", "102"), RECORDS, REPORTS)).toEqual({
      kind: "partial",
      firstFailed: 1,
    });
    expect(readBatchResponse(failed("100"), RECORDS, REPORTS)).toEqual({
      kind: "partial",
      firstFailed: 0,
    });
  });

  it("the first record of an aggregate stands for all of its number", () => {
    const records = RECORDS.map((record) => ({ ...record, sequenceNumber: "7" }));
    expect(readBatchResponse(failed("7"), records, REPORTS)).toEqual({
      kind: "partial",
      firstFailed: 0,
    });
  });
});

describe("without it", () => {
  const OFF = { reportsItemFailures: false, expectsState: false };

  it.each([failed("101"), "no JSON", ""])("the response %s is not looked at", (payload) => {
    expect(readBatchResponse(payload, RECORDS, OFF)).toEqual({ kind: "success" });
  });

  it("a tumbling window is told nothing but its state", () => {
    const payload = JSON.stringify({ ...(JSON.parse(failed("101")) as object), state: [1] });
    expect(readBatchResponse(payload, RECORDS, { ...OFF, expectsState: true })).toEqual({
      kind: "success",
      state: [1],
    });
  });
});

describe("in a tumbling window", () => {
  const stateOf = (bytes: number) => "x".repeat(bytes - 2);

  it("the state is handed on with success and with partial success", () => {
    const state = { "1": 282 };
    expect(readBatchResponse(JSON.stringify({ state }), RECORDS, WINDOW)).toEqual({
      kind: "success",
      state,
    });
    const payload = JSON.stringify({ ...(JSON.parse(failed("101")) as object), state });
    expect(readBatchResponse(payload, RECORDS, WINDOW)).toEqual({
      kind: "partial",
      firstFailed: 1,
      state,
    });
  });

  it.each(["", "null", "{}", '{"state":null}', '{"batchItemFailures":[]}', failed("101")])(
    "%s, which holds none, is a failure of the whole batch",
    (payload) => {
      expect(readBatchResponse(payload, RECORDS, WINDOW)).toMatchObject({ kind: "failure" });
    },
  );

  it("a state of 1 MB is kept", () => {
    const state = stateOf(WINDOW_STATE_MAX_BYTES);
    expect(readBatchResponse(JSON.stringify({ state }), RECORDS, WINDOW)).toEqual({
      kind: "success",
      state,
    });
  });

  it("one that is larger is told of", () => {
    const state = stateOf(WINDOW_STATE_MAX_BYTES + 1);
    expect(readBatchResponse(JSON.stringify({ state }), RECORDS, WINDOW)).toEqual({
      kind: "success",
      state,
      stateTooLarge: true,
    });
  });

  it("a state that is no object is one, too", () => {
    expect(readBatchResponse('{"state":0}', RECORDS, WINDOW)).toEqual({
      kind: "success",
      state: 0,
    });
  });
});

it.each([REPORTS, WINDOW])(
  "fails an answer that is nested too deeply to be kept: %o",
  (options) => {
    const deep = `{"state":${"[".repeat(20_000)}${"]".repeat(20_000)}}`;
    expect(readBatchResponse(deep, RECORDS, options)).toMatchObject({ kind: "failure" });
  },
);
