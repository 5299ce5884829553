import { expect, test } from "vitest";
import { type DeliveryRow, printDeliveries } from "../../../../bin/hydrant/deliveries.ts";

const NOW_MS = Date.UTC(2026, 10, 23, 10);
const NOW = NOW_MS / 1000;

const ROW: DeliveryRow = {
  DeliveryStreamName: "logs",
  DeliveryStreamStatus: "ACTIVE",
  Kind: "delivery",
  BucketARN: "arn:aws:s3:::my-logs",
  RecordsWaiting: 0,
  BytesWaiting: 0,
  OldestAgeMilliseconds: 0,
};

test("prints what waits, what stood last and what keeps the rest", () => {
  const rows = [
    { ...ROW, LastObject: { Key: "2026/11/23/10/logs-1", Time: NOW - 61 } },
    {
      ...ROW,
      DeliveryStreamName: "clicks",
      Kind: "backup",
      DeliveryStreamStatus: "CREATING",
      RecordsWaiting: 12,
      BytesWaiting: 3456,
      OldestAgeMilliseconds: 5000,
      LastError: "NoSuchBucket: The specified bucket does not exist",
      FailingSince: NOW - 120,
      NextRetry: NOW + 20,
      Problem: "Source stream not found: arn",
    },
  ];
  expect(printDeliveries(rows, NOW_MS)).toBe(
    [
      "  delivery stream           waiting  bytes  oldest  last object  next try",
      "  logs                      0        0              1m 1s ago",
      "      last: s3://my-logs/2026/11/23/10/logs-1",
      "  clicks (backup) CREATING  12       3456   5.0s    none         in 20s",
      "      fails for 2m, bucket my-logs: NoSuchBucket: The specified bucket does not exist",
      "      Source stream not found: arn",
    ].join("\n"),
  );
  expect(printDeliveries([], NOW_MS)).toBe("no delivery streams");
});
