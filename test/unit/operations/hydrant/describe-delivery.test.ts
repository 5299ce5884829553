/** What only time shows of a delivery stream: that its records are about to expire. */
import { expect, test } from "vitest";
import {
  DELIVERY_READER,
  type DeliveryStream,
  laneKey,
} from "../../../../src/delivery/delivery-stream.ts";
import { groupCommit } from "../../../../src/log/group-commit.ts";
import { DESTINATION } from "../../delivery/delivery-ports.ts";
import { harness } from "./harness.ts";

const HOUR_MS = 3_600_000;

test("warns when what waits has come near the end of the retention", async () => {
  const made = await harness();
  const { clock, deliveryStreams, append } = made.context;
  const stream: DeliveryStream = {
    name: "logs",
    generation: "0123456789abcdef",
    versionId: 1,
    createdAtMs: clock.now(),
    lanes: { open: [0], next: 1, changedAtMs: clock.now() },
    destination: DESTINATION,
  };
  const lane = laneKey(stream, 0);
  const reader = { readerId: DELIVERY_READER, sizeBytes: 1000, intervalMs: 60_000 };
  await deliveryStreams.create(stream, [lane], [reader]);
  const warnings = async () =>
    (await made.call("DescribeDelivery", { DeliveryStreamName: "logs" })).value.Warnings as unknown;
  expect(await warnings()).toEqual([]);
  const records = [{ data: Buffer.from("x") }];
  await groupCommit(append)(lane, { records, retentionMs: 24 * HOUR_MS });
  await clock.sleep(17 * HOUR_MS);
  expect(await warnings()).toEqual([]);
  await clock.sleep(2 * HOUR_MS);
  expect(await warnings()).toEqual([
    "The oldest record that waits was put 19.0 h ago: it is lost in 5.0 h unless it is delivered",
  ]);
  await made.call("UpdateDeliveryRetention", {
    DeliveryStreamName: "logs",
    RetentionPeriodHours: 168,
  });
  expect(await warnings()).toEqual([]);
});
