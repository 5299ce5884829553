import { expect, test } from "vitest";
import type { Measured } from "../../../src/metrics.ts";
import { createLog } from "../../../src/observe/log.ts";
import { requestMeasures } from "../../../src/observe/request-measures.ts";
import { steppingClock } from "../../helpers/stepping-clock.ts";

const NOW_MS = 1_795_428_000_000;

function logger(hasMetrics?: boolean) {
  const lines: unknown[] = [];
  const log = createLog({
    clock: steppingClock(NOW_MS),
    ...(hasMetrics !== undefined && { hasMetrics }),
    write: (line) => void lines.push(JSON.parse(line)),
  });
  return { log, lines };
}

const MEASURED: Measured = {
  set: {
    namespace: "Hydrant/Firehose",
    dimensions: ["DeliveryStreamName", "Kind"],
    units: { Invocations: "Count", Errors: "Count", Throttles: "Count", Age: "Milliseconds" },
  },
  dimensions: { DeliveryStreamName: 'a "b"', Kind: "k" },
  values: { Invocations: 2, Errors: 0, Throttles: undefined, Age: [40, 2.5] },
};
const MEMBERS = {
  at: "2026-11-23T10:00:00.000Z",
  level: "info",
  event: "flush",
  shard: "s",
  DeliveryStreamName: 'a "b"',
  Kind: "k",
  Invocations: 2,
  Errors: 0,
  Age: [40, 2.5],
};

test("a line says what happened, and which of it are metrics", () => {
  const { log, lines } = logger();
  log.info("flush", { shard: "s" }, MEASURED);
  expect(lines).toEqual([
    {
      ...MEMBERS,
      _aws: {
        Timestamp: NOW_MS,
        CloudWatchMetrics: [
          {
            Namespace: "Hydrant/Firehose",
            Dimensions: [["DeliveryStreamName", "Kind"]],
            Metrics: [
              { Name: "Invocations", Unit: "Count" },
              { Name: "Errors", Unit: "Count" },
              { Name: "Age", Unit: "Milliseconds" },
            ],
          },
        ],
      },
    },
  ]);
});

test("without metrics the line says the same, and nobody makes metrics of it", () => {
  const { log, lines } = logger(false);
  log.info("flush", { shard: "s" }, MEASURED);
  expect(lines).toEqual([MEMBERS]);
});

test("no more samples of a metric than CloudWatch takes, and none where there are none", () => {
  const { log, lines } = logger();
  const samples = Array.from({ length: 101 }, (_, i) => i);
  const { set } = MEASURED;
  log.info("flush", {}, { set, dimensions: {}, values: { Age: samples, Errors: [] } });
  expect((lines[0] as { Age: number[] }).Age).toEqual(samples.slice(0, 100));
  expect(lines[0]).not.toHaveProperty("Errors");
});

test("a call's line holds what was measured last, with how long the call took", () => {
  const { log, lines } = logger(false);
  const measures = requestMeasures<{ id: string }>();
  const set = { ...MEASURED.set, latency: "Age" };
  const request = { id: "1" };
  const measure = measures.meterOf(request);
  measure({ ...MEASURED, set, values: { Errors: 1 } });
  measure({ ...MEASURED, set, values: { Errors: 0 } }, { ...MEASURED, values: { Invocations: 1 } });
  measures.write(log.info, request, { requestId: "r", durationMs: 7 });
  measures.write(log.error, { id: "2" }, { requestId: "s", durationMs: 8 });
  const dimensions = { DeliveryStreamName: 'a "b"', Kind: "k" };
  expect(lines).toMatchObject([
    { event: "request", requestId: "r", durationMs: 7, ...dimensions, Errors: 0, Age: 7 },
    { event: "request_metrics", requestId: "r", ...dimensions, Invocations: 1 },
    { event: "request", level: "error", requestId: "s" },
  ]);
  expect(lines[1]).not.toHaveProperty("Age");
  expect(lines[2]).not.toHaveProperty("Kind");
});
