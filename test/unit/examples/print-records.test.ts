import type { KinesisStreamEvent } from "aws-lambda";
import { expect, test, vi } from "vitest";
import { handler } from "../../../examples/print-records.ts";

const eventOf = (...texts: readonly string[]) =>
  ({
    Records: texts.map((text, index) => ({
      kinesis: {
        partitionKey: "k",
        sequenceNumber: String(index),
        data: Buffer.from(text).toString("base64"),
      },
    })),
  }) as KinesisStreamEvent;

test("prints records until one says that it fails, and names that one", async () => {
  const printed: string[] = [];
  const write = vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    printed.push(String(text));
    return true;
  });
  const answers = [await handler(eventOf("a", "fail", "b")), await handler(eventOf("c", "ü"))];
  write.mockRestore();
  expect(answers).toEqual([
    { batchItemFailures: [{ itemIdentifier: "1" }] },
    { batchItemFailures: [] },
  ]);
  expect(printed.map((line) => (JSON.parse(line) as { text: string }).text)).toEqual([
    "a",
    "c",
    "ü",
  ]);
});
