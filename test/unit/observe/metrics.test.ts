import { expect, test } from "vitest";
import { createMetrics } from "../../../src/observe/metrics.ts";
import { steppingClock } from "../../helpers/stepping-clock.ts";

test("a line says what happened, and which of it are metrics", () => {
  const nowMs = 1_795_428_000_000;
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  createMetrics({ clock: steppingClock(nowMs), write })({
    event: "consume",
    dimensions: { FunctionName: "f", EventSourceMappingUUID: "u" },
    counts: { Invocations: 2, Errors: 0, Throttles: undefined },
    milliseconds: { IteratorAge: 40, Duration: undefined },
    fields: { shardId: "shardId-000000000000" },
  });
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
    {
      at: "2026-11-23T10:00:00.000Z",
      level: "info",
      event: "consume",
      shardId: "shardId-000000000000",
      FunctionName: "f",
      EventSourceMappingUUID: "u",
      Invocations: 2,
      Errors: 0,
      IteratorAge: 40,
      _aws: {
        Timestamp: nowMs,
        CloudWatchMetrics: [
          {
            Namespace: "Hydrant",
            Dimensions: [["FunctionName", "EventSourceMappingUUID"]],
            Metrics: [
              { Name: "Invocations", Unit: "Count" },
              { Name: "Errors", Unit: "Count" },
              { Name: "IteratorAge", Unit: "Milliseconds" },
            ],
          },
        ],
      },
    },
  ]);
});
