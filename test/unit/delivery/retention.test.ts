/** Records of a Direct PUT stream live as long as it says, also those that were put before it said so. */
import { expect, test } from "vitest";
import type { DeliveryStream } from "../../../src/delivery/delivery-stream.ts";
import {
  directPutHorizonMs,
  directPutRetentionMs,
  isExtending,
  withRetention,
} from "../../../src/delivery/retention.ts";
import { sweepRetentions } from "../../../src/delivery/sweep-streams.ts";
import { DIRECT_PUT_RETENTION_MS, HOURS_TO_MS } from "../../../src/limits.ts";
import { lifetimeMs } from "../../../src/log/lifetime.ts";
import { deliverWorld, START_MS } from "./deliver-world.ts";

const DAY_MS = 24 * HOURS_TO_MS;
const WEEK = 168;

type World = Awaited<ReturnType<typeof deliverWorld>>;

async function standing({ deliveryStreams, stream }: World): Promise<DeliveryStream> {
  return (await deliveryStreams.get(stream.name))!;
}

async function change(rig: World, hours: number): Promise<DeliveryStream> {
  const before = await standing(rig);
  const after = withRetention(before, hours, rig.clock.now());
  expect(await rig.deliveryStreams.update(before, after)).toBe("updated");
  return after;
}

async function expiries({ log, shard }: World): Promise<readonly number[]> {
  const found: number[] = [];
  for await (const entry of log.read({ shard, from: 0, to: 100 })) {
    if (entry.kind === "data") found.push(entry.expiresAtMs - entry.arrivedAtMs);
  }
  return found;
}

const sweep = (rig: World, deadlineMs = Number.POSITIVE_INFINITY) =>
  sweepRetentions(
    {
      ...rig,
      blockExpiry: rig.log,
      reportFailure: (_, error) => {
        throw error;
      },
    },
    deadlineMs,
  );

test("it is Firehose's unless it is said, and what is said holds at once", async () => {
  const rig = await deliverWorld();
  const now = START_MS + 30 * DAY_MS;
  expect(directPutRetentionMs(rig.stream)).toBe(DIRECT_PUT_RETENTION_MS);
  const raised = withRetention(rig.stream, WEEK, START_MS);
  expect(directPutRetentionMs(raised)).toBe(7 * DAY_MS);
  expect(directPutHorizonMs(raised, now)).toBe(now - 7 * DAY_MS);
  expect(withRetention(raised, WEEK, now)).toBe(raised);
  expect(isExtending(raised)).toBe(true);
  const lowered = withRetention(raised, 48, now);
  expect(directPutHorizonMs(lowered, now)).toBe(now - 2 * DAY_MS);
  expect(isExtending(lowered)).toBe(false);
});

test("what had expired when it was raised does not come back", async () => {
  const rig = await deliverWorld();
  await rig.put("old");
  await rig.clock.sleep(DAY_MS + 1);
  await rig.put("new");
  await change(rig, WEEK);
  await rig.run({}, { deadlineMs: Number.POSITIVE_INFINITY });
  expect(rig.contents().map(({ text }) => text)).toEqual(["new"]);
});

test("a raise makes what stands live longer, which the sweep ends, and tells when it is done", async () => {
  const rig = await deliverWorld();
  await rig.put("a");
  await rig.put("b");
  const before = lifetimeMs(DIRECT_PUT_RETENTION_MS);
  expect(await expiries(rig)).toEqual([before, before]);
  await change(rig, WEEK);
  expect(await sweep(rig, rig.clock.now())).toBe(true);
  expect(isExtending(await standing(rig))).toBe(true);
  expect(await sweep(rig)).toBe(false);
  const after = lifetimeMs(7 * DAY_MS);
  expect(await expiries(rig)).toEqual([after, after]);
  expect(isExtending(await standing(rig))).toBe(false);
  await rig.clock.sleep(6 * DAY_MS);
  await rig.run({}, { deadlineMs: Number.POSITIVE_INFINITY });
  expect(rig.contents().map(({ text }) => text)).toEqual(["ab"]);
});

test("a stream that was raised again meanwhile is not done", async () => {
  const rig = await deliverWorld();
  await rig.put("a");
  await change(rig, WEEK);
  let isRaised = false;
  const log = {
    ...rig.log,
    async extendExpiry(...options: Parameters<typeof rig.log.extendExpiry>) {
      if (!isRaised) {
        isRaised = true;
        await change(rig, 2 * WEEK);
      }
      return rig.log.extendExpiry(...options);
    },
  };
  await sweep({ ...rig, log });
  expect(isExtending(await standing(rig))).toBe(true);
  expect(await sweep(rig)).toBe(false);
  expect(await expiries(rig)).toEqual([lifetimeMs(14 * DAY_MS)]);
});
