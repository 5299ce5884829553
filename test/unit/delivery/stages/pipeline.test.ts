/** The stages one after the other, and a flush through them. */
import { memoryJq } from "../../../../src/storage/memory/jq.ts";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { DeliveryRecord } from "../../../../src/delivery/record.ts";
import { pipeline } from "../../../../src/delivery/stages/pipeline.ts";
import { BYTES_PER_MIB } from "../../../../src/limits.ts";
import { seededRandom } from "../../../helpers/seeded-random.ts";
import { steppingClock } from "../../../helpers/stepping-clock.ts";
import { answering, deliverWorld, ok, START_MS } from "../deliver-world.ts";
import { invokerOf, TRANSFORM } from "../delivery-ports.ts";

const envelope = (...messages: string[]) =>
  gzipSync(
    JSON.stringify({
      messageType: "DATA_MESSAGE",
      logEvents: messages.map((message, id) => ({ id: String(id), timestamp: START_MS, message })),
    }),
  );
const LOGS = { decompression: "GZIP", messageExtraction: true } as const;

const record = (data: Uint8Array, index: number): DeliveryRecord => ({
  recordId: String(index).padStart(6, "0"),
  arrivedAtMs: START_MS + index,
  data,
});

const CONTEXT = {
  deliveryStreamArn: "arn:aws:firehose:us-east-1:000000000000:deliverystream/logs",
  region: "us-east-1",
  invoker: invokerOf(
    answering((text) =>
      text.startsWith("bad") ? { result: "ProcessingFailed" } : ok(text.toUpperCase()),
    ),
  ),
  clock: steppingClock(START_MS),
  jq: memoryJq(),
  identify: () => ({}),
  nowMs: START_MS,
  random: seededRandom(1),
  deadlineMs: START_MS + 900_000,
};

async function outcomesOf(
  data: readonly Uint8Array[],
  settings: Parameters<typeof pipeline>[1],
  bufferBytes = 1_000_000,
) {
  const through = pipeline(
    data.map((each, index) => [record(each, index)]),
    settings.transform ? { ...settings, transform: { ...TRANSFORM, bufferBytes } } : settings,
    CONTEXT,
  );
  const outcomes = [];
  for await (const group of through) outcomes.push(...group);
  return outcomes.map((outcome) => {
    const { recordId } = outcome.record;
    if (outcome.kind === "delivered") return [recordId, Buffer.from(outcome.data).toString()];
    return [recordId, outcome.kind === "failed" ? outcome.errorCode : outcome.kind];
  });
}

describe("the pipeline", () => {
  test("hands each stage what the one before it made", async () => {
    expect(await outcomesOf([envelope("a", "b"), envelope("c")], { stages: LOGS })).toEqual([
      ["000000", "a\nb"],
      ["000001", "c"],
    ]);
    const through = { stages: LOGS, transform: TRANSFORM };
    expect(await outcomesOf([envelope("a", "b")], through)).toEqual([["000000", "A\nB"]]);
  });

  test.each([1, 3, 1_000_000])(
    "keeps the order of the records, wherever they fail, with batches of %i bytes",
    async (bufferBytes) => {
      const data = [
        Buffer.from("no gzip"),
        envelope("a"),
        envelope("bad"),
        Buffer.from("no gzip"),
        Buffer.from("no gzip"),
        envelope("b"),
        envelope("c"),
        Buffer.from("no gzip"),
      ];
      const through = { stages: LOGS, transform: TRANSFORM };
      expect(await outcomesOf(data, through, bufferBytes)).toEqual([
        ["000000", "Decompression.Failed"],
        ["000001", "A"],
        ["000002", "Lambda.ProcessingFailedStatus"],
        ["000003", "Decompression.Failed"],
        ["000004", "Decompression.Failed"],
        ["000005", "B"],
        ["000006", "C"],
        ["000007", "Decompression.Failed"],
      ]);
    },
  );

  test("takes however many failures before one that passes", async () => {
    const last = gunzipSync(envelope("a"));
    const data = [...Array<Uint8Array>(150_000).fill(Buffer.from("x")), last];
    const through = { stages: { messageExtraction: true }, transform: TRANSFORM } as const;
    const outcomes = await outcomesOf(data, through);
    expect(outcomes).toHaveLength(150_001);
    expect(outcomes.at(-1)).toEqual(["150000", "A"]);
  });

  test("hands on what it makes of a block in groups of bounded size", async () => {
    const large = gzipSync(Buffer.alloc(3 * BYTES_PER_MIB));
    const through = pipeline(
      [Array.from({ length: 8 }, (_, index) => record(large, index))],
      { stages: { decompression: "GZIP" } },
      CONTEXT,
    );
    const sizes = [];
    for await (const group of through) sizes.push(group.length);
    expect(sizes).toEqual([2, 2, 2, 2]);
  });

  test("gives a function nothing where nothing passes", async () => {
    const through = { stages: LOGS, transform: TRANSFORM };
    expect(await outcomesOf([Buffer.from("x")], through)).toEqual([
      ["000000", "Decompression.Failed"],
    ]);
  });
});

test("a flush puts what failed in a stage into that stage's folder, as it was ingested", async () => {
  const { putData, run, contents, flushes } = await deliverWorld({ stages: LOGS });
  await putData(envelope("one", "two"));
  await putData(Buffer.from("plain"));
  await putData(gzipSync("{}"));
  await run();
  const found = contents();
  expect(found.map(({ key }) => key.split("/20")[0])).toEqual([
    expect.stringMatching(/^2026/),
    "decompression-failed",
    "processing-failed",
  ]);
  expect(found[0]?.text).toBe("one\ntwo");
  const failed = found.slice(1).map(({ text }) => JSON.parse(text) as Record<string, unknown>);
  expect(failed).toEqual([
    {
      rawData: Buffer.from("plain").toString("base64"),
      errorCode: "Decompression.Failed",
      errorMessage: expect.stringMatching(/^The record could not be decompressed: /),
      attemptsMade: 1,
      arrivalTimestamp: START_MS,
      attemptEndingTimestamp: expect.any(Number),
    },
    expect.objectContaining({ errorCode: "CloudWatchLogProcessing.InvalidRecord" }),
  ]);
  expect(flushes).toMatchObject([{ deliveredCount: 1, failedCount: 2, deliveredBytes: 7 }]);
});
