/** What a lane waits for when the machine's clock was set back meanwhile: no longer than it could have been meant. */
import { expect, test } from "vitest";
import { type Lane, nextStep, type WaitingRecord } from "../../../src/consumer/lane.ts";
import { eventSourceMapping } from "../../helpers/event-source-mapping.ts";

const NOW_MS = 1_800_000_000_000;
const AN_HOUR_MS = 3_600_000;
const SOURCE = {
  shardId: "shardId-000000000000",
  eventSourceArn: "arn:aws:kinesis:us-east-1:000000000000:stream/clicks",
  region: "us-east-1",
  invokeIdentityArn: "arn:aws:iam::000000000000:role/consume",
};
const MOMENT = { nowMs: NOW_MS, mayRead: false, isAtTip: true, isAtEnd: false };

const recordOf = (arrivedAtMs: number): WaitingRecord => ({
  position: { blockIndex: 0, position: 0 },
  arrivedAtMs,
  recordOffset: 0,
  byteOffset: 0,
  sequenceNumber: "1",
  partitionKey: "key",
  data: new Uint8Array(1),
});

function stepOf(lane: Partial<Lane>, options: Parameters<typeof eventSourceMapping>[0] = {}) {
  const next = [0, 0, 0] as const;
  const whole = { waiting: [], readTo: [1, 0, 0] as const, progress: { next }, ...lane };
  return nextStep(whole, eventSourceMapping(options), SOURCE, MOMENT);
}

const retried = (retryAtMs: number) => ({
  waiting: [recordOf(NOW_MS)],
  progress: {
    next: [0, 0, 0] as const,
    retry: { pieceEnds: [[0, 0, 1] as const], attemptCount: 1, failureCount: 1, retryAtMs },
  },
});

test("a retry", () => {
  expect(stepOf(retried(NOW_MS + 30_000)).kind).toBe("wait");
  expect(stepOf(retried(NOW_MS + AN_HOUR_MS)).kind).toBe("invoke");
});

test("a batching window", () => {
  const options = { batchingWindowSeconds: 60 };
  expect(stepOf({ waiting: [recordOf(NOW_MS)] }, options).kind).toBe("wait");
  expect(stepOf({ waiting: [recordOf(NOW_MS + AN_HOUR_MS)] }, options).kind).toBe("invoke");
});

test("a tumbling window", () => {
  const options = { tumblingWindowSeconds: 60 };
  const open = (startMs: number) => ({
    progress: { next: [1, 0, 0] as const, window: { startMs, state: { inline: "{}" } } },
  });
  expect(stepOf(open(NOW_MS - 1000), options).kind).toBe("wait");
  expect(stepOf(open(NOW_MS + AN_HOUR_MS), options).kind).toBe("close-window");
});
