import { expect, test } from "vitest";
import { type FlushRow, printFlushes } from "../../../../bin/hydrant/flushes.ts";
import { printStatus, type StreamStatus } from "../../../../bin/hydrant/status.ts";

const NOW_MS = Date.UTC(2026, 10, 23, 10);
const NOW = NOW_MS / 1000;

const FLUSH: FlushRow = {
  LaneId: "lane-0000",
  Kind: "delivery",
  FromBlock: 3,
  ToBlock: 4,
  Time: NOW - 61,
  Records: 10,
  Delivered: 8,
  Dropped: 1,
  Failed: 1,
  Objects: [
    { Bucket: "logs", Key: "a" },
    { Bucket: "logs", Key: "errors/b", ErrorOutputType: "processing-failed" },
  ],
  ObjectCount: 3,
};

test("prints flushes with their objects, the latest first", () => {
  const { Delivered: _1, Dropped: _2, Failed: _3, ...uncounted } = FLUSH;
  const later = { ...uncounted, FromBlock: 4, ToBlock: 9, Time: NOW - 5, Objects: [] };
  expect(printFlushes([FLUSH, { ...later, Kind: "backup", ObjectCount: 0 }], NOW_MS)).toBe(
    [
      "  when       lane                blocks  records  delivered  dropped  failed",
      "  5.0s ago   lane-0000 (backup)  4-8     10       ?          ?        ?",
      "  1m 1s ago  lane-0000           3       10       8          1        1",
      "      s3://logs/a",
      "      s3://logs/errors/b  (processing-failed)",
      "      and 1 more",
    ].join("\n"),
  );
});

test("prints lanes, what fails, what warns and what went", () => {
  const status: StreamStatus = {
    DeliveryStreamName: "logs",
    DeliveryStreamStatus: "ACTIVE",
    DeliveryState: "PAUSED",
    PausedSince: NOW - 60,
    DeliveryStreamType: "DirectPut",
    VersionId: "2",
    RetentionPeriodHours: 24,
    Warnings: ["soon lost"],
    Deliveries: [
      {
        Kind: "delivery",
        BucketARN: "arn:aws:s3:::my-logs",
        RecordsWaiting: 5,
        BytesWaiting: 50,
        LastError: "NoSuchBucket: no",
        FailingSince: NOW - 120,
        NextRetry: NOW + 20,
        LaneCount: 3,
        Lanes: [
          {
            LaneId: "lane-0001",
            State: "open",
            RecordsWaiting: 5,
            BytesWaiting: 50,
            NextBlock: 7,
            OldestArrival: NOW - 90,
            NextFlush: NOW + 20,
            PendingFlush: { FromBlock: 7, ToBlock: 9 },
          },
          {
            LaneId: "lane-0002",
            State: "closed",
            RecordsWaiting: 0,
            BytesWaiting: 0,
            NextBlock: 1,
            NextFlush: NOW - 1,
          },
        ],
        LastFlushes: [],
      },
    ],
  };
  expect(printStatus(status, NOW_MS)).toBe(
    [
      "logs  ACTIVE  DirectPut  version 2  records are kept 24 h",
      "  paused for 1m",
      "  ! soon lost",
      "delivery to s3://my-logs",
      "  fails for 2m, next try in 20s: NoSuchBucket: no",
      "  lane       state   waiting  bytes  oldest  next flush  pending",
      "  lane-0001  open    5        50     1m 30s  in 20s      blocks 7-8",
      "  lane-0002  closed  0        0              now",
      "  lanes of which less waits: 1",
      "  last flushes",
      "  nothing was delivered yet",
    ].join("\n"),
  );
});
