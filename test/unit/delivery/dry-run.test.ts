/** Dry runs: what the stages make of records, one by one, and nothing in a bucket. */
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import type { S3Destination } from "../../../src/delivery/delivery-stream.ts";
import { dryRun } from "../../../src/delivery/dry-run.ts";
import { OutOfTime } from "../../../src/delivery/stages/transform.ts";
import type { MemoryFunction } from "../../../src/storage/memory/invoker.ts";
import { answering, deliverWorld, ok, START_MS } from "./deliver-world.ts";
import { TRANSFORM } from "./delivery-ports.ts";

async function run(
  over: Partial<S3Destination>,
  texts: readonly (string | Buffer)[],
  fn?: MemoryFunction,
  deadlineMs = START_MS + 7000,
) {
  const rig = await deliverWorld(over, fn);
  const outcomes = await dryRun(rig, {
    stream: rig.stream,
    target: rig.stream.destination,
    records: texts.map((text) => ({ data: Buffer.from(text), arrivedAtMs: START_MS })),
    region: "us-east-1",
    deliveryStreamArn: "arn",
    deadlineMs,
  });
  expect(rig.contents()).toEqual([]);
  return outcomes.map((parts) =>
    parts.map((outcome) => {
      if (outcome.kind === "delivered") return Buffer.from(outcome.data).toString();
      return outcome.kind === "dropped" ? "-" : outcome.errorCode;
    }),
  );
}

test("without stages records are what they are", async () => {
  expect(await run({}, ["a", "", "b"])).toEqual([["a"], [""], ["b"]]);
});

test("each record has its outcome, in its place", async () => {
  const verdict = (text: string) => {
    if (text === "drop") return { result: "Dropped" };
    return text === "fail" ? { result: "ProcessingFailed" } : ok(text.toUpperCase());
  };
  const over = { stages: { decompression: "GZIP" }, transform: TRANSFORM } as const;
  const texts = ["a", "drop", "fail"].map((text) => gzipSync(text));
  const outcomes = await run(over, [...texts, "no gzip"], answering(verdict));
  expect(outcomes.slice(0, 2)).toEqual([["A"], ["-"]]);
  expect(outcomes[2]).toEqual([expect.stringMatching(/^Lambda\./)]);
  expect(outcomes[3]).toEqual([expect.stringMatching(/\w/)]);
});

test("the parts of a record are told together", async () => {
  const over = { stages: { subRecords: { kind: "JSON" } } } as const;
  expect(await run(over, ['{"a":1}{"a":2}', '{"a":3}'])).toEqual([
    ['{"a":1}', '{"a":2}'],
    ['{"a":3}'],
  ]);
});

test("a function that fails is invoked once, and what takes too long is given up", async () => {
  let count = 0;
  const failing = () => {
    count += 1;
    throw new Error("boom");
  };
  const transform = { ...TRANSFORM, retryCount: 3 };
  expect(await run({ transform }, ["a"], failing)).toEqual([["Lambda.FunctionError"]]);
  expect(count).toBe(1);
  await expect(run({ transform }, ["a"], failing, START_MS)).rejects.toThrow(OutOfTime);
});
