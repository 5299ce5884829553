/** Who did what to which stream. */
import { expect, test } from "vitest";
import {
  AUDIT_REMEMBERED_MAX_COUNT,
  AUDIT_REPEAT_AFTER_MS,
  AUDIT_TEXT_MAX_LENGTH,
} from "../../../src/limits.ts";
import { type AuditedCall, createAudit } from "../../../src/observe/audit.ts";
import { createLog } from "../../../src/observe/log.ts";
import { RECORD_CALLS } from "../../../src/operations/record-calls.ts";
import { SERVICES } from "../../../src/operations/services.ts";

const STREAM = "arn:aws:kinesis:us-east-1:000000000000:stream/clicks";
const CALL = {
  requestId: "1",
  operation: "kinesis:UpdateShardCount",
  resource: STREAM,
  accessKeyId: "AKIAEXAMPLE",
  caller: "ops",
  sourceIp: "203.0.113.7",
  status: 200,
};
const DENIED = { status: 400, error: "AccessDeniedException" };

function audited(extent: "control" | "all" = "control") {
  let nowMs = Date.UTC(2026, 10, 30);
  const clock = { now: () => nowMs, sleep: () => Promise.resolve() };
  const lines: string[] = [];
  const log = createLog({ clock, write: (line) => lines.push(line) });
  const write = createAudit({ log, clock, extent, recordCalls: RECORD_CALLS });
  return {
    lines,
    advance: (ms: number) => void (nowMs += ms),
    /** The lines that the calls came to. */
    lineOf(
      ...calls: readonly (Partial<AuditedCall> & { isStranger?: boolean; isNowhere?: boolean })[]
    ) {
      const before = lines.length;
      for (const { isStranger, isNowhere, ...call } of calls) {
        const { accessKeyId: _id, caller: _name, ...unsigned } = CALL;
        const { resource: _stream, ...nowhere } = CALL;
        write({ ...(isStranger ? unsigned : isNowhere ? nowhere : CALL), ...call });
      }
      return lines.slice(before).map((line) => JSON.parse(line) as Record<string, unknown>);
    },
  };
}

test("each call that shows or changes how things are has a line, whatever became of it", () => {
  const { lineOf } = audited();
  const common = {
    at: "2026-11-30T00:00:00.000Z",
    level: "info",
    event: "audit",
    requestId: "1",
    action: "kinesis:UpdateShardCount",
    resource: STREAM,
    caller: "ops",
    accessKeyId: "AKIAEXAMPLE",
    sourceIp: "203.0.113.7",
  };
  expect(lineOf({}, {}, DENIED, { status: 500, error: "InternalFailure" })).toEqual([
    { ...common, outcome: "done" },
    { ...common, outcome: "done" },
    { ...common, outcome: "refused", error: "AccessDeniedException" },
    { ...common, outcome: "failed", error: "InternalFailure" },
  ]);
});

test("calls on records have one each only where all is wanted", () => {
  for (const [operation, kind] of RECORD_CALLS) {
    const calls = [{ operation }, { operation }, { operation }];
    const marks = { action: operation, ...(kind !== "put" && { readsPayloads: true }) };
    const all = audited("all").lineOf(...calls);
    expect(all).toMatchObject([marks, marks, marks]);
    if (kind === "put") expect(all[0]).not.toHaveProperty("readsPayloads");
    const wanted = { put: 0, read: 1, look: 3 }[kind];
    expect(audited().lineOf(...calls)).toHaveLength(wanted);
  }
});

test("the first read stands for the next minutes of its caller and stream, and the first denial for its like", () => {
  const { lineOf, advance } = audited();
  const read = { operation: "kinesis:GetRecords" };
  expect(lineOf(read, read)).toHaveLength(1);
  expect(lineOf({ ...read, resource: `${STREAM}2` }, { ...read, accessKeyId: "B" })).toHaveLength(
    2,
  );
  const put = { operation: "firehose:PutRecord" };
  expect(lineOf(put, { ...put, status: 400, error: "ValidationException" })).toHaveLength(0);
  expect(lineOf({ ...put, ...DENIED }, { ...put, ...DENIED })).toMatchObject([
    { action: "firehose:PutRecord", outcome: "refused" },
  ]);
  advance(AUDIT_REPEAT_AFTER_MS - 1);
  expect(lineOf(read)).toHaveLength(0);
  advance(1);
  expect(lineOf(read, { ...put, ...DENIED })).toHaveLength(2);
});

test("what came to no stream is told of once in some minutes", () => {
  const { lineOf } = audited();
  const throttled = { status: 400, error: "ThrottlingException", isNowhere: true };
  expect(lineOf(throttled, throttled)).toHaveLength(1);
  expect(lineOf({ ...throttled, error: "ValidationException" })).toHaveLength(1);
  expect(audited("all").lineOf(throttled, throttled)).toHaveLength(2);
});

test("strangers are told of once in some minutes, whatever they try", () => {
  const { lineOf } = audited("all");
  const stranger = { status: 403, error: "UnrecognizedClientException", isStranger: true };
  const lines = lineOf(stranger, stranger, { ...stranger, sourceIp: "198.51.100.1" });
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatchObject({ outcome: "refused", sourceIp: "203.0.113.7" });
  expect(lines[0]).not.toHaveProperty("accessKeyId");
});

test("nothing that a caller names makes a line of its own, or a long one", () => {
  const { lineOf, lines } = audited();
  const evil = `a\n{"event":"audit","caller":"somebody"}\u2028\u202E\u0007"}`;
  const [line] = lineOf({ resource: evil, caller: evil, requestId: evil });
  const shown = `a?{"event":"audit","caller":"somebody"}???"}`;
  expect(line).toMatchObject({ resource: shown, caller: shown, requestId: shown });
  expect(lines[0]).toMatch(/^[ -~]*$/);
  const [long] = lineOf({ resource: "x".repeat(100_000) });
  expect(long!["resource"]).toBe(`${"x".repeat(AUDIT_TEXT_MAX_LENGTH)}...`);
});

test("what named no operation is not told of, and what is remembered has a bound", () => {
  const { lineOf } = audited();
  const { operation: _, ...unnamed } = CALL;
  const { log } = { log: { info: () => expect.fail("nothing is to be written") } };
  const clock = { now: () => 0 };
  createAudit({ log, clock, extent: "all", recordCalls: RECORD_CALLS })(unnamed);
  const read = { operation: "kinesis:GetRecords" };
  for (let i = 0; i < AUDIT_REMEMBERED_MAX_COUNT; i++) lineOf({ ...read, resource: `${i}` });
  expect(lineOf({ ...read, resource: "0" })).toHaveLength(0);
  lineOf({ ...read, resource: "one more" });
  expect(lineOf({ ...read, resource: "0" })).toHaveLength(1);
});

test("calls on records are those of the services, and every other operation is told of", () => {
  const all = SERVICES.flatMap(({ signingName, operations }) =>
    [...operations.keys()].map((name) => `${signingName}:${name}`),
  );
  for (const operation of RECORD_CALLS.keys()) expect(all).toContain(operation);
  const { lineOf } = audited();
  for (const operation of all) {
    expect(lineOf({ operation, ...DENIED }), operation).toHaveLength(1);
  }
});
