import { expect, test } from "vitest";
import {
  destinationOf,
  printReplays,
  replayLine,
  type ReplayRow,
} from "../../../../bin/hydrant/replay.ts";
import { readArgs } from "../../../../bin/hydrant/stream-args.ts";

const NOW_MS = Date.UTC(2026, 10, 23, 10);
const NOW = NOW_MS / 1000;

const ROW: ReplayRow = {
  ReplayId: "r1",
  DeliveryStreamName: "logs",
  Status: "RUNNING",
  StartTime: NOW - 12,
  Progress: 0.429,
  RecordsReplayed: 1200,
  ObjectsWritten: 3,
  RecordsExpired: 0,
};

test("a line says how far a replay is, and what keeps it", () => {
  expect(replayLine(ROW, NOW_MS)).toBe("RUNNING 42%  1200 records, 3 objects in 12s");
  const kept = { ...ROW, RecordsExpired: 7, LastError: "NoSuchBucket: none", NextRetry: NOW + 3 };
  expect(replayLine(kept, NOW_MS)).toBe(
    "RUNNING 42%  1200 records, 3 objects in 12s  7 records had expired  NoSuchBucket: none  tried again in 3.0s",
  );
  const done = { ...ROW, Status: "COMPLETED", Progress: 1, EndTime: NOW - 2 };
  expect(replayLine(done, NOW_MS)).toBe("COMPLETED 100%  1200 records, 3 objects in 10s");
});

test("a table shows a stream's replays", () => {
  expect(printReplays([ROW, { ...ROW, ReplayId: "r2", LastError: "denied" }], NOW_MS)).toBe(
    [
      "  replay  status   done  records  objects  expired  began",
      "  r1      RUNNING  42%   1200     3        0        12s ago",
      "  r2      RUNNING  42%   1200     3        0        12s ago",
      "      denied",
    ].join("\n"),
  );
  expect(printReplays([], NOW_MS)).toBe("no replays");
});

test("options become members of the destination, over what is given as JSON", () => {
  const { stream, values } = readArgs(
    [
      "logs",
      "--bucket=other",
      "--prefix",
      "again/",
      "--no-processing",
      '--destination={"Prefix":"x"}',
    ],
    {
      bucket: { type: "string" },
      prefix: { type: "string" },
      processing: { type: "boolean" },
      destination: { type: "string" },
    },
  );
  expect(stream).toBe("logs");
  expect(destinationOf(values)).toEqual({
    BucketARN: "arn:aws:s3:::other",
    Prefix: "again/",
    ProcessingConfiguration: { Enabled: false },
    DataFormatConversionConfiguration: { Enabled: false },
    DynamicPartitioningConfiguration: { Enabled: false },
  });
  expect(() => readArgs(["logs", "--prefx=a"], {})).toThrow("Unknown option '--prefx'");
});
