import { expect, test } from "vitest";
import { duration, printConsumer } from "../../../../bin/hydrant/consumers.ts";

const NOW_MS = 1_795_428_000_000;
const MAPPING = {
  UUID: "8f0b9ba2-4d2d-4a3c-a3b0-4d43a5a1f9d1",
  EventSourceArn: "arn:aws:kinesis:us-east-1:000000000000:stream/clicks",
  FunctionArn: "arn:aws:lambda:us-east-1:000000000000:function:clean:PROD",
  State: "Enabled",
  LastProcessingResult: "OK",
};

test("a mapping is a table of its shards: lag, last error, next retry", () => {
  const reading = { State: "reading", RecordsBehind: 0, IteratorAgeMilliseconds: 0 };
  const printed = printConsumer(
    MAPPING,
    [
      { ShardId: "shardId-000000000000", ...reading, State: "ended" },
      { ShardId: "shardId-000000000001", ...reading },
      {
        ShardId: "shardId-000000000002",
        State: "reading",
        RecordsBehind: 1234,
        IteratorAgeMilliseconds: 61_000,
        NextRetry: NOW_MS / 1000 + 4,
        LastError: "Error: no\n  at f",
      },
    ],
    NOW_MS,
  );
  expect(printed).toBe(
    [
      "clicks -> clean:PROD  Enabled  OK  8f0b9ba2-4d2d-4a3c-a3b0-4d43a5a1f9d1",
      "  shard                 behind  age    next retry  last error",
      "  shardId-000000000001  0       0.0s",
      "  shardId-000000000002  1234    1m 1s  in 4.0s     Error: no at f",
      "  shards that have ended: 1",
    ].join("\n"),
  );
});

test.each([
  [0, "0.0s"],
  [9_940, "9.9s"],
  [59_600, "1m"],
  [3_723_000, "1h 2m 3s"],
])("%i ms are %s", (ms, text) => {
  expect(duration(ms)).toBe(text);
});
