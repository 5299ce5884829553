import { expect, it } from "vitest";
import { mayWrite, Nudge } from "../../../offline/events/nudge.ts";

const LONG_MS = 600_000;
const NEVER = new AbortController().signal;

it("ends all waits, and those that begin later are not ended", async () => {
  const nudge = new Nudge();
  const waits = [nudge.wait(LONG_MS, NEVER, 0), nudge.wait(LONG_MS, NEVER, 0)];
  nudge.give();
  expect(await Promise.all(waits)).toEqual([true, true]);
  expect(await nudge.wait(1, NEVER, nudge.count)).toBe(false);
});

it("is not missed by who was looking when it came", async () => {
  const nudge = new Nudge();
  const { count } = nudge;
  nudge.give();
  expect(await nudge.wait(LONG_MS, NEVER, count)).toBe(true);
});

it("ends a wait when its poller is to stop", async () => {
  const stop = new AbortController();
  const wait = new Nudge().wait(LONG_MS, stop.signal, 0);
  stop.abort();
  expect(await wait).toBe(false);
  expect(await new Nudge().wait(LONG_MS, stop.signal, 0)).toBe(false);
});

it.each([
  ["Firehose_20150804.PutRecord", true],
  ["Kinesis_20131202.SplitShard", true],
  ["Kinesis_20131202.GetRecords", false],
  ["Kinesis_20131202.ListShards", false],
  [undefined, false],
])("%s may write: %s", (target, expected) => {
  expect(mayWrite(target)).toBe(expected);
});
