import { type PutRecordsCommandOutput, PutRecordsCommand } from "@aws-sdk/client-kinesis";
import { describe, expect, it } from "vitest";
import { eventually } from "../../helpers/eventually.ts";
import { kinesisClient, newStream } from "../../conformance/kinesis/client.ts";
import {
  SHARD_WRITE_MAX_BYTES_PER_SECOND,
  SHARD_WRITE_MAX_COUNT_PER_SECOND,
} from "../../../src/limits.ts";
import { parseSequenceNumber } from "../../../src/log/sequence.ts";

const CALLS_AT_ONCE = 6;

/** Offers so many calls at once, again and again, until one of them was refused a record; answers every answer. */
async function offerUntilRefused(
  count: number,
  dataBytes: number,
): Promise<readonly PutRecordsCommandOutput[]> {
  const client = kinesisClient();
  const StreamName = await newStream(client);
  // Numbers are above the shard's own, which has a time, too: those of its first two seconds show as one.
  const countFromMs = Date.now() + 2000;
  await eventually("times are told apart", async () => Date.now() > countFromMs || undefined);
  const Records = Array.from({ length: count }, () => ({
    PartitionKey: "a",
    Data: Buffer.alloc(dataBytes, 46),
  }));
  const answers: PutRecordsCommandOutput[] = [];
  while (!answers.some(({ FailedRecordCount }) => FailedRecordCount)) {
    const calls = Array.from({ length: CALLS_AT_ONCE }, () =>
      client.send(new PutRecordsCommand({ StreamName, Records })),
    );
    answers.push(...(await Promise.all(calls)));
  }
  return answers;
}

function acceptedPerSecond(answers: readonly PutRecordsCommandOutput[]): readonly number[] {
  const counts = new Map<number, number>();
  for (const { SequenceNumber } of answers.flatMap(({ Records = [] }) => Records)) {
    if (SequenceNumber === undefined) continue;
    const atMs = parseSequenceNumber(SequenceNumber)!.arrivedAtMs;
    counts.set(atMs, 1 + (counts.get(atMs) ?? 0));
  }
  return [...counts.values()];
}

function expectBeginnings(answers: readonly PutRecordsCommandOutput[]): void {
  for (const { Records = [], FailedRecordCount = 0 } of answers) {
    const taken = Records.map(({ SequenceNumber }) => SequenceNumber !== undefined);
    const takenCount = Records.length - FailedRecordCount;
    expect(taken).toEqual(Records.map((_, i) => i < takenCount));
    for (const { ErrorCode } of Records.slice(takenCount)) {
      expect(ErrorCode).toBe("ProvisionedThroughputExceededException");
    }
  }
}

describe("a shard that is offered too much", () => {
  it("takes at most 1,000 records in one second, and of each call a beginning", async () => {
    const answers = await offerUntilRefused(500, 10);
    expectBeginnings(answers);
    expect(Math.max(...acceptedPerSecond(answers))).toBeLessThanOrEqual(
      SHARD_WRITE_MAX_COUNT_PER_SECOND,
    );
  });

  it("takes at most 1 MiB in one second, and of each call a beginning", async () => {
    const dataBytes = 50_000;
    const answers = await offerUntilRefused(10, dataBytes);
    expectBeginnings(answers);
    const bytes = acceptedPerSecond(answers).map((count) => count * dataBytes);
    expect(Math.max(...bytes)).toBeLessThanOrEqual(SHARD_WRITE_MAX_BYTES_PER_SECOND);
  });
});
