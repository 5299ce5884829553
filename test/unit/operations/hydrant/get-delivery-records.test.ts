/** Reading the records of a stream with several lanes, one of which is gone. */
import { expect, test } from "vitest";
import {
  DELIVERY_READER,
  type DeliveryStream,
  laneKey,
} from "../../../../src/delivery/delivery-stream.ts";
import { groupCommit } from "../../../../src/log/group-commit.ts";
import { DESTINATION } from "../../delivery/delivery-ports.ts";
import { harness } from "./harness.ts";

const RETENTION_MS = 86_400_000;

async function laneStream() {
  const made = await harness();
  const { context, deliveryNotes } = made;
  const { clock, deliveryStreams, log } = context;
  const nowMs = clock.now();
  const stream: DeliveryStream = {
    name: "logs",
    generation: "0123456789abcdef",
    versionId: 1,
    createdAtMs: nowMs,
    lanes: { open: [0, 1, 2], next: 3, changedAtMs: nowMs },
    destination: DESTINATION,
  };
  const lanes = [0, 1, 2].map((lane) => laneKey(stream, lane));
  await deliveryStreams.create(stream, lanes, []);
  const append = groupCommit(context.append);
  const put = (lane: number, ...texts: string[]) =>
    append(lanes[lane]!, {
      records: texts.map((text) => ({ data: Buffer.from(text) })),
      retentionMs: RETENTION_MS,
    });
  return {
    ...made,
    put,
    /** As it is once all of it was delivered. */
    async endLane(lane: number) {
      const head = (await log.head(lanes[lane]!))!;
      const to = { blockIndex: head.blockIndex, byteOffset: head.byteOffset };
      const span = { from: { blockIndex: 0, byteOffset: 0 }, to, recordCount: 1 };
      const plan = { span: { ...span, oldestArrivedAtMs: nowMs }, versionId: 1 };
      const flush = { fromBlock: 0, toBlock: to.blockIndex, atMs: nowMs, recordCount: 1 };
      const note = { ...flush, objects: [], objectCount: 0, plan };
      await deliveryNotes.flushed(lanes[lane]!, DELIVERY_READER, note, nowMs);
      const after = { ...stream, lanes: { ...stream.lanes!, open: [0, 2] } };
      const change = { opened: [], readers: [], removed: [lanes[lane]!] };
      expect(await deliveryStreams.update(stream, after, change)).toBe("updated");
    },
    async readAll(input: object = {}) {
      const read: string[] = [];
      let NextToken: string | undefined;
      do {
        const { value } = await made.call("GetDeliveryRecords", {
          DeliveryStreamName: "logs",
          ...input,
          ...(NextToken !== undefined && { NextToken }),
        });
        for (const { LaneId, Data } of value.Records) {
          read.push(`${LaneId}: ${Buffer.from(Data, "base64").toString()}`);
        }
        NextToken = value.NextToken;
      } while (NextToken !== undefined);
      return read;
    },
  };
}

test("lanes are read one after the other, also those that are gone", async () => {
  const made = await laneStream();
  await made.put(0, "a", "b");
  await made.put(1, "c");
  await made.put(2, "d");
  await made.endLane(1);
  const all = ["lane-0000: a", "lane-0000: b", "lane-0001: c", "lane-0002: d"];
  expect(await made.readAll()).toEqual(all);
  expect(await made.readAll({ Limit: 1 })).toEqual(all);
});

test("each lane is read from the time that was asked for", async () => {
  const made = await laneStream();
  await made.put(0, "old");
  await made.put(2, "old");
  await made.context.clock.sleep(60_000);
  const StartTimestamp = made.context.clock.now() / 1000;
  await made.put(0, "new");
  await made.put(2, "new");
  expect(await made.readAll({ StartTimestamp })).toEqual(["lane-0000: new", "lane-0002: new"]);
  expect(await made.readAll({ StartTimestamp, Limit: 1 })).toHaveLength(2);
});

test("what is older than the retention is not read", async () => {
  const made = await laneStream();
  await made.put(0, "a");
  await made.context.clock.sleep(RETENTION_MS + 1);
  expect(await made.readAll()).toEqual([]);
});
