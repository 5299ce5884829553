import { expect, it } from "vitest";
import { bridgeMetrics, gathered } from "../../../src/bridge/metrics.ts";
import type { Measured, MetricSet } from "../../../src/metrics.ts";

const PUTS: MetricSet = {
  namespace: "Hydrant/Firehose",
  dimensions: ["DeliveryStreamName"],
  units: { IncomingBytes: "Bytes", IncomingRecords: "Count" },
};

const put = (bytes: number, name = "orders"): Measured => ({
  set: PUTS,
  dimensions: { DeliveryStreamName: name },
  values: { IncomingBytes: bytes, IncomingRecords: 1 },
});

it("gathers what puts of one stream measured, and loses no sample", () => {
  const measures = Array.from({ length: 250 }, (_, i) => put(i));
  const lists = gathered([...measures, put(7, "others")]);
  expect(lists.map(({ dimensions }) => dimensions["DeliveryStreamName"])).toEqual([
    "orders",
    "orders",
    "orders",
    "others",
  ]);
  const bytes = lists.slice(0, 3).flatMap(({ values }) => values["IncomingBytes"] ?? []);
  expect(bytes).toEqual(measures.map((_, i) => i));
  expect(lists.every(({ values }) => (values["IncomingBytes"] as number[]).length <= 100)).toBe(
    true,
  );
});

it("counts what became of an invocation's records", () => {
  expect(bridgeMetrics("orders", { storedCount: 3, keptCount: 1, left: [] })).toMatchObject({
    set: { namespace: "Hydrant/Bridge" },
    dimensions: { BridgeName: "orders" },
    values: { RecordsStored: 3, RecordsKeptAside: 1, RecordsLeft: 0 },
  });
});
